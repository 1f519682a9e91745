"""One node more, of any kind."""

from __future__ import annotations

from generator.brought import built_in, from_zoo, shared, starred
from generator.composites import composite, residual, wrapper
from generator.leaves import leaf
from generator.level import Level, Unwritable
from generator.templates import optional, recursion, scan

KINDS = (
    (leaf, 60), (composite, 12), (residual, 8), (wrapper, 4), (optional, 2), (recursion, 3), (scan, 3),
    (built_in, 4), (from_zoo, 2), (shared, 5), (starred, 6),
)  # fmt: skip


def grow(level: Level) -> bool:
    """One node more, of any kind; False if nothing was found."""
    kinds, weights = zip(*KINDS, strict=True)
    for _ in range(4):
        try:
            if level.random.choices(kinds, weights)[0](level):
                return True
        except Unwritable:
            continue
    return False
