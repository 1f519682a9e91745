"""A good block: nothing is wrong with it."""

import torch

from netwright.plugins import Block, Field, Input, Module, Size, Tensor, Value, hookimpl
from netwright.specs.sizes import product


class Mix(torch.nn.Module):
    """x and a linear map of it, mixed by a learned gate for each feature."""

    def __init__(self, features: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(features, features))
        self.gate = torch.nn.Parameter(torch.empty(features))
        if bias:
            self.bias = torch.nn.Parameter(torch.empty(features))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The initial values."""
        torch.nn.init.xavier_uniform_(self.weight)
        torch.nn.init.normal_(self.gate, std=0.1)
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate = torch.sigmoid(self.gate)
        return gate * x + (1 - gate) * torch.nn.functional.linear(x, self.weight, self.bias)


class Highway(Block):
    """x and a linear map of it, mixed by a learned gate for each feature.

    Shapes: x [..., features] -> same
    Parameters: features * features + features + features (bias)
    Reference: Srivastava et al. 2015, arXiv:1505.00387
    Examples:
        {block: good_plain/highway} on x [batch, 4] gives [batch, 4]
        {block: good_plain/highway, bias: false} on x [batch, seq, 3] gives [batch, seq, 3]
    """

    bias: bool = Field(default=True, description="add a learned bias to the map")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., features]", "float")
        return x

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        weights = {"weight": [features, features], "gate": [features]}
        if self.bias:
            weights["bias"] = [features]
        return Module("good_plain.Mix", features, parameters=weights, **self.changed("bias"))(x)

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * x.sizes[-1]


@hookimpl
def register_blocks():
    return {"highway": Highway}
