"""Inputs of the network that may be left out: it is elaborated for each choice of them, then made one.

What holds for every choice holds whatever the caller gives. Equal composites are elaborated once for all
choices, so that a further one costs what differs in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from netwright.composer.elaborate.merging import Merging
from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import Poisoned
from netwright.composer.graph import Graph, Pattern, left_out
from netwright.specs import tree as trees
from netwright.specs.load import Spec
from netwright.specs.problems import Problem, Problems

if TYPE_CHECKING:
    from netwright.composer.elaborate.elaborator import Elaborator

MAX_OPTIONAL = 6
"""Inputs of a network that may be left out: each of them doubles the choices."""


def network(elaborator: Elaborator, spec: Spec) -> Graph | None:
    """The graph of a whole spec; None if it has errors (reported)."""
    where = Where(elaborator.problems)
    optional = [name for name, decl in spec.definition.ports.items() if decl.optional]
    if len(optional) > MAX_OPTIONAL:
        where.report(
            "NW193",
            f"{len(optional)} inputs may be left out; a network has at most {MAX_OPTIONAL} such inputs",
            trees.place_of(spec.tree, ("inputs", optional[MAX_OPTIONAL], "optional"), key=True),
            help="make some of them required, or write a network for each use",
        )
        return None
    if not optional:
        return elaborator.network(spec, frozenset(), where)
    graphs: list[Graph] = []
    found: dict[str, Problems] = {}  # by what is left out, in words
    for given in patterns(optional):
        own = found[left_out(optional, given)] = Problems()
        graph = elaborator.network(spec, given, Where(own))
        graphs += [] if graph is None else [graph]
    _report(found, elaborator.problems)
    if elaborator.problems or len(graphs) < len(found):
        return None
    with suppress(Poisoned):
        return Merging(optional).graph(graphs, where)
    return None


def patterns(optional: Sequence[str]) -> Iterator[Pattern]:
    """Every choice of the inputs that are given, all of them first."""
    for count in range(len(optional), -1, -1):
        yield from map(frozenset, combinations(optional, count))


def _report(found: Mapping[str, Problems], problems: Problems) -> None:
    """Report what is wrong with each choice, but for what stands where something is wrong with another."""
    lines: set[object] = set()
    warned: set[object] = set()
    for said, each in found.items():
        own: set[object] = set()
        for problem in (*each.errors, *each.warnings):
            place = problem.place
            line = place and (place.source.name, place.line)
            is_error = problem.severity == "error"
            if (is_error and line in lines) or (not is_error and (problem.code, place) in warned):
                continue
            everywhere = all(_has(other, problem) for other in found.values())
            if problem.code in _LACKING and not everywhere:
                continue
            own.add(line if is_error else None)
            warned.add((problem.code, place))
            notes = problem.notes if everywhere or not said else (*problem.notes, said)
            problems.add(replace(problem, notes=notes))
        lines |= own


_LACKING = ("NW207", "NW212")
"""What is not there, or not read, for one choice may be for another."""


def _has(problems: Problems, problem: Problem) -> bool:
    mine = (problem.code, problem.place)
    return any((each.code, each.place) == mine for each in (*problems.errors, *problems.warnings))
