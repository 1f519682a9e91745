from __future__ import annotations

from pathlib import Path

import pytest
import torch

import scripts


def test_most_weights_can_go(tmp_path: Path) -> None:
    figures = scripts.learned("prune", tmp_path)
    assert figures["dense"] >= 0.95
    assert figures["sparsity"] == pytest.approx(0.8, abs=1e-3)
    assert figures["by_size"] >= figures["dense"] - 0.02
    assert figures["by_chance"] < figures["by_size"] - 0.03
    assert figures["not_trained_on"] < figures["by_size"]


@pytest.mark.parametrize("score", ["size", "gradient", "chance"])
def test_weights_with_the_lowest_scores_are_zero(score: str) -> None:
    prune = scripts.script("prune")
    model = prune.objective(0)
    pruned = prune.pruned(model, score, 0.6)
    before = torch.cat([layer.weight.flatten() for layer, _ in prune.prunable(model)])
    after = torch.cat([layer.weight.flatten() for layer, _ in prune.prunable(pruned)])
    gone = after == 0
    assert gone.float().mean().item() == pytest.approx(0.6, abs=1e-3)
    assert torch.equal(after[~gone], before[~gone])
    if score == "size":
        assert before[gone].abs().max() <= before[~gone].abs().min()
