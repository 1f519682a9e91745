from __future__ import annotations

from pathlib import Path

import torch

import scripts


def test_matrix_is_filled_in(tmp_path: Path) -> None:
    figures = scripts.learned("matrix_completion", tmp_path)
    assert figures["4_factors"] < 0.01
    assert figures["1_factor"] > 0.5
    assert figures["absolute_error"] < 0.01
    assert figures["squared_error"] > 0.3


def test_what_is_known_is_of_the_matrix() -> None:
    completion = scripts.script("matrix_completion")
    whole = completion.matrix()
    assert torch.linalg.matrix_rank(whole) == 3
    batch = completion.known(0.3)
    assert torch.equal(batch["entries"], whole[batch["rows"], batch["columns"]])
    assert abs(len(batch["rows"]) / whole.numel() - 0.3) < 0.03
    batch = completion.known(0.5, wrong=0.1)
    right = batch["entries"] == whole[batch["rows"], batch["columns"]]
    assert abs(right.float().mean().item() - 0.9) < 0.03
