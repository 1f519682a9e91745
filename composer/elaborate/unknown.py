"""Unknown sizes: what the possible mendings of a mistake disagree about. Nobody complains of what depends on one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netwright.specs.sizes import Size, Symbol, symbol, symbols
from netwright.specs.tensors import Tensor

_LARGE = 4096
"""Unknown sizes are taken for larger, so that windows fit into them; nothing is refused for that."""


class _Unknown:
    """Keeps one unknown size apart from all others."""

    def __repr__(self) -> str:
        return "unknown"


def unknown() -> Size:
    """A new size of which nothing is known."""
    return symbol("?", minimum=_LARGE, origin=_Unknown())


def unknowns(sizes: Iterable[Size]) -> tuple[Symbol, ...]:
    """The unknown sizes that these depend on."""
    return tuple(each for size in sizes for each in symbols(size) if isinstance(each.origin, _Unknown))


def within(types: Iterable[Any]) -> tuple[Symbol, ...]:
    """The unknown sizes in the types of some inputs."""
    return unknowns(size for each in types if isinstance(each, Tensor) for size in each.sizes)


def relaxed(sizes: Iterable[Size]) -> tuple[Size, ...]:
    """The sizes, with one that may be anything at all in place of those that depend on unknown ones."""
    return tuple(_ANYTHING if unknowns([size]) else size for size in sizes)


_ANYTHING = symbol("?", origin=_Unknown())
