"""What a notebook shows of a spec, a graph or a model: its picture, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from netwright.composer.graph import Graph
from netwright.specs.load import Spec
from netwright.specs.problems import NetwrightError
from netwright.specs.problems import render as text_of
from netwright.specs.tensors import Tensor

Bundle: TypeAlias = Mapping[str, str]
"""Type of content -> content, as notebooks take it."""

# A cell is not kept waiting for longer by a picture that nobody asked for.
SECONDS = 5.0


def bundle(thing: Spec | Graph) -> Bundle:
    """The picture as SVG, and a line of text. Never raises: an error is shown as its text."""
    from netwright.composer import check
    from netwright.composer.diagram.render import render_graph

    try:
        graph = check(thing)
        told = {"text/plain": _line(graph)}
    except Exception as error:
        return {"text/plain": _said(error)}
    try:
        svg = render_graph(graph, "svg", seconds=SECONDS)
    except Exception as error:
        return {"text/plain": f"{told['text/plain']}\n{_said(error)}"}
    return told if svg is None else {"image/svg+xml": svg.decode(), **told}


def of_model(graph: Graph) -> Callable[..., Bundle]:
    """The method by which a notebook shows a model: its picture, and torch's own text."""

    def _repr_mimebundle_(self: object, **_: Any) -> Bundle:
        return {**bundle(graph), "text/plain": repr(self)}

    return _repr_mimebundle_


def _line(graph: Graph) -> str:
    from netwright.composer.counting import Counter, shape_text
    from netwright.composer.diagram.describe import long_count

    def fix(size: Any) -> Any:
        return size

    ins = ", ".join(
        f"{name} {shape_text(fed, fix)}"
        for name, fed in graph.inputs.items()
        if isinstance(fed, Tensor)
    )
    outs = " and ".join(shape_text(tensor, fix) for tensor in graph.outputs.values())
    count = long_count(Counter().totals(graph).parameters) or "no parameters"
    return f"{graph.name}: {ins} -> {outs}, {count}"


def _said(error: Exception) -> str:
    if isinstance(error, NetwrightError):
        return text_of(error.problems, more=error.more)
    return f"{type(error).__name__}: {error}"
