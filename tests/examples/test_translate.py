from __future__ import annotations

from pathlib import Path

import scripts


def test_words_are_reversed_and_dates_are_read(tmp_path: Path) -> None:
    figures = scripts.learned("translate", tmp_path)
    assert len(figures) == 4
    assert min(figures.values()) >= 0.95
