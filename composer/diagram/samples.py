"""The legend as shapes: a sample of each mark with what it means, in rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from netwright.composer.diagram.drawing import Polygon, Rectangle, Shape, Stroke, Text
from netwright.composer.diagram.marks import (
    SCAN,
    SOMETIMES,
    STROKES,
    arrow,
    badge,
    band,
    behind,
    hatched,
    inset,
)
from netwright.composer.diagram.measure import shorten, width
from netwright.composer.diagram.palette import Hue
from netwright.composer.diagram.scene import EdgeKind, Entry, Mark, Style
from netwright.composer.diagram.themes import HEATS

KEY = Style(8, "regular", "text")
# Width of a sample, its gap to the text, and the gap to the next entry.
_SAMPLE, _GAP, _NEXT = 20.0, 5.0, 14.0
_ROW = 15.0
_SWATCH = 14.0


def placed_legend(
    entries: Sequence[Entry], room: float, left: float, top: float
) -> tuple[tuple[Shape, ...], float]:
    """The shapes of a legend, in rows as wide as the room, and how high it is."""
    shapes: list[Shape] = []
    x, y = left, top
    for entry in entries:
        before, text = _texts(entry)
        sample = _SAMPLE if entry.sample != "heat" else HEATS * _SWATCH
        lead = width(before, KEY.size) + _GAP if before else 0
        text = shorten(text, room - lead - sample - _GAP, KEY.size)
        wide = lead + sample + _GAP + width(text, KEY.size)
        if x > left and x + wide > left + room:
            x, y = left, y + _ROW
        base = y + _ROW / 2 + KEY.size * 0.36
        if before:
            shapes.append(Text(before, KEY, x, base))
        shapes += _sample(entry, x + lead, y + _ROW / 2)
        shapes.append(Text(text, KEY, x + lead + sample + _GAP, base))
        x += wide + _NEXT
    return tuple(shapes), y + _ROW - top


def _texts(entry: Entry) -> tuple[str, str]:
    if entry.sample != "heat":
        return "", entry.text
    least, most = entry.key.split()
    return least, f"{most} {entry.text}"


def _sample(entry: Entry, x: float, y: float) -> Iterator[Shape]:
    box = Rectangle(x, y - 5, x + _SAMPLE, y + 5, 3)
    match entry.sample:
        case "hue":
            hue = cast("Hue", entry.key)
            yield _painted(box, f"fill-{hue}", f"line-{hue}")
            yield from band(hue, x, y - 7, y + 7)
        case "composite":
            box = _painted(box, "fill-composite", "line-composite")
            yield box
            yield inset(box)
        case "edge":
            yield from _edge(cast("EdgeKind", entry.key), x, y)
        case "copies":
            box = _painted(box, "fill-frame-0", "line-frame")
            box = Rectangle(x, y - 6, x + _SAMPLE - 3, y + 3, 3, box.fill, box.line)
            yield behind(box)
            yield box
        case "scan" | "sometimes":
            dashes = SCAN if entry.sample == "scan" else SOMETIMES
            yield Rectangle(
                x, y - 5, x + _SAMPLE, y + 5, 3, "fill-frame-0", "line-composite", dashes=dashes
            )
        case "unknown":
            box = _painted(box, "fill-slate", "line-slate")
            yield box
            yield from hatched(box)
        case "lit":
            yield Rectangle(x, y - 5, x + _SAMPLE, y + 5, 3, "paper", "lit", 2.4)
        case "mark":
            front = Rectangle(x + 5, y - 4, x + _SAMPLE, y + 5, 3, "paper")
            yield from badge(front, cast("Mark", entry.key))
        case "heat":
            for level in range(HEATS):
                left = x + level * _SWATCH
                yield Rectangle(
                    left, y - 5, left + _SWATCH, y + 5, 0, f"heat-{level}", "line-frame", 0.5
                )


def _painted(box: Rectangle, fill: str, line: str) -> Rectangle:
    return Rectangle(box.left, box.top, box.right, box.bottom, box.radius, fill, line)


def _edge(kind: EdgeKind, x: float, y: float) -> Iterator[Shape]:
    role, thickness, dashes = STROKES[kind]
    end = x + _SAMPLE - (0 if kind == "tie" else 6)
    third = (end - x) / 3
    curve = ((x, y), (x + third, y), (end - third, y), (end, y))
    yield Stroke(curve, role, thickness, dashes)
    if kind != "tie":
        yield Polygon(arrow((end, y), (x + _SAMPLE, y)), role)
