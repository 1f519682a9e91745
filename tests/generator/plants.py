"""Wrong rules planted in the project by people who did not know this net: how soon each is found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from random import Random
from typing import Any

from generator.documents import grown
from generator.edges import edges_of
from generator.level import CATALOGUE
from generator.nudging import nudged
from generator.single import singles
from generator.trying import tried
from netwright import composer, specs
from netwright.composer.elaborate import elaborate
from netwright.specs.problems import SpecError
from planted import PLANTED

MOST = 400
"""Specs in which a wrong rule has to show."""
AT_ONCE = 20


def told(name: str, seed: int, most: int = MOST) -> tuple[str, str | None]:
    """The name of a wrong rule, and what is to be said of it; None where nothing was found."""
    result = found(PLANTED[name], seed, most)
    return name, None if result is None else f"after {result[0]:3} specs: {result[1]}"


def found(
    plant: Callable[[], AbstractContextManager[None]], seed: int, most: int = MOST
) -> tuple[int, str] | None:
    """How many specs it took, and what did not hold; None if all of them held.

    Specs are grown under the wrong rule too, as they would be if it were there. Those of which it changes
    nothing that is said and written are not tried, unless it shows in none: then it is in what runs.
    """
    changed = False
    for first in range(seed, seed + most, AT_ONCE):
        seeds = range(first, first + AT_ONCE)
        usual = {each: _usual(each) for each in seeds}
        with plant():
            for each in seeds:
                if _said(each) == usual[each]:
                    continue
                changed = True
                fault = _fault(each)
                if fault is not None:
                    return each - seed + 1, fault
    if changed:
        return None
    with plant():
        for each in range(seed, seed + most):
            fault = _fault(each)
            if fault is not None:
                return each - seed + 1, fault
    return None


def _fault(seed: int) -> str | None:
    return next(iter(tried(seed, small=False, soundly=True).faults), None)


@cache
def _usual(seed: int) -> tuple[str, ...]:
    return _said(seed)


def _said(seed: int) -> tuple[str, ...]:
    """What a check says of the specs of a seed, and what is written of them."""
    try:
        spec, _ = grown(seed)
        every = (spec, nudged(spec, Random(f"nudge {seed}")), *singles(seed))
        return tuple(map(_told, every))
    except Exception as error:
        return (repr(error),)


def _told(spec: dict[str, Any]) -> str:
    try:
        graph, _ = elaborate(specs.load(spec), CATALOGUE)
    except SpecError as error:
        return error.problems[0].code
    edges = [f"{path} {kind} {kind.below}" for path, kind in edges_of(graph)]
    return "\n".join([composer.emit(graph), *edges, str(graph.outputs), repr(spec)])
