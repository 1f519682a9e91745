from __future__ import annotations

from pathlib import Path

import pytest
import torch

import scripts


def test_springs_are_foretold(tmp_path: Path) -> None:
    figures = scripts.learned("springs", tmp_path)
    assert figures["last_loss"] < 0.04 * figures["start"]
    assert figures["way_foretold"] > 0.5


def test_a_moment_obeys_the_laws() -> None:
    """Two masses, pulled together by a spring of stiffness 2 that is longer by a half than at rest."""
    moment = scripts.script("springs").moment(
        position=torch.tensor([[0.0, 0.0], [1.5, 0.0]]),
        velocity=torch.tensor([[0.0, 1.0], [0.0, 0.0]]),
        ends=torch.tensor([[0, 1], [1, 0]]),
        kinds=torch.tensor([[2.0, 1.0], [2.0, 1.0]]),
        around=torch.tensor([[9.8, 0.5]]),
        system=torch.tensor([0, 0]),
    )
    expected = torch.tensor([[1.0, -9.8 - 0.5], [-1.0, -9.8]])
    assert torch.allclose(moment["acceleration"], expected)


def test_inner_forces_cancel() -> None:
    springs = scripts.script("springs")
    batch = springs.draw(torch.Generator().manual_seed(0))
    gravity, friction = batch["surroundings"][batch["system"]].T
    outer = -friction.unsqueeze(1) * batch["velocity"]
    outer[:, 1] -= gravity
    inner = batch["acceleration"] - outer
    of_systems = torch.zeros(springs.SYSTEMS, 2).index_add(0, batch["system"], inner)
    assert of_systems.abs().max().item() == pytest.approx(0, abs=1e-3)
