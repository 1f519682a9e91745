from __future__ import annotations

from pathlib import Path

import scripts


def test_letters_are_expected(tmp_path: Path) -> None:
    figures = scripts.learned("write", tmp_path)
    assert figures["pairs_loss"] < figures["letters_loss"]
    assert figures["lstm_loss"] < figures["pairs_loss"] - 0.3
    assert figures["gpt_loss"] < figures["pairs_loss"]
