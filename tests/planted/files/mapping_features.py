"""A linear map that keeps its weight the other way round."""

import torch

from netwright.plugins import Block, Count, Field, Input, Module, Size, Tensor, Value, hookimpl
from netwright.specs.sizes import product


class Map(torch.nn.Module):
    """x @ weight."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(inside, outside) / inside**0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight


class Mapped(Block):
    """A linear map of the last dimension, without a bias.

    Shapes: x [..., in_features] -> [..., out_features]
    Parameters: out_features * in_features
    Reference: torch.nn.Linear
    Examples:
        {block: mapping_features/mapped, out_features: 4} on x [batch, 4] gives [batch, 4]
        {block: mapping_features/mapped, out_features: 3} on x [batch, seq, 3] gives [batch, seq, 3]
    """

    out_features: Count = Field(description="size of the last dimension that comes out")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., in_features]", "float")
        return x.resized(x.rank - 1, self.out_features)

    def build(self, x: Input) -> Value:
        inside, outside = x.sizes[-1], self.out_features
        made = Module(
            "mapping_features.Map", inside, outside, parameters={"weight": [outside, inside]}
        )
        return made(x)

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * self.out_features


@hookimpl
def register_blocks():
    return {"mapped": Mapped}
