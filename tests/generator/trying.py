"""One seed: the spec is grown, held to everything, nudged, and broken."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from generator.breaking import Misled, refused
from generator.documents import grown
from generator.holding import Failure, holds, holds_if_accepted, text
from generator.nudging import nudged
from generator.shrinking import shrunk
from generator.single import singles


@dataclass
class Tried:
    """What one seed came to. faults: what did not hold, in a line without its numbers -> told in full."""

    seed: int
    census: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


def tried(seed: int, small: bool = True, soundly: bool = False) -> Tried:
    """Try the spec of a seed.

    small: make a spec that fails small, which takes a while. soundly: only what the promise says.
    """
    found = Tried(seed)
    try:
        spec, world = grown(seed)
    except Exception as error:
        found.faults[f"growing: {error!r}"] = "".join(traceback.format_exception(error))
        return found
    found.census.update(world.used)
    _noted(found, spec, lambda: holds(spec, Random(seed), found.census, soundly), small)
    nudge = nudged(spec, Random(f"nudge {seed}"))

    def held() -> None:
        accepted = holds_if_accepted(nudge, Random(seed), Counter())
        found.census["nudged, accepted" if accepted else "nudged, refused"] += 1

    _noted(found, nudge, held, small)
    _noted(found, spec, lambda: refused(spec, Random(seed), found.census), False)
    for each in singles(seed):
        _noted(found, each, lambda each=each: _single(each, seed, found.census), False)
    return found


def _single(spec: Mapping[str, Any], seed: int, census: Counter[str]) -> None:
    accepted = holds_if_accepted(spec, Random(seed), Counter())
    census["single, accepted" if accepted else "single, refused"] += 1


def _noted(found: Tried, spec: Mapping[str, Any], trial: Any, small: bool) -> None:
    try:
        trial()
    except Misled as misled:
        found.faults[str(misled).partition("\n")[0]] = str(misled)
    except Failure as failure:
        said = line(failure)
        told = f"{failure}\n{text(spec)}"
        if small:
            least = shrunk(dict(spec), lambda each: failing(each, found.seed))
            told = f"{_again(least, found.seed) or failure}\n{text(least)}"
        found.faults[said] = told
    except Exception as error:
        where = "".join(traceback.format_exception(error))
        found.faults[f"crash: {type(error).__name__}"] = f"{where}\n{text(spec)}"


def line(failure: Failure) -> str:
    """What does not hold, without the numbers and names in it."""
    first = failure.said.partition(" at {")[0].partition("\n")[0]
    return f"{failure.stage}: {re.sub(r'[0-9]+|[A-Za-z_]+[.][A-Za-z0-9_.]+', '#', first)[:70]}"


def failing(spec: Mapping[str, Any], seed: int) -> str | None:
    """What does not hold of a spec; None if everything does."""
    try:
        holds(spec, Random(seed), Counter())
    except Failure as failure:
        return line(failure)
    except Exception as error:
        return repr(error)
    return None


def _again(spec: Mapping[str, Any], seed: int) -> str | None:
    try:
        holds(spec, Random(seed), Counter())
    except Failure as failure:
        return str(failure)
    return None
