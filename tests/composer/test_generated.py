"""Specs grown at random hold what every valid spec holds, and broken ones are refused where they are broken.

Half of them are the same in every run; the seed of the others is in the test's output.
`PYTHONPATH=tests python -m generator --count 10000` does more of this.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest
import torch

from generator.breaking import refused
from generator.census import table
from generator.documents import grown
from generator.holding import Failure, holds, text

EACH = 25
"""Specs in one test: tests are shared out among processes."""
FIXED = 6
FRESH = 6

# One seed for all processes of a run: the first of them to be started leaves it to the others.
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(time.time_ns()))
_FRESH = 1_000_000 + random.Random(_RUN).randrange(2**30)


@pytest.mark.parametrize("chunk", range(FIXED))
def test_the_same_specs_in_every_run(chunk: int) -> None:
    _all_hold(chunk * EACH)


@pytest.mark.parametrize("chunk", range(FRESH))
def test_other_specs_in_each_run(chunk: int) -> None:
    _all_hold(_FRESH + chunk * EACH)


def _all_hold(first: int) -> None:
    census: Counter[str] = Counter()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for seed in range(first, first + EACH):
            spec, world = grown(random.Random(seed))
            census.update(world.used)
            try:
                holds(spec, random.Random(seed), census)
            except Failure as failure:
                again = f"make generate SEED={seed} COUNT=1 makes it small"
                pytest.fail(f"seed {seed} ({again}): {failure}\n{text(spec)}", pytrace=False)
            refused(spec, random.Random(seed), census, times=1)
    finally:
        torch.set_num_threads(threads)
    print(f"seeds {first} to {first + EACH - 1}\n{table(census)}")
