"""Runs of copies: which copy stands in which, what they are called, what is read from them."""

from __future__ import annotations

from netwright.composer.graph import Graph, Node, Ref
from netwright.specs.tensors import Tensor


def run_of(node: Node, copy: int) -> int:
    """The number of the run in which a copy stands."""
    for number, run in enumerate(node.runs):
        if copy < run.times:
            return number
        copy -= run.times
    raise IndexError(f"{node.name} has no copy {copy}")


def run_name(node: Node, number: int, spaced: bool = False) -> str:
    """`conv`, `layers.0-11`; spaced, for the eye: `layers` if it is all, else `layers.0 … 2`."""
    if not node.repeated:
        return node.name
    first = sum(run.times for run in node.runs[:number])
    last = first + node.runs[number].times - 1
    if spaced and len(node.runs) == 1 and last > 0:
        return node.name
    between = " … " if spaced else "-"
    return f"{node.name}.{first}" if first == last else f"{node.name}.{first}{between}{last}"


def tensor_of(graph: Graph, ref: Ref) -> Tensor:
    """The type that is read there; of an input that takes several, the one at the port's number."""
    fed = graph.inputs.get(ref.node)
    if isinstance(fed, tuple):
        return fed[int(ref.port) if ref.port.isdigit() else 0]
    return graph.target(ref)
