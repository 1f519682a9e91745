"""Padding, and rearranging between channels and pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from netwright.blocks.broadcasting import holds, listed, too_large_for_half
from netwright.blocks.divisibility import demand_divisible
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Operand, Value, call
from netwright.plugins.settings import Count, Integer
from netwright.plugins.settings import Size as SizeSetting
from netwright.specs.sizes import Size, minimum
from netwright.specs.tensors import Refusal, Tensor


class Pad(Block):
    """Elements added (or, negative, taken away) at both ends of the last dimensions.

    `pad` begins at the last dimension: [left, right, top, bottom, …]. `reflect` mirrors without the
    border, `replicate` repeats the border, `circular` continues at the other end.

    Shapes: x [...] -> each padded size + its two numbers
    Parameters: 0
    Reference: torch.nn.functional.pad
    Examples:
        {block: pad, pad: [0, 1, 0, 1]} on x [batch, 3, h, w] gives [batch, 3, h + 1, w + 1]
        {block: pad, pad: [2, 0], value: -1} on x [batch, s] int64 gives [batch, s + 2] int64
        {block: pad, pad: [1, 1]} on x [batch, s] int64 below 5 gives [batch, s + 2] int64 below 5
        {block: pad, pad: [-1, -2]} on x [batch, 5] gives [batch, 2]
        {block: pad, pad: [1, 2], mode: reflect} on x [batch, 3, 3] gives [batch, 3, 6]
        {block: pad, pad: [4, 4], mode: reflect} on x [n, 5] gives [n, 13]
        {block: pad, pad: [1, 1, 2, 2], mode: replicate} on x [n, 3, h, w] gives [n, 3, h + 4, w + 2]
        {block: pad, pad: [3, 0], mode: circular} on x [batch, 8, 3] bool gives [batch, 8, 6] bool
        {block: pad, pad: [1, 1, 1, 1, 1, 1], mode: reflect} on x [n, 2, 2, 2, 2] gives [n, 2, 4, 4, 4]
        {block: pad, pad: []} on x [] gives []
    """

    pad: list[SizeSetting] = Field(
        description="two numbers for each dimension, from the last one on"
    )
    mode: Literal["constant", "reflect", "replicate", "circular"] = Field(
        default="constant", description="what is put there"
    )
    value: Integer | float | None = Field(
        default=None, description="the number that `constant` puts there; null is 0"
    )

    def infer(self, x: Tensor) -> Tensor:
        count = len(self.pad)
        if count % 2 or count > 2 * x.rank:
            raise Refusal(
                f"pad {listed(self.pad)} has {count} numbers: {x} takes an even number, "
                f"up to {2 * x.rank}",
                help="write [left, right], or [left, right, top, bottom]",
                setting="pad",
            )
        if self.mode != "constant":
            self._refuse_mode(x)
        elif self.value is not None:
            holds(x, self.value, "value")
        sizes = list(x.sizes)
        for dim in range(count // 2):
            before, after = self.pad[2 * dim], self.pad[2 * dim + 1]
            size = sizes[-1 - dim]
            self._refuse_width(x, -1 - dim, before, after)
            left = size + minimum(before, 0) + minimum(after, 0)
            if not left >= 0 or not size + before + after >= 1:
                raise Refusal(
                    f"dim {-1 - dim} of {x} is {size}: with {before} and {after} nothing is left",
                    tensor=x,
                    setting="pad",
                )
            sizes[-1 - dim] = size + before + after
        value = self.value or 0
        if x.below is None or isinstance(value, float) or value < 0:
            return Tensor(tuple(sizes), x.dtype)
        keeps = value == 0 or self.mode != "constant"
        below = x.below if keeps else max(x.below, value + 1) if isinstance(x.below, int) else None
        return Tensor(tuple(sizes), x.dtype, below)

    def build(self, x: Input) -> Value:
        changed: dict[str, Operand] = {} if self.mode == "constant" else {"mode": self.mode}
        changed |= {} if self.value is None else {"value": self.value}
        return call("torch.nn.functional.pad", x, self.pad, **changed)

    def cautions(self, x: Tensor) -> Iterable[str]:
        return too_large_for_half(x, self.value or 0)

    def _refuse_mode(self, x: Tensor) -> None:
        if self.value is not None:
            raise Refusal(
                f"value means nothing to mode {self.mode}", help="leave it out", setting="value"
            )
        if self.mode != "circular":
            x.of("number")
        dims = len(self.pad) // 2
        if not dims or dims > 3 or x.rank not in (dims + 1, dims + 2):
            legal = f"{x.rank - 2} or {x.rank - 1}" if x.rank > 2 else f"{x.rank - 1}"
            raise Refusal(
                f"mode {self.mode} pads all dimensions but the first one or two: of {x} the last {legal}, "
                f"pad has numbers for {dims}",
                tensor=x,
                setting="pad",
            )

    def _refuse_width(self, x: Tensor, dim: int, before: Size, after: Size) -> None:
        size = x.sizes[dim]
        for width in (before, after):
            if self.mode != "constant" and not width >= 0:
                raise Refusal(
                    f"mode {self.mode} cannot take away ({width})",
                    help="cut with {block: slice}",
                    setting="pad",
                )
            most = size - 1 if self.mode == "reflect" else size
            if self.mode in ("reflect", "circular") and not width <= most:
                raise Refusal(
                    f"mode {self.mode} pads dim {dim} of {x} by at most {most}, not {width}",
                    tensor=x,
                    setting="pad",
                )


class PixelShuffle(Block):
    """Groups of factor² channels become squares of pixels; the factor is upscale_factor.

    Shapes: x [..., channels * factor², h, w] -> [..., channels, h * factor, w * factor]
    Parameters: 0
    Reference: torch.nn.PixelShuffle
    Examples:
        {block: pixel_shuffle, upscale_factor: 2} on x [batch, 12, h, w] gives [batch, 3, 2 * h, 2 * w]
        {block: pixel_shuffle, upscale_factor: 1} on x [4, h, w] gives [4, h, w]
        {block: pixel_shuffle, upscale_factor: 3} on x [9, 1, 1] int64 below 5 gives [1, 3, 3] int64 below 5
    """

    upscale_factor: Count = Field(description="how many pixels each side gains")

    def infer(self, x: Tensor) -> Tensor:
        channels, height, width = _image(x)
        factor = self.upscale_factor
        demand_divisible(
            channels, factor * factor, what="channels", setting="upscale_factor", tensor=x
        )
        sizes = (channels // (factor * factor), height * factor, width * factor)
        return x.with_sizes(*x.sizes[:-3], *sizes)

    def build(self, x: Input) -> Value:
        return call("torch.nn.functional.pixel_shuffle", x, self.upscale_factor)


class PixelUnshuffle(Block):
    """Squares of pixels become groups of factor² channels: space to depth.

    Shapes: x [..., channels, h, w] -> [..., channels * factor², h // factor, w // factor]
    Parameters: 0
    Reference: torch.nn.PixelUnshuffle
    Examples:
        {block: pixel_unshuffle, downscale_factor: 2} on x [batch, 3, 4, 6] gives [batch, 12, 2, 3]
        {block: pixel_unshuffle, downscale_factor: 3} on x [1, 3, 3] gives [9, 1, 1]
    """

    downscale_factor: Count = Field(description="how many pixels each side loses")

    def infer(self, x: Tensor) -> Tensor:
        channels, height, width = _image(x)
        factor = self.downscale_factor
        for side, what in ((height, "rows"), (width, "columns")):
            demand_divisible(side, factor, what=what, setting="downscale_factor", tensor=x)
        sizes = (channels * factor * factor, height // factor, width // factor)
        return x.with_sizes(*x.sizes[:-3], *sizes)

    def build(self, x: Input) -> Value:
        return call("torch.nn.functional.pixel_unshuffle", x, self.downscale_factor)


class ChannelShuffle(Block):
    """Channels dealt out anew: the first of each group, then the second of each, and so on.

    Shapes: x [batch, channels, ...] -> same
    Parameters: 0
    Reference: torch.nn.ChannelShuffle; Zhang et al. 2018, arXiv:1707.01083
    Examples:
        {block: channel_shuffle, groups: 2} on x [batch, 6, h, w] gives [batch, 6, h, w]
        {block: channel_shuffle, groups: 3} on x [batch, 3, s] gives [batch, 3, s]
    """

    groups: Count = Field(description="number of groups")

    def infer(self, x: Tensor) -> Tensor:
        if x.rank < 3:
            raise Refusal(
                f"expected [batch, channels, ...] with 3 dimensions or more, got {x}", tensor=x
            )
        demand_divisible(x.sizes[1], self.groups, what="channels", setting="groups", tensor=x)
        return x

    def build(self, x: Input) -> Value:
        return call("torch.channel_shuffle", x, self.groups)


def _image(x: Tensor) -> tuple[Size, Size, Size]:
    if x.rank < 3:
        raise Refusal(f"expected [..., channels, height, width], got {x}", tensor=x)
    channels, height, width = x.sizes[-3:]
    return channels, height, width
