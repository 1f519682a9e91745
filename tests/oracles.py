"""What torch itself computes for a block: the function or class that its docstring refers to."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from interpreter import imported
from netwright.plugins.describe import describe

INFERRED: dict[str, Callable[[torch.Tensor], Any]] = {
    "in_features": lambda x: x.shape[-1],
    "in_channels": lambda x: x.shape[1],
    "num_features": lambda x: x.shape[1],
    "num_channels": lambda x: x.shape[1],
}
"""Arguments of constructors that a block takes from its input."""


def referred(block: Any, name: str) -> Any:
    """What the reference of a block names in torch; None where it names a paper alone."""
    first = describe(name, block).reference.split(";")[0].strip()
    return imported(first) if first.startswith("torch.") else None


def computed(
    target: Any,
    settings: Mapping[str, Any],
    tensors: list[torch.Tensor],
    weights: Mapping[str, torch.Tensor],
) -> Any:
    """Torch's result: a class is made with the settings and given the weights, a function is called."""
    if inspect.isclass(target) and issubclass(target, nn.Module):
        wanted = inspect.signature(target).parameters
        inferred = {
            name: read(tensors[0])
            for name, read in INFERRED.items()
            if name in wanted and name not in settings
        }
        module = target(**inferred, **settings).eval()
        module.load_state_dict(weights)
        return module(*tensors)
    return target(*tensors, **settings)
