"""A network that goes down to coarser resolutions and back, drawn as a U: the way back climbs.

It is known by a skip over what makes the resolution coarser and finer again. What is finer again,
and all that follows, is placed against the direction of the picture, so that both ends of each such
skip stand beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from netwright.composer.diagram.scene import Box, Edge, Scene
from netwright.specs.sizes import Size, Symbol, evaluate, symbols
from netwright.specs.tensors import Tensor

# What is put for a symbol, to compare resolutions: a large number, of which halves still differ.
_SAMPLE = 5040


@dataclass(frozen=True, slots=True)
class _Shape:
    """The sizes of a tensor, with numbers for symbols."""

    batch: int
    channels: int
    places: tuple[int, ...]

    def is_coarser(self, other: _Shape) -> bool:
        """Whether it has far fewer places in each direction, and not just one in all.

        Far fewer, because padding makes nothing finer.
        Of two directions both must be fewer, so that channels which stand last are not taken for
        one; of a single one this cannot be told, so there the channels must differ, too.
        """
        return (
            self.batch == other.batch
            and len(self.places) == len(other.places)
            and all(3 * own <= 2 * its for own, its in zip(self.places, other.places, strict=True))
            and any(own > 1 for own in self.places)
            and (len(self.places) > 1 or self.channels != other.channels)
        )


def climbing(
    boxes: Sequence[Box], edges: Sequence[Edge], tensors: Sequence[Tensor | None]
) -> tuple[Edge, ...]:
    """The edges, with those on the way back of a U marked.

    boxes: in an order in which they can run. tensors: what goes along each edge; None along a tie.
    """
    if not any(edge.kind == "skip" for edge in edges):
        return tuple(edges)
    order = {box.id: number for number, box in enumerate(boxes)}
    wires = tuple(_wires(edges, tensors, order))
    finer = _finer(wires)
    if not finer:
        return tuple(edges)
    turns = [(wire, reached) for wire in wires if (reached := _turned(wire, wires, finer))]
    # What the network reads is skipped over by every loss that compares with it.
    if not _is_u([wire.shape for wire, _ in turns if boxes[wire.source].kind != "input"]):
        return tuple(edges)
    going: dict[int, list[int]] = {}
    for wire in wires:
        going.setdefault(wire.source, []).append(wire.target)
    up = _after({each for wire, reached in turns for each in (wire.target, *reached)}, going)
    if any(wire.source in up for wire, _ in turns):
        return tuple(edges)  # down and back more than once: that is no U
    down = _after({wire.source for wire, _ in turns}, going) - up
    return tuple(_marked(edge, order, up, down) for edge in edges)


@dataclass(frozen=True, slots=True)
class _Wire:
    source: int
    target: int
    shape: _Shape
    is_skip: bool


def _wires(
    edges: Sequence[Edge], tensors: Sequence[Tensor | None], order: dict[str, int]
) -> Iterator[_Wire]:
    known: dict[tuple[Size, ...], _Shape] = {}
    for edge, tensor in zip(edges, tensors, strict=True):
        if tensor is None:
            continue
        sizes = tensor.sizes
        shape = known.get(sizes)
        if shape is None:
            numbers = tuple(map(_sampled, sizes)) if len(sizes) > 2 else (0, 0)
            shape = known[sizes] = _Shape(numbers[0], numbers[1], numbers[2:])
        yield _Wire(order[edge.source], order[edge.target], shape, edge.kind == "skip")


def _sampled(size: Size) -> int:
    if isinstance(size, int):
        return size
    return evaluate(size, {each.name: _allowed(each) for each in symbols(size)})


def _allowed(symbol: Symbol) -> int:
    """A large number that may be put for it."""
    most = _SAMPLE if symbol.maximum is None else min(symbol.maximum, _SAMPLE)
    most = max(most, symbol.minimum)
    least = -(-symbol.minimum // symbol.multiple_of) * symbol.multiple_of
    return max(most // symbol.multiple_of * symbol.multiple_of, least)


def _finer(wires: Sequence[_Wire]) -> dict[int, list[_Shape]]:
    """The boxes that make a resolution finer, each with the coarser ones that it reads."""
    made: dict[int, list[_Shape]] = {}
    for wire in wires:
        made.setdefault(wire.source, []).append(wire.shape)
    found: dict[int, list[_Shape]] = {}
    for wire in wires:
        if any(wire.shape.is_coarser(each) for each in made.get(wire.target, ())):
            found.setdefault(wire.target, []).append(wire.shape)
    return found


def _is_u(skips: Sequence[_Shape]) -> bool:
    """Whether these skips are those of a U: one over an image, or several at different levels."""
    return any(len(each.places) > 1 for each in skips) or len({each.places for each in skips}) > 1


def _turned(skip: _Wire, wires: Sequence[_Wire], finer: dict[int, list[_Shape]]) -> frozenset[int]:
    """What makes the resolution finer again that is coarser below this skip."""
    if not skip.is_skip or not skip.shape.places:
        return frozenset()
    # It comes before the end of the skip, is that end itself, or reads it, as its size to reach.
    readers = {wire.target for wire in wires if wire.source == skip.target}
    return frozenset(
        box
        for box, shapes in finer.items()
        if (skip.source < box <= skip.target or box in readers)
        and any(shape.is_coarser(skip.shape) for shape in shapes)
    )


def _after(found: set[int], going: dict[int, list[int]]) -> set[int]:
    """These boxes, and all that follows them."""
    waiting = list(found)
    while waiting:
        for target in going.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def stacked(scene: Scene) -> Iterator[tuple[str, str]]:
    """Of a U, pairs of boxes of which the first must stand over the second.

    So that frames stand over and in each other as levels do: what leads into a frame and what it
    leads to both stand above it, and so does the next frame on the way back.
    """
    if not any(edge.climb for edge in scene.edges):
        return
    parents = {cluster.id: cluster.parent for cluster in scene.clusters}
    within = {box.id: frozenset(_above(box.cluster, parents)) for box in scene.boxes}
    entering: dict[str, list[Edge]] = {}
    leaving: dict[str, list[Edge]] = {}
    for edge in scene.edges:
        for cluster in within[edge.target] - within[edge.source]:
            entering.setdefault(cluster, []).append(edge)
        for cluster in within[edge.source] - within[edge.target]:
            leaving.setdefault(cluster, []).append(edge)
    for cluster in parents:
        ins, outs = entering.get(cluster, ()), leaving.get(cluster, ())
        climbing_in = [edge for edge in ins if edge.climb]
        for one in ins:
            if one.climb:
                continue
            for below in climbing_in:
                yield one.target, below.source
            if not climbing_in:
                for other in outs:
                    if other.climb:
                        yield one.source, other.source
                        yield other.target, one.target


def _above(cluster: str, parents: dict[str, str]) -> Iterator[str]:
    while cluster:
        yield cluster
        cluster = parents[cluster]


def _marked(edge: Edge, order: dict[str, int], up: set[int], down: set[int]) -> Edge:
    if edge.kind == "tie" or order[edge.target] not in up:
        return edge
    if order[edge.source] in up:
        return replace(edge, climb="up")
    # What neither goes down nor up, such as the time of a step, comes in from above as ever.
    return (
        edge
        if edge.kind == "skip" or order[edge.source] not in down
        else replace(edge, climb="turn")
    )
