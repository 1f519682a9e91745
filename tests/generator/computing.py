"""One block on real tensors: by torch's own function or class where it has one, else by its expression."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch

from generator.level import BLOCKS, EXAMPLES
from interpreter import Run, arguments
from netwright.plugins.block import defaults
from netwright.plugins.expression import Input, Unpack
from netwright.specs.tensors import Refusal, Tensor
from oracles import computed, oracle

Tensors = Mapping[str, torch.Tensor]


BOUNDED = frozenset({"one_hot"})
"""Blocks that count by a bound where torch counts what came."""


class Open(Exception):
    """A size that follows from a bound which was proved, not declared."""


class Weights:
    """A state dict, and which of it was read.

    training: modules change their buffers in it. filled: torch is told the defaults of a block as well.
    """

    def __init__(self, state: Tensors, training: bool = False, filled: bool = False) -> None:
        self.state, self.training, self.filled = state, training, filled
        self.read: set[str] = set()

    def below(self, path: str) -> dict[str, torch.Tensor]:
        """Everything under a path, by what follows it."""
        found = {key: each for key, each in self.state.items() if key.startswith(f"{path}.")}
        self.read |= found.keys()
        return {key[len(path) + 1 :]: each for key, each in found.items()}

    def at(self, path: str) -> torch.Tensor:
        """The one at a path. Raises KeyError."""
        self.read.add(path)
        return self.state[path]


def computed_leaf(
    name: str,
    settings: Mapping[str, Any],
    tensors: Tensors,
    weights: Weights,
    path: str,
    bounds: Mapping[int, int],
) -> dict[str, torch.Tensor]:
    """The outputs of a block written in torch, whose weights stand under a path.

    bounds: of tensors by their id, where it is declared. Raises Open.
    """
    cls = BLOCKS[name]
    target = None if name in BOUNDED else oracle(name, cls)
    if target is not None:
        own = weights.below(path)
        said = _said(target, (defaults(cls) if weights.filled else {}) | dict(settings))
        said |= {name: each for name, each in settings.items() if each is not None}
        found = computed(target, said, tensors, own, weights.training)
    else:
        types = {port: _type(each, bounds.get(id(each))) for port, each in tensors.items()}
        try:
            built = cls(**settings).build(*arguments(cls, types, Input))
        except Refusal as refusal:
            raise Open(str(refusal)) from refusal
        run = Run(tensors, weights.below(path) | _itself(weights, path))
        value = run.value(built.value if isinstance(built, Unpack) else built)
        if isinstance(value, Mapping):
            return dict(value)
        found = list(value) if isinstance(value, tuple | list) else [value]
    named = list(EXAMPLES[name][0].outputs)
    if named == [""]:
        return {"": found[0]}
    if all(each.isdigit() for each in named):
        return {str(number): each for number, each in enumerate(found)}
    return dict(zip(named, found, strict=False))


def _said(target: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those settings that the constructor of a module knows; null only where that is not its default."""
    if not inspect.isclass(target):
        return {}
    known = inspect.signature(target).parameters
    return {
        name: each
        for name, each in settings.items()
        if name in known and each is not ... and (each is not None or known[name].default)
    }


def _itself(weights: Weights, path: str) -> dict[str, torch.Tensor]:
    return {"": weights.at(path)} if path in weights.state else {}


def _type(tensor: torch.Tensor, below: int | None) -> Tensor:
    dtype = str(tensor.dtype).removeprefix("torch.")
    return Tensor(tuple(tensor.shape), "float" if dtype == "float32" else dtype, below)
