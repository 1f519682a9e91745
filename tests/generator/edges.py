"""What is in a graph: its edges, its elements, and how often each kind occurs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from netwright.composer.graph import Graph, Leaf
from netwright.specs.tensors import Tensor


def edges_of(graph: Graph, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every output of every node, by the path of its tap, with its type."""
    for name, node in graph.nodes.items():
        path = f"{prefix}{name}"
        for port, tensor in node.outputs.items():
            if node.repeated and port.isdigit():
                continue  # a number after the node is a copy's
            yield (f"{path}.{port}" if port else path), tensor
        if node.scan is not None or node.share:
            continue  # steps of a scan are no values of their own
        for first, element in node.elements():
            own = f"{path}.{first}" if node.repeated else path
            if node.repeated:
                for port, tensor in element.outputs.items():
                    yield (f"{own}.{port}" if port else own), tensor
            if isinstance(element, Graph):
                yield from edges_of(element, f"{own}.")


def elements_of(graph: Graph) -> Iterator[Any]:
    for node in graph.nodes.values():
        for run in node.runs:
            yield node, run
            if isinstance(run.element, Graph):
                yield from elements_of(run.element)


def count(graph: Graph, edges: Mapping[str, Tensor], census: Counter[str]) -> None:
    for node, run in elements_of(graph):
        if isinstance(run.element, Leaf):
            census[f"block {run.element.name}"] += 1
        merged = sum(len(each) if isinstance(each, tuple) else 1 for each in node.sources.values())
        census[f"merge of {min(merged, 4)}"] += 1
    for tensor in (
        *edges.values(),
        *(each for each in graph.inputs.values() if isinstance(each, Tensor)),
    ):
        census[f"dtype {tensor.dtype}"] += 1
    census[f"outputs {graph.form}"] += 1
