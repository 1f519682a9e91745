"""Wrong rules of emission: source that is not what the graph says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from netwright.composer.emission import forward, source, weights
from netwright.composer.emission.names import Names
from netwright.composer.emission.parts import Statement
from netwright.composer.emission.sharing import _Join
from netwright.composer.emission.variables import Id, Step, variables
from netwright.composer.graph import Graph, Node
from netwright.plugins.block import Block
from netwright.specs.sizes import Size
from planted.patching import replaced


@contextmanager
def shared_module_bakes_the_first_size_in() -> Iterator[None]:
    """A module that meets two sizes is written for the first of them."""

    def wrong(self: _Join, column: tuple[Any, ...], name: str = "") -> Size:
        first: Size = column[0]
        return first

    with replaced(_Join, "size", wrong):
        yield


@contextmanager
def copies_are_one_module() -> Iterator[None]:
    """Equal copies in a list are written as `[Layer()] * 3`: one module, three times."""
    right = source._File._members

    def wrong(self: source._File, node: Node, made: forward.Forward) -> list[Statement]:
        statements = right(self, node, made)
        if len(statements) == 1:
            depth, parts = statements[0]
            if " for _ in range(" in parts and "*(" not in parts and len(node.runs) == 1:
                head, *each, _, total, _, end = parts
                return [(depth, (f"{head}[", *each, "] * ", total, end))]
        return statements

    with replaced(source._File, "_members", wrong):
        yield


@contextmanager
def ties_do_not_survive_a_move() -> Iterator[None]:
    """Tied parameters are tied when the model is made, and not again when `to_empty` makes new ones."""
    right = weights.tying

    def wrong(graph: Graph) -> list[str]:
        return right(graph)[:1]

    with replaced(weights, "tying", wrong):
        yield


@contextmanager
def outermost_initialiser_wins() -> Iterator[None]:
    """Of the patterns that fit a parameter the last one is taken, not the nearest."""
    right = weights._first

    def wrong(rules: Iterable[weights._Scoped], name: str) -> weights._Rule | None:
        return right(reversed(list(rules)), name)

    with replaced(weights, "_first", wrong):
        yield


@contextmanager
def null_is_taken_for_the_default() -> Iterator[None]:
    """A setting that is null is not written, though torch's default may be another."""
    right = Block.changed

    def wrong(self: Block, *names: str) -> dict[str, Any]:
        return {name: each for name, each in right(self, *names).items() if each is not None}

    with replaced(Block, "changed", wrong):
        yield


@contextmanager
def earlier_outputs_are_overwritten() -> Iterator[None]:
    """A value that the model returns beside another is given up after its last reader."""

    def wrong(
        inputs: Mapping[Id, str], steps: Sequence[Step], results: Sequence[Id], names: Names
    ) -> dict[Id, str]:
        return variables(inputs, steps, results[-1:], names)

    with replaced(forward, "variables", wrong):
        yield


@contextmanager
def a_pair_is_its_first() -> Iterator[None]:
    """A pair of two different numbers, such as a stride, is written as its first number."""
    right = Block.changed

    def wrong(self: Block, *names: str) -> dict[str, Any]:
        return {
            name: each[0] if isinstance(each, tuple) and name == "stride" else each
            for name, each in right(self, *names).items()
        }

    with replaced(Block, "changed", wrong):
        yield


FAULTS = (
    shared_module_bakes_the_first_size_in,
    copies_are_one_module,
    ties_do_not_survive_a_move,
    outermost_initialiser_wins,
    null_is_taken_for_the_default,
    earlier_outputs_are_overwritten,
    a_pair_is_its_first,
)
