"""Edges between boxes that stand in line, drawn straight.

Graphviz's router now and then takes a needless bend between two boxes in line, when an edge far off
was routed before. Such an edge is replaced by a straight one, where nothing stands in the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netwright.composer.diagram.geometry import Frame, frame, label_frame, meet
from netwright.composer.diagram.scene import EDGE, Box, Edge, Point, Scene

# Points: how far boxes in line may be off it, how far a curve may swing without being called bent,
# the arrow's length, room beside a label.
_IN_LINE = 6.0
_BENT = 1.5
_ARROW = 6.0
_BESIDE = 5.0


def straighten(scene: Scene) -> Scene:
    """The scene with needless bends taken out."""
    boxes = {box.id: box for box in scene.boxes}
    standing = {box.id: frame(box) for box in scene.boxes}
    edges = list(scene.edges)
    labels = {number: label_frame(edge) for number, edge in enumerate(edges) if edge.label}
    for index, edge in enumerate(edges):
        if edge.kind == "tie" or not edge.curve or edge.tip is None:
            continue
        across = 0 if scene.direction in ("TB", "BT") else 1
        source, target = boxes[edge.source], boxes[edge.target]
        if abs(_at(source, across) - _at(target, across)) > _IN_LINE or not _bent(
            edge.curve, across
        ):
            continue
        straight = _straight(edge, source, target, across)
        taken = [at for name, at in standing.items() if name not in (edge.source, edge.target)]
        taken += [at for number, at in labels.items() if number != index]
        if not any(meet(own, other) for own in _frames(straight) for other in taken):
            edges[index] = straight
            if edge.label:
                labels[index] = label_frame(straight)
    return replace(scene, edges=tuple(edges))


def _straight(edge: Edge, source: Box, target: Box, across: int) -> Edge:
    along = 1 - across
    sign = 1 if _at(target, along) > _at(source, along) else -1
    line = (_at(source, across) + _at(target, across)) / 2
    start = _at(source, along) + sign * _half(source, along)
    tip = _at(target, along) - sign * _half(target, along)
    end = tip - sign * _ARROW
    steps = [start, start + (end - start) / 3, end - (end - start) / 3, end]
    label = edge.label_at
    if edge.label:
        # At the right of what goes down, above what goes to the side.
        high = EDGE.height * len(edge.label_lines)
        aside = -high / 2 - 1 if across else edge.label_width / 2 + _BESIDE
        label = _point(line + aside, edge.label_at[along], across)
    return replace(
        edge,
        curve=tuple(_point(line, step, across) for step in steps),
        tip=_point(line, tip, across),
        label_at=label,
    )


def _frames(edge: Edge) -> list[Frame]:
    (ax, ay), (bx, by) = edge.curve[0], edge.curve[-1]
    line = min(ax, bx) - 2, min(ay, by), max(ax, bx) + 2, max(ay, by)
    return [line, label_frame(edge)] if edge.label else [line]


def _bent(curve: Sequence[Point], across: int) -> bool:
    swing = [point[across] for point in curve]
    return max(swing) - min(swing) > _BENT


def _at(box: Box, axis: int) -> float:
    return box.y if axis else box.x


def _half(box: Box, axis: int) -> float:
    return (box.height if axis else box.width) / 2


def _point(across_value: float, along_value: float, across: int) -> Point:
    x, y = (along_value, across_value) if across else (across_value, along_value)
    return round(x, 2), round(y, 2)
