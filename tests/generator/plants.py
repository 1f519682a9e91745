"""Wrong rules planted in the project by people who did not know this net: how soon each is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from generator.trying import tried
from planted import PLANTED

MOST = 400
"""Specs in which a wrong rule has to show."""


def found(
    plant: Callable[[], AbstractContextManager[None]], seed: int, most: int = MOST
) -> tuple[int, str] | None:
    """How many specs it took, and what did not hold; None if all of them held.

    Specs are grown under the wrong rule too, as they would be if it were there.
    """
    with plant():
        for number in range(most):
            faults = tried(seed + number, small=False).faults
            if faults:
                return number + 1, next(iter(faults))
    return None


def all_found(names: list[str], seed: int, most: int = MOST) -> Iterator[tuple[str, str | None]]:
    """Each of these by name, with what is to be said of it; None where nothing was found."""
    for name in names:
        result = found(PLANTED[name], seed, most)
        yield name, None if result is None else f"after {result[0]:3} specs: {result[1]}"
