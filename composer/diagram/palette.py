"""Colours: a family of blocks has one, soft inside and strong at the border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zlib import crc32

from netwright.composer.diagram.scene import Box


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours of a shape."""

    fill: str
    border: str


BLUE = Paint("#e6effa", "#5b86b8")
GREEN = Paint("#e6f3e8", "#5f9a6b")
AMBER = Paint("#fbf1dc", "#bd923c")
RED = Paint("#fbe9e6", "#c0715f")
VIOLET = Paint("#eeeaf8", "#8672b5")
TEAL = Paint("#e0f2f1", "#4c9490")
ROSE = Paint("#fae8f0", "#b96d90")
SLATE = Paint("#eceff2", "#7d8894")

COMPOSITE = Paint("#f6f8fa", "#57606a")
TERMINAL = Paint("#ffffff", "#1b1f24")
PORT = Paint("#ffffff", "#8c959f")
# Frames of clusters, by how deep they are nested; deeper ones take the last.
FRAMES = (Paint("#fafbfc", "#b1bac4"), Paint("#f3f5f8", "#b1bac4"), Paint("#ebeff3", "#a5aeb8"))

FLOW = "#57606a"
SKIP = "#2f6fb3"
TIE = "#b08030"

# Words in the names of families, so that a colour means the same in every diagram.
_WORDS = (
    ("attention", VIOLET),
    ("recurren", VIOLET),
    ("norm", GREEN),
    ("activation", AMBER),
    ("piecewise", AMBER),
    ("softmax", AMBER),
    ("convol", BLUE),
    ("graph", BLUE),
    ("pool", TEAL),
    ("linear", RED),
    ("embed", ROSE),
    ("position", ROSE),
    ("parameter", ROSE),
    ("dropout", SLATE),
    # What carries tensors about without learning anything stays in the background.
    ("arithmetic", SLATE),
    ("combin", SLATE),
    ("compar", SLATE),
    ("convers", SLATE),
    ("order", SLATE),
    ("pointwise", SLATE),
    ("reduc", SLATE),
    ("shape", SLATE),
    ("slic", SLATE),
    ("window", SLATE),
)
_OTHERS = (TEAL, ROSE, VIOLET, AMBER, GREEN, BLUE, RED)


def family_paint(family: str) -> Paint:
    """The colour of a family of blocks; of an unknown one, always the same one of a few."""
    folded = family.lower()
    for word, paint in _WORDS:
        if word in folded:
            return paint
    return _OTHERS[crc32(folded.encode()) % len(_OTHERS)] if folded else SLATE


def box_paint(box: Box) -> Paint:
    """The colours of a box."""
    kinds: dict[Literal["leaf", "composite", "input", "output", "port"], Paint] = {
        "composite": COMPOSITE,
        "input": TERMINAL,
        "output": TERMINAL,
        "port": PORT,
    }
    return kinds.get(box.kind) or family_paint(box.family)


def frame_paint(level: int) -> Paint:
    """The colours of a cluster; level 0 is not inside another."""
    return FRAMES[min(level, len(FRAMES) - 1)]
