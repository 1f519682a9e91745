"""An index of texts, as a light plugin has it."""

from netwright.plugins import hookimpl


@hookimpl
def register_blocks():
    return {"scaled": "aiming_blocks:Scalled"}
