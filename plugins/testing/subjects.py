"""Subjects: one use of a block, as a spec of one node, at many sizes.

A subject is an example, from the block's docstring, from whoever tests it, or found by probing the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netwright.plugins.catalogue import Catalogue
from netwright.plugins.docstrings import Example, Pattern
from netwright.plugins.testing import composing
from netwright.specs.expressions import evaluate, parse
from netwright.specs.sizes import evaluate as valued
from netwright.specs.tensors import Tensor

if TYPE_CHECKING:
    import torch
    from torch import nn

    from netwright.plugins.testing.composing import Graph

NODE = "subject"
SIZES = ((1, 1, 1, 1), (2, 2, 2, 2), (3, 5, 2, 7), (7, 3, 16, 4))
"""Values for symbols in order of appearance: the boundaries first."""
USUAL = SIZES[2]
MANY = SIZES[3]


@dataclass(frozen=True, eq=False)
class Subject:
    """One use of one block. number: which of the block's."""

    block: str
    number: int
    example: Example
    catalogue: Catalogue

    def __str__(self) -> str:
        return f"{self.block}-{self.number}"

    @property
    def node(self) -> str:
        """The node as the example writes it: by this, tables of exceptions know a subject."""
        return self.example.text.partition(" on ")[0]

    def document(self, values: Mapping[str, int] | None = None) -> dict[str, Any]:
        """A spec of this one node: over symbols, or with numbers in their place."""
        return document(self.example, values)

    @cached_property
    def graph(self) -> Graph:
        """The graph over symbols. Raises SpecError."""
        return composing.checked(self.document(), self.catalogue)

    @cached_property
    def source(self) -> str:
        """What is emitted."""
        return composing.emitted(self.graph)

    def at(self, values: Mapping[str, int]) -> Graph:
        """The graph with numbers in place of the symbols. Raises SpecError."""
        return composing.checked(self.document(values), self.catalogue)

    def model(self, device: str | None = None, seed: int = 0) -> nn.Module:
        """A model, in evaluation."""
        return composing.compiled(self.graph, device, seed)

    def inputs(self, values: Mapping[str, int], seed: int = 0) -> list[torch.Tensor]:
        """Made-up input at these sizes."""
        return composing.made_up(self.graph, values, seed)

    def named(self, result: Any) -> dict[str, torch.Tensor]:
        """What a model returned, by the names of the outputs."""
        return composing.named(self.graph, result)

    @property
    def fed(self) -> dict[str, Pattern]:
        """The inputs of the model: `inputs.0` of the example is `inputs_0` here."""
        return {name.replace(".", "_"): each for name, each in self.example.inputs.items()}

    def expected(self, values: Mapping[str, int]) -> dict[str, Tensor]:
        """What the example says comes out at these sizes, by the names of the model's outputs."""
        return {
            f"o_{name}" if name else "": typed(pattern, values)
            for name, pattern in self.example.outputs.items()
        }

    def said(self, values: Mapping[str, int]) -> dict[str, Tensor]:
        """What the rule says comes out, from what it says over symbols."""
        return {
            name: Tensor(
                tuple(valued(size, values) for size in each.sizes),
                each.dtype,
                None if each.below is None else valued(each.below, values),
            )
            for name, each in self.graph.outputs.items()
        }

    def numbers(self) -> Iterator[dict[str, int]]:
        """Values for the symbols: the least, twos, different primes, and more, as dims allow."""
        for choice in SIZES if self.example.symbols else SIZES[:1]:
            yield self.values(choice)

    def values(self, choice: tuple[int, ...] = USUAL) -> dict[str, int]:
        """Values for the symbols in order of appearance, as near to these as dims allow."""
        return {
            name: self._allowed(name, choice[place % len(choice)])
            for place, name in enumerate(self.example.symbols)
        }

    def _allowed(self, name: str, wanted: int) -> int:
        facts = self.example.dims.get(name, {})
        step = facts.get("multiple_of", 1)
        least = -(-facts.get("min", 1) // step) * step
        return min(max(step * wanted, least), facts.get("max", 2**31) // step * step)


def document(example: Example, values: Mapping[str, int] | None = None) -> dict[str, Any]:
    """An example as a spec of one node: over symbols, or with numbers in their place."""

    def put(size: int | str | None) -> Any:
        if isinstance(size, int) or size is None:
            return size
        if values is None:
            return size if size.isidentifier() else f"$({size})"
        return number(size, values)

    inputs: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    for name, pattern in example.inputs.items():
        own = name.replace(".", "_")
        inputs[own] = {"shape": [put(size) for size in pattern.sizes], "dtype": pattern.dtype}
        if pattern.below is not None:
            below = put(pattern.below)
            inputs[own]["below"] = f"${below}" if str(below).isidentifier() else below
        port, _, place = name.partition(".")
        if place:
            sources.setdefault(port, []).append(own)
        else:
            sources[port] = own
    node = {**example.settings, **({"from": sources} if sources else {})}
    if values is not None:
        node = numbered(node, values)
    made: dict[str, Any] = {
        "netwright": 1,
        "name": "example",
        "inputs": inputs,
        "nodes": {NODE: node},
    }
    if list(example.outputs) != [""]:
        made["outputs"] = {f"o_{name}": f"{NODE}.{name}" for name in example.outputs}
    if values is None and example.dims:
        made["dims"] = {name: dict(facts) for name, facts in example.dims.items()}
    return made


def number(size: int | str, values: Mapping[str, int]) -> int:
    """A size of an example, where its symbols have these values."""
    if isinstance(size, int):
        return size
    expression = parse(f"$({size})")
    assert not isinstance(expression, str)
    found = evaluate(expression, values.__getitem__)
    assert isinstance(found, int), size
    return found


def numbered(value: Any, values: Mapping[str, int]) -> Any:
    """A node with numbers for the symbols in its settings."""
    if isinstance(value, dict):
        return {
            key: each if key in ("block", "from") else numbered(each, values)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [values.get(each, each) if isinstance(each, str) else each for each in value]
    if isinstance(value, str) and value.startswith("$"):
        return number(value[1:], values)
    return value


def typed(pattern: Pattern, values: Mapping[str, int]) -> Tensor:
    """The type that a pattern is, where its symbols have these values."""
    below = None if pattern.below is None else number(pattern.below, values)
    return Tensor(tuple(number(size, values) for size in pattern.sizes), pattern.dtype, below)


def real(tensor: Tensor, float_is: torch.dtype | None = None) -> tuple[list[int], torch.dtype]:
    """Sizes and dtype as torch says them; float_is: what the model was converted to."""
    import torch

    usual = float_is or torch.float32
    dtype = usual if tensor.dtype == "float" else getattr(torch, tensor.dtype)
    return [int(str(size)) for size in tensor.sizes], dtype


__all__ = [
    "MANY",
    "NODE",
    "SIZES",
    "USUAL",
    "Subject",
    "document",
    "number",
    "numbered",
    "real",
    "typed",
]
