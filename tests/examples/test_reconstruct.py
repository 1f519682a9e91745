from __future__ import annotations

from pathlib import Path

import pytest

import scripts


def test_digits_are_reconstructed(tmp_path: Path) -> None:
    figures = scripts.learned("reconstruct", tmp_path)
    assert figures["linear_error"] == pytest.approx(figures["components_error"], rel=0.02)
    assert figures["smallest_cosine"] > 0.9
    assert figures["deep_error"] < 0.7 * figures["linear_error"]
    assert figures["denoised_error"] < 0.25 * figures["noisy_error"]
    assert figures["elbo"] < 26
