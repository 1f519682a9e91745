"""Pools: the maximum or the mean under a sliding window."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from netwright.blocks.windows import AXES, pattern, places
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
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
from netwright.specs.tensors import Refusal, Tensor


class Pool(Block):
    """What the pools share; no block itself."""

    rank: ClassVar[int]
    function: ClassVar[str]
    accepts: ClassVar[str] = "floating"

    kernel_size: tuple[int, ...]
    stride: tuple[int, ...] | None
    padding: tuple[int, ...]
    ceil_mode: bool = Field(
        default=False,
        description="keep a last window that hangs over the end, if it begins inside the input",
    )

    @property
    def spacing(self) -> tuple[int, ...]:
        """Distance of the elements of a window."""
        return (1,) * self.rank

    def infer(self, x: Tensor) -> Tensor:
        x.match(pattern(self.rank), self.accepts)
        steps = self.stride or self.kernel_size
        sizes = []
        for axis, kernel_size in enumerate(self.kernel_size):
            padding, dilation = self.padding[axis], self.spacing[axis]
            if padding > kernel_size // 2:  # torch leaves the dilation out of account
                raise Refusal(
                    f"padding {padding} is more than half of kernel_size {kernel_size}",
                    help=f"write padding: {kernel_size // 2} or less",
                    setting="padding",
                )
            size = places(
                x,
                axis + 2,
                kernel_size=kernel_size,
                stride=steps[axis],
                padding=(padding, padding),
                dilation=dilation,
                ceil_mode=self.ceil_mode,
            )
            sizes.append(size)
        return x.with_sizes(*x.sizes[:2], *sizes)

    def symmetries(self) -> tuple[Symmetry, ...]:
        return tuple(Translation("x", -1 - axis) for axis in range(self.rank))

    def build(self, x: Input) -> Value:
        kernel_size = self.kernel_size
        equal = len(set(kernel_size)) == 1
        window = kernel_size[0] if equal else kernel_size
        return call(f"torch.nn.functional.{self.function}", x, window, **self.options())

    def options(self) -> dict[str, Any]:
        """Arguments after the window that differ from torch's defaults."""
        return self.changed("stride", "padding", "ceil_mode")


class MaxPool1d(Pool):
    """The greatest value under a window that slides over one dimension.

    Shapes: x [batch, channels, length] -> [batch, channels, out_length]
    Parameters: 0
    Reference: torch.nn.MaxPool1d
    Examples:
        {block: max_pool1d, kernel_size: 2} on x [batch, channels, 5] gives [batch, channels, 2]
        {block: max_pool1d, kernel_size: 3, stride: 2, padding: 1} on x [batch, channels, length] gives [batch, channels, (length - 1) // 2 + 1]
        {block: max_pool1d, kernel_size: 2, dilation: 2, stride: 1} on x [batch, channels, 3] gives [batch, channels, 1]
        {block: max_pool1d, kernel_size: 1, stride: 3, ceil_mode: true} on x [batch, channels, length] gives [batch, channels, (length + 2) // 3]
    """

    rank = 1
    function = "max_pool1d"
    kernel_size: Single = Field(description="length of the window")
    stride: Single | None = Field(
        default=None, description="step of the window; null is its length"
    )
    padding: NaturalSingle = Field(
        default=(0,), description="added at each end, at most half the window"
    )
    dilation: Single = Field(default=(1,), description="distance of the elements of the window")

    @property
    def spacing(self) -> tuple[int, ...]:
        return self.dilation

    def options(self) -> dict[str, Any]:
        return self.changed("stride", "padding", "dilation", "ceil_mode")


class MaxPool2d(Pool):
    """The greatest value under a window that slides over height and width.

    Shapes: x [batch, channels, height, width] -> [batch, channels, out_height, out_width]
    Parameters: 0
    Reference: torch.nn.MaxPool2d
    Examples:
        {block: max_pool2d, kernel_size: 2} on x [batch, channels, 5, 2] gives [batch, channels, 2, 1]
        {block: max_pool2d, kernel_size: 3, stride: 2, padding: 1} on x [batch, channels, height, width] gives [batch, channels, (height - 1) // 2 + 1, (width - 1) // 2 + 1]
        {block: max_pool2d, kernel_size: [3, 2], stride: [2, 4], ceil_mode: true} on x [batch, channels, 8, 7] gives [batch, channels, 4, 2]
        {block: max_pool2d, kernel_size: 4, stride: 1, padding: 2, dilation: [1, 1]} on x [batch, channels, height, width] gives [batch, channels, height + 1, width + 1]
        {block: max_pool2d, kernel_size: 2, ceil_mode: true} on x [batch, channels, height, width] int64 gives [batch, channels, (height + 1) // 2, (width + 1) // 2] int64
    """

    rank = 2
    function = "max_pool2d"
    accepts = "number"
    kernel_size: Pair = Field(description="height and width of the window")
    stride: Pair | None = Field(default=None, description="step of the window; null is its size")
    padding: NaturalPair = Field(
        default=(0, 0), description="added at each side, at most half the window"
    )
    dilation: Pair = Field(default=(1, 1), description="distance of the elements of the window")

    @property
    def spacing(self) -> tuple[int, ...]:
        return self.dilation

    def options(self) -> dict[str, Any]:
        return self.changed("stride", "padding", "dilation", "ceil_mode")


class AvgPool1d(Pool):
    """The mean under a window that slides over one dimension.

    Shapes: x [batch, channels, length] -> [batch, channels, out_length]
    Parameters: 0
    Reference: torch.nn.AvgPool1d
    Examples:
        {block: avg_pool1d, kernel_size: 2} on x [batch, channels, 5] gives [batch, channels, 2]
        {block: avg_pool1d, kernel_size: 3, stride: 1, padding: 1, count_include_pad: false} on x [batch, channels, length] gives [batch, channels, length]
        {block: avg_pool1d, kernel_size: 3, ceil_mode: true} on x [batch, channels, 4] gives [batch, channels, 2]
    """

    rank = 1
    function = "avg_pool1d"
    kernel_size: Single = Field(description="length of the window")
    stride: Single | None = Field(
        default=None, description="step of the window; null is its length"
    )
    padding: NaturalSingle = Field(
        default=(0,), description="zeros added at each end, at most half the window"
    )
    count_include_pad: bool = Field(default=True, description="count the padding in the mean")

    def options(self) -> dict[str, Any]:
        return self.changed("stride", "padding", "ceil_mode", "count_include_pad")


class AvgPool2d(Pool):
    """The mean under a window that slides over height and width.

    Shapes: x [batch, channels, height, width] -> [batch, channels, out_height, out_width]
    Parameters: 0
    Reference: torch.nn.AvgPool2d
    Examples:
        {block: avg_pool2d, kernel_size: 2} on x [batch, channels, 5, 2] gives [batch, channels, 2, 1]
        {block: avg_pool2d, kernel_size: 3, stride: 2, padding: 1, count_include_pad: false} on x [batch, channels, height, width] gives [batch, channels, (height - 1) // 2 + 1, (width - 1) // 2 + 1]
        {block: avg_pool2d, kernel_size: [1, 3], stride: [2, 5], ceil_mode: true, divisor_override: 2} on x [batch, channels, 3, 6] gives [batch, channels, 2, 2]
    """

    rank = 2
    function = "avg_pool2d"
    kernel_size: Pair = Field(description="height and width of the window")
    stride: Pair | None = Field(default=None, description="step of the window; null is its size")
    padding: NaturalPair = Field(
        default=(0, 0), description="zeros added at each side, at most half the window"
    )
    count_include_pad: bool = Field(default=True, description="count the padding in the mean")
    divisor_override: Count | None = Field(
        default=None, description="divide by this instead of the number of elements"
    )

    def options(self) -> dict[str, Any]:
        return self.changed(
            "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"
        )


class MaxPool3d(Pool):
    """The greatest value under a window that slides over depth, height and width.

    Shapes: x [batch, channels, depth, height, width] -> [batch, channels, out_depth, out_height, out_width]
    Parameters: 0
    Reference: torch.nn.MaxPool3d
    Examples:
        {block: max_pool3d, kernel_size: 2} on x [batch, channels, 4, 5, 2] gives [batch, channels, 2, 2, 1]
        {block: max_pool3d, kernel_size: [1, 3, 2], stride: [1, 2, 2], padding: [0, 1, 1], ceil_mode: true} on x [batch, channels, depth, height, 4] gives [batch, channels, depth, height // 2 + 1, 3]
        {block: max_pool3d, kernel_size: 2, stride: 1, dilation: [1, 2, 1]} on x [batch, channels, 2, 3, 2] gives [batch, channels, 1, 1, 1]
    """

    rank = 3
    function = "max_pool3d"
    accepts = "number"
    kernel_size: Triple = Field(description="depth, height and width of the window")
    stride: Triple | None = Field(default=None, description="step of the window; null is its size")
    padding: NaturalTriple = Field(
        default=(0, 0, 0), description="added at each side, at most half the window"
    )
    dilation: Triple = Field(
        default=(1, 1, 1), description="distance of the elements of the window"
    )

    @property
    def spacing(self) -> tuple[int, ...]:
        return self.dilation

    def options(self) -> dict[str, Any]:
        return self.changed("stride", "padding", "dilation", "ceil_mode")


class AvgPool3d(Pool):
    """The mean under a window that slides over depth, height and width.

    Shapes: x [batch, channels, depth, height, width] -> [batch, channels, out_depth, out_height, out_width]
    Parameters: 0
    Reference: torch.nn.AvgPool3d
    Examples:
        {block: avg_pool3d, kernel_size: 2} on x [batch, channels, 4, 5, 2] gives [batch, channels, 2, 2, 1]
        {block: avg_pool3d, kernel_size: 3, stride: 1, padding: 1, count_include_pad: false} on x [batch, channels, depth, 3, 4] gives [batch, channels, depth, 3, 4] with dims {depth: {min: 3}}
        {block: avg_pool3d, kernel_size: [1, 3, 1], stride: [2, 5, 1], ceil_mode: true, divisor_override: 2} on x [batch, channels, 3, 6, 1] gives [batch, channels, 2, 2, 1]
    """

    rank = 3
    function = "avg_pool3d"
    accepts = "float"
    kernel_size: Triple = Field(description="depth, height and width of the window")
    stride: Triple | None = Field(default=None, description="step of the window; null is its size")
    padding: NaturalTriple = Field(
        default=(0, 0, 0), description="zeros added at each side, at most half the window"
    )
    count_include_pad: bool = Field(default=True, description="count the padding in the mean")
    divisor_override: Count | None = Field(
        default=None, description="divide by this instead of the number of elements"
    )

    def infer(self, x: Tensor) -> Tensor:
        result = super().infer(x)
        for name, size, kernel_size in zip(AXES[3], x.sizes[2:], self.kernel_size, strict=True):
            if not size >= kernel_size:  # torch leaves the padding out of account, here alone
                raise Refusal(
                    f"kernel_size {kernel_size} is larger than the input: {name} is {size} in {x}",
                    help="padding does not count here; choose a smaller kernel_size, or pad before it",
                    tensor=x,
                    setting="kernel_size",
                )
        return result

    def options(self) -> dict[str, Any]:
        return self.changed(
            "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"
        )
