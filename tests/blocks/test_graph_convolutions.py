"""Graph convolutions as composites, against their formulas node by node."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright import composer, specs

# One edge twice, one way only, a loop at node 3; nothing arrives at node 4.
EDGES = torch.tensor([[0, 1, 1, 2, 3, 4], [1, 2, 2, 0, 3, 0]])
INPUTS = {
    "x": ["nodes", 6],
    "edge_index": {"shape": [2, "edges"], "dtype": "int64", "below": "$nodes"},
}


def compiled(node: dict[str, Any]) -> Any:
    """A model of one convolution, in evaluation, with weights that are all something."""
    node = {**node, "from": {name: name for name in INPUTS}}
    document = {"netwright": 1, "name": "one", "inputs": INPUTS, "nodes": {"node": node}}
    model = composer.compile(specs.load(document), seed=0).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    return model


def nodes() -> Tensor:
    return torch.randn(5, 6, generator=torch.Generator().manual_seed(0))


def arriving(node: int, *, loops: bool = False) -> list[int]:
    """The sources of the edges that end at a node; loops: with one of its own, and no other."""
    found = [s for s, t in EDGES.T.tolist() if t == node and not (loops and s == t)]
    return [*found, node] if loops else found


@pytest.mark.parametrize("concat", [True, False])
def test_gatv2_scores_both_ends_behind_the_leaky_relu(concat: bool) -> None:
    settings = {"out_channels": 3, "heads": 2, "concat": concat, "negative_slope": 0.1}
    model, x = compiled({"block": "gatv2_conv", **settings}), nodes()
    own = model.node
    left, right = (each(x).unflatten(-1, [2, 3]) for each in (own.lin_l, own.lin_r))
    rows = []
    for node in range(5):
        sources = arriving(node, loops=True)
        both = functional.leaky_relu(left[sources] + right[node], 0.1)
        weights = (both * own.att).sum(-1).softmax(0)
        rows.append((weights[..., None] * left[sources]).sum(0))
    expected = torch.stack(rows)
    expected = expected.flatten(1) if concat else expected.mean(1)
    torch.testing.assert_close(model(x, EDGES), expected + own.bias)


@pytest.mark.parametrize(("aggr", "reduce"), [("mean", torch.mean), ("max", torch.amax)])
def test_sage_keeps_a_node_apart_from_its_neighbours(aggr: str, reduce: Any) -> None:
    model, x = compiled({"block": "sage_conv", "out_channels": 4, "aggr": aggr}), nodes()
    own = model.node
    neighbours = torch.stack(
        [reduce(x[found], 0) if (found := arriving(node)) else x.new_zeros(6) for node in range(5)]
    )
    torch.testing.assert_close(model(x, EDGES), own.lin_l(neighbours) + own.lin_r(x))


def test_sage_may_leave_the_node_out_and_divide_by_the_length() -> None:
    settings = {"out_channels": 4, "aggr": "sum", "normalize": True, "root_weight": False}
    model, x = compiled({"block": "sage_conv", **settings}), nodes()
    sums = torch.stack([x[arriving(node)].sum(0) for node in range(5)])
    found = model.node.lin_l(sums)
    assert list(dict(model.named_parameters())) == ["node.lin_l.weight", "node.lin_l.bias"]
    torch.testing.assert_close(model(x, EDGES), found / found.norm(dim=-1, keepdim=True))


@pytest.mark.parametrize("settings", [{}, {"eps": 0.5}, {"eps": 0.5, "train_eps": True}])
def test_gin_counts_a_node_itself(settings: dict[str, Any]) -> None:
    body = {"block": "linear", "out_features": 4}
    model, x = compiled({"block": "gin_conv", "body": body, **settings}), nodes()
    own = model.node
    eps = own.eps if "train_eps" in settings else settings.get("eps", 0.0)
    sums = torch.stack([x[arriving(node)].sum(0) for node in range(5)])
    torch.testing.assert_close(model(x, EDGES), own.body((1 + eps) * x + sums))


def test_the_learned_eps_of_gin_begins_where_it_is_said() -> None:
    node = {"block": "gin_conv", "body": "relu", "eps": 0.25, "train_eps": True, "from": [*INPUTS]}
    document = {"netwright": 1, "name": "one", "inputs": INPUTS, "nodes": {"node": node}}
    (eps,) = composer.compile(specs.load(document)).parameters()
    assert eps.tolist() == [0.25]


def test_edge_conv_reads_how_neighbours_differ() -> None:
    body = {"block": "linear", "out_features": 4}
    model, x = compiled({"block": "edge_conv", "body": body}), nodes()
    rows = []
    for node in range(5):
        found = [torch.cat([x[node], x[source] - x[node]]) for source in arriving(node)]
        rows.append(model.node.body(torch.stack(found)).amax(0) if found else torch.zeros(4))
    torch.testing.assert_close(model(x, EDGES), torch.stack(rows))
