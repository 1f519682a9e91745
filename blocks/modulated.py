"""Convolutions whose weights a style changes for each sample."""

from __future__ import annotations

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, Weight, call
from netwright.plugins.settings import Count, Positive
from netwright.plugins.symmetries import Symmetry, Translation
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor


class ModulatedConv2d(Block):
    """A convolution whose weight each sample's style scales, channel by channel; height and width stay.

    With `demodulate` each kernel is then brought to length 1, so that the style changes the proportions only. The
    input is scaled instead of the weight, which is the same, and is one convolution for the whole batch.

    Shapes: x [batch, channels, height, width], style [batch, channels] -> [batch, out_channels, height, width]
    Parameters: out_channels * channels * kernel_size * kernel_size
    Reference: Karras et al. 2020, arXiv:1912.04958, section 2.2
    Examples:
        {block: modulated_conv2d, out_channels: 4, kernel_size: 3} on x [batch, 3, height, width], style [batch, 3] gives [batch, 4, height, width]
        {block: modulated_conv2d, out_channels: 2, kernel_size: 1, demodulate: false} on x [batch, 3, 4, 5], style [batch, 3] gives [batch, 2, 4, 5]
        {block: modulated_conv2d, out_channels: 2, kernel_size: 5, eps: 0.1} on x [batch, 3, 4, 5], style [batch, 3] gives [batch, 2, 4, 5]
    """

    family = "convolution"

    out_channels: Count = Field(description="channels that come out")
    kernel_size: Count = Field(description="height and width of the window, an odd number")
    demodulate: bool = Field(default=True, description="bring each kernel to length 1")
    eps: Positive = Field(default=1e-8, description="added to the squared length")

    def infer(self, x: Tensor, style: Tensor) -> Tensor:
        batch, channels, height, width = x.match("[batch, channels, height, width]", "float")
        if not self.kernel_size % 2:
            raise Refusal(
                f"kernel_size {self.kernel_size} has no middle, so that height and width cannot stay",
                help=f"write kernel_size: {self.kernel_size - 1} or {self.kernel_size + 1}",
                setting="kernel_size",
            )
        rows, scales = style.match("[batch, channels]", "float")
        if not rows == batch or not scales == channels:
            raise Refusal(
                f"x {x} needs a style [{batch}, {channels}], got {style}",
                help=f"project the style first: {{block: linear, out_features: {channels}}}",
                code="NW301",
                tensor=style,
            )
        return x.with_sizes(batch, self.out_channels, height, width)

    def build(self, x: Input, style: Input) -> Value:
        sizes = (self.out_channels, x.sizes[1], self.kernel_size, self.kernel_size)
        # as torch's own begin, but normal: a deviation of 1 / sqrt(inputs of the kernel)
        weight = Weight("weight", sizes, ("kaiming_normal", {"nonlinearity": "linear"}))
        scaled = x * style[:, :, None, None]
        found = call("torch.nn.functional.conv2d", scaled, weight, padding=self.kernel_size // 2)
        if not self.demodulate:
            return found
        squares = (call("torch.square", each) for each in (weight, style))
        lengths = call("torch.einsum", "oikl,ni->no", *squares)
        return found * call("torch.rsqrt", lengths + self.eps)[:, :, None, None]

    def flops(self, x: Tensor, style: Tensor) -> Size:
        kernels = self.out_channels * x.sizes[1]
        convolved = product(x.sizes[2:]) * self.kernel_size**2
        return 2 * x.sizes[0] * kernels * (convolved + (1 if self.demodulate else 0))

    def symmetries(self) -> tuple[Symmetry, ...]:
        return (Translation("x", -1), Translation("x", -2))
