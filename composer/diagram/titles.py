"""Where the titles of clusters stand: at the top, beside the edges that come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netwright.composer.diagram.measure import width
from netwright.composer.diagram.scene import Cluster, Point, Scene

# Room between the frame of a cluster and its title, at both ends, and the height of the title.
TITLE_INSET = 8.0
TITLE_HEIGHT = 16.0
# How near an edge may come to a title.
_CLEAR = 3.0

_Span = tuple[float, float]


def entitle(scene: Scene) -> Scene:
    """The scene with the title of every cluster at its top: the name at the left, the rest at the right.

    Where an edge runs through one of them, both go together to the leftmost place that is free, and
    `title_room` says how wide a title Graphviz must be asked for so that they fit beside the edge.
    """
    pieces = [piece for edge in scene.edges for piece in _pieces(edge.curve, edge.tip)]
    pieces.sort(key=lambda piece: min(piece[0][1], piece[1][1]))
    return replace(
        scene, clusters=tuple(_entitled(cluster, pieces) for cluster in scene.clusters)
    )


def _entitled(cluster: Cluster, pieces: list[tuple[Point, Point]]) -> Cluster:
    top, bottom = cluster.top + 2, cluster.top + 2 + TITLE_HEIGHT
    first, last = cluster.left + TITLE_INSET, cluster.right - TITLE_INSET
    left = width(cluster.title.text, cluster.title.style.size, cluster.title.style.weight)
    right = width(cluster.title.right, cluster.title.right_style.size)
    spans = sorted(_crossings(pieces, top, bottom, cluster.left, cluster.right))
    middle = top + TITLE_HEIGHT / 2
    crossed = [
        span
        for span in spans
        if span[0] - _CLEAR < first + left or (right and span[1] + _CLEAR > last - right)
    ]
    if not crossed:
        at = (round(first, 2), middle), (round(last - right, 2), middle)
        return replace(cluster, title_at=at[0], right_at=at[1])
    x = first
    for start, end in spans:
        if start - _CLEAR < x + cluster.title_width and end + _CLEAR > x:
            x = end + _CLEAR
    if x + cluster.title_width > last + 0.5:
        x = first
    center = (cluster.left + cluster.right) / 2
    aside = max(abs((start + end) / 2 - center) for start, end in crossed)
    return replace(
        cluster,
        title_at=(round(x, 2), middle),
        right_at=(round(x + cluster.title_width - right, 2), middle),
        title_room=round(2 * (max(left, right) + TITLE_INSET + 2 * _CLEAR + aside), 2),
    )


def _crossings(
    pieces: list[tuple[Point, Point]], top: float, bottom: float, left: float, right: float
) -> Iterator[_Span]:
    for (ax, ay), (bx, by) in pieces:
        if min(ay, by) > bottom:
            return
        if max(ay, by) >= top and max(ax, bx) >= left and min(ax, bx) <= right:
            yield min(ax, bx), max(ax, bx)


def _pieces(curve: tuple[Point, ...], tip: Point | None) -> Iterator[tuple[Point, Point]]:
    """A chain of Bézier curves as short straight lines."""
    for start in range(0, len(curve) - 3, 3):
        a, b, c, d = curve[start : start + 4]
        before = a
        for step in range(1, 9):
            t = step / 8
            u = 1 - t
            after = (
                u**3 * a[0] + 3 * u * u * t * b[0] + 3 * u * t * t * c[0] + t**3 * d[0],
                u**3 * a[1] + 3 * u * u * t * b[1] + 3 * u * t * t * c[1] + t**3 * d[1],
            )
            yield before, after
            before = after
    if curve and tip is not None:
        yield curve[-1], tip
