"""Scaling by the largest value."""

import torch

from netwright.plugins import Block, Field, Input, Module, Positive, Tensor, Value, hookimpl


class Level(torch.nn.Module):
    """Scales x down where it is too large."""

    def __init__(self, most: float) -> None:
        super().__init__()
        self.most = most

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        peak = x.abs().amax()
        if peak > self.most:
            return x / peak * self.most
        return x


class Levelled(Block):
    """One signal, scaled down if its largest value is above a number.

    Shapes: x [length] -> same
    Parameters: 0
    Reference: torch.amax
    Examples:
        {block: levelling/levelled} on x [length] gives [length]
        {block: levelling/levelled, most: 0.5} on x [4] gives [4]
    """

    most: Positive = Field(default=1.0, description="the largest value that comes out")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[length]", "float")
        return x

    def build(self, x: Input) -> Value:
        return Module("levelling.Level", self.most)(x)


@hookimpl
def register_blocks():
    return {"levelled": Levelled}
