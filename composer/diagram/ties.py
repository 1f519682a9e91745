"""Ties drawn outside: dashed lines from box to box that go round what lies between them.

They say nothing of the order of the network, so they take no part in the layout. Where the boxes
stand far apart, there is a stub at each instead.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from netwright.composer.diagram.geometry import Frame, frame, label_frame, pieces, whole
from netwright.composer.diagram.grid import obstacles
from netwright.composer.diagram.scene import EDGE, Point, Scene
from netwright.composer.diagram.stubs import is_far, stubs
from netwright.composer.diagram.ways import CORNER, Way, drawn

# Points: between a lane and what is beside it, and between label and line.
_BESIDE = 9.0
_ASIDE = 4.0
# What it costs to run through a box or a text, across another line, and across a frame, which is
# best gone round.
_THROUGH, _ACROSS, _INTO = 1000.0, 60.0, 120.0

# Lanes that are nearer to each other than this are one.
_COARSE = 6
# How far from a box a way runs past it, where it leaves at the top or the bottom.
_PAST = 6.0

_Hindrance: TypeAlias = Callable[[Frame, float], float]
"""What is met in a place, and how much of it need be known."""
_Outs: TypeAlias = Callable[[Frame, float], Iterator[Way]]


def tied(scene: Scene) -> Scene:
    """The scene with its ties drawn: near ones along the way that crosses least, far ones as stubs.

    All is thought of as running from top to bottom: where it runs to the side, x and y change
    places.
    """
    if not any(edge.kind == "tie" for edge in scene.edges):
        return scene
    across = scene.direction in ("LR", "RL")
    edges = list(scene.edges)
    grid = obstacles(scene, edges, _THROUGH, _ACROSS, _INTO)
    standing = {box.id: frame(box) for box in scene.boxes}
    frames = [*standing.values(), *map(whole, scene.clusters)]
    beside = {side for at in frames for side in _beside(_turned(at, across))}
    lanes = sorted(beside)
    high = scene.width if across else scene.height
    ends = -_BESIDE, high + _BESIDE
    far = []
    for index, edge in enumerate(edges):
        if edge.kind != "tie":
            continue
        names = edge.source, edge.target
        start, end = (_turned(standing[name], across) for name in names)
        if is_far(start, end):
            far.append(edge)
            continue

        def hindrance(part: Frame, most: float, names: tuple[str, str] = names) -> float:
            return grid.cost(_turned(part, across), names, most)

        best = _cheapest(start, end, lanes, ends, hindrance)
        size = _flipped((edge.label_width, EDGE.height), across)
        edge = replace(
            edge,
            curve=tuple(_rounded(_flipped(each, across)) for each in drawn(best)),
            label_at=_rounded(_flipped(_place(best, size, hindrance), across)),
        )
        edges[index] = edge
        grid.draw(pieces(edge.curve, None), _ACROSS)
        grid.put(index, label_frame(edge), _THROUGH)
    edges = [edge for edge in edges if edge not in far]
    return replace(scene, edges=(*edges, *stubs(scene, far, grid, lanes)))


def _beside(at: Frame) -> Iterator[float]:
    yield _COARSE * math.floor(at[0] / _COARSE) - _BESIDE
    yield _COARSE * math.ceil(at[2] / _COARSE) + _BESIDE


def _flipped(point: Point, across: bool) -> Point:
    return (point[1], point[0]) if across else point


def _turned(each: Frame, across: bool) -> Frame:
    return (each[1], each[0], each[3], each[2]) if across else each


def _rounded(point: Point) -> Point:
    return round(point[0], 2), round(point[1], 2)


def _cheapest(
    source: Frame,
    target: Frame,
    lanes: list[float],
    ends: tuple[float, float],
    hindrance: _Hindrance,
) -> Way:
    """The way that costs least: from side to side, or round what stands beside the boxes."""
    best: Way = ()
    least = math.inf
    around: _Outs = partial(_round, ends=ends)
    for outs in (_sideways, around):
        ways = sorted(_ways(source, target, lanes, outs), key=_length)
        for way in ways:
            cost = _length(way)
            if cost >= least:  # nor are those that are longer still
                break
            for (ax, ay), (bx, by) in itertools.pairwise(way):
                part = min(ax, bx) - 4, min(ay, by) - 4, max(ax, bx) + 4, max(ay, by) + 4
                cost += hindrance(part, least - cost)
                if cost >= least:
                    break
            if cost < least:
                best, least = way, cost
        if least < _THROUGH:
            break
    return best


def _length(way: Way) -> float:
    length = 20.0 * len(way)
    ax, ay = way[0]
    for bx, by in way[1:]:
        length += abs(ax - bx) + abs(ay - by) * 0.1
        ax, ay = bx, by
    return length


def _ways(source: Frame, target: Frame, lanes: list[float], outs: _Outs) -> Iterator[Way]:
    """Ways along a lane: out of a box, along, and in."""
    for lane in lanes:
        for start in outs(source, lane):
            for end in outs(target, lane):
                y0, y1 = start[-1][1], end[-1][1]
                if abs(y0 - y1) > 2 * CORNER:
                    yield *start, (lane, y0), (lane, y1), *reversed(end)


def _sideways(box: Frame, lane: float) -> Iterator[Way]:
    left, top, right, bottom = box
    side, sign = (left, -1) if lane < (left + right) / 2 else (right, 1)
    if sign * (lane - side) >= _BESIDE - 0.5:
        for part in (0.5, 0.75, 0.25):
            yield ((side, top + part * (bottom - top)),)


def _round(box: Frame, lane: float, ends: tuple[float, float]) -> Iterator[Way]:
    """Also from above and below, and past either end of the picture."""
    yield from _sideways(box, lane)
    left, top, right, bottom = box
    sign = -1 if lane < (left + right) / 2 else 1
    x = (left + right) / 2 + sign * (right - left) * 0.35
    if abs(lane - x) > CORNER:
        yield (x, top), (x, top - _PAST)
        yield (x, bottom), (x, bottom + _PAST)
    middle = (top + bottom) / 2
    for side, aside in ((left, left - _BESIDE), (right, right + _BESIDE)):
        for end in ends:
            if abs(lane - aside) > CORNER:
                yield (side, middle), (aside, middle), (aside, end)


def _place(way: Way, size: Point, hindrance: _Hindrance) -> Point:
    """The place for the label along the lane, as near to its middle as is free."""
    (lane, y0), (_, y1) = max(
        (part for part in itertools.pairwise(way) if part[0][0] == part[1][0]),
        key=lambda part: abs(part[0][1] - part[1][1]),
    )
    half, high = size[0] / 2, size[1] / 2
    middle, reach = (y0 + y1) / 2, max(abs(y1 - y0) / 2 - CORNER, 0)
    places = [
        (lane + side * (half + _ASIDE), middle + sign * tenth / 10 * reach)
        for tenth in range(10)
        for sign in (1, -1)
        for side in (1, -1)
    ]
    best, least = places[0], math.inf
    for x, y in places:
        cost = hindrance((x - half - 1, y - high, x + half + 1, y + high), least)
        if cost < least:
            best, least = (x, y), cost
        if not least:
            break
    return best
