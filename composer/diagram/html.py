"""A picture as one HTML page: composites open and close, and what is looked for is found.

The page loads nothing and sends nothing; its own policy says so to the browser. What comes from the
spec is data, which the script only ever writes as text and as numbers.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias

from netwright.composer.diagram.boxes import PADDING, line_width
from netwright.composer.diagram.drawing import Polygon, Rectangle, Shape, Stroke, Text
from netwright.composer.diagram.marks import stroke
from netwright.composer.diagram.measure import legible, width
from netwright.composer.diagram.painting import box_shapes
from netwright.composer.diagram.samples import placed_legend
from netwright.composer.diagram.scene import EDGE, Box, Edge, Point
from netwright.composer.diagram.themes import AUTO, DARK, Theme, theme_of

if TYPE_CHECKING:
    from netwright.composer.diagram.levels import Level, Levels

_LEGEND = 900.0

# What the script reads: each shape, box and edge as a list, short because there are many.
_Row: TypeAlias = list[Any]


def to_html(found: Levels, theme: str = AUTO) -> str:
    """The page, from levels that were laid out."""
    first = found.levels[0].scene
    page = files("netwright.composer.diagram") / "page"
    parts = [(page / name).read_text(encoding="utf-8") for name in ("picture.js", "page.js")]
    script = f'"use strict";\n(() => {{\n{"".join(parts)}}})();\n'
    style = _variables(theme) + (page / "page.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    notes = "".join(f"<p>{_text(line)}</p>" for line in (*first.subtitles,) if line)
    description = f'<p class="about">{_text(first.description)}</p>' if first.description else ""
    return (
        (page / "page.html")
        .read_text(encoding="utf-8")
        .replace("{policy}", policy)
        .replace("{style}", style)
        .replace("{script}", script)
        # Last what comes from the spec, so that nothing in it is taken for one of these places.
        .replace("{title}", _text(first.title).replace("{", "&#123;"))
        .replace("{notes}", (notes or description).replace("{", "&#123;"))
        .replace("{data}", _json(_data(found)))
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _text(text: str) -> str:
    return escape("\n".join(legible(line) for line in text.split("\n")))


def _json(value: object) -> str:
    r"""JSON that may stand in a page: `<` is `\u003c` there, so no text ends the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for each in "<>&\u2028\u2029":
        text = text.replace(each, f"\\u{ord(each):04x}")
    return text


def _variables(theme: str) -> str:
    light = f":root{{color-scheme:light;{_roles(theme_of(theme))}}}"
    if theme == "dark":
        return light.replace("color-scheme:light", "color-scheme:dark")
    dark = f":root{{color-scheme:dark;{_roles(DARK)}}}"
    return light + (f"@media (prefers-color-scheme:dark){{{dark}}}" if theme == AUTO else "")


def _roles(theme: Theme) -> str:
    return "".join(f"--nw-{role}:{color};" for role, color in theme.items())


def _data(found: Levels) -> Mapping[str, object]:
    legend, height = placed_legend(found.legend, _LEGEND, 2, 3)
    wide = max((each.x + each.width for each in legend if isinstance(each, Text)), default=0.0)
    return {
        "levels": [_level(level) for level in found.levels],
        "opened": found.opened,
        "unfolded": found.unfolded,
        "lit": found.lit,
        "across": found.levels[0].scene.direction in ("LR", "RL"),
        "legend": {"size": _numbers(wide + 2, height + 3), "shapes": [*map(_shape, legend)]},
    }


def _level(level: Level) -> Mapping[str, object]:
    scene = level.scene
    index = {box.id: number for number, box in enumerate(scene.boxes)}
    return {
        "size": _numbers(scene.width, scene.height),
        "boxes": [_box(box, level) for box in scene.boxes],
        "edges": [_edge(edge, index) for edge in scene.edges if edge.curve],
    }


def _box(box: Box, level: Level) -> Mapping[str, object]:
    """Its shapes are placed round its centre; those of its title begin at (0, 0)."""
    found: dict[str, object] = {
        "id": box.id,
        "kind": box.kind,
        "at": _numbers(box.x, box.y),
        "size": _numbers(box.width, box.height),
        "shapes": [_shape(each) for each in box_shapes(replace(box, x=0, y=0))],
        "tip": box.tooltip,
    }
    if box.place:
        found["place"] = box.place
    if box.id in level.opens:
        found["opens"] = level.opens[box.id]
    if box.id in level.copies:
        found["copies"] = level.copies[box.id]
    if box.id in level.opens or box.id in level.copies:
        line = box.lines[0]
        title = [_shape(Text(line.text, line.style, 0, 0))]
        if line.right:
            at = line_width(line) - width(line.right, line.right_style.size)
            title.append(_shape(Text(line.right, line.right_style, at, 0)))
        found["title"] = title
        found["room"] = round(line_width(line) + 2 * PADDING, 2)
        found["times"] = box.times
        if box.mark:
            found["mark"] = box.mark
    return found


def _edge(edge: Edge, index: Mapping[str, int]) -> _Row:
    role, thickness, dashes = stroke(edge)
    lines = [[line, round(width(line, EDGE.size), 2)] for line in edge.label_lines]
    return [
        index[edge.source],
        index[edge.target],
        _points(edge.curve),
        _numbers(*edge.tip) if edge.tip else 0,
        [role, thickness, *dashes],
        edge.tooltip,
        *([_numbers(*edge.label_at), int(edge.label_on), lines] if lines else []),
    ]


def _shape(shape: Shape) -> _Row:
    match shape:
        case Rectangle():
            at = _numbers(shape.left, shape.top, shape.right - shape.left, shape.bottom - shape.top)
            line = [shape.line, shape.thickness, *shape.dashes] if shape.line else 0
            return ["r", *at, shape.radius, shape.fill, line]
        case Stroke():
            return ["s", _points(shape.curve), [shape.line, shape.thickness, *shape.dashes]]
        case Polygon():
            return ["p", _points(shape.corners), shape.fill]
        case Text():
            style = shape.style
            bold = int(style.weight == "semibold")
            at = _numbers(shape.x, shape.y, shape.width)
            return ["t", legible(shape.text), *at, style.size, bold, style.tone]


def _points(points: Iterable[Point]) -> list[float]:
    return _numbers(*(value for point in points for value in point))


def _numbers(*values: float) -> list[float]:
    return [int(each) if each == int(each) else each for each in (round(v, 1) for v in values)]
