"""A drawing as SVG.

The text is text; its font is named and not embedded, and each text carries its measured width, so
that it stays in its box in another font. Nothing in the file can run or load anything. The same
drawing gives the same bytes.

Colours are attributes, which every program reads, and again a style sheet, of variables that a page
around the picture may set: `--nw-fill-blue` is what the role `fill-blue` is painted in.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from netwright.composer.diagram.drawing import (
    Drawing,
    Group,
    Polygon,
    Rectangle,
    Shape,
    Stroke,
    Text,
)
from netwright.composer.diagram.measure import legible
from netwright.composer.diagram.scene import Point
from netwright.composer.diagram.themes import AUTO, DARK, Theme, theme_of

FONTS = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"


def to_svg(drawing: Drawing, theme: str = AUTO, *, styled: bool = True) -> str:
    """An SVG document; styled: with the style sheet, which some programs stumble over."""
    writer = _Writer(theme_of(theme))
    body = [line for item in drawing.shapes for line in writer.written(item)]
    full = _number(drawing.width), _number(drawing.height)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="nw-{theme}" width="{full[0]}pt" '
        f'height="{full[1]}pt" viewBox="0 0 {full[0]} {full[1]}" '
        'role="graphics-document document" aria-roledescription="diagram of a neural network" '
        f'font-family="{FONTS}">'
    )
    return "\n".join(
        [
            opening,
            f"<title>{_text(drawing.title)}</title>",
            f"<desc>{_text(drawing.description)}</desc>",
            *([writer.style(theme)] if styled else []),
            *body,
            "</svg>",
            "",
        ]
    )


class _Writer:
    """Writes shapes, and keeps the colours that they use."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._used: dict[tuple[str, str], None] = {}
        self._paints: dict[tuple[str, str], str] = {}

    def written(self, item: Group | Shape) -> Iterator[str]:
        if isinstance(item, Group):
            role = "graphics-object" if item.kind == "frame" else "graphics-symbol"
            yield (
                f'<g role="{role}" data-{item.kind}="{_text(item.path)}">'
                f"<title>{_text(item.tooltip)}</title>"
            )
            for each in item.shapes:
                yield self._shape(each)
            yield "</g>"
        else:
            yield self._shape(item)

    def style(self, theme: str) -> str:
        """The style sheet: each colour that is used as a variable, and the dark ones."""
        rules = [self._rule(theme, what, role, self._theme) for what, role in sorted(self._used)]
        if theme == AUTO:
            dark = [self._rule(theme, what, role, DARK) for what, role in sorted(self._used)]
            rules.append(f"@media (prefers-color-scheme:dark){{{''.join(dark)}}}")
        return f"<style>{''.join(rules)}</style>"

    @staticmethod
    def _rule(theme: str, what: str, role: str, colors: Theme) -> str:
        return f".nw-{theme} .{what[0]}-{role}{{{what}:var(--nw-{role},{colors[role]})}}"

    def _paint(self, fill: str = "", line: str = "") -> str:
        known = self._paints.get((fill, line))
        if known is None:
            known = self._paints[fill, line] = self._new_paint(fill, line)
        return known

    def _new_paint(self, fill: str, line: str) -> str:
        classes = []
        attributes = ""
        for what, role in (("fill", fill), ("stroke", line)):
            if role:
                self._used[what, role] = None
                classes.append(f"{what[0]}-{role}")
                attributes += f' {what}="{self._theme[role]}"'
            elif what == "fill":
                attributes += ' fill="none"'
        return f'class="{" ".join(classes)}"{attributes}'

    def _shape(self, shape: Shape) -> str:
        match shape:
            case Rectangle():
                wide = f' stroke-width="{_number(shape.thickness)}"' if shape.line else ""
                return (
                    f'<rect x="{_number(shape.left)}" y="{_number(shape.top)}" '
                    f'width="{_number(shape.right - shape.left)}" '
                    f'height="{_number(shape.bottom - shape.top)}" rx="{_number(shape.radius)}" '
                    f"{self._paint(shape.fill, shape.line)}{wide}{_dashed(shape.dashes)}/>"
                )
            case Stroke():
                start, *rest = shape.curve
                path = f"M{_pair(start)}C{' '.join(map(_pair, rest))}"
                return (
                    f'<path d="{path}" {self._paint(line=shape.line)} '
                    f'stroke-width="{_number(shape.thickness)}"{_dashed(shape.dashes)}/>'
                )
            case Polygon():
                first, *rest = shape.corners
                path = f"M{_pair(first)}L{' '.join(map(_pair, rest))}Z"
                return f'<path d="{path}" {self._paint(shape.fill)}/>'
            case Text():
                weight = ' font-weight="600"' if shape.style.weight == "semibold" else ""
                return (
                    f'<text x="{_number(shape.x)}" y="{_number(shape.y)}" '
                    f'font-size="{_number(shape.style.size)}"{weight} '
                    f'{self._paint(shape.style.tone)} textLength="{_number(shape.width)}" '
                    f'lengthAdjust="spacingAndGlyphs">{_text(shape.text)}</text>'
                )


def _dashed(dashes: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{" ".join(map(_number, dashes))}"' if dashes else ""


def _text(text: str) -> str:
    lines = "\n".join(legible(line) for line in text.split("\n"))
    return escape(lines, {'"': "&quot;", "'": "&#39;"})


def _pair(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
