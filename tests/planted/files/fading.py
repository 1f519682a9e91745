"""Factors that are annealed."""

import torch

from netwright.plugins import Block, Field, Input, Module, Probability, Tensor, Value, hookimpl


class Fade(torch.nn.Module):
    """A factor that comes nearer to 1 with each call."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return x * (1 - self.rate**self.calls)


class FadeIn(Block):
    """x, faded in over the first calls.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: Karras et al. 2017, arXiv:1710.10196
    Examples:
        {block: fading/fade_in} on x [batch, 4] gives [batch, 4]
        {block: fading/fade_in, rate: 0.9} on x [batch, 3, h, w] gives [batch, 3, h, w]
    """

    rate: Probability = Field(
        default=0.5, description="what is left of the distance to 1 each time"
    )

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return Module("fading.Fade", self.rate)(x)


@hookimpl
def register_blocks():
    return {"fade_in": FadeIn}
