"""Whatever is done to a spec of the zoo, a check answers with a NetwrightError, and soon."""

from __future__ import annotations

import fuzzing


def test_a_spoiled_spec_is_answered() -> None:
    wrong = [
        (text, seconds, failure)
        for text, seconds, failure in fuzzing.spoil(2_000, seed=1)
        if failure is not None or seconds > fuzzing.LIMIT
    ]
    assert wrong == []
