"""Graph blocks against the formulas in dense matrices and loops."""

from __future__ import annotations

import pytest
import torch

from netwright import composer, specs
from netwright.blocks import graph, indexing
from netwright.blocks.torch import casting, scatter
from netwright.blocks.torch.graph import add_remaining_self_loops, gcn_norm
from netwright.composer.graph import weights
from netwright.specs.sizes import Symbolic, Undecided, symbol
from netwright.specs.tensors import Refusal, Tensor

INDEX = torch.tensor([2, 0, 2, 4, 0, 2])
"""Groups 1 and 3 have no member."""


def groups(src: torch.Tensor, count: int) -> list[torch.Tensor]:
    return [src[group == INDEX] for group in range(count)]


@pytest.mark.parametrize(
    ("function", "reduce", "empty"),
    [
        (scatter.scatter_sum, lambda rows: rows.sum(0), 0),
        (scatter.scatter_mean, lambda rows: rows.mean(0), 0),
        (scatter.scatter_max, lambda rows: rows.amax(0), 0),
        (scatter.scatter_min, lambda rows: rows.amin(0), 0),
        (scatter.scatter_mul, lambda rows: rows.prod(0), 1),
    ],
)
def test_scatter_reduces_each_group(function, reduce, empty) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    src = torch.randn(6, 3, 2)
    wanted = torch.stack(
        [reduce(rows) if len(rows) else torch.full((3, 2), float(empty)) for rows in groups(src, 5)]
    )
    torch.testing.assert_close(function(src, INDEX, 5), wanted)
    turned = function(src.movedim(0, -1), INDEX, 5, dim=-1)
    torch.testing.assert_close(turned, wanted.movedim(0, -1))
    turned = function(src.movedim(0, 1), INDEX, 5, dim=1)
    torch.testing.assert_close(turned, wanted.movedim(0, 1))


def test_scatter_softmax_is_a_softmax_in_each_group() -> None:
    torch.manual_seed(0)
    src = (100 * torch.randn(6, 2)).requires_grad_()
    got = scatter.scatter_softmax(src, INDEX, 5)
    for rows, own in zip(groups(got, 5), groups(src, 5), strict=True):
        torch.testing.assert_close(rows, own.softmax(0))
    weight = torch.randn(6, 2)
    (gradient,) = torch.autograd.grad((got * weight).sum(), src)
    wanted = sum(
        (own.softmax(0) * w).sum() for own, w in zip(groups(src, 5), groups(weight, 5), strict=True)
    )
    torch.testing.assert_close(gradient, torch.autograd.grad(wanted, src)[0])


def dense(edge_index: torch.Tensor, weight: torch.Tensor, nodes: int) -> torch.Tensor:
    """Row: target, column: source; edges that stand twice add up."""
    matrix = torch.zeros(nodes, nodes)
    for (source, target), each in zip(edge_index.T.tolist(), weight.tolist(), strict=True):
        matrix[target, source] += each
    return matrix


@pytest.mark.parametrize("weighted", [False, True])
def test_gcn_norm_is_kipfs_normalisation(weighted: bool) -> None:
    # One way only, one edge twice, node 3 with a loop of its own, node 4 alone.
    edges = torch.tensor([[0, 1, 1, 2, 3], [1, 2, 2, 0, 3]])
    weight = torch.tensor([0.5, 2.0, 3.0, 0.25, 4.0]) if weighted else torch.ones(5)
    got_edges, got = gcn_norm(edges, torch.zeros(5, 2), weight if weighted else None)
    own = dense(edges, weight, 5)
    loops = torch.where(own.diagonal() > 0, own.diagonal(), 1)
    adjacency = own - torch.diag(own.diagonal()) + torch.diag(loops)
    scale = torch.diag(adjacency.sum(1).rsqrt())
    torch.testing.assert_close(dense(got_edges, got, 5), scale @ adjacency @ scale)
    assert got_edges.shape == (2, 10)


def test_old_loops_weigh_nothing_at_their_old_place() -> None:
    edges = torch.tensor([[0, 1, 1], [1, 1, 0]])
    got, weight = add_remaining_self_loops(edges, torch.zeros(3, 1), torch.tensor([2.0, 7.0, 3.0]))
    assert got.tolist() == [[0, 1, 1, 0, 1, 2], [1, 1, 0, 0, 1, 2]]
    assert weight.tolist() == [2.0, 0.0, 3.0, 1.0, 7.0, 1.0]


def test_indices_are_proved_within() -> None:
    nodes, other = symbol("nodes"), symbol("other")
    x, edges = Tensor((nodes, 8)), Tensor((2, 30), "int64", nodes)
    assert graph.GcnNorm().infer(edges, x)["edge_index"].below is nodes
    with pytest.raises(Undecided):
        graph.GcnNorm().infer(Tensor((2, 30), "int64", other), x)
    with pytest.raises(Refusal, match="indices are below 9, there are only 8"):
        indexing.Gather(dim=1).infer(Tensor((2, 8)), Tensor((2, 3), "int64", 9))
    unknown = Tensor((3,), "int64")
    assert list(indexing.IndexSelect().cautions(x, unknown))
    assert not list(indexing.IndexSelect().cautions(x, Tensor((3,), "int64", nodes)))


def test_the_number_of_graphs_is_the_bound_or_a_new_size() -> None:
    nodes = symbol("nodes")
    x, batch = Tensor((nodes, 8)), Tensor((nodes,), "int64", origin="batch")
    counted = graph.GlobalMeanPool().infer(x, batch).sizes[0]
    assert isinstance(counted, Symbolic)
    again = graph.GlobalMaxPool().infer(x, batch).sizes[0]
    assert counted == again
    other = Tensor((nodes,), "int64", origin="other")
    with pytest.raises(Undecided):
        _ = counted == graph.GlobalMaxPool().infer(x, other).sizes[0]
    with pytest.raises(Refusal, match="the number of graphs is open"):
        graph.GlobalMaxPool().infer(x, Tensor((nodes,), "int64"))
    bounded = Tensor((nodes,), "int64", 5)
    assert graph.GlobalMeanPool().infer(x, bounded).sizes == (5, 8)
    with pytest.raises(Refusal, match="below 5, there are only 4"):
        graph.GlobalAddPool(size=4).infer(x, bounded)


def test_to_float_follows_the_model() -> None:
    model = torch.nn.Sequential(casting.ToFloat())
    ints = torch.tensor([1, 2])
    assert model(ints).dtype == torch.float32
    assert model.half()(ints).dtype == torch.float16
    assert not model.state_dict()


GRAPH = {
    "x": ["nodes", 8],
    "edge_index": {"shape": [2, "edges"], "dtype": "int64", "below": "nodes"},
}


@pytest.mark.parametrize(
    ("node", "channels", "paths"),
    [
        ({"block": "gcn_conv", "out_channels": 6}, 6, {"lin.weight": (6, 8), "bias": (6,)}),
        ({"block": "gcn_conv", "out_channels": 6, "bias": False}, 6, {"lin.weight": (6, 8)}),
        (
            {"block": "gat_conv", "out_channels": 3, "heads": 2},
            6,
            {"lin.weight": (6, 8), "att_src": (1, 2, 3), "att_dst": (1, 2, 3), "bias": (6,)},
        ),
        (
            {"block": "gat_conv", "out_channels": 3, "heads": 2, "concat": False},
            3,
            {"lin.weight": (6, 8), "att_src": (1, 2, 3), "att_dst": (1, 2, 3), "bias": (3,)},
        ),
    ],
)
def test_convolutions_hold_what_those_of_pyg_hold(
    node: dict[str, object], channels: int, paths: dict[str, tuple[int, ...]]
) -> None:
    inputs = {"x": "x", "edge_index": "edge_index"}
    spec = {
        "netwright": 1,
        "name": "g",
        "inputs": GRAPH,
        "nodes": {"conv": {**node, "from": inputs}},
    }
    found = composer.check(specs.load(spec))
    (output,) = found.outputs.values()
    assert str(output) == f"[nodes, {channels}]"
    held = {path.removeprefix("conv."): sizes for path, sizes, _ in weights(found)}
    assert held == paths
