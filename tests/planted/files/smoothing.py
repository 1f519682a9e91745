"""Means that learn how far they look back."""

import torch

from netwright.plugins import Block, Input, Module, Tensor, Value, hookimpl


class Smooth(torch.nn.Module):
    """An exponential mean along the sequence with a learned rate for each feature."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.rate = torch.nn.Parameter(torch.zeros(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rate = torch.sigmoid(self.rate).detach()
        before = torch.nn.functional.pad(x, (0, 0, 1, 0))[:, :-1]
        return rate * x + (1 - rate) * before


class Smoothed(Block):
    """Each step mixed with the one before it; how much is learned for each feature.

    Shapes: x [batch, seq, features] -> same
    Parameters: features
    Reference: Ma et al. 2022, arXiv:2209.10655
    Examples:
        {block: smoothing/smoothed} on x [batch, seq, 4] gives [batch, seq, 4]
        {block: smoothing/smoothed} on x [2, 1, 1] gives [2, 1, 1]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, seq, features]", "float")
        return x

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        return Module("smoothing.Smooth", features, parameters={"rate": [features]})(x)


@hookimpl
def register_blocks():
    return {"smoothed": Smoothed}
