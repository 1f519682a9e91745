"""Skips over boxes in a column, led along a lane beside them, as one would draw them by hand.

Graphviz leads them round in wide bows, which widen every frame that they are in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import inf

from netwright.composer.diagram.geometry import Frame, frame, label_frame, meet, pieces, whole
from netwright.composer.diagram.grid import Grid
from netwright.composer.diagram.scene import Box, Edge, Point, Scene
from netwright.composer.diagram.ways import Way, drawn

# Points: how far boxes of a column may be off it, between a lane and what is beside it, from one
# lane to the next, the arrow's length, between label and line, and how much a frame may grow.
_IN_LINE = 60.0
_BESIDE = 9.0
_NEXT = 9.0
_ARROW = 6.0
_ASIDE = 5.0
_GROWING = 6.0
# Lanes that are tried at either side.
_LANES = 3
# What it costs to meet a text, a box, or a line that runs the same way, and to cross a line.
_MEET, _CROSS = 100.0, 1.0


def sidelined(scene: Scene) -> Scene:
    """The scene with skips over columns of boxes on lanes beside them, where that is no worse."""
    asked = [index for index, edge in enumerate(scene.edges) if edge.kind == "skip" and edge.tip]
    return _Lanes(scene).led(asked) if asked else scene


class _Lanes:
    """A scene in which lanes are found. across: the axis on which columns stand beside each other."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._across = 0 if scene.direction in ("TB", "BT") else 1
        self._boxes = {box.id: box for box in scene.boxes}
        self._outer = {cluster.id: whole(cluster) for cluster in scene.clusters}
        self._grid = Grid()
        self._inside: dict[str, list[tuple[str, Frame]]] = {}
        """What stands in each cluster, by name."""
        self._labels: dict[str, list[Frame]] = {}
        """Labels of edges that begin in each cluster."""
        for box in scene.boxes:
            at = frame(box)
            self._grid.put(box.id, at, _MEET)
            self._inside.setdefault(box.cluster, []).append((box.id, at))
        for cluster in scene.clusters:
            self._inside.setdefault(cluster.parent, []).append((cluster.id, whole(cluster)))

    def led(self, asked: list[int]) -> Scene:
        """The scene with those edges led along lanes, where that is no worse."""
        edges = list(self._scene.edges)
        columns = {index for index in asked if self._is_column(edges[index])}
        for index, edge in enumerate(edges):
            if index not in columns and edge.curve:
                self._draw(index, edge)
        # The shortest first: they lie innermost.
        for index in sorted(columns, key=lambda each: self._length(edges[each])):
            edges[index] = self._best(edges[index])
            self._draw(index, edges[index])
        return replace(self._scene, edges=tuple(edges))

    def _draw(self, index: int, edge: Edge) -> None:
        across, along = self._across, 1 - self._across
        for piece in pieces(edge.curve, edge.tip):
            (a, b) = piece
            runs_along = abs(a[along] - b[along]) > abs(a[across] - b[across])
            self._grid.draw((piece,), _MEET if runs_along else _CROSS)
        if edge.label:
            at = label_frame(edge)
            self._grid.put(index, at, _MEET)
            self._labels.setdefault(self._boxes[edge.source].cluster, []).append(at)

    def _is_column(self, edge: Edge) -> bool:
        source, target = self._boxes[edge.source], self._boxes[edge.target]
        return abs(_at(source, self._across) - _at(target, self._across)) < _IN_LINE

    def _length(self, edge: Edge) -> float:
        source, target = self._boxes[edge.source], self._boxes[edge.target]
        return abs(_at(source, 1 - self._across) - _at(target, 1 - self._across))

    def _best(self, edge: Edge) -> Edge:
        best, least = edge, _MEET
        for led in self._tried(edge):
            if not self._fits(led):
                continue
            cost = self._cost(led, least)
            if cost < least:
                best, least = led, cost
            if not least:
                return best
        return best if least <= self._cost(edge, least + 1) else edge

    def _cost(self, edge: Edge, limit: float) -> float:
        total, ends = 0.0, (edge.source, edge.target)
        for part in _parts(edge):
            total += self._grid.cost(part, ends, limit - total)
            if total >= limit:
                break
        return total

    def _fits(self, edge: Edge) -> bool:
        """Whether it is inside of its frame, or just beside it, and outside of others."""
        cluster, across = self._boxes[edge.source].cluster, self._across
        low, high = -inf, inf
        if cluster:
            outer = self._outer[cluster]
            low, high = outer[across] - _GROWING, outer[2 + across] + _GROWING
        ends = (edge.source, edge.target)
        others = [at for name, at in self._inside[cluster] if name not in ends]
        return all(
            low < part[across]
            and part[2 + across] < high
            and not any(meet(part, at) for at in others)
            for part in _parts(edge)
        )

    def _tried(self, edge: Edge) -> Iterator[Edge]:
        """The edge along each lane: near the boxes, or beyond the labels beside them."""
        source, target = self._boxes[edge.source], self._boxes[edge.target]
        across, along = self._across, 1 - self._across
        y0, y1 = _at(source, along), _at(target, along)
        low, high, far = self._column(source, target)
        for number in range(_LANES):
            for sign, side in ((-1, low), (1, high), (1, far)):
                lane = side + sign * (_BESIDE + number * _NEXT)
                start = _at(source, across) + sign * _half(source, across)
                tip = _at(target, across) + sign * _half(target, across)
                way: Way = ((start, y0), (lane, y0), (lane, y1), (tip + sign * _ARROW, y1))
                wide = 0 if across else edge.label_width / 2
                label = _point((lane + sign * (wide + _ASIDE), (y0 + y1) / 2), across)
                yield replace(
                    edge,
                    curve=tuple(_point(each, across) for each in drawn(way)),
                    tip=_point((tip, y1), across),
                    label_at=label if edge.label else edge.label_at,
                )

    def _column(self, source: Box, target: Box) -> tuple[float, float, float]:
        """From where to where the boxes between reach, and how far the labels beside them do."""
        across, along = self._across, 1 - self._across
        left, right = sorted((_at(source, across), _at(target, across)))
        first, last = sorted((_at(source, along), _at(target, along)))
        between = [
            at
            for _, at in self._inside[source.cluster]
            if at[across] < right
            and at[2 + across] > left
            and at[along] < last
            and at[2 + along] > first
        ]
        low = min(at[across] for at in between)
        high = max(at[2 + across] for at in between)
        labels = self._labels.get(source.cluster, ())
        beside = [at[2 + across] for at in labels if at[along] < last and at[2 + along] > first]
        return low, high, max(high, *beside) if beside else high


def _parts(edge: Edge) -> Iterator[Frame]:
    for (ax, ay), (bx, by) in pairwise((*edge.curve[::3], edge.tip or edge.curve[-1])):
        yield min(ax, bx) - 2, min(ay, by) - 2, max(ax, bx) + 2, max(ay, by) + 2
    if edge.label:
        yield label_frame(edge)


def _at(box: Box, axis: int) -> float:
    return box.y if axis else box.x


def _half(box: Box, axis: int) -> float:
    return (box.height if axis else box.width) / 2


def _point(point: Point, across: int) -> Point:
    x, y = (point[1], point[0]) if across else point
    return round(x, 2), round(y, 2)
