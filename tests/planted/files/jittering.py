"""Noise on the scale."""

import random

import torch

from netwright.plugins import Block, Field, Input, Module, Probability, Tensor, Value, hookimpl


class Jitter(torch.nn.Module):
    """x times a random number near 1, in training only."""

    def __init__(self, most: float) -> None:
        super().__init__()
        self.most = most

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        return x * (1 + self.most * (2 * random.random() - 1))


class Jittered(Block):
    """x times a random number near 1 in training, x itself in evaluation.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.rand
    Examples:
        {block: jittering/jittered} on x [batch, 4] gives [batch, 4]
        {block: jittering/jittered, most: 0.5} on x [batch, 3, h, w] gives [batch, 3, h, w]
    """

    most: Probability = Field(default=0.1, description="how far the number is from 1 at most")

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return Module("jittering.Jitter", self.most)(x)


@hookimpl
def register_blocks():
    return {"jittered": Jittered}
