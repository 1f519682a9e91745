"""The unknown size: what the possible mendings of a mistake disagree about.

Nobody complains of what depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netwright.specs.sizes import Size, Symbol, symbol, symbols
from netwright.specs.tensors import Tensor

_ORIGIN = "unknown"

#: Taken for large, so that windows fit into it. There is one only, so that equal composites stay equal.
UNKNOWN: Size = symbol("?", minimum=4096, origin=_ORIGIN)
_ANYTHING: Size = symbol("?", origin=_ORIGIN)


def unknowns(sizes: Iterable[Size]) -> tuple[Symbol, ...]:
    """The symbols in these sizes of which nothing is known."""
    return tuple(each for size in sizes for each in symbols(size) if each.origin == _ORIGIN)


def within(types: Iterable[Any]) -> bool:
    """Whether something is unknown in the types of some inputs."""
    return any(
        within(each)
        if isinstance(each, tuple)
        else isinstance(each, Tensor) and unknowns(each.sizes)
        for each in types
    )


def relaxed(sizes: Iterable[Size]) -> tuple[Size, ...]:
    """The sizes, with one that may be anything at all in place of those that depend on what is unknown."""
    return tuple(_ANYTHING if unknowns([size]) else size for size in sizes)
