"""Ties between boxes that stand far apart: a short dashed stub at each, which names the other.

A line between them would cross the whole picture to say what two words say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netwright.composer.diagram.geometry import Frame, frame, label_frame, pieces
from netwright.composer.diagram.grid import Grid
from netwright.composer.diagram.measure import legible, shorten, width
from netwright.composer.diagram.scene import EDGE, Edge, Point, Scene

FAR = 320.0
"""Points between two boxes from which on a tie is no line."""

# Points: the shortest stub, how much longer it may get until its words stand free, and between the
# two; the longest name, and how many there may be at one box.
_LENGTH, _REACH, _ASIDE = 12.0, 120.0, 4.0
_LONGEST = 110.0
_MOST = 3
# What a point costs: of the stub, and of what makes the picture wider.
_LONG, _WIDER = 0.3, 0.2
# How much less it matters what the stub crosses than what its words stand on.
_CROSSING = 0.2


def is_far(one: Frame, other: Frame) -> bool:
    """Whether two boxes stand too far apart to be joined by a line."""
    aside = max(one[0] - other[2], other[0] - one[2], 0)
    below = max(one[1] - other[3], other[1] - one[3], 0)
    return aside + below > FAR


def stubs(scene: Scene, ties: Iterable[Edge], grid: Grid, lanes: Iterable[float]) -> Iterator[Edge]:
    """A stub at each end of these ties; one for all that end at one box.

    grid: what stands in the picture already. lanes: where, across the flow, there may be room.
    """
    at: dict[str, list[tuple[str, Edge]]] = {}
    for tie in ties:
        at.setdefault(tie.source, []).append((tie.target, tie))
        at.setdefault(tie.target, []).append((tie.source, tie))
    standing = {box.id: frame(box) for box in scene.boxes}
    across = scene.direction in ("LR", "RL")
    edge_of_picture = scene.height if across else scene.width
    for name, twins in at.items():
        lines = list(dict.fromkeys(f"{tie.label}: {legible(twin)}" for twin, tie in twins))
        if len(lines) > _MOST:
            lines[_MOST - 1 :] = [f"and {len(lines) - _MOST + 1} more"]
        lines = [shorten(line, _LONGEST, EDGE.size) for line in lines]
        marks = {tie.mark for _, tie in twins}
        stub = Edge(
            name,
            name,
            "tie",
            "\n".join(lines),
            max(width(line, EDGE.size) for line in lines),
            "\n".join(dict.fromkeys(tie.tooltip for _, tie in twins)),
            mark=marks.pop() if len(marks) == 1 else "",
        )
        stub = _placed(stub, _Room(standing[name], grid, edge_of_picture, across), lanes)
        grid.draw(pieces(stub.curve, None), 60.0)
        grid.put(("stub", name), label_frame(stub), 1000.0)
        yield stub


@dataclass(frozen=True, slots=True)
class _Room:
    """What a stub must know of where it stands; across: whether the network runs to the side."""

    box: Frame
    grid: Grid
    end: float
    across: bool


def _placed(stub: Edge, room: _Room, lanes: Iterable[float]) -> Edge:
    """The stub where it costs least."""
    best, least = stub, math.inf
    for cost, found in _tried(stub, room, lanes):
        if cost < least:
            met = room.grid.cost(_clear(label_frame(found)), (), least - cost)
            is_on = met > 0
            for piece in pieces(found.curve, None):
                met += _CROSSING * room.grid.cost(_around(piece), (stub.source,))
            if cost + met < least:
                best, least = replace(found, label_on=is_on), cost + met
    return best


def _tried(stub: Edge, room: _Room, lanes: Iterable[float]) -> Iterator[tuple[float, Edge]]:
    """Stubs to either side, from the shortest on, each with what it costs to be so long."""
    box = room.box
    left, top, right, bottom = (box[1], box[0], box[3], box[2]) if room.across else box
    high = EDGE.height * len(stub.label_lines)
    size = (high, stub.label_width) if room.across else (stub.label_width, high)
    for side, sign in ((left, -1), (right, 1)):
        reach = {sign * (lane - side) for lane in lanes}
        for length in sorted({_LENGTH, *(each for each in reach if _LENGTH < each < _REACH)}):
            for part in (0.5, 0.25, 0.75):
                along = top + part * (bottom - top)
                end = side + sign * length
                middle = end + sign * (_ASIDE + size[0] / 2)
                outer = middle + sign * size[0] / 2
                wider = max(-outer, outer - room.end, 0)
                third = (end - side) / 3
                line = [(side, along), (side + third, along), (end - third, along), (end, along)]
                turned = tuple(_turned(each, room.across) for each in line)
                cost = _LONG * length + _WIDER * wider + abs(part - 0.5)
                at = _turned((middle, along), room.across)
                yield cost, replace(stub, curve=turned, label_at=at)


def _turned(point: Point, across: bool) -> Point:
    x, y = (point[1], point[0]) if across else point
    return round(x, 2), round(y, 2)


def _clear(at: Frame) -> Frame:
    return at[0] - 2, at[1] - 1, at[2] + 2, at[3] + 1


def _around(piece: tuple[Point, Point]) -> Frame:
    (ax, ay), (bx, by) = piece
    return min(ax, bx) - 2, min(ay, by) - 2, max(ax, bx) + 2, max(ay, by) + 2
