"""How wide a text is, in the font that is painted, so that boxes fit it on every machine.

The widths of the bundled font stand in `font/widths.json`, in thousandths of the size. A character
that the font lacks is painted by whatever font has it: its width is estimated from its class,
upwards.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias

Weight: TypeAlias = Literal["regular", "semibold"]

ELLIPSIS = "…"

# Of characters without a width in the table. Wide East Asian ones are as wide as the size.
_WIDE, _OTHER = 1050, 800


@cache
def _widths(weight: Weight) -> dict[str, int]:
    table = json.loads(files(__package__).joinpath("font/widths.json").read_text(encoding="utf-8"))
    return dict(zip(table["characters"], table[weight], strict=True))


def covered(text: str) -> bool:
    """Whether the bundled font has every character."""
    return _widths("regular").keys() >= set(text)


def spelled(text: str) -> str:
    """The text with every character that the bundled font lacks written as `U+65E5`."""
    known = _widths("regular")
    shown = (each if each in known else f"U+{ord(each):04X}" for each in legible(text))
    return text if text.isascii() else "".join(shown)


@lru_cache(maxsize=8192)  # the same shapes stand on many edges
def width(text: str, size: float, weight: Weight = "regular") -> float:
    """Width of a line of text, in points, in the bundled font at this size."""
    known = _widths(weight)
    total = 0
    for character in text:
        total += known.get(character) or _estimate(character)
    return total * size / 1000


def _estimate(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _OTHER


def shorten(text: str, limit: float, size: float, weight: Weight = "regular") -> str:
    """The text, cut with an ellipsis where it would be wider than the limit."""
    if width(text, size, weight) <= limit:
        return text
    room = limit - width(ELLIPSIS, size, weight)
    kept = 0.0
    for index, character in enumerate(text):
        kept += width(character, size, weight)
        if kept > room:
            return text[:index].rstrip(" ,") + ELLIPSIS
    return ELLIPSIS


def wrap(
    parts: Sequence[str], limit: float, size: float, lines: int, joint: str = ","
) -> list[str]:
    """Parts joined by commas, or another joint, into lines; what is left over is an ellipsis."""
    rows: list[list[str]] = []
    for index, part in enumerate(parts):
        word = part + joint if index < len(parts) - 1 else part
        if rows and width(" ".join([*rows[-1], word]), size) <= limit:
            rows[-1].append(word)
        elif len(rows) < lines:
            rows.append([shorten(word, limit, size)])
        else:
            rows[-1].append(ELLIPSIS)
            while len(rows[-1]) > 1 and width(" ".join(rows[-1]), size) > limit:
                del rows[-1][-2]
            break
    return [" ".join(row) for row in rows]


def legible(text: str) -> str:
    """The text on one line, without what would steer or break a document.

    Control characters and marks of direction become `U+202E` and the like, white space a space.
    """
    return "".join(_legible(character) for character in text) if not text.isprintable() else text


def _legible(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    return f"U+{ord(character):04X}" if category in ("Cc", "Cf", "Cs", "Co", "Cn") else character
