from __future__ import annotations

from pathlib import Path

import pytest
import torch

import scripts


def test_club_splits_as_it_did(tmp_path: Path) -> None:
    figures = scripts.learned("karate_club", tmp_path)
    for name in ("gcn", "gat"):
        assert figures[f"{name}_wrong"] <= 2


def test_attention_is_that_of_each_meeting() -> None:
    club = scripts.script("karate_club")
    batch = club.club(torch.Generator())
    gat = club.objective("gat", 0).eval()
    weights = club.attention(gat, batch)
    meetings = list(club.CLUB.edges)
    assert len(weights) == len(meetings)
    # Member 11 meets number 0 only, and attends to it and to itself.
    (only,) = (weight for pair, weight in zip(meetings, weights, strict=True) if 11 in pair)
    _, seen = club.objective("gat", 0, ["model.conv1.attention"]).eval()(**batch)
    both = seen["model.conv1.attention"].mean(1)
    place = meetings.index((0, 11))
    assert only == pytest.approx((both[place] + both[place + len(meetings)]).item() / 2)
