"""How often every block, modifier, dtype and merge occurred; what never did."""

from __future__ import annotations

from collections import Counter

from generator.breaking import EDITS
from generator.level import BLOCKS, EXAMPLES, FEATURES
from netwright.plugins.block import defaults
from netwright.specs.tensors import DTYPES

MODIFIERS = (
    "when", "repeat", "for", "index", "note", "tie", "init", "init of a spec", "params",
    "composite", "composite again", "for of composite", "repeat of composite", "body",
    "body in body", "capture", "block param", "given", "not given", "optional input", "index in a body",
    "repeat of residual", "repeat of body", "recursion", "several outputs", "block by expression",
    "use", "expose", "for of two", "preset", "set", "dims of a block", "share of composite",
    "scan along 0",
)  # fmt: skip
EACH = 4
"""Wishes of one spec."""
SINGLE = ("single, accepted", "single, refused")
"""What comes of blocks tried by themselves: no spec can have it in it."""
OF_FEATURES = {
    "share": ("share", "repeat share"),
    "parallel": ("parallel", "star", "zipped"),
    "scan": ("scan",),
    "use": (),
}


def wanted(features: frozenset[str] = FEATURES) -> list[str]:
    """Everything that a long run has to meet."""
    merges = [f"merge of {count}" for count in (0, 1, 2, 3, 4)]
    names = [f"block {name}" for name in EXAMPLES]
    names += [f"dtype {name}" for name in DTYPES] + merges + list(MODIFIERS)
    names += [f"outputs {form}" for form in ("tensor", "tuple", "dict")]
    names += ["nudged, accepted", "nudged, refused"]
    names += [f"edit {each.__name__}" for each in EDITS]
    return names + [each for name in sorted(features) for each in OF_FEATURES[name]]


def wishes(seed: int) -> tuple[str, ...]:
    """What the spec of this seed shall have: in seeds that follow one another everything has its turn."""
    names = wanted()
    settings = [
        f"setting {block}.{name}" for block, cls in BLOCKS.items() for name in defaults(cls)
    ]
    own = [names[(seed * EACH + place) % len(names)] for place in range(EACH)]
    return (*own, *(settings[(seed * 2 + place) % len(settings)] for place in range(2)))


def table(census: Counter[str], features: frozenset[str] = FEATURES) -> str:
    """The counts as text, in columns."""
    cells = [f"{name} {census[name]}" for name in (*wanted(features), *SINGLE)]
    width = max(map(len, cells)) + 2
    columns = max(1, 110 // width)
    lines = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    return "\n".join("".join(cell.ljust(width) for cell in line).rstrip() for line in lines)


def never(census: Counter[str], features: frozenset[str] = FEATURES) -> list[str]:
    """What did not occur."""
    return [name for name in (*wanted(features), *SINGLE) if not census[name]]
