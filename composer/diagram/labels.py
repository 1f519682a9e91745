"""Labels moved off the lines, boxes and titles that they stand on, along their own edges.

Graphviz puts labels where it found room before it drew the curves, so that now and then a curve, or
the frame of a cluster, runs through one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netwright.composer.diagram.geometry import Frame, label_frame, pieces
from netwright.composer.diagram.grid import obstacles
from netwright.composer.diagram.scene import EDGE, Edge, Point, Scene

# Points from an edge to its label, and what is kept free around a label.
_ASIDE = (5.0, 8.0, 12.0)
_ASLANT = (-6.0, 2.0, 8.0)
_CLEAR = 1.0
# What it costs to stand on a text or a box, on a curve, on a frame (which may yet be widened).
_TEXT, _CURVE, _SIDE = 10, 4, 1
# Places that are tried along an edge.
_PLACES = 24


def relabelled(scene: Scene) -> Scene:
    """The scene with every label where it meets nothing, if there is such a place."""
    grid = obstacles(scene, scene.edges, _TEXT, _CURVE, _SIDE)
    edges = list(scene.edges)
    for index, edge in enumerate(edges):
        if edge.label_on:
            edge = edges[index] = replace(edge, label_on=False)
        if not edge.label or not edge.curve or grid.cost(_clear(edge), (index,)) == 0:
            continue
        grid.remove(index)
        x, y = edge.label_at
        best, least = edge.label_at, grid.cost(_clear(edge), (index,))
        tried = sorted(_places(edge), key=lambda at: abs(at[0] - x) + abs(at[1] - y))
        for at in tried:
            cost = grid.cost(_clear(replace(edge, label_at=at)), (index,), least)
            if cost < least:
                best, least = at, cost
            if not least:
                break
        edges[index] = replace(edge, label_at=best, label_on=bool(least))
        grid.put(index, label_frame(edges[index]), _TEXT)
    return replace(scene, edges=tuple(edges))


def crowded(scene: Scene) -> frozenset[int]:
    """The numbers of the edges whose labels stand on a line or a text, for want of a free place."""
    if not any(edge.label_on for edge in scene.edges):
        return frozenset()
    grid = obstacles(scene, scene.edges, _TEXT, _CURVE, 0)
    return frozenset(
        index
        for index, edge in enumerate(scene.edges)
        if edge.label_on and grid.cost(label_frame(edge), (index,)) > 0
    )


def _clear(edge: Edge) -> Frame:
    left, top, right, bottom = label_frame(edge)
    return left - _CLEAR, top - _CLEAR, right + _CLEAR, bottom + _CLEAR


def _places(edge: Edge) -> Iterator[Point]:
    wide = edge.label_width / 2
    high = EDGE.height * len(edge.label_lines) / 2
    line = pieces(edge.curve, edge.tip)
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
            for down, right in ((-1, 1), (1, -1), (-1, -1), (1, 1)):  # beside what runs aslant
                for aside in _ASLANT:
                    yield x + right * (wide + aside), y + down * (high + aside / 2)
