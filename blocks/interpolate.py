"""Resizing of signals, images and volumes."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeVar

from pydantic import Field

from netwright.blocks.broadcasting import listed
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Operand, Value, call
from netwright.plugins.settings import Positive
from netwright.plugins.settings import Size as SizeSetting
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor

RANK = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}
FINEST = 2**12

_T = TypeVar("_T")


class Interpolate(Block):
    """Resized to a size, by a factor, or to the size of another tensor.

    A factor gives floor(size * factor). The dimensions after batch and channels are resized.

    Shapes: x [batch, channels, ...], like [_, _, ...] -> [batch, channels, the new sizes]
    Parameters: 0
    Reference: torch.nn.functional.interpolate
    Examples:
        {block: interpolate, scale_factor: 2} on x [n, 8, h, w] gives [n, 8, 2 * h, 2 * w]
        {block: interpolate, scale_factor: 1.5} on x [n, 8, s] gives [n, 8, 3 * s // 2]
        {block: interpolate, scale_factor: 0.3} on x [n, 8, 7] gives [n, 8, 2]
        {block: interpolate, scale_factor: [1, 0.5]} on x [n, 8, 3, 2] gives [n, 8, 3, 1]
        {block: interpolate, size: 7, mode: nearest-exact} on x [n, 8, s] gives [n, 8, 7]
        {block: interpolate, size: [4, 5], mode: area} on x [n, 8, h, w] gives [n, 8, 4, 5]
        {block: interpolate, size: 3, mode: linear, align_corners: true} on x [n, 8, s] gives [n, 8, 3]
        {block: interpolate, mode: bilinear} on x [n, 8, h, w], like [n, 3, u, v] gives [n, 8, u, v]
        {block: interpolate, size: 4, mode: bicubic, antialias: true} on x [n, 3, h, w] gives [n, 3, 4, 4]
        {block: interpolate, scale_factor: 2, mode: trilinear} on x [1, 1, s, 1, 2] gives [1, 1, 2 * s, 2, 4]
        {block: interpolate, size: 3} on x [n, 3, h, w] uint8 gives [n, 3, 3, 3] uint8
        {block: interpolate, scale_factor: 2.5, recompute_scale_factor: true} on x [1, 1, 3] gives [1, 1, 7]
    """

    size: SizeSetting | list[SizeSetting] | None = Field(
        default=None, description="the new size, one for all dimensions or a list"
    )
    scale_factor: Positive | list[Positive] | None = Field(
        default=None, description="factor on the size, one for all dimensions or a list"
    )
    mode: Literal[
        "nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"
    ] = Field(default="nearest", description="how values between pixels are found")
    align_corners: bool | None = Field(
        default=None, description="corner pixels keep their values (the linear modes and bicubic)"
    )
    recompute_scale_factor: bool | None = Field(
        default=None, description="sample by the ratio of the sizes, not by scale_factor"
    )
    antialias: bool = Field(
        default=False, description="average when shrinking (bilinear and bicubic)"
    )

    def infer(self, x: Tensor, like: Tensor | None = None) -> Tensor:
        self._refuse_mode(x)
        given = [each is not None for each in (self.size, self.scale_factor, like)]
        if given.count(True) != 1:
            raise Refusal(
                "needs one of size, scale_factor and the input `like`",
                help="{block: interpolate, scale_factor: 2}",
                setting="size",
            )
        if like is not None:
            if like.rank != x.rank:
                raise Refusal(f"x is {x}, like is {like}", code="NW301", tensor=like)
            return x.with_sizes(*x.sizes[:2], *like.sizes[2:])
        sizes: tuple[Size, ...] = ()
        if self.scale_factor is not None:
            factors = self._spread(x, self.scale_factor, "scale_factor")
            sizes = tuple(_scaled(*pair) for pair in zip(x.sizes[2:], factors, strict=True))
        elif self.size is not None:
            sizes = tuple(self._spread(x, self.size, "size"))
        if any(not size >= 1 for size in sizes):
            raise Refusal(f"{x} would become {listed((*x.sizes[:2], *sizes))}", tensor=x)
        return Tensor((*x.sizes[:2], *sizes), x.dtype)

    def build(self, x: Input, like: Input | None = None) -> Value:
        size: Operand = self.size if like is None else like.shape[2:]
        names = ("scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias")
        changed: dict[str, Operand] = self.changed(*names)
        return call(
            "torch.nn.functional.interpolate",
            x,
            **({} if size is None else {"size": size}),
            **changed,
        )

    def _spread(self, x: Tensor, value: _T | list[_T], setting: str) -> list[_T]:
        if not isinstance(value, list):
            return [value] * (x.rank - 2)
        if len(value) != x.rank - 2:
            raise Refusal(
                f"{setting} has {len(value)} numbers, {x} has {x.rank - 2} dimensions to resize",
                setting=setting,
            )
        return value

    def _refuse_mode(self, x: Tensor) -> None:
        rank = RANK.get(self.mode)
        if x.rank not in ((3, 4, 5) if rank is None else (rank,)):
            modes = {3: "linear", 4: "bilinear", 5: "trilinear"}
            hint = f"for this input: mode: {modes[x.rank]}" if x.rank in modes else ""
            raise Refusal(
                f"mode {self.mode} takes {rank or '3 to 5'} dimensions, got {x}",
                help=hint,
                tensor=x,
            )
        bytes_too = ("nearest", "nearest-exact", "bilinear", "bicubic")
        if not (x.dtype == "uint8" and self.mode in bytes_too):
            x.of("floating")
        if self.align_corners is not None and rank is None:
            raise Refusal(
                f"align_corners means nothing to mode {self.mode}",
                help="leave it out",
                setting="align_corners",
            )
        if self.antialias and self.mode not in ("bilinear", "bicubic"):
            raise Refusal(
                f"antialias means nothing to mode {self.mode}",
                help="mode: bilinear or bicubic",
                setting="antialias",
            )
        if self.antialias and x.dtype in ("float16", "bfloat16"):
            raise Refusal(
                f"antialias does not exist in {x.dtype}",
                help="convert first: {block: to, dtype: float32}",
                code="NW303",
                tensor=x,
            )
        if self.recompute_scale_factor and self.scale_factor is None:
            raise Refusal(
                "recompute_scale_factor needs a scale_factor", setting="recompute_scale_factor"
            )


def _scaled(size: Size, factor: float) -> Size:
    """floor(size * factor), as torch computes it in floating point."""
    if isinstance(size, int):
        return int(size * factor)
    exact = Fraction(factor)
    if exact.denominator > FINEST:
        raise Refusal(
            f"{size} * {factor} is rounded in floating point, so the size cannot be said beforehand",
            help=f"use a factor such as 0.5, 0.75 or 1.25 (a fraction of {FINEST}), or size: ...",
            setting="scale_factor",
        )
    return size * exact.numerator // exact.denominator
