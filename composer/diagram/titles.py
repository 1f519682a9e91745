"""Where the titles of clusters stand: at the top, beside the edges that come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netwright.composer.diagram.measure import shorten, width
from netwright.composer.diagram.scene import Cluster, Point, Scene

# Room between the frame of a cluster and its title, at both ends, and the height of the title.
TITLE_INSET = 8.0
TITLE_HEIGHT = 16.0
# How near an edge may come to a title.
_CLEAR = 3.0
# Between the name and the rest, and how much wider a cluster may become for its title.
GAP = 10.0
_WIDER = 1.7

_Span = tuple[float, float]


def entitle(scene: Scene) -> Scene:
    """The scene with the titles of clusters at their tops: name at the left, the rest at the right.

    Where an edge runs through one of them, it moves to the nearest place that is free; the name is
    cut, and the rest left out, where there is none. Then `room` says how wide the cluster must be
    for both to fit beside an edge in the middle.
    """
    pieces = [piece for edge in scene.edges for piece in _pieces(edge.curve, edge.tip)]
    pieces.sort(key=lambda piece: min(piece[0][1], piece[1][1]))
    return replace(scene, clusters=tuple(_entitled(cluster, pieces) for cluster in scene.clusters))


def _entitled(cluster: Cluster, pieces: list[tuple[Point, Point]]) -> Cluster:
    top, bottom = cluster.top + 2, cluster.top + 2 + TITLE_HEIGHT
    first, last = cluster.left + TITLE_INSET, cluster.right - TITLE_INSET
    spans = sorted(_crossings(pieces, top, bottom, cluster.left, cluster.right))
    gaps = list(_gaps(spans, first, last))
    title = cluster.title
    left = width(title.text, title.style.size, title.style.weight)
    right = width(title.right, title.right_style.size)

    start, end = next((gap for gap in gaps if gap[1] - gap[0] >= left), max(gaps, key=_length))
    text = shorten(title.text, end - start, title.style.size, title.style.weight)
    taken = start + width(text, title.style.size, title.style.weight) + GAP
    ends = [gap[1] for gap in reversed(gaps) if gap[1] - max(gap[0], taken) >= right]
    rest = title.right if ends else ""

    middle = top + TITLE_HEIGHT / 2
    room = cluster.room
    if start > first or text != title.text or rest != title.right:
        center = (cluster.left + cluster.right) / 2
        aside = min(abs((span[0] + span[1]) / 2 - center) for span in spans) if spans else 0
        room = max(room, 2 * (max(left, right) + TITLE_INSET + 2 * _CLEAR + aside))
    return replace(
        cluster,
        title=replace(title, text=text, right=rest),
        title_at=(round(start, 2), middle),
        right_at=(round(ends[0] - right, 2) if ends else 0, middle),
        room=min(room, max(cluster.room, _WIDER * (cluster.right - cluster.left))),
    )


def _gaps(spans: list[_Span], first: float, last: float) -> Iterator[_Span]:
    """What is free between two ends; at least one, which may be empty."""
    start = first
    for left, right in spans:
        if left - _CLEAR > start:
            yield start, min(left - _CLEAR, last)
        start = max(start, right + _CLEAR)
    yield start, max(last, start)


def _length(span: _Span) -> float:
    return span[1] - span[0]


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
