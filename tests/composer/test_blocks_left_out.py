"""Params that give a block or null, and optional inputs that bodies read."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from netwright import composer, specs

PERHAPS = {
    "params": {"act": {"type": "block", "default": None}},
    "inputs": {"x": ["batch", 4]},
    "nodes": {"act": {"block": "$act", "from": "x", "when": "$(act != null)"}, "out": "tanh"},
}


def network(*nodes: dict[str, Any], block: dict[str, Any]) -> specs.Spec:
    named = {f"node{number}": {"block": "own", **node} for number, node in enumerate(nodes)}
    document = {
        "netwright": 1,
        "name": "net",
        "inputs": {"x": ["batch", 4], "mask": {"shape": ["batch", 4], "dtype": "bool"}},
        "blocks": {"own": block},
        "nodes": named,
        "outputs": list(named),
    }
    return specs.load(document)


def test_a_node_whose_block_is_null_may_be_left_out() -> None:
    nodes = ({"from": "x"}, {"from": "x", "act": "relu"})
    model = composer.compile(network(*nodes, block=PERHAPS))
    x, mask = torch.randn(3, 4), torch.ones(3, 4, dtype=torch.bool)
    plain, positive = model(x, mask)
    torch.testing.assert_close(plain, x.tanh())
    torch.testing.assert_close(positive, x.relu().tanh())


def test_a_node_whose_block_is_null_is_no_block() -> None:
    nodes = {"act": {"block": "$act", "from": "x"}}
    block = {**PERHAPS, "nodes": nodes}
    with pytest.raises(specs.SpecError, match=r"\$act is null, not a block") as raised:
        composer.check(network({"from": "x"}, block=block))
    assert [each.code for each in raised.value.problems] == ["NW501"]


def test_a_body_reads_an_optional_input_that_is_not_fed() -> None:
    attention = {"block": "attention", "num_heads": 2, "from": {"mask": "mask"}}
    block = {
        "inputs": {
            "x": ["_", "_", 4],
            "mask": {"shape": ["..."], "dtype": "any", "optional": True},
        },
        "nodes": {"inner": {"block": "residual", "from": "x", "body": {"attention": attention}}},
    }
    document = {
        "netwright": 1,
        "name": "net",
        "inputs": {
            "x": ["batch", "seq", 4],
            "mask": {"shape": ["seq", "seq"], "dtype": "bool"},
        },
        "blocks": {"own": block},
        "nodes": {
            "all": {"block": "own", "from": "x"},
            "some": {"block": "own", "from": ["x", "mask"]},
        },
        "outputs": ["all", "some"],
    }
    model = composer.compile(specs.load(document))
    model.some.load_state_dict(model.all.state_dict())
    x = torch.randn(2, 3, 4)
    for seen, same in ((torch.ones(3, 3, dtype=torch.bool), True), (torch.eye(3) > 0, False)):
        plain, masked = model(x, seen)
        assert torch.allclose(plain, masked, atol=1e-6) is same
