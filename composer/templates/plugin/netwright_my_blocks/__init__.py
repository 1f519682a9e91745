"""What the plugin registers.

A block is named as a text, `module:Class`, and imported when a spec first uses it. Keep it so, and import
torch in `layers.py` only: then a check stays fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netwright.plugins import hookimpl

HERE = Path(__file__).parent


@hookimpl
def register_blocks() -> Mapping[str, str | Path]:
    """In a spec they are `my_blocks/gated_linear` and so on."""
    return {
        "gated_linear": "netwright_my_blocks.gated_linear:GatedLinear",
        "gated_feed_forward": HERE / "gated_feed_forward.yaml",
    }


@hookimpl
def register_specs() -> Mapping[str, Path]:
    """Whole networks: `netwright check my_blocks/demo`."""
    return {"demo": HERE / "demo.yaml"}
