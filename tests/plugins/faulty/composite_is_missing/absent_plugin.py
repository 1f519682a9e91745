"""A composite, as a spec file beside it."""

from pathlib import Path

from netwright.plugins import hookimpl


@hookimpl
def register_blocks():
    return {"scaled": Path(__file__).with_name("absent.yaml")}
