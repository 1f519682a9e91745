"""Random features."""

import torch

from netwright.plugins import Block, Count, Field, Input, Module, Size, Tensor, Value, hookimpl
from netwright.specs.sizes import product


class Project(torch.nn.Module):
    """Cosines of fixed random directions, with a learned scale."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(outside))
        self.register_buffer("directions", torch.randn(outside, inside), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cos(x @ self.directions.T) * self.scale


class RandomFeatures(Block):
    """Cosines of products with fixed random directions, each with a learned scale.

    Shapes: x [..., in_features] -> [..., out_features]
    Parameters: out_features
    Reference: Rahimi and Recht 2007
    Examples:
        {block: projecting/random_features, out_features: 6} on x [batch, 4] gives [batch, 6]
        {block: projecting/random_features, out_features: 1} on x [batch, seq, 3] gives [batch, seq, 1]
    """

    out_features: Count = Field(description="number of directions")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., in_features]", "float")
        return x.resized(x.rank - 1, self.out_features)

    def build(self, x: Input) -> Value:
        inside, outside = x.sizes[-1], self.out_features
        weights, fixed = {"scale": [outside]}, {"directions": [outside, inside]}
        made = Module("projecting.Project", inside, outside, parameters=weights, buffers=fixed)
        return made(x)

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * self.out_features


@hookimpl
def register_blocks():
    return {"random_features": RandomFeatures}
