"""Activations of one's own."""

import torch

from netwright.plugins import Block, Field, Input, Module, Positive, Tensor, Value, hookimpl


class Squash(torch.nn.Module):
    """x / (1 + |x| * sharpness)."""

    def __init__(self, sharpness: float) -> None:
        super().__init__()
        self.function = lambda x: x / (1 + x.abs() * sharpness)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


class Squashed(Block):
    """Draws large values towards one.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Softsign
    Examples:
        {block: squashing/squashed} on x [batch, 4] gives [batch, 4]
        {block: squashing/squashed, sharpness: 0.5} on x [] gives []
    """

    sharpness: Positive = Field(
        default=1.0, description="one over the largest value that comes out"
    )

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return Module("squashing.Squash", self.sharpness)(x)


@hookimpl
def register_blocks():
    return {"squashed": Squashed}
