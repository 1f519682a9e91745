"""Drafts: what the class of one composite (or of a leaf with several holdings) will say.

A draft is made for every distinct graph, children first; drafts that are equal but for their literals
become one class (`netwright.composer.emission.classes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from netwright.composer.emission.parts import Hole, Make, Part, Statement
from netwright.composer.graph import Element, Graph, Leaf, Node, held
from netwright.plugins.expression import Unpack
from netwright.specs.sizes import Symbolic


@dataclass(eq=False, slots=True)
class Draft:
    """The body of a class before it is known which of its literals are arguments."""

    element: Element
    base: str
    """What the class would like to be called, in snake case."""
    parameters: tuple[str, ...]
    """Of forward: the variables of the inputs."""
    ports: tuple[str, ...]
    """Of forward: the inputs that the parameters stand for, in order."""
    construct: list[Statement] = field(default_factory=list)
    forward: list[Statement] = field(default_factory=list)
    root: bool = False
    optional: frozenset[str] = frozenset()
    """Of the parameters, those that may be None."""
    scope: dict[str, int] = field(default_factory=dict)
    """Known sizes by name: those of the composite, and those of what it stands in."""
    extra: tuple[tuple[str, Symbolic], ...] = ()
    """Sizes that forward is handed after its inputs."""
    returns: str = "Tensor"
    taps: tuple[str, ...] = ()
    """Non-empty: forward returns (output, {path: tensor})."""
    children: list[Draft] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    """The node under which each child stands."""
    methods: list[str] = field(default_factory=list)
    """Further methods, as finished text; nothing in them differs between copies."""

    def holes(self) -> Iterator[Hole | Make]:
        """Where literals and objects of other classes stand, in order."""
        for _, parts in self.construct:
            for part in parts:
                if not isinstance(part, str):
                    yield part
        for _, parts in self.forward:
            for part in parts:
                if not isinstance(part, str):
                    yield part


def skeleton(draft: Draft, classes: dict[int, int]) -> Any:
    """What drafts of one class have in common. classes: id of a child draft -> number of its class."""

    def shape(part: Part) -> Any:
        if type(part) is str:
            return part
        return classes[id(part.draft)] if isinstance(part, Make) else None

    return (
        type(draft.element),
        draft.base,
        getattr(draft.element, "title", ""),
        draft.parameters,
        draft.optional,
        tuple(name for name, _ in draft.extra),
        draft.returns,
        draft.taps,
        tuple((depth, *map(shape, parts)) for depth, parts in draft.construct),
        tuple((depth, *map(shape, parts)) for depth, parts in draft.forward),
        tuple(draft.methods),
    )


def outputs(element: Element) -> list[str]:
    """The outputs in the order in which forward returns them."""
    return list(element.outputs)


def pattern(leaf: Leaf) -> Any:
    """How the leaf's one value holds several outputs: nested names; None if it holds one."""
    built = leaf.built
    if isinstance(built, Unpack):
        return built.names or tuple(leaf.outputs)
    return None


def own_class(element: Element) -> bool:
    """Whether a class is written for it: a composite, or a leaf that is not just one module or weight."""
    if isinstance(element, Graph):
        return True
    holdings = element.holdings
    return len(holdings) > 1 or (len(holdings) == 1 and bool(getattr(holdings[0], "name", "")))


def has_weights(element: Element, known: dict[int, bool] | None = None) -> bool:
    """Whether it holds parameters or buffers."""
    if isinstance(element, Leaf):
        return any(True for _ in held(element))
    known = {} if known is None else known
    if id(element) not in known:
        known[id(element)] = any(
            has_weights(run.element, known) for node in element.nodes.values() for run in node.runs
        )
    return known[id(element)]


def leaves(element: Element) -> Iterator[Leaf]:
    """Every distinct leaf, once."""
    seen: set[int] = set()
    stack: list[Element] = [element]
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, Leaf):
            yield each
        else:
            stack += [
                run.element
                for node in reversed([*each.nodes.values()])
                for run in reversed(node.runs)
            ]


def is_wire(node: Node) -> bool:
    """Whether what stands there only hands its inputs on."""
    element = node.runs[0].element
    is_empty = not node.repeated and isinstance(element, Graph) and not element.nodes
    return is_empty and not node.otherwise
