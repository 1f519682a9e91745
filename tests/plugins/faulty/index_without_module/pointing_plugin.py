"""An index of texts, as a light plugin has it."""

from netwright.plugins import hookimpl


@hookimpl
def register_blocks():
    return {"scaled": "pointing_blocks.spectral:Scaled"}
