"""Frames of clusters, widened to hold the labels of the edges inside them.

Graphviz moves labels once it has routed their edges, when the frames stand already, and some stick
out. A widened cluster says so in its `room`: a second layout then keeps that room free.
"""

from __future__ import annotations

from dataclasses import replace

from netwright.composer.diagram.geometry import Frame, frame, label_frame, pieces
from netwright.composer.diagram.geometry import whole as frame_of
from netwright.composer.diagram.marks import STACKED
from netwright.composer.diagram.scene import Cluster, Point, Scene
from netwright.composer.diagram.standing import framing, going, standing

# Points between a frame and what is in it.
_PADDING = 6.0


def framed(scene: Scene) -> Scene:
    """The scene with every cluster around its labels, and every parent around its children."""
    parents = {cluster.id: cluster.parent for cluster in scene.clusters}
    standing = {box.id: box.cluster for box in scene.boxes}
    frames: dict[str, Frame] = {
        cluster.id: (cluster.left, cluster.top, cluster.right, cluster.bottom)
        for cluster in scene.clusters
    }
    whole: Frame = (0, 0, scene.width, scene.height)
    for edge in scene.edges:
        if not edge.label or not edge.curve:
            continue
        common = _common(standing[edge.source], standing[edge.target], parents)
        if common:
            frames[common] = _around(frames[common], label_frame(edge), _PADDING)
        else:
            whole = _around(whole, label_frame(edge), 0)
    for cluster in reversed(scene.clusters):  # each after the one it stands in
        if cluster.parent:
            frames[cluster.parent] = _around(frames[cluster.parent], frames[cluster.id], _PADDING)
        else:
            whole = _around(whole, frames[cluster.id], 0)
    clusters = tuple(_reframed(cluster, frames[cluster.id]) for cluster in scene.clusters)
    return _moved(replace(scene, clusters=clusters), whole)


def contents(scene: Scene) -> dict[str, tuple[float, float]]:
    """From where to where that reaches which stands in each cluster, without its inner clusters."""
    parents = {cluster.id: cluster.parent for cluster in scene.clusters}
    standing = {box.id: box.cluster for box in scene.boxes}
    spans: dict[str, tuple[float, float]] = {}

    def holds(cluster: str, left: float, right: float) -> None:
        known = spans.get(cluster)
        if known is not None:
            left, right = min(known[0], left), max(known[1], right)
        spans[cluster] = left, right

    for box in scene.boxes:
        behind = STACKED if box.times > 1 else 0
        holds(box.cluster, box.x - box.width / 2, box.x + box.width / 2 + behind)
    for edge in scene.edges:
        common = _common(standing[edge.source], standing[edge.target], parents)
        if common and edge.curve:
            found = pieces(edge.curve, edge.tip)
            xs = [found[0][0][0], *(end[0] for _, end in found)]
            holds(common, min(xs), max(xs))
            if edge.label:
                left, _, right, _ = label_frame(edge)
                holds(common, left, right)
    return spans


def bounded(scene: Scene) -> Scene:
    """The scene as large as all that is in it."""
    found = [frame(box) for box in scene.boxes]
    found += [frame_of(cluster) for cluster in scene.clusters]
    for edge in scene.edges:
        if edge.label and edge.curve:
            found.append(label_frame(edge))
        if edge.curve:
            xs, ys = zip(*edge.curve, strict=True)
            found.append((min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1))
    if not found:
        return scene
    lefts, tops, rights, bottoms = zip(*found, strict=True)
    return _moved(scene, (min(lefts), min(tops), max(rights), max(bottoms)))


def _common(one: str, other: str, parents: dict[str, str]) -> str:
    """The innermost cluster in which both are."""
    above = {""}
    while one:
        above.add(one)
        one = parents[one]
    while other not in above:
        other = parents[other]
    return other


def _around(outer: Frame, inner: Frame, padding: float) -> Frame:
    return (
        min(outer[0], inner[0] - padding),
        min(outer[1], inner[1] - padding),
        max(outer[2], inner[2] + padding),
        max(outer[3], inner[3] + padding),
    )


def _reframed(cluster: Cluster, frame: Frame) -> Cluster:
    left, top, right, bottom = (round(value, 2) for value in frame)
    grown = right - left > cluster.right - cluster.left + 1
    room = max(cluster.room, right - left) if grown else cluster.room
    return replace(cluster, left=left, top=top, right=right, bottom=bottom, room=room)


def _moved(scene: Scene, whole: Frame) -> Scene:
    """With all of it to the right of and below 0."""
    left, top, right, bottom = (round(value, 2) for value in whole)
    scene = replace(scene, width=round(right - left, 2), height=round(bottom - top, 2))
    return shifted(scene, -left, -top) if left or top else scene


def shifted(scene: Scene, right: float, down: float) -> Scene:
    """All that stands in the scene, so much further to the right and down."""

    def at(point: Point) -> Point:
        return round(point[0] + right, 2), round(point[1] + down, 2)

    return replace(
        scene,
        boxes=tuple(standing(box, *at((box.x, box.y))) for box in scene.boxes),
        clusters=tuple(
            framing(
                each,
                (*at((each.left, each.top)), *at((each.right, each.bottom))),
                at(each.title_at),
                at(each.right_at),
            )
            for each in scene.clusters
        ),
        edges=tuple(
            going(
                edge,
                tuple(map(at, edge.curve)),
                edge.tip and at(edge.tip),
                at(edge.label_at),
                edge.label_on,
            )
            for edge in scene.edges
        ),
    )
