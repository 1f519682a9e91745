"""Hues: a colour for each family of blocks, with a band that shows the family without colour."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args
from zlib import crc32

Hue: TypeAlias = Literal["blue", "green", "amber", "red", "violet", "teal", "rose", "slate"]
HUES: tuple[Hue, ...] = get_args(Hue)

# A band stands at the left of a box, so that families are told apart in black and white too: how
# its line is dashed, in points; of "slate", none. Each is (width of the line, dashes).
BANDS: dict[Hue, tuple[float, tuple[float, ...]]] = {
    "blue": (3.2, ()),
    "red": (3.2, (5.0, 2.0)),
    "violet": (3.2, (1.6, 1.6)),
    "green": (1.2, ()),
    "amber": (3.2, (0.8, 2.4)),
    "teal": (3.2, (7.0, 1.6, 1.6, 1.6)),
    "rose": (1.2, (3.0, 2.0)),
}

# Words in the names of families, so that a colour means the same in every diagram, and what the
# legend calls them.
_WORDS: tuple[tuple[str, Hue, str], ...] = (
    ("attention", "violet", "attention"),
    ("recurren", "violet", "recurrent"),
    ("norm", "green", "normalisation"),
    ("activation", "amber", "activation"),
    ("piecewise", "amber", "activation"),
    ("softmax", "amber", "activation"),
    ("convol", "blue", "convolution"),
    ("graph", "blue", "graph"),
    ("pool", "teal", "pooling"),
    ("linear", "red", "linear"),
    ("embed", "rose", "embedding"),
    ("position", "rose", "position"),
    ("parameter", "rose", "parameter or constant"),
    # What carries tensors about without learning anything stays in the background.
    ("dropout", "slate", ""),
    ("arithmetic", "slate", ""),
    ("broadcast", "slate", ""),
    ("combin", "slate", ""),
    ("compar", "slate", ""),
    ("convers", "slate", ""),
    ("index", "slate", ""),
    ("interpol", "slate", ""),
    ("order", "slate", ""),
    ("pad", "slate", ""),
    ("pointwise", "slate", ""),
    ("reduc", "slate", ""),
    ("shape", "slate", ""),
    ("slic", "slate", ""),
    ("window", "slate", ""),
)
_OTHERS: tuple[Hue, ...] = ("teal", "rose", "violet", "amber", "green", "blue", "red")
OTHER_OPERATIONS = "other operation"


def hue(family: str) -> Hue:
    """The hue of a family of blocks; of an unknown one, always the same one of a few."""
    return _found(family)[0]


def called(family: str) -> str:
    """What the legend calls a family."""
    return _found(family)[1]


def _found(family: str) -> tuple[Hue, str]:
    folded = family.lower()
    for word, found, name in _WORDS:
        if word in folded:
            return found, name or OTHER_OPERATIONS
    if not folded:
        return "slate", OTHER_OPERATIONS
    return _OTHERS[crc32(folded.encode()) % len(_OTHERS)], family
