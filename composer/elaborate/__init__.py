"""Elaboration: what a spec means. A spec goes in, a graph comes out, or every mistake at once."""

from __future__ import annotations

from netwright.composer.elaborate.elaborator import Elaborator
from netwright.composer.graph import Graph
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import Spec
from netwright.specs.problems import Problem, Problems, SpecError


def elaborate(spec: Spec, catalogue: Catalogue | None = None) -> tuple[Graph, tuple[Problem, ...]]:
    """The graph of a spec, and the warnings about it. Raises SpecError with every problem."""
    problems = Problems()
    problems.extend(spec.problems.errors)
    problems.extend(spec.problems.warnings)
    graph = Elaborator(catalogue or Catalogue(), problems).network(spec)
    problems.raise_if_any()
    if graph is None:
        raise SpecError(
            Problem(
                "NW000",
                "the spec could not be elaborated, and no reason was found: a bug in netwright",
            )
        )
    return graph, problems.warnings
