"""Whatever is done to a spec, a check answers with a NetwrightError, and soon."""

from __future__ import annotations

import fuzzing
import pytest

EACH = 1_250
"""Spoiled specs in one test: tests are shared out among processes."""


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_spoiled_spec_is_answered(seed: int) -> None:
    wrong = [
        (text, seconds, failure)
        for text, seconds, failure in fuzzing.spoil(EACH, seed)
        if failure is not None or seconds > fuzzing.LIMIT
    ]
    assert wrong == []


def test_each_change_changes_something() -> None:
    text = fuzzing.texts()[0]
    for change in fuzzing.CHANGES:
        made = {change(text, fuzzing.random.Random(seed)) for seed in range(40)}
        assert len(made - {text}) > 10, change.__name__
