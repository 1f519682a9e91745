"""Pools that come out at a given size, whatever goes in."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from netwright.blocks.windows import pattern
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Count, OptionalPair, OptionalTriple
from netwright.specs.tensors import Tensor


class AdaptivePool(Block):
    """What the adaptive pools share; no block itself."""

    family = "pooling"
    rank: ClassVar[int]
    function: ClassVar[str]

    output_size: int | tuple[int | None, ...]

    def infer(self, x: Tensor) -> Tensor:
        x.match(pattern(self.rank), "floating")
        wanted = (self.output_size,) if isinstance(self.output_size, int) else self.output_size
        sizes = [x.sizes[axis + 2] if size is None else size for axis, size in enumerate(wanted)]
        return x.with_sizes(*x.sizes[:2], *sizes)

    def build(self, x: Input) -> Value:
        size = self.output_size
        if isinstance(size, tuple) and size[0] is not None and len(set(size)) == 1:
            size = size[0]
        return call(f"torch.nn.functional.{self.function}", x, size)


class AdaptiveAvgPool1d(AdaptivePool):
    """The mean of each of a given number of stretches.

    Shapes: x [batch, channels, length] -> [batch, channels, output_size]
    Parameters: 0
    Reference: torch.nn.AdaptiveAvgPool1d
    Examples:
        {block: adaptive_avg_pool1d, output_size: 1} on x [batch, channels, length] gives [batch, channels, 1]
        {block: adaptive_avg_pool1d, output_size: 5} on x [batch, channels, 3] gives [batch, channels, 5]
    """

    rank = 1
    function = "adaptive_avg_pool1d"
    output_size: Count = Field(description="length that comes out")


class AdaptiveAvgPool2d(AdaptivePool):
    """The mean of each cell of a grid of given size.

    Shapes: x [batch, channels, height, width] -> [batch, channels, output_size[0], output_size[1]]
    Parameters: 0
    Reference: torch.nn.AdaptiveAvgPool2d
    Examples:
        {block: adaptive_avg_pool2d, output_size: 1} on x [batch, channels, height, width] gives [batch, channels, 1, 1]
        {block: adaptive_avg_pool2d, output_size: [7, null]} on x [batch, channels, 3, width] gives [batch, channels, 7, width]
    """

    rank = 2
    function = "adaptive_avg_pool2d"
    output_size: OptionalPair = Field(
        description="height and width that come out; null leaves one as it is"
    )


class AdaptiveAvgPool3d(AdaptivePool):
    """The mean of each cell of a grid of given size, in a video or a volume.

    Shapes: x [batch, channels, depth, height, width] -> [batch, channels, output_size[0], output_size[1], output_size[2]]
    Parameters: 0
    Reference: torch.nn.AdaptiveAvgPool3d
    Examples:
        {block: adaptive_avg_pool3d, output_size: 1} on x [batch, channels, depth, height, width] gives [batch, channels, 1, 1, 1]
        {block: adaptive_avg_pool3d, output_size: [2, null, 3]} on x [batch, channels, 5, height, 4] gives [batch, channels, 2, height, 3]
    """

    rank = 3
    function = "adaptive_avg_pool3d"
    output_size: OptionalTriple = Field(
        description="depth, height and width that come out; null leaves one as it is"
    )


class AdaptiveMaxPool1d(AdaptivePool):
    """The greatest value of each of a given number of stretches.

    Shapes: x [batch, channels, length] -> [batch, channels, output_size]
    Parameters: 0
    Reference: torch.nn.AdaptiveMaxPool1d
    Examples:
        {block: adaptive_max_pool1d, output_size: 1} on x [batch, channels, length] gives [batch, channels, 1]
        {block: adaptive_max_pool1d, output_size: 5} on x [batch, channels, 3] gives [batch, channels, 5]
    """

    rank = 1
    function = "adaptive_max_pool1d"
    output_size: Count = Field(description="length that comes out")


class AdaptiveMaxPool2d(AdaptivePool):
    """The greatest value of each cell of a grid of given size.

    Shapes: x [batch, channels, height, width] -> [batch, channels, output_size[0], output_size[1]]
    Parameters: 0
    Reference: torch.nn.AdaptiveMaxPool2d
    Examples:
        {block: adaptive_max_pool2d, output_size: 1} on x [batch, channels, height, width] gives [batch, channels, 1, 1]
        {block: adaptive_max_pool2d, output_size: [null, 4]} on x [batch, channels, height, 9] gives [batch, channels, height, 4]
    """

    rank = 2
    function = "adaptive_max_pool2d"
    output_size: OptionalPair = Field(
        description="height and width that come out; null leaves one as it is"
    )


class AdaptiveMaxPool3d(AdaptivePool):
    """The greatest value of each cell of a grid of given size, in a video or a volume.

    Shapes: x [batch, channels, depth, height, width] -> [batch, channels, output_size[0], output_size[1], output_size[2]]
    Parameters: 0
    Reference: torch.nn.AdaptiveMaxPool3d
    Examples:
        {block: adaptive_max_pool3d, output_size: 1} on x [batch, channels, depth, height, width] gives [batch, channels, 1, 1, 1]
        {block: adaptive_max_pool3d, output_size: [2, null, 3]} on x [batch, channels, 5, height, 4] gives [batch, channels, 2, height, 3]
    """

    rank = 3
    function = "adaptive_max_pool3d"
    output_size: OptionalTriple = Field(
        description="depth, height and width that come out; null leaves one as it is"
    )
