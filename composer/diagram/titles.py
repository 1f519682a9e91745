"""Where the titles of clusters stand: at the top, beside the edges that come in.

Frames end where what is in them ends, as far as their titles allow: Graphviz makes room for a title
as if it stood in the middle, and leaves it where it was not needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netwright.composer.diagram.frames import contents
from netwright.composer.diagram.geometry import Piece, pieces
from netwright.composer.diagram.measure import shorten, width
from netwright.composer.diagram.scene import Cluster, Scene

# Room between the frame of a cluster and its title, at both ends, and the height of its rows.
TITLE_INSET = 8.0
ROW = 14.0
# How near an edge may come to a title.
_CLEAR = 4.0
# Between the name and the rest, and how much wider a cluster may become for its title.
GAP = 10.0
_WIDER = 1.7
# Points between a frame and what is in it; widths that are tried, from that to the one it has.
_PADDING = 10.0
_WIDTHS = 6
# The height of the bands in which edges are looked for.
_BAND = 50.0

_Span = tuple[float, float]


def entitle(scene: Scene) -> Scene:
    """The scene with the titles of clusters at their tops: name at the left, the rest at the right.

    Where an edge runs through one of them, it moves to the nearest place that is free; the name is
    cut, and the rest left out, where there is none. Then `rows` asks for a second row for the rest,
    and where that does not do, `room` for more width. Frames that are wider than they need be
    become narrower.
    """
    found = _Pieces(piece for edge in scene.edges for piece in pieces(edge.curve, edge.tip))
    spans = contents(scene)
    clusters: list[Cluster] = []
    for cluster in reversed(scene.clusters):  # each after the one it stands in
        fitted = _fitted(cluster, spans.get(cluster.id), found)
        clusters.append(fitted)
        left, right = spans.get(cluster.parent, (fitted.left, fitted.right))
        spans[cluster.parent] = min(left, fitted.left), max(right, fitted.right)
    return replace(scene, clusters=tuple(reversed(clusters)))


class _Pieces:
    """Pieces of edges, found by their height."""

    def __init__(self, found: Iterable[Piece]) -> None:
        self._rows: dict[int, list[Piece]] = {}
        for piece in found:
            low, high = sorted((piece[0][1], piece[1][1]))
            for row in range(int(low // _BAND), int(high // _BAND) + 1):
                self._rows.setdefault(row, []).append(piece)

    def between(self, top: float, bottom: float) -> Iterator[Piece]:
        """Those that come between two heights; some of them more than once."""
        for row in range(int(top // _BAND), int(bottom // _BAND) + 1):
            for piece in self._rows.get(row, ()):
                (_, ay), (_, by) = piece
                if min(ay, by) <= bottom and max(ay, by) >= top:
                    yield piece


def _fitted(cluster: Cluster, span: _Span | None, found: _Pieces) -> Cluster:
    """The cluster as narrow as what is in it, if its title is as whole as it is in all its width."""
    if span is None:
        return _entitled(cluster, found)
    # Edges may have been led outside of the frame in which both their ends stand.
    cluster = replace(
        cluster,
        left=round(min(cluster.left, span[0] - _CLEAR), 2),
        right=round(max(cluster.right, span[1] + _CLEAR), 2),
    )
    whole = _entitled(cluster, found)
    left = max(cluster.left, span[0] - _PADDING)
    right = min(cluster.right, span[1] + _PADDING)
    if left - cluster.left + cluster.right - right < 1:
        return whole
    for step in range(_WIDTHS):
        part = step / _WIDTHS
        narrow = replace(
            cluster,
            left=round(left + (cluster.left - left) * part, 2),
            right=round(right + (cluster.right - right) * part, 2),
        )
        titled = _entitled(narrow, found)
        if titled.title == whole.title and titled.rows <= whole.rows:
            return replace(titled, room=whole.room)
    return whole


def _entitled(cluster: Cluster, found: _Pieces) -> Cluster:
    title = cluster.title
    left = width(title.text, title.style.size, title.style.weight)
    right = width(title.right, title.right_style.size)
    top = cluster.top + 3
    upper = _free(cluster, found, top)

    start, end = next((gap for gap in upper if _length(gap) >= left), max(upper, key=_length))
    text = shorten(title.text, max(end - start, 0), title.style.size, title.style.weight)
    taken = start + width(text, title.style.size, title.style.weight) + GAP
    ends = [gap[1] for gap in reversed(upper) if gap[1] - max(gap[0], taken) >= right]
    at, down = (ends[0] - right if ends else None), 0.0
    if at is None and cluster.rows > 1:
        lower = _free(cluster, found, top + ROW)
        down = ROW - 1
        at = next(
            (max(gap[0], min(start, gap[1] - right)) for gap in lower if _length(gap) >= right),
            None,
        )
    rest = title.right if at is not None else ""

    rows, room = cluster.rows, cluster.room
    if text != title.text or rest != title.right:
        if rows == 1:
            rows = 2
        center = (cluster.left + cluster.right) / 2
        spans = _crossings(found, top, top + ROW * rows, cluster)
        aside = min((abs((span[0] + span[1]) / 2 - center) for span in spans), default=0)
        needed = 2 * (max(left, right) + TITLE_INSET + 2 * _CLEAR + aside)
        room = max(room, min(needed, _WIDER * (cluster.right - cluster.left)))
    middle = top + ROW / 2
    return replace(
        cluster,
        title=replace(title, text=text, right=rest),
        title_at=(round(start, 2), middle),
        right_at=(round(at or 0, 2), middle + down),
        rows=rows,
        room=room,
    )


def _free(cluster: Cluster, found: _Pieces, top: float) -> list[_Span]:
    """What no edge crosses in a row of a title; at least one span, which may be empty."""
    first, last = cluster.left + TITLE_INSET, cluster.right - TITLE_INSET
    gaps = []
    start = first
    for left, right in sorted(_crossings(found, top, top + ROW, cluster)):
        if left - _CLEAR > start:
            gaps.append((start, min(left - _CLEAR, last)))
        start = max(start, right + _CLEAR)
    return [*gaps, (start, max(last, start))]


def _length(span: _Span) -> float:
    return span[1] - span[0]


def _crossings(found: _Pieces, top: float, bottom: float, cluster: Cluster) -> Iterator[_Span]:
    for (ax, _), (bx, _) in found.between(top, bottom):
        if max(ax, bx) >= cluster.left and min(ax, bx) <= cluster.right:
            yield min(ax, bx), max(ax, bx)
