from __future__ import annotations

from pathlib import Path

import torch

import scripts


def test_an_example_is_trained_by_another_library(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    figures = scripts.script("accelerated").main(["--quick", "--out", str(tmp_path)])
    assert figures["accuracy"] >= 0.95
