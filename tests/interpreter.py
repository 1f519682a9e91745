"""Runs what a block writes in torch at once, also for inputs that its rule refuses."""

from __future__ import annotations

import importlib
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from netwright.plugins.block import Block, ports
from netwright.plugins.expression import (
    Apply,
    Attribute,
    Binary,
    Call,
    Input,
    InTraining,
    Item,
    Module,
    Shape,
    Unpack,
    Value,
    Weight,
)
from netwright.specs.tensors import Tensor

_OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "@": operator.matmul,
    "**": operator.pow,
}


def arguments(block: type[Block], fed: Mapping[str, Any], wrap: Any) -> list[Any]:
    """The inputs of a block by name (`inputs.0` of a variadic one) in the order of its signature."""
    found: list[Any] = []
    for port in ports(block):
        if port.variadic:
            own = [name for name in fed if name.startswith(f"{port.name}.")]
            found += [wrap(name, fed[name]) for name in own]
        else:
            found.append(wrap(port.name, fed[port.name]) if port.name in fed else None)
    return found


def run_block(
    block: Block, types: Mapping[str, Tensor], tensors: Mapping[str, torch.Tensor]
) -> list[torch.Tensor]:
    """The outputs of a block on real tensors, in evaluation. Raises whatever torch raises."""
    torch.manual_seed(0)
    built = block.build(*arguments(type(block), types, Input))
    found = Run(tensors).value(built.value if isinstance(built, Unpack) else built)
    if isinstance(found, Mapping):
        return list(found.values())
    return list(found) if isinstance(found, tuple | list) else [found]


class Run:
    """One run of an expression. weights: by their paths under the node; drawn anew without them."""

    def __init__(
        self,
        tensors: Mapping[str, torch.Tensor],
        weights: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        self._tensors = tensors
        self._weights = weights
        self._made: dict[int, Any] = {}

    def value(self, each: Any) -> Any:
        if isinstance(each, Value | Module):
            if id(each) not in self._made:
                self._made[id(each)] = self._compute(each)
            return self._made[id(each)]
        if isinstance(each, Mapping):
            return {key: self.value(part) for key, part in each.items()}
        if isinstance(each, list | tuple):
            return [size for part in each for size in _spread(self.value(part))]
        if isinstance(each, slice):
            return slice(*map(self.value, (each.start, each.stop, each.step)))
        return each

    def _compute(self, each: Value | Module) -> Any:
        if isinstance(each, Input):
            return self._tensors[each.name]
        if isinstance(each, Module):
            return self._module(each)
        if isinstance(each, Weight):
            return torch.rand(each.sizes) if self._weights is None else self._weights[each.name]
        if isinstance(each, InTraining):
            return self.value(each.evaluation)
        if isinstance(each, Shape):
            return self.value(each.value).shape
        if isinstance(each, Attribute):
            return getattr(self.value(each.value), each.name)
        if isinstance(each, Item):
            index = each.index
            if isinstance(index, tuple):
                return self.value(each.value)[tuple(map(self.value, index))]
            return self.value(each.value)[self.value(index)]
        if isinstance(each, Binary):
            return _OPERATORS[each.operator](self.value(each.left), self.value(each.right))
        assert isinstance(each, Call | Apply)
        function = imported(each.target) if isinstance(each, Call) else self.value(each.module)
        kwargs = {name: self.value(value) for name, value in each.kwargs}
        return function(*map(self.value, each.args), **kwargs)

    def _module(self, each: Module) -> Any:
        module = imported(each.target)(*each.args, **dict(each.kwargs))
        module = (imported(each.around)(module) if each.around else module).eval()
        if self._weights is not None:
            prefix = re.sub("(?<!^)(?=[A-Z])", "_", type(module).__name__).lower() + "."
            apart = {
                name.removeprefix(prefix): weight
                for name, weight in self._weights.items()
                if name.startswith(prefix)
            }
            loaded(module, apart or (self._weights if module.state_dict() else {}))
        return module


def loaded(module: nn.Module, weights: Mapping[str, torch.Tensor]) -> nn.Module:
    """The module with these weights; where they want gradients, with these very tensors."""
    module.load_state_dict(weights)
    for path, weight in weights.items():
        if weight.requires_grad:
            *above, name = path.split(".")
            holder = module.get_submodule(".".join(above))
            del holder._parameters[name]
            setattr(holder, name, weight)
    return module


def _spread(value: Any) -> Sequence[Any]:
    """In a list of sizes, the shape of a tensor stands for all its sizes."""
    return value if isinstance(value, torch.Size) else (value,)


def imported(target: str) -> Any:
    """What stands at an import path."""
    parts = target.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for name in parts[length:]:
            found = getattr(found, name)
        return found
    raise ImportError(target)
