"""Tensors that are not computed from others: learned ones and constants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from netwright.blocks.broadcasting import holds, listed, too_large_for_half
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, Weight, call
from netwright.plugins.settings import Count, Integer, Positive, ShapeSetting
from netwright.plugins.settings import Size as SizeSetting
from netwright.specs.sizes import Symbolic, ceil_div
from netwright.specs.tensors import INTEGER, Refusal, Tensor

LEARNED = ("normal", (("std", 0.02),))


def _demanded(shape: tuple[object, ...]) -> Tensor:
    """The type of a tensor of this shape; Refusal if it is not all sizes of at least 1."""
    sizes = []
    for size in shape:
        if not isinstance(size, (int, Symbolic)):
            raise Refusal(
                f"{listed(shape)}: `{size}` stands for nothing here",
                help="write the size",
                setting="shape",
            )
        if not size >= 1:
            raise Refusal(f"{listed(shape)}: a size is {size}", setting="shape")
        sizes.append(size)
    return Tensor(tuple(sizes))


class Parameter(Block):
    """A learned tensor, in the state dict under the path of its node; reads nothing.

    It begins as normal noise with a standard deviation of 0.02; `init` changes that.

    Shapes: nothing -> the setting `shape`
    Parameters: the product of `shape`
    Reference: torch.nn.Parameter
    Examples:
        {block: parameter, shape: [1, 1, 8]} on nothing gives [1, 1, 8]
        {block: parameter, shape: []} on nothing gives []
    """

    shape: ShapeSetting = Field(description="its sizes; none may depend on a symbolic size")

    def infer(self) -> Tensor:
        result = _demanded(self.shape)
        for size in result.sizes:
            if isinstance(size, Symbolic):
                raise Refusal(
                    f"{result}: a parameter of size {size} would differ from input to input",
                    help="give it the largest size and take a part: {block: narrow}",
                    setting="shape",
                )
        return result

    def build(self) -> Value:
        return Weight("", self.infer().sizes, LEARNED)


class Full(Block):
    """A tensor filled with one number, with the dtype and on the device of x.

    Shapes: x [...] -> the setting `shape`
    Parameters: 0
    Reference: torch.full
    Examples:
        {block: full, shape: [batch, 4], value: 0.5} on x [batch, 3] gives [batch, 4]
        {block: full, shape: [1], value: 3} on x [batch] int64 gives [1] int64 below 4
        {block: full, shape: [], value: -1} on x [batch] int64 gives [] int64
    """

    shape: ShapeSetting = Field(description="its sizes")
    value: Integer | float = Field(description="the number")

    def infer(self, x: Tensor) -> Tensor:
        result = _demanded(self.shape).with_dtype(x.dtype)
        holds(x, self.value, "value")
        if x.dtype in INTEGER and isinstance(self.value, int) and self.value >= 0:
            return Tensor(result.sizes, x.dtype, self.value + 1)
        return result

    def build(self, x: Input) -> Value:
        return call("torch.Tensor.new_full", x, list(self.shape), self.value)

    def cautions(self, x: Tensor) -> Iterable[str]:
        return too_large_for_half(x, self.value)


class Zeros(Block):
    """A tensor of zeros, with the dtype and on the device of x.

    Shapes: x [...] -> the setting `shape`
    Parameters: 0
    Reference: torch.zeros
    Examples:
        {block: zeros, shape: [batch, 4]} on x [batch, 3] gives [batch, 4]
        {block: zeros, shape: [seq]} on x [batch, seq] int64 gives [seq] int64 below 1
    """

    function: ClassVar[str] = "torch.Tensor.new_zeros"
    below: ClassVar[int] = 1

    shape: ShapeSetting = Field(description="its sizes")

    def infer(self, x: Tensor) -> Tensor:
        result = _demanded(self.shape)
        return Tensor(result.sizes, x.dtype, self.below if x.dtype in INTEGER else None)

    def build(self, x: Input) -> Value:
        return call(self.function, x, list(self.shape))


class Ones(Zeros):
    """A tensor of ones, with the dtype and on the device of x.

    Shapes: x [...] -> the setting `shape`
    Parameters: 0
    Reference: torch.ones
    Examples:
        {block: ones, shape: [batch, 1]} on x [batch, 3] gives [batch, 1]
        {block: ones, shape: [3]} on x [] int64 gives [3] int64 below 2
        {block: ones, shape: [seq, seq]} on x [batch, seq] bool gives [seq, seq] bool
    """

    function: ClassVar[str] = "torch.Tensor.new_ones"
    below: ClassVar[int] = 2


class Arange(Block):
    """The integers from start up to end, without end, on the device of x.

    Shapes: x [...] -> [number of steps]
    Parameters: 0
    Reference: torch.arange
    Examples:
        {block: arange, end: $seq} on x [batch, seq] gives [seq] int64 below seq
        {block: arange, start: 1, end: 8, step: 3} on x [batch] int64 gives [3] int64 below 8
        {block: arange, start: -2, end: 2} on x [] gives [4] int64
    """

    start: SizeSetting = Field(default=0, description="the first integer")
    end: SizeSetting = Field(description="where it ends")
    step: Count = Field(default=1, description="from one to the next")

    def infer(self, x: Tensor) -> Tensor:
        count = ceil_div(self.end - self.start, self.step)
        if not count >= 1:
            raise Refusal(f"nothing lies between {self.start} and {self.end}", setting="end")
        return Tensor((count,), "int64", self.end if self.start >= 0 else None)

    def build(self, x: Input) -> Value:
        ends = (
            (self.end,)
            if isinstance(self.start, int) and self.start == 0
            else (self.start, self.end)
        )
        if self.step == 1:
            return call("torch.arange", *ends, device=x.device)
        if len(ends) == 1:
            ends = (0, *ends)
        return call("torch.arange", *ends, self.step, device=x.device)


class GumbelSoftmax(Block):
    """A class drawn by its scores, as a vector that is almost 1 there and 0 elsewhere, with gradients.

    Drawn anew at each call, in evaluation as well. The lower tau is, the nearer to 1 and 0.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.functional.gumbel_softmax; Jang, Gu, Poole 2017, arXiv:1611.01144
    Examples:
        {block: gumbel_softmax} on x [batch, 5] gives [batch, 5]
        {block: gumbel_softmax, tau: 0.5, hard: true, dim: 1} on x [batch, 5, seq] gives [batch, 5, seq]
    """

    tau: Positive = Field(default=1.0, description="temperature")
    hard: bool = Field(
        default=False, description="exactly 1 and 0, with the gradients of the soft vector"
    )
    dim: Integer = Field(default=-1, description="the dimension of the classes")

    def infer(self, x: Tensor) -> Tensor:
        x.of("floating").dim(self.dim)
        return x

    def build(self, x: Input) -> Value:
        options = self.changed("tau", "hard", "dim")
        return call("torch.nn.functional.gumbel_softmax", x, **options)


class RandnLike(Block):
    """Normal noise of the shape of x: fresh at each call, in evaluation as well.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.randn_like
    Examples:
        {block: randn_like} on x [batch, 20] gives [batch, 20]
    """

    def infer(self, x: Tensor) -> Tensor:
        return x.of("floating")

    def build(self, x: Input) -> Value:
        return call("torch.randn_like", x)
