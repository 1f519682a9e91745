"""Nodes that may not run, and leaves that differ with what is given, in `forward`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netwright.composer.emission.conditions import general
from netwright.composer.emission.leaves import Operands
from netwright.composer.emission.parts import Statement
from netwright.composer.emission.taps import NONE
from netwright.composer.graph import Node, Pattern, Ref, Varied

if TYPE_CHECKING:
    from netwright.composer.emission.forward import Forward


def guarded(forward: Forward, node: Node) -> None:
    """The statements of a node; of one that may not run, under its condition."""
    forward.statements += forward.conditional.enter(node.when)
    before = len(forward.statements)
    forward.run(node)
    if node.when is not None:
        made = forward.statements[before:]
        del forward.statements[before:]
        forward.conditional.add(made, _otherwise(forward, node))


def _otherwise(forward: Forward, node: Node) -> list[Statement]:
    """What stands for the outputs of a node where it does not run."""
    found: list[Statement] = []
    for port, ref in node.otherwise.items():
        name = forward.variable[forward.wiring.value(Ref(node.name, port))]
        text = "None" if ref is None else forward.text(ref)
        forward.conditional.bind(name, node.when, None if ref is None else text)
        if name in forward.lists:
            text = f"[{text}]"
        if name not in (text, "_") and not name.startswith("self."):
            found.append((0, (f"{name} = {text}",)))
    for port in node.outputs.keys() - node.otherwise.keys():
        name = forward.variable.get((node.name, port), "_")
        forward.conditional.bind(name, node.when, None)
    return found


def varied(
    forward: Forward,
    element: Varied,
    holder: str,
    operands: Operands,
    targets: Mapping[str, str],
    node: Node,
    depth: int,
) -> None:
    """A leaf that differs with what is given: one statement that does for all, or one for each."""
    one = general([leaf for _, leaf in element.variants])
    if one is not None:
        forward.apply(one, None, holder, operands, targets, node, depth, NONE)
        return
    whole = forward.statements
    written: list[tuple[frozenset[Pattern], list[Statement]]] = []
    for when, leaf in element.variants:
        forward.statements = []
        with forward.conditional.within(when):
            forward.apply(leaf, None, holder, operands, targets, node, depth, NONE)
        written.append((when, forward.statements))
    forward.statements = whole + forward.conditional.choice(written, depth)
