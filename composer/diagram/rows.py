"""A long network that runs to the right, broken into rows, as a text is into lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf, sqrt

from netwright.composer.diagram.frames import bounded, shifted
from netwright.composer.diagram.geometry import Frame, frame, label_frame, whole
from netwright.composer.diagram.scene import Edge, Scene
from netwright.composer.diagram.ways import drawn

# Wider than that many points, and that many times its height, a picture is broken. Rows make it
# about that many times as wide as high.
_WIDE, _STRIP = 1600.0, 6.0
_RATIO = 2.0
# Points: between rows, from a row's end or start to the line beside it, and of an arrow.
_GAP, _BESIDE, _ARROW = 36.0, 14.0, 6.0
# Points that must be free where a row ends.
_LEAST = 4.0
# How much narrower it must become for that.
_WORTH = 0.6


def broken(scene: Scene) -> Scene:
    """The scene in rows, if it is a long strip that can be broken where one edge alone goes on.

    It is one that was laid out, as large as all that is in it; so is what comes out.
    """
    if scene.direction != "LR" or scene.width < max(_WIDE, _STRIP * scene.height):
        return scene
    ends = _row_ends(scene, _cuts(scene))
    if not ends:
        return scene
    starts = [-inf, *(at for at, _ in ends)]
    moved: list[Scene] = []
    below = 0.0
    for start, stop in zip(starts, [*starts[1:], inf], strict=True):
        row = _between(scene, start, stop, {index for _, index in ends})
        left, top, _, bottom = _around(row)
        moved.append(shifted(row, -left, below - top))
        below += bottom - top + _GAP
    places = [_around(row) for row in moved]
    if max(right - left for left, _, right, _ in places) > _WORTH * scene.width:
        return scene
    edges = [edge for row in moved for edge in row.edges]
    for number, (_, index) in enumerate(ends):
        edges.append(_carried(scene.edges[index], moved[number : number + 2], places[number]))
    rows = replace(
        scene,
        boxes=tuple(box for row in moved for box in row.boxes),
        clusters=tuple(cluster for row in moved for cluster in row.clusters),
        edges=tuple(edges),
    )
    return bounded(rows)


def _cuts(scene: Scene) -> list[tuple[float, int]]:
    """Places where nothing stands but one edge: where, and the number of the edge."""
    spans = [frame(box)[::2] for box in scene.boxes]
    spans += [whole(cluster)[::2] for cluster in scene.clusters]
    lines = {index: _reach(edge) for index, edge in enumerate(scene.edges) if edge.curve}
    found = []
    for index, (left, right) in lines.items():
        edge = scene.edges[index]
        if edge.kind == "tie" or edge.tip is None:
            continue
        others = [*spans, *(span for other, span in lines.items() if other != index)]
        at = _free(left, right, others)
        if at is not None:
            found.append((at, index))
    return sorted(found)


def _free(left: float, right: float, taken: Sequence[Sequence[float]]) -> float | None:
    """The middle of what is free at the right, of what lies between; None if nothing is."""
    for first, last in sorted(taken, key=lambda span: -span[1]):
        if last <= left or right - last > _LEAST:
            break
        right = min(right, first)
    before = max([left, *(last for _, last in taken if last < right)])
    return (before + right) / 2 if right - before > _LEAST else None


def _row_ends(scene: Scene, cuts: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """Of these cuts, those at which rows end."""
    wide = max(_WIDE / 2, sqrt(_RATIO * scene.width * (scene.height + _GAP)))
    ends: list[tuple[float, int]] = []
    start = 0.0
    for cut, after in pairwise([*cuts, (scene.width, -1)]):
        if after[0] - start > wide and cut[0] > start:
            ends.append(cut)
            start = cut[0]
    return ends


def _between(scene: Scene, start: float, stop: float, cut: set[int]) -> Scene:
    """What of a scene stands there."""

    def here(x: float) -> bool:
        return start < x <= stop

    return replace(
        scene,
        boxes=tuple(box for box in scene.boxes if here(box.x)),
        clusters=tuple(each for each in scene.clusters if here((each.left + each.right) / 2)),
        edges=tuple(
            edge
            for index, edge in enumerate(scene.edges)
            if index not in cut and edge.curve and here(edge.curve[0][0])
        ),
    )


def _carried(edge: Edge, rows: Sequence[Scene], place: Frame) -> Edge:
    """The edge from the end of a row round to the start of the next."""
    upper, lower = rows
    source = next(box for box in upper.boxes if box.id == edge.source)
    target = next(box for box in lower.boxes if box.id == edge.target)
    right, left = source.x + source.width / 2, target.x - target.width / 2
    high = (label_frame(edge)[3] - label_frame(edge)[1]) / 2
    lane = max(right, place[2]) + _BESIDE + (edge.label_width if edge.label else 0)
    gap = place[3] + _GAP / 2
    start = min(left, 0.0) - _BESIDE
    way = ((right, source.y), (lane, source.y), (lane, gap), (start, gap), (start, target.y))
    return replace(
        edge,
        curve=tuple(
            (round(x, 2), round(y, 2)) for x, y in drawn((*way, (left - _ARROW, target.y)))
        ),
        tip=(round(left, 2), round(target.y, 2)),
        label_at=(
            round(lane - edge.label_width / 2 - _BESIDE / 2, 2),
            round(source.y - high - 3, 2),
        ),
        label_on=False,
    )


def _reach(edge: Edge) -> tuple[float, float]:
    xs = [x for x, _ in edge.curve]
    if edge.tip is not None:
        xs.append(edge.tip[0])
    if edge.label:
        xs += label_frame(edge)[::2]
    return min(xs), max(xs)


def _around(row: Scene) -> Frame:
    """The frame of all that stands in a row."""
    found = [frame(box) for box in row.boxes] + [whole(cluster) for cluster in row.clusters]
    for edge in row.edges:
        if edge.label:
            found.append(label_frame(edge))
        xs, ys = zip(*edge.curve, strict=True)
        found.append((min(xs), min(ys), max(xs), max(ys)))
    lefts, tops, rights, bottoms = zip(*found, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
