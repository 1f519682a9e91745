"""From a scene that was laid out to a drawing: header, frames, edges, boxes, labels, legend."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from netwright.composer.diagram.boxes import ABOVE, PADDING, line_width
from netwright.composer.diagram.drawing import (
    Drawing,
    Group,
    Polygon,
    Rectangle,
    Shape,
    Stroke,
    Text,
)
from netwright.composer.diagram.frames import shifted
from netwright.composer.diagram.geometry import label_frame
from netwright.composer.diagram.marks import (
    arrow,
    badge,
    band,
    behind,
    hatched,
    inset,
    outline,
    stroke,
)
from netwright.composer.diagram.measure import shorten, width, wrap
from netwright.composer.diagram.samples import placed_legend
from netwright.composer.diagram.scene import (
    EDGE,
    SUBTITLE,
    TITLE,
    Box,
    Cluster,
    Edge,
    Scene,
    Style,
)

MARGIN = 12.0
# The header may be wider than a narrow diagram, up to a column of a paper.
HEADER = 240.0


def paint(scene: Scene) -> Drawing:
    """The drawing of a scene that was laid out."""
    header = _header(scene)
    head = sum(style.height for _, style in header) + 8
    room = max(scene.width, HEADER)
    under = MARGIN + head + scene.height + 10
    key, below = placed_legend(scene.legend, room, MARGIN, under)
    wide = max(
        [scene.width, *(width(text, style.size, style.weight) for text, style in header)]
        + [shape.x + shape.width - MARGIN for shape in key if isinstance(shape, Text)]
    )
    foot = below + 10 if key else 0.0
    full = math.ceil(wide + 2 * MARGIN), math.ceil(scene.height + head + foot + 2 * MARGIN)
    shift = MARGIN + (wide - scene.width) / 2, MARGIN + head
    shapes: list[Group | Shape] = [Rectangle(0, 0, *full, fill="paper")]
    y = MARGIN
    for text, style in header:
        y += style.height
        shapes.append(Text(text, style, MARGIN, y - style.height / 4))
    shapes += _network(shifted(scene, *shift))
    shapes += key
    words = scene.description or " ".join(scene.subtitles)
    return Drawing(*full, scene.title, " ".join(filter(None, (words, scene.notice))), tuple(shapes))


def _header(scene: Scene) -> list[tuple[str, Style]]:
    room = max(scene.width, HEADER)
    lines = [(shorten(scene.title, room, TITLE.size, TITLE.weight), TITLE)]
    for text in filter(None, (*scene.subtitles, scene.notice)):
        lines += [(line, SUBTITLE) for line in wrap(text.split(), room, SUBTITLE.size, 3, joint="")]
    return lines


def _network(scene: Scene) -> Iterator[Group | Shape]:
    levels: dict[str, int] = {"": -1}
    for cluster in scene.clusters:
        levels[cluster.id] = levels[cluster.parent] + 1
        shapes = tuple(_frame(cluster, levels[cluster.id]))
        yield Group("frame", cluster.id, cluster.tooltip, shapes)
    for edge in scene.edges:
        if edge.curve:
            path = f"{edge.source} -> {edge.target}"
            yield Group("edge", path, edge.tooltip, tuple(_edge(edge)))
    for box in scene.boxes:
        yield Group("node", box.id, box.tooltip, tuple(box_shapes(box)))
    for cluster in scene.clusters:
        yield from _title(cluster)
    for edge in scene.edges:
        yield from _label(edge, scene.direction in ("LR", "RL"))


def _frame(cluster: Cluster, level: int) -> Iterator[Shape]:
    front = Rectangle(
        cluster.left,
        cluster.top,
        cluster.right,
        cluster.bottom,
        7,
        f"fill-frame-{min(level, 2)}",
        "line-frame",
        dashes=outline(cluster),
    )
    if cluster.times > 1:
        yield behind(front)
    yield front
    if cluster.lit:
        yield replace(front, fill="", line="lit", thickness=2.4, dashes=())
    yield from badge(front, cluster.mark)


def _title(cluster: Cluster) -> Iterator[Shape]:
    line = cluster.title
    x, middle = cluster.title_at
    if line.text:
        yield Text(line.text, line.style, x, middle + line.style.size * 0.36)
    if line.right:
        x, middle = cluster.right_at
        yield Text(line.right, line.right_style, x, middle + line.style.size * 0.36)


def box_shapes(box: Box) -> Iterator[Shape]:
    """A box, from the back."""
    left, top = box.x - box.width / 2, box.y - box.height / 2
    is_round = box.kind in ("input", "output", "port")
    role = {"leaf": box.hue, "composite": "composite", "port": "port"}.get(box.kind, "terminal")
    radius = min(box.height / 2, 12) if is_round else 4
    front = Rectangle(
        left,
        top,
        left + box.width,
        top + box.height,
        radius,
        f"fill-{role}" if box.heat is None else f"heat-{box.heat}",
        f"line-{role}",
        dashes=outline(box),
    )
    if box.times > 1:
        yield behind(front)
    yield front
    if box.unknown:
        yield from hatched(front)
    if box.kind == "composite":
        yield inset(front)
    if box.kind == "leaf":
        yield from band(box.hue, left, top, top + box.height)
    if box.lit:
        yield replace(front, fill="", line="lit", thickness=2.4, dashes=())
    yield from badge(front, box.mark)
    yield from _centred(box, top) if is_round else _lines(box, left, top)


def _lines(box: Box, left: float, top: float) -> Iterator[Shape]:
    y = top + ABOVE
    for line in box.lines:
        y += line.style.height
        base = y - line.style.height * 0.27
        style, right_style = line.style, line.right_style
        if box.heat is not None:  # on strong colours only the darkest is read
            style, right_style = replace(style, tone="ink"), replace(right_style, tone="ink")
        yield Text(line.text, style, left + PADDING, base)
        if line.right:
            end = left + box.width - PADDING - width(line.right, right_style.size)
            yield Text(line.right, right_style, end, base)


def _centred(box: Box, top: float) -> Iterator[Shape]:
    y = top + (box.height - sum(line.style.height for line in box.lines)) / 2
    for line in box.lines:
        y += line.style.height
        yield Text(
            line.text, line.style, box.x - line_width(line) / 2, y - line.style.height * 0.27
        )


def _edge(edge: Edge) -> Iterator[Shape]:
    role, thickness, dashes = stroke(edge)
    yield Stroke(edge.curve, role, thickness, dashes)
    if edge.tip:
        yield Polygon(arrow(edge.curve[-1], edge.tip), role)


def _label(edge: Edge, is_across: bool) -> Iterator[Shape]:
    lines = edge.label_lines
    x, middle = edge.label_at
    top = middle - EDGE.height * (len(lines) - 1) / 2
    if edge.label_on:
        left, above, right, below = label_frame(edge)
        yield Rectangle(left - 2, above, right + 2, below, 3, "paper")
    for number, line in enumerate(lines):
        left = x - (width(line, EDGE.size) if is_across else edge.label_width) / 2
        yield Text(line, EDGE, left, top + number * EDGE.height + EDGE.size * 0.36)
