from __future__ import annotations

from pathlib import Path

import scripts


def test_hidden_words_are_guessed(tmp_path: Path) -> None:
    figures = scripts.learned("fill_in", tmp_path)
    assert figures["verb"] >= 0.98
    assert figures["food"] >= 0.98
    assert figures["animal"] >= 0.98
    # `two` and `three` go with the same words: a guess is right for the third with `one`, and by luck.
    assert 0.45 <= figures["number"] <= 0.85
    assert figures["age"] <= 0.45
