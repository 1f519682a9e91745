"""Ratios of times, measured so that they mean something on a machine that others use, too."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LONG = 0.05
"""Seconds; before work that takes so long, what the work before it left behind is collected."""


@dataclass(frozen=True)
class Ratio:
    """A time over that by hand. noise: how far from 1 the same ratio of two equal things comes out."""

    value: float
    noise: float
    seconds: float
    """By hand."""


@dataclass(frozen=True)
class Row:
    """A line of the table: what was measured, against what it must reach."""

    what: str
    value: str
    limit: str
    reached: bool

    def __str__(self) -> str:
        return (
            f"{self.what:<58} {self.value:<34} {self.limit:<16} {'' if self.reached else 'MISSED'}"
        )


def seconds(work: Callable[[], object]) -> float:
    """How long it keeps this process at work; what others do meanwhile does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(
    hand: Callable[[], object],
    again: Callable[[], object],
    other: Callable[[], object],
    rounds: int,
) -> Ratio:
    """Other ÷ hand, and again ÷ hand (the same thing once more), in turn: medians of ratios."""
    works = [hand, again, other]
    for work in works:
        work()
        work()
    noises, values, times = [], [], []
    for turn in range(rounds):
        if times and times[-1] > LONG:
            gc.collect()
        taken = [0.0, 0.0, 0.0]
        for step in range(3):
            which = (turn + step) % 3
            taken[which] = seconds(works[which])
        times.append(taken[0])
        noises.append(taken[1] / taken[0])
        values.append(taken[2] / taken[0])
    spread = max(_uncertainty(noises), _uncertainty(values))
    noise = abs(statistics.median(noises) - 1) + spread
    return Ratio(statistics.median(values), noise, statistics.median(times))


def _uncertainty(values: Sequence[float]) -> float:
    """Half the width of the notch around a median: about 95 %."""
    first, _, third = statistics.quantiles(values, n=4)
    return 1.57 * (third - first) / math.sqrt(len(values))
