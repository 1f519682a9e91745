"""Taps: inner values that a model returns beside its output, by their paths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Taps: TypeAlias = frozenset[tuple[str, ...]]
"""Paths, split at the dots, from the graph that they are for. The empty path is an output itself."""

NONE: Taps = frozenset()


def split(paths: Iterable[str]) -> Taps:
    return frozenset(tuple(path.split(".")) for path in paths)


def below(taps: Taps, name: str) -> Taps:
    """What remains below a node."""
    return frozenset(tap[1:] for tap in taps if tap[0] == name) if taps else NONE


def of_copy(taps: Taps, number: int) -> Taps:
    """What remains below one copy of a repeated node; `*` is every copy."""
    wanted = (str(number), "*")
    return frozenset(tap[1:] for tap in taps if tap and tap[0] in wanted) if taps else NONE
