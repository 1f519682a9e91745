"""Weights that begin orthogonal."""

import torch

from netwright.plugins import Block, Input, Module, Size, Tensor, Value, hookimpl
from netwright.specs.sizes import product


class Whiten(torch.nn.Module):
    """A rotation that is learned."""

    def __init__(self, features: int) -> None:
        super().__init__()
        weight = torch.nn.init.orthogonal_(torch.empty(features, features))
        if not torch.allclose(weight @ weight.T, torch.eye(features), atol=1e-3):
            raise ValueError("the weight is not orthogonal")
        self.weight = torch.nn.Parameter(weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight


class Whitened(Block):
    """A linear map that begins as a rotation.

    Shapes: x [..., features] -> same
    Parameters: features * features
    Reference: torch.nn.init.orthogonal_
    Examples:
        {block: whitening/whitened} on x [batch, 4] gives [batch, 4]
        {block: whitening/whitened} on x [batch, seq, 1] gives [batch, seq, 1]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., features]", "float")
        return x

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        return Module("whitening.Whiten", features, parameters={"weight": [features, features]})(x)

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * x.sizes[-1]


@hookimpl
def register_blocks():
    return {"whitened": Whitened}
