"""What is counted before it is made: copies, nested doublings, weights."""

from __future__ import annotations

import pytest

from netwright import composer, specs
from netwright.specs.problems import SpecError


def doubling(levels: int) -> dict[str, object]:
    """A network in which each block uses the one before it twice."""
    blocks: dict[str, object] = {
        "b0": {"nodes": {"up": {"block": "linear", "out_features": 8}}},
    }
    for level in range(1, levels + 1):
        blocks[f"b{level}"] = {"nodes": {"one": f"b{level - 1}", "two": f"b{level - 1}"}}
    return {
        "netwright": 1,
        "inputs": {"x": ["batch", 8]},
        "blocks": blocks,
        "nodes": {"net": f"b{levels}"},
    }


def test_doublings_are_counted_and_not_made() -> None:
    spec = specs.load(doubling(50))
    assert composer.summary(spec).as_json()["parameters"] == 72 * 2**50
    assert len(str(composer.summary(spec)).splitlines()) < 20_100  # the levels that fit
    with pytest.raises(SpecError, match="NW408"):
        composer.compile(spec)


def test_a_billion_copies_are_counted_and_not_made() -> None:
    node = {"block": "linear", "out_features": 8, "repeat": 10**9}
    spec = specs.load({"netwright": 1, "inputs": {"x": ["batch", 8]}, "nodes": {"deep": node}})
    assert composer.summary(spec).as_json()["parameters"] == 72 * 10**9
    with pytest.raises(SpecError, match="NW408"):
        composer.compile(spec, device="meta")


def test_weights_that_fit_no_machine_are_made_on_meta_only() -> None:
    node = {"block": "linear", "out_features": 2**30}
    spec = specs.load({"netwright": 1, "inputs": {"x": ["batch", 2**20]}, "nodes": {"wide": node}})
    with pytest.raises(SpecError, match="meta"):
        composer.compile(spec)
    assert composer.compile(spec, device="meta").wide.weight.shape == (2**30, 2**20)


def test_sixty_four_levels_of_nesting() -> None:
    blocks = {
        f"b{level}": {"nodes": {"inner": f"b{level - 1}" if level else "relu"}}
        for level in range(64)
    }
    nodes = {"net": "b63"}
    tree = {"netwright": 1, "inputs": {"x": ["batch", 8]}, "blocks": blocks, "nodes": nodes}
    assert "F.relu" in composer.emit(specs.load(tree))
