"""Ties drawn outside: dashed lines from box to box that go round what lies between them.

They say nothing of the order of the network, so they take no part in the layout.
"""

from __future__ import annotations

import itertools
import math
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

# How far from a box a way runs past it, where it leaves at the top or the bottom.
_PAST = 6.0

_Way: TypeAlias = tuple[Point, ...]
"""Its corners. The longest of its upright parts is the lane, where the label stands."""


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
        best = _cheapest(ways, others, lines, frames)
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
    """Ways along a lane: out of a box to a side, or up or down and then to a side, along, and in."""
    for start in _outs(source, lane):
        for end in _outs(target, lane):
            y0, y1 = start[-1][1], end[-1][1]
            if abs(y0 - y1) > 2 * _CORNER:
                yield *start, (lane, y0), (lane, y1), *reversed(end)


def _outs(box: Frame, lane: float) -> Iterator[_Way]:
    left, top, right, bottom = box
    side, sign = (left, -1) if lane < (left + right) / 2 else (right, 1)
    if sign * (lane - side) >= _BESIDE - 0.5:
        for part in (0.5, 0.75, 0.25):
            yield ((side, top + part * (bottom - top)),)
    x = (left + right) / 2 + sign * (right - left) * 0.35
    if abs(lane - x) > _CORNER:
        yield (x, top), (x, top - _PAST)
        yield (x, bottom), (x, bottom + _PAST)


def _cheapest(
    ways: Sequence[_Way], solid: Iterable[Frame], lines: Iterable[Piece], frames: Iterable[Piece]
) -> _Way:
    """The way that costs least; those that are longer than the best costs are not looked at."""
    ordered = sorted(ways, key=_length)
    best, least = ordered[0], math.inf
    for way in ordered:
        length = _length(way)
        if length >= least:
            break
        cost = length + _hindrance(way, solid, lines, frames)
        if cost < least:
            best, least = way, cost
    return best


def _length(way: _Way) -> float:
    return 20 * len(way) + sum(
        abs(ax - bx) + abs(ay - by) * 0.1 for (ax, ay), (bx, by) in itertools.pairwise(way)
    )


def _hindrance(
    way: _Way, solid: Iterable[Frame], lines: Iterable[Piece], frames: Iterable[Piece]
) -> float:
    cost = 0.0
    for (ax, ay), (bx, by) in itertools.pairwise(way):
        here = min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
        near, nearer = _wider(here, 5), _wider(here, 2)
        cost += _THROUGH * sum(meet(near, each) for each in solid)
        cost += _ACROSS * sum(touches(line, nearer) for line in lines)
        cost += _INTO * sum(touches(side, near) for side in frames)
    return cost


def _wider(each: Frame, by: float) -> Frame:
    return each[0] - by, each[1] - by, each[2] + by, each[3] + by


def _drawn(way: _Way) -> Iterator[Point]:
    """The way as a chain of Bézier curves, with its corners rounded."""
    yield way[0]
    at = way[0]
    for before, corner, after in zip(way, way[1:], way[2:], strict=False):
        radius = min(_CORNER, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
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


def _beside(way: _Way, size: Point, solid: Sequence[Frame], lines: Sequence[Piece]) -> Point:
    """The place for the label along the lane, as near to its middle as is free."""
    (lane, y0), (_, y1) = max(
        (part for part in itertools.pairwise(way) if part[0][0] == part[1][0]),
        key=lambda part: abs(part[0][1] - part[1][1]),
    )
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
