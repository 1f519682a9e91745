"""Marks: how kinds of edges, families, copies and composites look, in the network and its legend."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from netwright.composer.diagram.drawing import Rectangle, Stroke, Text
from netwright.composer.diagram.measure import width
from netwright.composer.diagram.palette import BANDS, Hue
from netwright.composer.diagram.scene import NAME, Box, Cluster, Edge, EdgeKind, Mark, Point

# How far the second of a stack of copies stands behind the first.
STACKED = 3.0
HATCH = 7.0
# How the outline is dashed of what runs step by step, and of what does not always run.
SCAN = (6.0, 2.0, 1.5, 2.0)
SOMETIMES = (1.2, 2.2)

# Of what was removed, and the signs of what became of something.
REMOVED = (4.0, 3.0)
SIGNS: dict[Mark, str] = {"added": "+", "removed": "−", "changed": "~"}

# Role of the colour, thickness, dashes: kinds of edges differ without colour too.
STROKES: dict[EdgeKind, tuple[str, float, tuple[float, ...]]] = {
    "flow": ("flow", 1, ()),
    "side": ("flow", 0.6, ()),
    "skip": ("skip", 1.5, ()),
    "optional": ("flow", 1, SOMETIMES),
    "tie": ("tie", 1, (4, 3)),
}


def outline(item: Box | Cluster) -> tuple[float, ...]:
    """How the outline of a box or a frame is dashed."""
    return SOMETIMES if item.sometimes else SCAN if item.scan else ()


def behind(front: Rectangle) -> Rectangle:
    """The second of a stack of copies."""
    return replace(
        front,
        left=front.left + STACKED,
        top=front.top + STACKED,
        right=front.right + STACKED,
        bottom=front.bottom + STACKED,
    )


def inset(front: Rectangle) -> Rectangle:
    """The second outline of a composite that is not opened."""
    return replace(
        front,
        left=front.left + 2.2,
        top=front.top + 2.2,
        right=front.right - 2.2,
        bottom=front.bottom - 2.2,
        radius=max(front.radius - 1.5, 0),
        fill="",
        thickness=0.5,
    )


def band(hue: Hue, left: float, top: float, bottom: float) -> Iterator[Stroke]:
    """What shows a family without colour: a line along the left side."""
    if hue in BANDS:
        thickness, dashes = BANDS[hue]
        x, start, end = left + 4, top + 3.5, bottom - 3.5
        third = (end - start) / 3
        curve = ((x, start), (x, start + third), (x, end - third), (x, end))
        yield Stroke(curve, f"line-{hue}", thickness, dashes)


def hatched(front: Rectangle) -> Iterator[Stroke]:
    """What shows that nothing is known of a box: slanted lines over it."""
    height = front.bottom - front.top
    start = front.left - height + HATCH
    while start < front.right:
        # From the lower edge to the upper, cut where the box ends.
        left = max(start, front.left)
        right = min(start + height, front.right)
        low, high = front.bottom - (left - start), front.bottom - (right - start)
        third = (right - left) / 3
        points = [(left, low), (left + third, low - third), (right - third, high + third)]
        yield Stroke((*points, (right, high)), "line-frame", 0.5)
        start += HATCH


def badge(front: Rectangle, mark: Mark) -> Iterator[Rectangle | Text]:
    """What became of something, by colour and by sign, over its outline."""
    if not mark:
        return
    dashes = REMOVED if mark == "removed" else ()
    yield replace(front, fill="", line=mark, thickness=2.2, dashes=dashes)
    x, y = front.left, front.top
    yield Rectangle(x - 6, y - 6, x + 6, y + 6, 6, "paper", mark, 1.4)
    sign = SIGNS[mark]
    yield Text(sign, NAME, x - width(sign, NAME.size, NAME.weight) / 2, y + NAME.size * 0.36)


def stroke(edge: Edge) -> tuple[str, float, tuple[float, ...]]:
    """Role of an edge's colour, its thickness, its dashes."""
    if edge.mark:
        return edge.mark, 1.6, REMOVED if edge.mark == "removed" else ()
    return STROKES[edge.kind]


def arrow(base: Point, tip: Point) -> tuple[Point, ...]:
    """The corners of an arrow's head."""
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = math.hypot(dx, dy) or 1.0
    across = -dy / length * 2.4, dx / length * 2.4
    left = base[0] + across[0], base[1] + across[1]
    right = base[0] - across[0], base[1] - across[1]
    return tip, left, right
