"""Mamba (Gu and Dao 2023, arXiv:2312.00752) as a plugin of netwright: what it registers.

Nothing here imports torch, and the block itself is imported when a spec first uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netwright.plugins import Initialiser, hookimpl

HERE = Path(__file__).parent


@hookimpl
def register_blocks() -> Mapping[str, str | Path]:
    """`mamba/selective_scan` is written in Python, `mamba/mixer` composed of blocks."""
    return {
        "selective_scan": "netwright_mamba.selective_scan:SelectiveScan",
        "mixer": HERE / "mixer.yaml",
    }


@hookimpl
def register_specs() -> Mapping[str, Path]:
    """`mamba/lm`, the language model."""
    return {"lm": HERE / "lm.yaml"}


@hookimpl
def register_weight_names() -> Mapping[str, Path]:
    """`mamba/mamba`, where Hugging Face's files have the tensors of `mamba/lm`."""
    return {"mamba": HERE / "names.yaml"}


@hookimpl
def register_initialisers() -> Mapping[str, Initialiser]:
    """How the weights of a mixer begin, by the paper: `init: {"*.dt_proj.bias": mamba/time_step}`."""
    return {
        "s4d_real": Initialiser("netwright_mamba.scanning.s4d_real_"),
        "time_step": Initialiser(
            "netwright_mamba.scanning.time_step_", {"min": 0.001, "max": 0.1, "floor": 1e-4}
        ),
    }
