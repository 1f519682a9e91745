from __future__ import annotations

from math import log
from pathlib import Path

import pytest

import scripts


def test_digits_are_classified(tmp_path: Path) -> None:
    figures = scripts.learned("classify", tmp_path)
    assert figures["cnn_accuracy"] >= 0.97
    assert figures["mlp_accuracy"] >= 0.95
    assert figures["blind_accuracy"] <= 0.15
    assert figures["blind_loss"] == pytest.approx(log(10), abs=0.05)
