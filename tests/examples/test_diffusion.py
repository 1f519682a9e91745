from __future__ import annotations

from pathlib import Path

import scripts


def test_digits_are_made_of_noise(tmp_path: Path) -> None:
    figures = scripts.learned("diffusion", tmp_path)
    assert figures["first_loss"] > 0.8
    assert figures["last_loss"] < 0.3
    assert figures["distance_of_made"] < 1.6 * figures["distance_of_written"]
    assert figures["distance_of_made"] < 0.5 * figures["distance_of_noise"]
    # Not one digit again and again.
    assert figures["spread_of_made"] > 0.85 * figures["spread_of_written"]
