"""One node more, of any kind."""

from __future__ import annotations

from generator.brought import built_in, from_zoo, shared, starred
from generator.composites import composite, residual, wrapper
from generator.leaves import leaf
from generator.level import BLOCKS, EXAMPLES, Level, Unwritable
from generator.templates import optional, recursion, scan

KINDS = (
    (leaf, 60), (composite, 12), (residual, 8), (wrapper, 4), (optional, 2), (recursion, 3), (scan, 3),
    (built_in, 4), (from_zoo, 2), (shared, 5), (starred, 6),
)  # fmt: skip
WISHES = {
    composite: (
        "composite", "composite again", "for of composite", "repeat of composite", "dims of a block",
    ),
    residual: ("body", "body in body", "capture", "repeat of residual", "index in a body"),
    wrapper: ("block param", "repeat of body"),
    optional: ("given", "not given", "optional input"),
    recursion: ("recursion",),
    scan: ("scan", "scan along 0"),
    built_in: tuple(f"block {name}" for name in EXAMPLES if name not in BLOCKS),
    from_zoo: ("use", "expose"),
    shared: ("share", "share of composite"),
    starred: ("star", "zipped"),
}  # fmt: skip
"""Which wishes each kind makes come true; all others are those of leaves."""
WISHED = 100


def grow(level: Level) -> bool:
    """One node more, of any kind; False if nothing was found."""
    world = level.world
    kinds = [kind for kind, _ in KINDS]
    open_ = {each for each in world.wishes if not world.used[each]}
    weights = [
        weight + (WISHED if open_.intersection(WISHES.get(kind, ())) else 0)
        for kind, weight in KINDS
    ]
    for _ in range(4):
        try:
            if level.random.choices(kinds, weights)[0](level):
                return True
        except Unwritable:
            continue
    return False
