"""Transposed convolutions: those that make images and sequences larger."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from netwright.blocks.divisibility import demand_divisible
from netwright.blocks.parametrization import Parametrized
from netwright.blocks.windows import AXES, pattern
from netwright.plugins.expression import Input, Module, Value
from netwright.plugins.settings import (
    Count,
    NaturalPair,
    NaturalSingle,
    NaturalTriple,
    Pair,
    Single,
    Triple,
)
from netwright.plugins.symmetries import Symmetry, Translation
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor


class TransposedConvolution(Parametrized):
    """What the transposed convolutions share; no block itself."""

    family = "convolution"

    rank: ClassVar[int]

    out_channels: Count = Field(description="channels that come out")
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    output_padding: tuple[int, ...]
    groups: Count = Field(
        default=1,
        description="groups of channels that do not mix; must divide the channels in and out",
    )
    bias: bool = Field(default=True, description="add a learned bias for each channel")
    dilation: tuple[int, ...]

    def infer(self, x: Tensor) -> Tensor:
        x.match(pattern(self.rank), "float")
        demand_divisible(x.sizes[1], self.groups, what="channels of x", setting="groups", tensor=x)
        demand_divisible(self.out_channels, self.groups, what="out_channels", setting="groups")
        spread = [self._spread(x, axis) for axis in range(self.rank)]
        return x.with_sizes(x.sizes[0], self.out_channels, *spread)

    def _spread(self, x: Tensor, axis: int) -> Size:
        stride, dilation = self.stride[axis], self.dilation[axis]
        padding, further = self.padding[axis], self.output_padding[axis]
        if further >= max(stride, dilation):
            raise Refusal(
                f"output_padding {further} is not below stride {stride} or dilation {dilation}",
                help=f"write output_padding: {max(stride, dilation) - 1} or less",
                setting="output_padding",
            )
        reach = dilation * (self.kernel_size[axis] - 1)
        size = (x.sizes[axis + 2] - 1) * stride - 2 * padding + reach + further + 1
        if not size >= 1:
            raise Refusal(
                f"padding {padding} leaves nothing: {AXES[self.rank][axis]} comes out as {size}",
                help="write less padding, or a larger kernel_size",
                tensor=x,
                setting="padding",
            )
        return size

    def build(self, x: Input) -> Value:
        channels, kernel_size = x.sizes[1], self.kernel_size
        parameters: dict[str, tuple[Size, ...]] = {
            "weight": (channels, self.out_channels // self.groups, *kernel_size)
        }
        if self.bias:
            parameters["bias"] = (self.out_channels,)
        equal = len(set(kernel_size)) == 1
        module = Module(
            f"torch.nn.ConvTranspose{self.rank}d",
            channels,
            self.out_channels,
            kernel_size[0] if equal else kernel_size,
            parameters=parameters,
            **self.changed("stride", "padding", "output_padding", "groups", "bias", "dilation"),
        )
        return self.parametrized(module, dim=1)(x)

    def symmetries(self) -> tuple[Symmetry, ...]:
        return tuple(Translation("x", -1 - axis) for axis in range(self.rank))

    def flops(self, x: Tensor) -> Size:
        multiplied = product(x.sizes) * (self.out_channels // self.groups)
        return 2 * multiplied * product(self.kernel_size)


class ConvTranspose1d(TransposedConvolution):
    """Transposed convolution over one dimension: it lengthens by its stride.

    Shapes: x [batch, channels, length] -> [batch, out_channels, out_length]
    Parameters: channels * (out_channels // groups) * kernel_size[0] + out_channels (bias)
    Reference: torch.nn.ConvTranspose1d
    Examples:
        {block: conv_transpose1d, out_channels: 8, kernel_size: 2, stride: 2} on x [batch, 4, length] gives [batch, 8, 2 * length]
        {block: conv_transpose1d, out_channels: 6, kernel_size: 4, stride: 2, padding: 1, groups: 2, bias: false} on x [batch, 4, 1] gives [batch, 6, 2]
        {block: conv_transpose1d, out_channels: 4, kernel_size: 3, stride: 3, padding: 2, output_padding: 2} on x [batch, 4, 1] gives [batch, 4, 1]
        {block: conv_transpose1d, out_channels: 4, kernel_size: 3, dilation: 2, output_padding: 1} on x [batch, 4, length] gives [batch, 4, length + 5]
        {block: conv_transpose1d, out_channels: 4, kernel_size: 2, parametrization: weight_norm} on x [batch, 3, 2] gives [batch, 4, 3]
    """

    rank = 1
    kernel_size: Single = Field(description="length of the window")
    stride: Single = Field(default=(1,), description="step between the windows that come out")
    padding: NaturalSingle = Field(default=(0,), description="taken away at each end")
    output_padding: NaturalSingle = Field(
        default=(0,), description="added at the end, less than the stride"
    )
    dilation: Single = Field(default=(1,), description="distance of the elements of the window")


class ConvTranspose2d(TransposedConvolution):
    """Transposed convolution over two dimensions: it enlarges by its stride.

    Shapes: x [batch, channels, height, width] -> [batch, out_channels, out_height, out_width]
    Parameters: channels * (out_channels // groups) * kernel_size[0] * kernel_size[1] + out_channels (bias)
    Reference: torch.nn.ConvTranspose2d
    Examples:
        {block: conv_transpose2d, out_channels: 8, kernel_size: 2, stride: 2} on x [batch, 4, height, width] gives [batch, 8, 2 * height, 2 * width]
        {block: conv_transpose2d, out_channels: 6, kernel_size: 4, stride: 2, padding: 1, groups: 2, bias: false} on x [batch, 4, 1, 3] gives [batch, 6, 2, 6]
        {block: conv_transpose2d, out_channels: 4, kernel_size: [3, 2], stride: [2, 3], padding: [1, 0], output_padding: [1, 2]} on x [batch, 4, height, 1] gives [batch, 4, 2 * height, 4]
        {block: conv_transpose2d, out_channels: 4, kernel_size: 3, dilation: 2} on x [batch, 4, 1, 1] gives [batch, 4, 5, 5]
        {block: conv_transpose2d, out_channels: 4, kernel_size: 2, parametrization: spectral_norm} on x [batch, 3, 2, 2] gives [batch, 4, 3, 3]
    """

    rank = 2
    kernel_size: Pair = Field(description="height and width of the window")
    stride: Pair = Field(default=(1, 1), description="step between the windows that come out")
    padding: NaturalPair = Field(default=(0, 0), description="taken away at each side")
    output_padding: NaturalPair = Field(
        default=(0, 0), description="added at the bottom and the right, less than the stride"
    )
    dilation: Pair = Field(default=(1, 1), description="distance of the elements of the window")


class ConvTranspose3d(TransposedConvolution):
    """Transposed convolution over three dimensions: it enlarges by its stride.

    Shapes: x [batch, channels, depth, height, width] -> [batch, out_channels, out_depth, out_height, out_width]
    Parameters: channels * (out_channels // groups) * kernel_size[0] * kernel_size[1] * kernel_size[2] + out_channels (bias)
    Reference: torch.nn.ConvTranspose3d
    Examples:
        {block: conv_transpose3d, out_channels: 8, kernel_size: 2, stride: 2} on x [batch, 4, depth, height, width] gives [batch, 8, 2 * depth, 2 * height, 2 * width]
        {block: conv_transpose3d, out_channels: 6, kernel_size: 4, stride: 2, padding: 1, groups: 2, bias: false} on x [batch, 4, 1, 3, 1] gives [batch, 6, 2, 6, 2]
        {block: conv_transpose3d, out_channels: 4, kernel_size: [1, 3, 2], stride: [1, 2, 3], padding: [0, 1, 0], output_padding: [0, 1, 2], dilation: 1} on x [batch, 4, depth, height, 1] gives [batch, 4, depth, 2 * height, 4]
        {block: conv_transpose3d, out_channels: 4, kernel_size: 3, dilation: 2} on x [batch, 4, 1, 1, 1] gives [batch, 4, 5, 5, 5]
        {block: conv_transpose3d, out_channels: 4, kernel_size: 1, parametrization: spectral_norm} on x [batch, 3, 1, 2, 2] gives [batch, 4, 1, 2, 2]
    """

    rank = 3
    kernel_size: Triple = Field(description="depth, height and width of the window")
    stride: Triple = Field(default=(1, 1, 1), description="step between the windows that come out")
    padding: NaturalTriple = Field(default=(0, 0, 0), description="taken away at each side")
    output_padding: NaturalTriple = Field(
        default=(0, 0, 0), description="added at the far sides, less than the stride"
    )
    dilation: Triple = Field(
        default=(1, 1, 1), description="distance of the elements of the window"
    )
