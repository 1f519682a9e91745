"""Clipping."""

import torch

from netwright.plugins import Block, Field, Input, Module, Positive, Tensor, Value, hookimpl


class Clip(torch.nn.Module):
    """Values between -most and most."""

    def __init__(self, most: float) -> None:
        super().__init__()
        self.most = most

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.clamp_(-self.most, self.most)


class Clipped(Block):
    """x, cut off at a number.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.clamp
    Examples:
        {block: clipping/clipped} on x [batch, 4] gives [batch, 4]
        {block: clipping/clipped, most: 0.5} on x [batch, seq, 4] gives [batch, seq, 4]
    """

    most: Positive = Field(default=1.0, description="the largest value that comes out")

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return Module("clipping.Clip", self.most)(x)


@hookimpl
def register_blocks():
    return {"clipped": Clipped}
