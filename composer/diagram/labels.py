"""Labels moved off the lines, boxes and titles that they stand on, along their own edges.

Graphviz puts labels where it found room before it drew the curves, so that now and then a curve, or
the frame of a cluster, runs through one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from netwright.composer.diagram.geometry import (
    Frame,
    Piece,
    frame,
    label_frame,
    meet,
    pieces,
    sides,
    title_frames,
    touches,
)
from netwright.composer.diagram.scene import EDGE, Edge, Point, Scene

# Points from an edge to its label, and what is kept free around a label.
_ASIDE = (5.0, 8.0, 12.0)
_CLEAR = 1.0
_CELL = 48.0
# Places that are tried along an edge.
_PLACES = 24


def relabelled(scene: Scene) -> Scene:
    """The scene with every label where it meets nothing, if there is such a place."""
    grid = _Grid(scene)
    edges = list(scene.edges)
    for index, edge in enumerate(edges):
        if not edge.label or not edge.curve or grid.cost(label_frame(edge), index) == 0:
            continue
        grid.remove(index)
        x, y = edge.label_at
        best, least = edge.label_at, grid.cost(label_frame(edge), index)
        tried = sorted(_places(edge), key=lambda at: abs(at[0] - x) + abs(at[1] - y))
        for at in tried:
            cost = grid.cost(label_frame(replace(edge, label_at=at)), index)
            if cost < least:
                best, least = at, cost
            if not least:
                break
        edges[index] = replace(edge, label_at=best)
        grid.put(index, label_frame(edges[index]))
    return replace(scene, edges=tuple(edges))


def _places(edge: Edge) -> Iterator[Point]:
    wide = edge.label_width / 2
    high = EDGE.height * len(edge.label_lines) / 2
    line = list(pieces(edge.curve, edge.tip))
    each = max(1, _PLACES // len(line))
    for (ax, ay), (bx, by) in line:
        for step in range(each):
            t = (step + 0.5) / each
            x, y = ax + (bx - ax) * t, ay + (by - ay) * t
            for aside in _ASIDE:
                yield x + wide + aside, y
                yield x - wide - aside, y
                yield x, y - high - aside / 2
                yield x, y + high + aside / 2


class _Grid:
    """What labels may meet, found by where it stands."""

    def __init__(self, scene: Scene) -> None:
        self._pieces: dict[tuple[int, int], list[Piece]] = {}
        self._frames: dict[tuple[int, int], list[tuple[int, Frame]]] = {}
        for edge in scene.edges:
            for piece in pieces(edge.curve, edge.tip):
                self._line(piece)
        for cluster in scene.clusters:
            for side in sides(cluster):
                self._line(side)
        for number, box in enumerate(scene.boxes):
            self.put(-1 - number, frame(box))
        for cluster in scene.clusters:
            for at in title_frames(cluster):
                self.put(-1 - len(scene.boxes), at)
        for number, edge in enumerate(scene.edges):
            if edge.label and edge.curve:
                self.put(number, label_frame(edge))

    def _line(self, piece: Piece) -> None:
        (ax, ay), (bx, by) = piece
        for cell in _cells((min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))):
            self._pieces.setdefault(cell, []).append(piece)

    def put(self, number: int, at: Frame) -> None:
        """Something stands there."""
        for cell in _cells(at):
            self._frames.setdefault(cell, []).append((number, at))

    def remove(self, number: int) -> None:
        """It stands there no more."""
        for cell, listed in self._frames.items():
            if any(each[0] == number for each in listed):
                self._frames[cell] = [each for each in listed if each[0] != number]

    def cost(self, at: Frame, number: int) -> int:
        """How much a label would meet there: texts and boxes count more than lines."""
        wider = at[0] - _CLEAR, at[1] - _CLEAR, at[2] + _CLEAR, at[3] + _CLEAR
        texts: set[tuple[int, Frame]] = set()
        lines: set[Piece] = set()
        for cell in _cells(wider):
            for other in self._frames.get(cell, ()):
                if other[0] != number and meet(wider, other[1]):
                    texts.add(other)
            for piece in self._pieces.get(cell, ()):
                if touches(piece, wider):
                    lines.add(piece)
        return 10 * len(texts) + len(lines)


def _cells(at: Frame) -> Iterator[tuple[int, int]]:
    columns = range(int(at[0] // _CELL), int(at[2] // _CELL) + 1)
    rows = range(int(at[1] // _CELL), int(at[3] // _CELL) + 1)
    return itertools.product(columns, rows)
