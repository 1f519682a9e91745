"""What stands where in a scene that was laid out: frames of its parts, and what meets what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from netwright.composer.diagram.measure import width
from netwright.composer.diagram.scene import EDGE, Box, Cluster, Edge, Point

Frame: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Piece: TypeAlias = tuple[Point, Point]
"""A short straight line, part of a curve."""

# Short lines to a curve, and the swing below which it is one.
_STEPS = 8
_FLAT = 0.8


def frame(box: Box) -> Frame:
    """The frame of a box."""
    x, y = box.width / 2, box.height / 2
    return box.x - x, box.y - y, box.x + x, box.y + y


def label_frame(edge: Edge) -> Frame:
    """The frame of an edge's label."""
    (x, y), half = edge.label_at, edge.label_width / 2
    high = EDGE.height * max(len(edge.label_lines), 1) / 2
    return x - half, y - high, x + half, y + high


def title_frames(cluster: Cluster) -> Iterator[Frame]:
    """The frames of a cluster's title: of the name, and of what stands at its right."""
    line = cluster.title
    for text, style, (x, y) in (
        (line.text, line.style, cluster.title_at),
        (line.right, line.right_style, cluster.right_at),
    ):
        if text:
            wide = width(text, style.size, style.weight)
            yield x, y - style.size / 2, x + wide, y + style.size / 2


def whole(cluster: Cluster) -> Frame:
    """The frame of a cluster."""
    return cluster.left, cluster.top, cluster.right, cluster.bottom


def sides(cluster: Cluster) -> Iterator[Piece]:
    """The four sides of a cluster."""
    left, top, right, bottom = cluster.left, cluster.top, cluster.right, cluster.bottom
    yield (left, top), (right, top)
    yield (right, top), (right, bottom)
    yield (left, bottom), (right, bottom)
    yield (left, top), (left, bottom)


def meet(one: Frame, other: Frame) -> bool:
    """Whether two frames overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def touches(piece: Piece, at: Frame) -> bool:
    """Whether a straight line goes through a frame."""
    (ax, ay), (bx, by) = piece
    if (ax < at[0] and bx < at[0]) or (ax > at[2] and bx > at[2]):
        return False
    if (ay < at[1] and by < at[1]) or (ay > at[3] and by > at[3]):
        return False
    first, last = 0.0, 1.0
    for start, way, low, high in ((ax, bx - ax, at[0], at[2]), (ay, by - ay, at[1], at[3])):
        if way == 0:
            if not low <= start <= high:
                return False
            continue
        enter, leave = (low - start) / way, (high - start) / way
        first, last = max(first, min(enter, leave)), min(last, max(enter, leave))
        if first > last:
            return False
    return True


@lru_cache(maxsize=8192)
def pieces(curve: tuple[Point, ...], tip: Point | None) -> tuple[Piece, ...]:
    """A chain of Bézier curves as short straight lines; straight ones as one."""
    return tuple(_pieces(curve, tip))


def _pieces(curve: tuple[Point, ...], tip: Point | None) -> Iterator[Piece]:
    for start in range(0, len(curve) - 3, 3):
        a, b, c, d = curve[start : start + 4]
        xs, ys = (a[0], b[0], c[0], d[0]), (a[1], b[1], c[1], d[1])
        if max(xs) - min(xs) < _FLAT or max(ys) - min(ys) < _FLAT:
            yield a, d
            continue
        before = a
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            u = 1 - t
            after = (
                u**3 * a[0] + 3 * u * u * t * b[0] + 3 * u * t * t * c[0] + t**3 * d[0],
                u**3 * a[1] + 3 * u * u * t * b[1] + 3 * u * t * t * c[1] + t**3 * d[1],
            )
            yield before, after
            before = after
    if curve and tip is not None:
        yield curve[-1], tip
