"""Norms of features."""

import torch

from netwright.plugins import Block, Input, Module, Tensor, Value, hookimpl


class Energy(torch.nn.Module):
    """The root of the mean square, in single precision so that halves do not overflow."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, weight = x.float(), self.weight.float()
        return x * x.square().mean(-1, keepdim=True).add(1e-6).rsqrt() * weight


class EnergyNorm(Block):
    """Features scaled to a mean square of 1, times a learned factor.

    Shapes: x [..., features] -> same
    Parameters: features
    Reference: Zhang and Sennrich 2019, arXiv:1910.07467
    Examples:
        {block: energies/energy_norm} on x [batch, 4] gives [batch, 4]
        {block: energies/energy_norm} on x [batch, seq, 1] gives [batch, seq, 1]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., features]", "float")
        return x

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        return Module("energies.Energy", features, parameters={"weight": [features]})(x)


@hookimpl
def register_blocks():
    return {"energy_norm": EnergyNorm}
