"""Sharing: a module that is used again has the same parameters wherever it is met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import Poisoned
from netwright.composer.graph import Element, Graph, Leaf, Node, held
from netwright.specs.problems import Place, SpecError

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import State


def check_shared(
    first: Element | Node | None, element: Element, state: State, where: Where
) -> None:
    """Refuse a module that would need other parameters here. Raises Poisoned (reported)."""
    if isinstance(first, Node):
        first = first.runs[0].element
    difference = None if first is None or first is element else _difference(first, element, "")
    if difference is not None:
        where.report(
            "NW301", f"the shared module does not fit here: {difference}", state.from_place
        )
        raise Poisoned
    if first is not None:
        refuse_joined(first, element, state.decl.share or state.name, state.place, where)


def refuse_joined(
    first: Element, element: Element, name: str, place: Place | None, where: Where
) -> None:
    """Refuse a module for which no one class could be written. Raises Poisoned (reported)."""
    from netwright.composer.emission.sharing import join

    if first is element or _is_written_again(first):
        return
    try:
        join((first, element), name, place, 0)
    except SpecError as refusal:
        for each in refusal.problems:
            where.report(each.code, each.message, place, help=each.help)
        raise Poisoned from None


def _is_written_again(element: Element) -> bool:
    """Whether it has no module that could be shared."""
    return isinstance(element, Leaf) and not element.holdings


def _difference(a: Element, b: Element, path: str) -> str | None:
    """The first parameter in which two elements differ, in words."""
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        own, other = dict(_weights(a)), dict(_weights(b))
        for name in {**own, **other}:
            if own.get(name) != other.get(name):
                where = f"{path}{name}".removesuffix(".")
                return f"{where} is {own.get(name, 'missing')} there and {other.get(name, 'missing')} here"
        return None
    if not isinstance(a, Graph) or not isinstance(b, Graph) or a.nodes.keys() != b.nodes.keys():
        return f"{path or 'it'} has other nodes"
    for name, node in a.nodes.items():
        twin = b.nodes[name]
        if node.copies != twin.copies or len(node.runs) != len(twin.runs):
            return f"{path}{name} has other copies"
        for run, other_run in zip(node.runs, twin.runs, strict=True):
            if run.element is not other_run.element:
                found = _difference(run.element, other_run.element, f"{path}{name}.")
                if found is not None:
                    return found
    return None


def _weights(leaf: Leaf) -> list[tuple[str, str]]:
    return [(name, f"[{', '.join(map(str, sizes))}]") for name, sizes, _ in held(leaf)]
