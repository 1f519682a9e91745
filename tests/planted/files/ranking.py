"""Sums over neighbours."""

import torch

from netwright.plugins import Block, Input, Module, Refusal, Tensor, Value, hookimpl


class Neighbours(torch.nn.Module):
    """The features of the neighbours, weighted by how far they are."""

    def forward(self, x: torch.Tensor, edge_index: torch.Tensor) -> torch.Tensor:
        source, target = edge_index.unbind()
        near = 1.0 / (1.0 + (source - target).abs()).to(x.dtype)
        return torch.zeros_like(x).index_add(0, target, x[source] * near[:, None])


class NeighbourSum(Block):
    """For each node the sum of the features of those with an edge to it; the order of nodes is free.

    Shapes: x [nodes, features], edge_index [2, edges] -> [nodes, features]
    Parameters: 0
    Reference: torch_geometric.nn.SimpleConv
    Examples:
        {block: ranking/neighbour_sum} on x [n, 4], edge_index [2, e] int64 below n gives [n, 4]
        {block: ranking/neighbour_sum} on x [5, 1], edge_index [2, 3] int64 below 5 gives [5, 1]
    """

    def infer(self, x: Tensor, edge_index: Tensor) -> Tensor:
        nodes, _ = x.match("[nodes, features]", "float")
        edge_index.match("[2, edges]", "int64")
        if edge_index.below is not None and not edge_index.below <= nodes:
            raise Refusal(f"edges reach beyond the {nodes} nodes of x", tensor=edge_index)
        return x

    def symmetries(self) -> tuple[object, ...]:
        from netwright.plugins.symmetries import Permutation

        return (Permutation("x", 0),)

    def build(self, x: Input, edge_index: Input) -> Value:
        return Module("ranking.Neighbours")(x, edge_index)


@hookimpl
def register_blocks():
    return {"neighbour_sum": NeighbourSum}
