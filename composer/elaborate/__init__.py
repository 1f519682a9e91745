"""Elaboration: what a spec means. A spec goes in, a graph comes out, or every mistake at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from netwright.composer.elaborate.elaborator import MAX_DEPTH, Elaborator
from netwright.composer.elaborate.patterns import network
from netwright.composer.elaborate.scope import words
from netwright.composer.elaborate.uses import Files
from netwright.composer.graph import Graph
from netwright.plugins.catalogue import Catalogue
from netwright.specs.collecting import paused_collector
from netwright.specs.load import Spec
from netwright.specs.problems import Problem, Problems, SpecError


@contextmanager
def _deep() -> Iterator[None]:
    """Room for composites inside one another, which are walked by recursion; their depth is limited.

    What is remembered about trees goes with the run.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 20 * MAX_DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        words.cache_clear()  # its keys would keep the trees of specs long gone


def elaborate(
    spec: Spec, catalogue: Catalogue | None = None, *, tolerant: bool = False
) -> tuple[Graph, tuple[Problem, ...]]:
    """The graph of a spec, and the warnings about it. Raises SpecError with every problem.

    tolerant: a block that cannot be had is a warning; the graph can then be drawn, and nothing else.
    """
    problems = Problems()
    problems.extend(spec.problems.errors)
    problems.extend(spec.problems.warnings)
    catalogue = catalogue or Catalogue()
    with _deep(), paused_collector():
        graph = network(
            Elaborator(catalogue, problems, Files(spec.file, spec.set), tolerant=tolerant), spec
        )
        required = spec.definition.requires
        if graph is not None and not (problems or tolerant) and (required or catalogue.has_plugins):
            from netwright.composer.rules import apply_rules

            apply_rules(graph, catalogue, required, problems)
    problems.raise_if_any()
    if graph is None:
        raise SpecError(
            Problem(
                "NW000",
                "the spec could not be elaborated, and no reason was found: a bug in netwright",
            )
        )
    return graph, problems.warnings
