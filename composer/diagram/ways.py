"""Ways from box to box that are upright and level, as curves with rounded corners."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

from netwright.composer.diagram.scene import Point

Way: TypeAlias = tuple[Point, ...]
"""Its corners. The longest of its upright parts is the lane, where the label stands."""

CORNER = 8.0
"""The radius of a corner, where there is room for it."""


def drawn(way: Way) -> Iterator[Point]:
    """The way as a chain of Bézier curves, with its corners rounded."""
    yield way[0]
    at = way[0]
    for before, corner, after in zip(way, way[1:], way[2:], strict=False):
        radius = min(CORNER, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        yield from _straight(at, start)
        yield from _bend(start, corner, end)
        at = end
    yield from _straight(at, way[-1])


def _towards(start: Point, end: Point, far: float) -> Point:
    part = far / (math.dist(start, end) or 1)
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _straight(start: Point, end: Point) -> tuple[Point, ...]:
    third = (end[0] - start[0]) / 3, (end[1] - start[1]) / 3
    return (start[0] + third[0], start[1] + third[1]), (end[0] - third[0], end[1] - third[1]), end


def _bend(start: Point, corner: Point, end: Point) -> tuple[Point, ...]:
    return (
        (start[0] + (corner[0] - start[0]) * 0.55, start[1] + (corner[1] - start[1]) * 0.55),
        (end[0] + (corner[0] - end[0]) * 0.55, end[1] + (corner[1] - end[1]) * 0.55),
        end,
    )
