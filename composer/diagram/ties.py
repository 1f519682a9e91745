"""Ties drawn outside: dashed lines from box to box that go round what lies between them.

They say nothing of the order of the network, so they take no part in the layout.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

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
from netwright.composer.diagram.scene import EDGE, Point, Scene

# Points: between a lane and what is beside it, corners, and between label and line.
_BESIDE = 9.0
_CORNER = 8.0
_ASIDE = 4.0
# What it costs to run through a box or a text, across another line, and across a frame, which is
# best gone round.
_THROUGH, _ACROSS, _INTO = 1000.0, 60.0, 120.0

_Way: TypeAlias = tuple[Point, Point, Point, Point]


def tied(scene: Scene) -> Scene:
    """The scene with its ties drawn, each along the way that crosses least.

    All is thought of as running from top to bottom: where it runs to the side, x and y change
    places before and after.
    """
    across = scene.direction in ("LR", "RL")
    edges = list(scene.edges)
    at = {box.id: _turned(frame(box), across) for box in scene.boxes}
    solid = [*at.values()]
    solid += [_turned(each, across) for cluster in scene.clusters for each in title_frames(cluster)]
    solid += [
        _turned(label_frame(edge), across) for edge in edges if edge.label and edge.kind != "tie"
    ]
    lines = [
        (_flipped(a, across), _flipped(b, across))
        for edge in edges
        if edge.kind != "tie"
        for a, b in pieces(edge.curve, edge.tip)
    ]
    frames = [
        (_flipped(a, across), _flipped(b, across))
        for cluster in scene.clusters
        for a, b in sides(cluster)
    ]
    lanes = {x + aside for each in solid for x, aside in ((each[0], -_BESIDE), (each[2], _BESIDE))}
    lanes |= {side[0][0] + aside for side in frames for aside in (-_BESIDE, _BESIDE)}
    for index, edge in enumerate(edges):
        if edge.kind != "tie":
            continue
        ends = at[edge.source], at[edge.target]
        others = [each for each in solid if each not in ends]
        ways = [way for lane in sorted(lanes) for way in _ways(*ends, lane)]
        if not ways:
            continue
        best = min(ways, key=lambda way: _cost(way, others, lines, frames))
        size = _flipped((edge.label_width, EDGE.height), across)
        label = _beside(best, size, others, [*lines, *frames])
        edges[index] = replace(
            edge,
            curve=tuple(_rounded(_flipped(each, across)) for each in _drawn(best)),
            label_at=_rounded(_flipped(label, across)),
        )
        lines += itertools.pairwise(best)
        solid.append(_turned(label_frame(edges[index]), across))
    return replace(scene, edges=tuple(edges))


def _flipped(point: Point, across: bool) -> Point:
    return (point[1], point[0]) if across else point


def _turned(each: Frame, across: bool) -> Frame:
    return (each[1], each[0], each[3], each[2]) if across else each


def _rounded(point: Point) -> Point:
    return round(point[0], 2), round(point[1], 2)


def _ways(source: Frame, target: Frame, lane: float) -> Iterator[_Way]:
    """Ways from side to side along a lane: out, along, and in."""
    for side in (0, 2):
        start, end, sign = source[side], target[side], side - 1
        if sign * (lane - start) < _BESIDE - 0.5 or sign * (lane - end) < _BESIDE - 0.5:
            continue
        for part in (0.5, 0.75, 0.25):
            y0 = source[1] + part * (source[3] - source[1])
            y1 = target[3] - part * (target[3] - target[1])
            if abs(y0 - y1) > 2 * _CORNER:
                yield (start, y0), (lane, y0), (lane, y1), (end, y1)


def _cost(
    way: _Way, solid: Iterable[Frame], lines: Iterable[Piece], frames: Iterable[Piece]
) -> float:
    cost = 0.0
    for (ax, ay), (bx, by) in itertools.pairwise(way):
        here = min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
        near, nearer = _wider(here, 5), _wider(here, 2)
        cost += abs(ax - bx) + abs(ay - by) * 0.1
        cost += _THROUGH * sum(meet(near, each) for each in solid)
        cost += _ACROSS * sum(touches(line, nearer) for line in lines)
        cost += _INTO * sum(touches(side, near) for side in frames)
    return cost


def _wider(each: Frame, by: float) -> Frame:
    return each[0] - by, each[1] - by, each[2] + by, each[3] + by


def _drawn(way: _Way) -> tuple[Point, ...]:
    (x0, y0), (lane, _), _, (x1, y1) = way
    radius = min(_CORNER, abs(lane - x0), abs(lane - x1), abs(y1 - y0) / 2)
    out = radius if lane > x0 else -radius
    back = radius if lane > x1 else -radius
    down = radius if y1 > y0 else -radius
    return (
        (x0, y0),
        *_straight((x0, y0), (lane - out, y0)),
        *_bend((lane - out, y0), (lane, y0), (lane, y0 + down)),
        *_straight((lane, y0 + down), (lane, y1 - down)),
        *_bend((lane, y1 - down), (lane, y1), (lane - back, y1)),
        *_straight((lane - back, y1), (x1, y1)),
    )


def _straight(start: Point, end: Point) -> tuple[Point, ...]:
    third = (end[0] - start[0]) / 3, (end[1] - start[1]) / 3
    return (start[0] + third[0], start[1] + third[1]), (end[0] - third[0], end[1] - third[1]), end


def _bend(start: Point, corner: Point, end: Point) -> tuple[Point, ...]:
    return (
        (start[0] + (corner[0] - start[0]) * 0.55, start[1] + (corner[1] - start[1]) * 0.55),
        (end[0] + (corner[0] - end[0]) * 0.55, end[1] + (corner[1] - end[1]) * 0.55),
        end,
    )


def _beside(way: _Way, size: Point, solid: Sequence[Frame], lines: Sequence[Piece]) -> Point:
    """The place for the label along the lane, as near to its middle as is free."""
    (_, y0), (lane, _), _, (_, y1) = way
    half, high = size[0] / 2, size[1] / 2
    middle, reach = (y0 + y1) / 2, max(abs(y1 - y0) / 2 - _CORNER, 0)
    places = [
        (lane + side * (half + _ASIDE), middle + sign * tenth / 10 * reach)
        for tenth in range(10)
        for sign in (1, -1)
        for side in (1, -1)
    ]
    for x, y in places:
        at = x - half - 1, y - high, x + half + 1, y + high
        if not any(meet(at, other) for other in solid) and not any(
            touches(line, at) for line in lines
        ):
            return x, y
    return places[0]
