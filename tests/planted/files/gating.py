"""Gates."""

import torch

from netwright.plugins import Block, Input, Module, Size, Tensor, Value, hookimpl
from netwright.specs.sizes import product


class Gate(torch.nn.Module):
    """A gate for each feature, from all features."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(features, features) / features**0.5)
        self.bias = torch.nn.Parameter(torch.zeros(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(x @ self.weight.T)


class SelfGate(Block):
    """Each feature times a gate that is learned from all of them.

    Shapes: x [..., features] -> same
    Parameters: features * features + features
    Reference: Dauphin et al. 2016, arXiv:1612.08083
    Examples:
        {block: gating/self_gate} on x [batch, 4] gives [batch, 4]
        {block: gating/self_gate} on x [batch, seq, 3] gives [batch, seq, 3]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., features]", "float")
        return x

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        weights = {"weight": [features, features], "bias": [features]}
        return Module("gating.Gate", features, parameters=weights)(x)

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * x.sizes[-1]


@hookimpl
def register_blocks():
    return {"self_gate": SelfGate}
