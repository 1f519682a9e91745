"""A grid over a scene that was laid out: what is met by what is put somewhere, found by its place."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable

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
from netwright.composer.diagram.scene import Edge, Scene

_CELL = 96.0


class Grid:
    """Lines and frames, each with what it costs to meet it."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, int], list[tuple[float, Piece]]] = {}
        self._frames: dict[tuple[int, int], list[tuple[object, float, Frame]]] = {}
        self._cells: dict[object, list[tuple[int, int]]] = {}

    def draw(self, found: Iterable[Piece], cost: float) -> None:
        """Lines stand there."""
        for piece in found:
            (ax, ay), (bx, by) = piece
            left, right = (ax, bx) if ax < bx else (bx, ax)
            top, bottom = (ay, by) if ay < by else (by, ay)
            for cell in _cells((left, top, right, bottom)):
                self._pieces.setdefault(cell, []).append((cost, piece))

    def put(self, name: object, at: Frame, cost: float) -> None:
        """Something stands there; it can be taken away by its name."""
        for cell in _cells(at):
            self._frames.setdefault(cell, []).append((name, cost, at))
            self._cells.setdefault(name, []).append(cell)

    def remove(self, name: object) -> None:
        """It stands there no more."""
        for cell in self._cells.pop(name, ()):
            self._frames[cell] = [each for each in self._frames[cell] if each[0] != name]

    def cost(self, at: Frame, without: Collection[object] = (), limit: float = math.inf) -> float:
        """What is met there, without what bears one of these names; nothing is best.

        limit: where it comes to that much, the rest is not looked at.
        """
        total = 0.0
        frames: set[tuple[object, float, Frame]] = set()
        lines: set[tuple[float, Piece]] = set()
        for cell in _cells(at):
            for other in self._frames.get(cell, ()):
                if other[0] not in without and other not in frames and meet(at, other[2]):
                    frames.add(other)
                    total += other[1]
            for each in self._pieces.get(cell, ()):
                if touches(each[1], at) and each not in lines:
                    lines.add(each)
                    total += each[0]
            if total >= limit:
                break
        return total


def obstacles(scene: Scene, edges: Iterable[Edge], text: float, curve: float, side: float) -> Grid:
    """A grid of a scene: boxes are named by their ids, labels by the numbers of their edges.

    text: what it costs to meet a box or a text; curve: an edge; side: the side of a cluster.
    """
    grid = Grid()
    for number, edge in enumerate(edges):
        grid.draw(pieces(edge.curve, edge.tip), curve)
        if edge.label and edge.curve:
            grid.put(number, label_frame(edge), text)
    for box in scene.boxes:
        grid.put(box.id, frame(box), text)
    for cluster in scene.clusters:
        grid.draw(sides(cluster), side)
        for at in title_frames(cluster):
            grid.put(cluster.id, at, text)
    return grid


def _cells(at: Frame) -> Iterable[tuple[int, int]]:
    left, top = int(at[0] // _CELL), int(at[1] // _CELL)
    right, bottom = int(at[2] // _CELL), int(at[3] // _CELL)
    if left == right and top == bottom:
        return ((left, top),)
    return itertools.product(range(left, right + 1), range(top, bottom + 1))
