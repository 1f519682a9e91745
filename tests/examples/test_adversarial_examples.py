from __future__ import annotations

from pathlib import Path

import pytest
import torch

import scripts
from learning.digits import digits


def test_networks_are_fooled_and_hardened(tmp_path: Path) -> None:
    figures = scripts.learned("adversarial_examples", tmp_path)
    assert figures["clean"] >= 0.95
    assert figures["noisy"] >= 0.9
    assert figures["fooled"] <= 0.25
    assert figures["hardened"] >= figures["fooled"] + 0.3
    assert figures["hardened_clean"] >= 0.93


def test_what_fools_stays_near_and_raises_the_loss() -> None:
    fooling = scripts.script("adversarial_examples")
    model = fooling.objective(0).eval()
    _, held_out = digits()
    images, labels = held_out.images[:50], held_out.labels[:50]
    changed = fooling.fooling(model, images, labels, 0.1)
    assert (changed - images).abs().max().item() == pytest.approx(0.1, abs=1e-5)
    assert changed.min() >= 0
    assert changed.max() <= 1
    with torch.no_grad():
        assert model(changed, labels)["loss"] > model(images, labels)["loss"] + 0.05
