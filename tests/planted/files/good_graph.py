"""A good graph block: nothing is wrong with it."""

import torch

from netwright.plugins import (
    Block,
    Count,
    Field,
    Input,
    Module,
    Refusal,
    Size,
    Tensor,
    Value,
    hookimpl,
)
from netwright.specs.sizes import product


class Means(torch.nn.Module):
    """The mean of the neighbours and the node itself, each through a linear map."""

    def __init__(self, features: int, out_features: int) -> None:
        super().__init__()
        self.own = torch.nn.Parameter(torch.empty(out_features, features))
        self.others = torch.nn.Parameter(torch.empty(out_features, features))
        torch.nn.init.xavier_uniform_(self.own)
        torch.nn.init.xavier_uniform_(self.others)

    def forward(self, x: torch.Tensor, edge_index: torch.Tensor) -> torch.Tensor:
        source, target = edge_index.unbind()
        total = torch.zeros_like(x).index_add(0, target, x[source])
        count = x.new_zeros(x.shape[0]).index_add(0, target, x.new_ones(source.shape[0]))
        mean = total / count.clamp(min=1)[:, None]
        return x @ self.own.T + mean @ self.others.T


class MeanConv(Block):
    """A linear map of each node plus one of the mean of those with an edge to it.

    Shapes: x [nodes, features], edge_index [2, edges] -> [nodes, out_features]
    Parameters: 2 * out_features * features
    Reference: Hamilton et al. 2017, arXiv:1706.02216
    Examples:
        {block: good_graph/mean_conv, out_features: 6} on x [n, 4], edge_index [2, e] int64 below n gives [n, 6]
        {block: good_graph/mean_conv, out_features: 1} on x [5, 3], edge_index [2, 7] int64 below 5 gives [5, 1]
    """

    out_features: Count = Field(description="features of a node that come out")

    def infer(self, x: Tensor, edge_index: Tensor) -> Tensor:
        nodes, _ = x.match("[nodes, features]", "float")
        edge_index.match("[2, edges]", "int64")
        if edge_index.below is not None and not edge_index.below <= nodes:
            raise Refusal(f"edges reach beyond the {nodes} nodes of x", tensor=edge_index)
        return x.resized(1, self.out_features)

    def cautions(self, x: Tensor, edge_index: Tensor) -> list[str]:
        if edge_index.below is None:
            return [f"nothing bounds edge_index: an edge to a node beyond {x.sizes[0]} would fail"]
        return []

    def symmetries(self) -> tuple[object, ...]:
        from netwright.plugins.symmetries import Permutation

        return (Permutation("x", 0),)

    def build(self, x: Input, edge_index: Input) -> Value:
        features, outside = x.sizes[1], self.out_features
        weights = {"own": [outside, features], "others": [outside, features]}
        return Module("good_graph.Means", features, outside, parameters=weights)(x, edge_index)

    def flops(self, x: Tensor, edge_index: Tensor) -> Size:
        return 4 * product(x.sizes) * self.out_features


@hookimpl
def register_blocks():
    return {"mean_conv": MeanConv}
