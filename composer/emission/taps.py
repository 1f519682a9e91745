"""Taps: inner values that a model returns beside its output, by their paths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from netwright.composer.graph import Element, Graph
from netwright.specs.problems import Place, Problem, SpecError, shown, suggest

Taps: TypeAlias = frozenset[tuple[str, ...]]
"""Paths, split at the dots, from the graph that they are for. The empty path is an output itself."""

NONE: Taps = frozenset()


def checked(graph: Graph, paths: Iterable[str]) -> Taps:
    """The paths, split. Raises SpecError for those that lead to no node."""
    found: set[tuple[str, ...]] = set()
    problems: list[Problem] = []
    for path in paths:
        parts = tuple(str(path).split("."))
        problem = _problem(graph, parts)
        if problem is None:
            found.add(parts)
        else:
            problems.append(problem)
    if problems:
        raise SpecError(problems)
    return frozenset(found)


def _problem(graph: Graph, parts: tuple[str, ...]) -> Problem | None:
    """What is wrong with a path: at which part it leaves the network, and what stands there."""
    element: Element = graph
    done: list[str] = []
    rest = list(parts)
    while rest:
        part = rest.pop(0)
        where = ".".join(done) or "the network"
        if isinstance(element, Graph) and part in element.nodes:
            node = element.nodes[part]
            element = node.runs[-1].element
            done.append(part)
            if node.scan is not None and rest and (len(rest) > 1 or rest[0] not in node.outputs):
                message = f"{part} is a scan, of which only the outputs can be kept"
                return _unknown(parts, message, f"tap {'.'.join(done)}", node.place)
            if node.repeated and rest:
                copy = rest.pop(0)
                if copy != "*" and not (copy.isdecimal() and int(copy) < node.copies):
                    if not rest and copy in node.outputs:
                        return None
                    shown = f"copies 0 to {node.copies - 1}"
                    return _unknown(parts, f"{part} has {shown}, not {copy}", "", node.place)
                if copy != "*":
                    element = next(
                        e for first, e in reversed([*node.elements()]) if first <= int(copy)
                    )
                done.append(copy)
            continue
        if done and not rest and part in element.outputs:
            return None
        names = element.nodes if isinstance(element, Graph) else element.outputs
        near = suggest(part, [each for each in names if each])
        inside = [each for each in names if each]
        help = (
            f"did you mean {near}?"
            if near
            else f"there are {', '.join(inside[:12])}"
            if inside
            else ""
        )
        return _unknown(parts, f"there is no {part} in {where}", help, None)
    return None


def _unknown(parts: tuple[str, ...], message: str, help: str, place: Place | None) -> Problem:
    path = ".".join(parts)
    return Problem("NW210", f"nothing to tap at {shown(path)}: {message}", place, path, help=help)


def below(taps: Taps, name: str) -> Taps:
    """What remains below a node."""
    return frozenset(tap[1:] for tap in taps if tap[0] == name) if taps else NONE


def of_copy(taps: Taps, number: int) -> Taps:
    """What remains below one copy of a repeated node; `*` is every copy."""
    wanted = (str(number), "*")
    return frozenset(tap[1:] for tap in taps if tap and tap[0] in wanted) if taps else NONE


def inner(element: Element, taps: Taps) -> Taps:
    """Those that lead to nodes inside an element; the others are outputs of its own."""
    nodes = element.nodes if isinstance(element, Graph) else {}
    return frozenset(tap for tap in taps if tap and tap[0] in nodes) if taps else NONE


def own(element: Element, taps: Taps) -> Taps:
    """Those that are outputs of an element itself."""
    return taps - inner(element, taps)


def of_any(taps: Taps, repeated: bool) -> Taps:
    """What remains below the copies of a node, if it has copies, of all of them together."""
    if not repeated:
        return taps
    return frozenset(tap[1:] for tap in taps if tap and (tap[0] == "*" or tap[0].isdigit()))


def expanded(element: Element, taps: Taps, prefix: str = "") -> list[str]:
    """The names under which the taps inside an element come, with each copy for `*`."""
    found: list[str] = []
    for tap in sorted(taps):
        nodes = element.nodes if isinstance(element, Graph) else {}
        name = f"{prefix}{'.'.join(tap)}"
        if not tap or tap[0] not in nodes:
            found.append(name.removesuffix("."))
            continue
        node = nodes[tap[0]]
        copies = range(node.copies) if tap[1:2] == ("*",) else [None]
        for copy in copies:
            rest = tap[1:] if copy is None else (str(copy), *tap[2:])
            below = node.runs[-1].element
            head = f"{prefix}{node.name}."
            if node.repeated and rest and rest[0].isdigit():
                head, rest = f"{head}{rest[0]}.", rest[1:]
            found += expanded(below, frozenset({rest}), head)
    return found
