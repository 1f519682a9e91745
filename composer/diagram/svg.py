"""A scene that was laid out, painted as SVG.

The text is text; its font is named and not embedded, and each text carries its measured width, so
that it stays in its box in another font. Nothing in the file can run or load anything. The same
scene gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from netwright.composer.diagram.boxes import ABOVE, PADDING
from netwright.composer.diagram.measure import legible, shorten, width, wrap
from netwright.composer.diagram.palette import FLOW, SKIP, TIE, Paint, box_paint, frame_paint
from netwright.composer.diagram.scene import (
    EDGE,
    SUBTITLE,
    TITLE,
    Box,
    Cluster,
    Edge,
    EdgeKind,
    Line,
    Point,
    Scene,
    Style,
)

FONTS = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
MARGIN = 12.0
# The header may be wider than a narrow diagram, up to a column of a paper.
HEADER = 240.0

_STROKES: dict[EdgeKind, tuple[str, str]] = {
    "flow": (FLOW, ""),
    "side": (FLOW, ""),
    "skip": (SKIP, ""),
    "tie": (TIE, "4 3"),
}


def to_svg(scene: Scene) -> str:
    """An SVG document of a scene that was laid out."""
    header = _header(scene)
    head = sum(style.height for _, style in header) + 8
    wide = max([scene.width, *(width(text, style.size, style.weight) for text, style in header)])
    full = (
        _number(math.ceil(wide + 2 * MARGIN)),
        _number(math.ceil(scene.height + head + 2 * MARGIN)),
    )
    shift = MARGIN + (wide - scene.width) / 2
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full[0]}pt" height="{full[1]}pt" '
        f'viewBox="0 0 {full[0]} {full[1]}" role="img" font-family="{FONTS}">'
    )
    lines = [
        opening,
        f"<title>{_text(scene.title)}</title>",
        f"<desc>{_text(scene.description or ' '.join(scene.subtitles))}</desc>",
        f'<rect width="{full[0]}" height="{full[1]}" fill="#ffffff"/>',
    ]
    y = MARGIN
    for text, style in header:
        y += style.height
        lines.append(_write(text, style, MARGIN, y - style.height / 4))
    lines.append(f'<g transform="translate({_number(shift)} {_number(MARGIN + head)})">')
    levels: dict[str, int] = {"": -1}
    for cluster in scene.clusters:
        levels[cluster.id] = levels[cluster.parent] + 1
        lines += _frame(cluster, levels[cluster.id])
    for edge in scene.edges:
        lines += _edge(edge)
    for box in scene.boxes:
        lines += _box(box)
    for cluster in scene.clusters:
        lines += _title(cluster)
    for edge in scene.edges:
        if edge.label:
            x, middle = edge.label_at
            lines.append(
                _write(edge.label, EDGE, x - edge.label_width / 2, middle + EDGE.size * 0.36)
            )
    lines += ["</g>", "</svg>", ""]
    return "\n".join(lines)


def _header(scene: Scene) -> list[tuple[str, Style]]:
    room = max(scene.width, HEADER)
    lines = [(shorten(scene.title, room, TITLE.size, TITLE.weight), TITLE)]
    for text in filter(None, (*scene.subtitles, scene.notice)):
        lines += [(line, SUBTITLE) for line in wrap(text.split(), room, SUBTITLE.size, 3, joint="")]
    return lines


def _frame(cluster: Cluster, level: int) -> Iterator[str]:
    paint = frame_paint(level)
    if cluster.times > 1:
        yield _rectangle(
            cluster.left + 3, cluster.top + 3, cluster.right + 3, cluster.bottom + 3, 7, paint
        )
    yield f"<g><title>{_text(cluster.tooltip)}</title>"
    yield _rectangle(cluster.left, cluster.top, cluster.right, cluster.bottom, 7, paint) + "</g>"


def _title(cluster: Cluster) -> Iterator[str]:
    line = cluster.title
    x, middle = cluster.title_at
    yield _write(line.text, line.style, x, middle + line.style.size * 0.36)
    if line.right:
        x, middle = cluster.right_at
        yield _write(line.right, line.right_style, x, middle + line.style.size * 0.36)


def _box(box: Box) -> Iterator[str]:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    paint = box_paint(box)
    radius = box.height / 2 if box.kind in ("input", "output", "port") else 4
    radius = min(radius, 12)
    yield f"<g><title>{_text(box.tooltip)}</title>"
    if box.times > 1:
        yield _rectangle(
            left + 3, top + 3, left + box.width + 3, top + box.height + 3, radius, paint
        )
    yield _rectangle(left, top, left + box.width, top + box.height, radius, paint)
    if box.kind in ("input", "output", "port"):
        yield from _centred(box, top)
    else:
        y = top + ABOVE
        for line in box.lines:
            y += line.style.height
            base = y - line.style.height * 0.27
            yield _write(line.text, line.style, left + PADDING, base)
            if line.right:
                end = left + box.width - PADDING - width(line.right, line.right_style.size)
                yield _write(line.right, line.right_style, end, base)
    yield "</g>"


def _centred(box: Box, top: float) -> Iterator[str]:
    y = top + (box.height - sum(line.style.height for line in box.lines)) / 2
    for line in box.lines:
        y += line.style.height
        start = box.x - _width(line) / 2
        yield _write(line.text, line.style, start, y - line.style.height * 0.27)


def _edge(edge: Edge) -> Iterator[str]:
    if not edge.curve:
        return
    color, dashes = _STROKES[edge.kind]
    start, *rest = edge.curve
    path = f"M{_pair(start)}C{' '.join(_pair(point) for point in rest)}"
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    yield f"<g><title>{_text(edge.tooltip)}</title>"
    yield f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1"{dashed}/>'
    if edge.tip:
        yield f'<path d="{_arrow(edge.curve[-1], edge.tip)}" fill="{color}"/>'
    yield "</g>"


def _arrow(base: Point, tip: Point) -> str:
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = math.hypot(dx, dy) or 1.0
    across = -dy / length * 2.4, dx / length * 2.4
    left = base[0] + across[0], base[1] + across[1]
    right = base[0] - across[0], base[1] - across[1]
    return f"M{_pair(tip)}L{_pair(left)} {_pair(right)}Z"


def _rectangle(
    left: float, top: float, right: float, bottom: float, radius: float, paint: Paint
) -> str:
    return (
        f'<rect x="{_number(left)}" y="{_number(top)}" width="{_number(right - left)}" '
        f'height="{_number(bottom - top)}" rx="{_number(radius)}" fill="{paint.fill}" '
        f'stroke="{paint.border}" stroke-width="0.9"/>'
    )


def _write(text: str, style: Style, x: float, y: float) -> str:
    weight = ' font-weight="600"' if style.weight == "semibold" else ""
    length = _number(width(text, style.size, style.weight))
    return (
        f'<text x="{_number(x)}" y="{_number(y)}" font-size="{_number(style.size)}"{weight} '
        f'fill="{style.color}" textLength="{length}" lengthAdjust="spacingAndGlyphs">'
        f"{_text(text)}</text>"
    )


def _width(line: Line) -> float:
    return width(line.text, line.style.size, line.style.weight)


def _text(text: str) -> str:
    lines = "\n".join(legible(line) for line in text.split("\n"))
    return escape(lines, {'"': "&quot;", "'": "&#39;"})


def _pair(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
