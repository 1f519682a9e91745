"""Wires: what reads what at one level of a graph, once its copies are put into stretches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from netwright.composer.diagram.runs import Stretch, stretch_of, tensor_of
from netwright.composer.graph import Graph, Node, Ref
from netwright.specs.tensors import Tensor

# Where a wire ends at one level: an input (stretch -1), or a stretch of a node.
Key: TypeAlias = tuple[str, int]

Stretches: TypeAlias = Mapping[str, tuple[Stretch, ...]]


@dataclass(frozen=True, slots=True)
class Wire:
    """What one input of one stretch of a node reads, at one level of the graph."""

    source: Key
    output: str
    target: Key
    input: str
    tensor: Tensor
    copy: int | None
    """The copy that is read, where it is not the last of its stretch."""
    optional: bool = False
    more: tuple[Tensor, ...] = ()
    """What is read in further copies, where it differs in them."""


def wires(graph: Graph, stretches: Stretches) -> Iterator[Wire]:
    """All wires of one level, in an order in which the nodes can run."""
    for node in graph.nodes.values():
        if passes(node):
            continue
        carried = {port: output for output, port in node.chained.items()}
        element = node.runs[0].element
        may_lack = element.optional if isinstance(element, Graph) else ()
        for number, stretch in enumerate(stretches[node.name]):
            target = (node.name, number)
            for port, source in node.sources.items():
                optional = port in may_lack
                if number and port in carried:
                    output = carried[port]
                    tensor = stretches[node.name][number - 1].runs[-1].element.outputs[output]
                    yield Wire((node.name, number - 1), output, target, port, tensor, None)
                    continue
                if port in node.zipped and isinstance(source, Ref):
                    yield from _zipped(stretches[source.node], source.port, stretch, target, port)
                    continue
                for ref, may_stand in standing(graph, source):
                    if ref.node in graph.inputs or ref.node in graph.nodes:
                        yield Wire(
                            key(graph, stretches, ref),
                            output_of(graph, ref),
                            target,
                            port,
                            tensor_of(graph, ref),
                            _picked(graph, stretches, ref),
                            optional or may_stand,
                        )


def _zipped(
    sources: tuple[Stretch, ...], output: str, stretch: Stretch, target: Key, port: str
) -> Iterator[Wire]:
    """What copies read, each of the copy of its number: one wire for each stretch read."""
    for at, source in enumerate(sources):
        if source.start < stretch.stop and stretch.start < source.stop:
            first, *more = (run.element.outputs[output] for run in source.runs)
            yield Wire((source.node.name, at), output, target, port, first, None, more=tuple(more))


def merged(found: Iterable[Wire]) -> dict[Wire, list[int | None]]:
    """Wires that differ only in the copy that is read, as one with all those copies."""
    together: dict[Wire, list[int | None]] = {}
    for wire in found:
        together.setdefault(replace(wire, copy=None), []).append(wire.copy)
    return together


def seen(graph: Graph, source: Ref | tuple[Ref, ...]) -> tuple[Ref, ...]:
    """What is read there, seen through nodes that only pass on what they are given."""
    refs = (source,) if isinstance(source, Ref) else source
    return tuple(each for ref in refs for each in _through(graph, ref))


def standing(graph: Graph, source: Ref | tuple[Ref, ...]) -> list[tuple[Ref, bool]]:
    """What is read there, and whether it only stands for a node that does not always run."""
    refs = list(seen(graph, source))
    found = [(ref, False) for ref in refs]
    for ref in refs:  # grows while it is walked
        node = graph.nodes.get(ref.node)
        other = None if node is None else node.otherwise.get(ref.port)
        stands = () if other is None else seen(graph, other)
        fresh = [each for each in stands if each not in refs]
        found += [(each, True) for each in fresh]
        refs += fresh
    return found


def _through(graph: Graph, ref: Ref) -> tuple[Ref, ...]:
    node = graph.nodes.get(ref.node)
    if node is None or not passes(node):
        return (ref,)
    element = node.runs[0].element
    assert isinstance(element, Graph)
    result = element.results[ref.port]
    inputs = (result,) if isinstance(result, Ref) else result
    read = [node.sources[each.node] for each in inputs if each.node in node.sources]
    return tuple(each for source in read for each in seen(graph, source))


def passes(node: Node) -> bool:
    """Whether a node has nothing inside, such as a shortcut that keeps the shape."""
    element = node.runs[0].element
    return node.copies == 1 and isinstance(element, Graph) and not element.nodes


def key(graph: Graph, stretches: Stretches, ref: Ref) -> Key:
    """Where what is read comes from."""
    if ref.node in graph.inputs:
        return ref.node, -1
    return ref.node, stretch_of(stretches[ref.node], ref.copy)


def output_of(graph: Graph, ref: Ref) -> str:
    """The output that is read; of an input, nothing."""
    return "" if ref.node in graph.inputs else ref.port


def _picked(graph: Graph, stretches: Stretches, ref: Ref) -> int | None:
    """The copy that is read, if it is one inside a stretch: the picture does not show which."""
    if ref.copy is None or ref.node in graph.inputs:
        return None
    here = stretches[ref.node]
    return None if ref.copy == here[stretch_of(here, ref.copy)].stop - 1 else ref.copy


def jumps(found: Iterable[Wire]) -> set[tuple[Key, Key]]:
    """Of the pairs of ends, those with another way from the one to the other.

    Sets of ancestors are bits of an integer, so that a network of thousands of nodes costs nothing.
    Wires come in an order in which the nodes can run.
    """
    before: dict[Key, dict[Key, None]] = {}
    for wire in found:
        before.setdefault(wire.target, {})[wire.source] = None
    bit: dict[Key, int] = {}
    above: dict[Key, int] = {}  # itself and all its ancestors
    found_jumps: set[tuple[Key, Key]] = set()
    for target, sources in before.items():
        for source in sources:
            if source not in above:
                bit[source] = above[source] = 1 << len(bit)
        once = twice = 0  # reached from one source, from several
        for source in sources:
            twice |= once & above[source]
            once |= above[source]
        found_jumps |= {(source, target) for source in sources if twice & bit[source]}
        bit[target] = 1 << len(bit)
        above[target] = once | bit[target]
    return found_jumps
