from __future__ import annotations

from pathlib import Path

import scripts


def test_digits_are_described(tmp_path: Path) -> None:
    figures = scripts.learned("caption", tmp_path)
    assert figures["named"] >= 0.95
    assert figures["exact"] >= 0.5
