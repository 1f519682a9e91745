"""Running statistics."""

import torch

from netwright.plugins import Block, Field, Input, Module, Probability, Tensor, Value, hookimpl


class Track(torch.nn.Module):
    """x less a running mean of what came before."""

    def __init__(self, features: int, momentum: float) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            now = x.flatten(0, -2).mean(0)
            self.mean.lerp_(now, self.momentum)
        return x - self.mean


class Tracked(Block):
    """x less its running mean, which is kept up in training and fixed in evaluation.

    Shapes: x [batch, ..., features] -> same
    Parameters: 0
    Reference: torch.nn.BatchNorm1d
    Examples:
        {block: tracking/tracked} on x [batch, 4] gives [batch, 4]
        {block: tracking/tracked, momentum: 0.5} on x [batch, seq, 3] gives [batch, seq, 3]
    """

    momentum: Probability = Field(default=0.1, description="weight of what is new in the mean")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, ..., features]", "float")
        return x

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        made = Module("tracking.Track", features, self.momentum, buffers={"mean": [features]})
        return made(x)


@hookimpl
def register_blocks():
    return {"tracked": Tracked}
