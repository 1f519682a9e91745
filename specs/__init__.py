"""Specs: architectures written down. Load them here, check and compile them with `netwright.composer`."""

from netwright.specs.load import Spec, load, loads, zoo
from netwright.specs.problems import (
    NetwrightError,
    PluginError,
    Problem,
    RenderError,
    SpecError,
    WeightsError,
)

__all__ = [
    "NetwrightError",
    "PluginError",
    "Problem",
    "RenderError",
    "Spec",
    "SpecError",
    "WeightsError",
    "load",
    "loads",
    "zoo",
]
