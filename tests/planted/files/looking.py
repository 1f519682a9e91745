"""Convolutions along time."""

from netwright.plugins import (
    Block,
    Count,
    Field,
    Input,
    Size,
    Tensor,
    Value,
    Weight,
    call,
    hookimpl,
)
from netwright.specs.sizes import product


class LookBack(Block):
    """A convolution in time: each step sees itself and the steps before it.

    Shapes: x [batch, channels, time] -> [batch, out_channels, time]
    Parameters: out_channels * channels * 3
    Reference: van den Oord et al. 2016, arXiv:1609.03499
    Examples:
        {block: looking/look_back, out_channels: 4} on x [batch, 3, time] gives [batch, 4, time]
        {block: looking/look_back, out_channels: 1} on x [2, 1, 5] gives [2, 1, 5]
    """

    out_channels: Count = Field(description="channels that come out")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, channels, time]", "float")
        return x.resized(1, self.out_channels)

    def symmetries(self) -> tuple[object, ...]:
        from netwright.plugins.symmetries import Causal, Translation

        return (Causal("x", -1), Translation("x", -1))

    def build(self, x: Input) -> Value:
        weight = Weight("weight", [self.out_channels, x.sizes[1], 3], ("normal", (("std", 0.3),)))
        return call("torch.nn.functional.conv1d", x, weight, padding=1)

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * self.out_channels * 3


@hookimpl
def register_blocks():
    return {"look_back": LookBack}
