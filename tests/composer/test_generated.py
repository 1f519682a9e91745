"""Specs grown at random hold what every valid spec holds, and broken ones are refused where they are broken.

Half of them are the same in every run; the seed of the others is in the test's output.
`PYTHONPATH=tests python -m generator --count 10000` does more of this.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from typing import Any

import pytest
import torch
from generator import breaking
from generator.breaking import Edited, Misled, refused
from generator.census import table
from generator.documents import grown
from generator.holding import Failure, holds, text
from generator.shrinking import shrunk

from netwright.blocks.activation import Relu

EACH = 25
"""Specs in one test: tests are shared out among processes."""
FIXED = 6
FRESH = 6

# One seed for all processes of a run: the first of them to be started leaves it to the others. In the
# pipeline it is fixed: a fault that was there before a change is not that change's to answer for.
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(time.time_ns()))
_FRESH = 1_000_000 + (0 if os.environ.get("CI") else random.Random(_RUN).randrange(2**30))


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
            spec, world = grown(seed)
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


def _small() -> dict[str, Any]:
    nodes = {"hidden": {"block": "linear", "out_features": 3}, "act": "relu"}
    return {"netwright": 1, "name": "small", "inputs": {"x": ["batch", 4]}, "nodes": nodes}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x.with_dtype("float64"),
        lambda x: x.with_sizes(x.sizes[0] + 1, *x.sizes[1:]),
        lambda x: x.with_sizes(*x.sizes, 1),
    ],
)
def test_a_rule_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    holds(_small(), random.Random(0), Counter())
    monkeypatch.setattr(Relu, "infer", lambda self, x: wrong(x))  # noqa: ARG005
    with pytest.raises(Failure) as caught:
        holds(_small(), random.Random(0), Counter())
    assert caught.value.stage == "types"


def test_an_edit_that_is_accepted_or_blamed_on_another_line_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def harmless(spec: dict[str, Any], _: random.Random) -> Edited:
        return spec, ("name",)

    def elsewhere(spec: dict[str, Any], _: random.Random) -> Edited:
        spec["nodes"]["act"] = "rleu"
        return spec, ("name",)

    for edit, said in ((harmless, "is accepted"), (elsewhere, "is refused at")):
        monkeypatch.setattr(breaking, "EDITS", (edit,))
        with pytest.raises(Misled, match=said):
            refused(_small(), random.Random(0), Counter())


def test_a_failing_spec_is_made_small() -> None:
    spec, _ = next(
        found
        for found in (grown(seed) for seed in range(1000))
        if len(found[0]["nodes"]) > 5 and "linear" in text(found[0])
    )
    small = shrunk(spec, lambda each: "linear" if "block: linear" in text(each) else None)
    assert len(text(small)) < len(text(spec)) / 4
