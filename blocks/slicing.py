"""Blocks that take part of a tensor, at places known when it is built."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from netwright.blocks.shape import dimensions
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Count, Integer
from netwright.plugins.settings import Size as SizeSetting
from netwright.specs.sizes import Size, maximum, minimum
from netwright.specs.tensors import Refusal, Tensor


def at(x: Value, dim: int, index: Any) -> Value:
    """`x[:, :, index]`, or `x[..., index, :]` for a dimension counted from the back."""
    if dim < 0:
        return x[(..., index, *[slice(None)] * (-dim - 1))]
    return x[(*[slice(None)] * dim, index)] if dim else x[index]


class Select(Block):
    """One slice along a dimension; the dimension is gone.

    Shapes: x [..., size, ...] -> [...]
    Parameters: 0
    Reference: torch.select
    Examples:
        {block: select, dim: 1, index: 0} on x [batch, 3, 8] gives [batch, 8]
        {block: select, dim: 1, index: -1} on x [batch, seq, 8] gives [batch, 8]
        {block: select, dim: -1, index: 2} on x [batch, 3] int64 below 7 gives [batch] int64 below 7
        {block: select, dim: 0, index: 0} on x [n] gives []
    """

    dim: Integer = Field(description="the dimension")
    index: Integer = Field(description="which slice; negative counts from the back")

    def infer(self, x: Tensor) -> Tensor:
        dim = x.dim(self.dim)
        size = x.sizes[dim]
        if not (size > self.index if self.index >= 0 else size >= -self.index):
            raise Refusal(
                f"index {self.index} does not exist in dim {self.dim} of {x}; "
                f"legal are -{size} to {size} - 1",
                tensor=x,
                setting="index",
            )
        return x.resized(dim)

    def build(self, x: Input) -> Value:
        return at(x, self.dim, self.index)


class Narrow(Block):
    """`length` slices along a dimension, from `start` on.

    Shapes: x [..., size, ...] -> [..., length, ...]
    Parameters: 0
    Reference: torch.narrow
    Examples:
        {block: narrow, dim: 1, start: 2, length: 3} on x [batch, 5] gives [batch, 3]
        {block: narrow, dim: -1, start: 0, length: 8} on x [batch, 9] gives [batch, 8]
        {block: narrow, dim: 0, start: 1, length: 1} on x [2, n] gives [1, n]
        {block: narrow, dim: 0, start: -2, length: 2} on x [2, n] gives [2, n]
        {block: narrow, dim: 0, start: 1, length: $(wide - 1)} on x [wide] gives [wide - 1] with dims {wide: {min: 2}}
    """

    dim: Integer = Field(description="the dimension")
    start: SizeSetting = Field(description="the first slice; negative counts from the back")
    length: SizeSetting = Field(description="how many")

    def infer(self, x: Tensor) -> Tensor:
        dim = x.dim(self.dim)
        size = x.sizes[dim]
        if not self.length >= 1:
            raise Refusal(f"length is {self.length}, must be at least 1", setting="length")
        start = self.start if self.start >= 0 else size + self.start
        if not start >= 0 or not start + self.length <= size:
            raise Refusal(
                f"{self.length} from {self.start} on do not fit into dim {self.dim} of {x}, which is {size}",
                tensor=x,
                setting="length",
            )
        return x.resized(dim, self.length)

    def build(self, x: Input) -> Value:
        return call("torch.narrow", x, self.dim, self.start, self.length)


class Slice(Block):
    """Slices along a dimension, as `x[start:end:step]`; ends beyond the size are the size.

    Shapes: x [..., size, ...] -> [..., number of slices, ...]
    Parameters: 0
    Reference: torch.Tensor.__getitem__
    Examples:
        {block: slice, dim: 1, end: 2} on x [batch, 5, 3] gives [batch, 2, 3]
        {block: slice, dim: 1, start: -2} on x [batch, 5] gives [batch, 2]
        {block: slice, dim: 1, end: -1} on x [batch, 5] gives [batch, 4]
        {block: slice, dim: -2, start: 1, step: 2} on x [batch, wide, 3] gives [batch, wide // 2, 3] with dims {wide: {min: 2}}
        {block: slice, dim: -2, start: 1, step: 2} on x [batch, 5, n] gives [batch, 2, n]
        {block: slice, dim: 0, start: 1, end: 99, step: 3} on x [5] int64 below 4 gives [2] int64 below 4
        {block: slice, dim: 0, end: $n} on x [n, 9] gives [n, 9]
    """

    dim: Integer = Field(description="the dimension")
    start: SizeSetting = Field(
        default=0, description="the first slice; negative counts from the back"
    )
    end: SizeSetting | None = Field(
        default=None, description="where it ends, without this one; null for the size"
    )
    step: Count = Field(default=1, description="every how manieth slice")

    def infer(self, x: Tensor) -> Tensor:
        (dim,) = dimensions(x, self.dim)
        size = x.sizes[dim]
        start, end = _place(self.start, size), size if self.end is None else _place(self.end, size)
        count = (end - start + self.step - 1) // self.step
        if not count >= 1:
            raise Refusal(
                f"nothing is left of dim {self.dim} of {x} between {start} and {end}",
                tensor=x,
                setting="start",
            )
        return x.resized(dim, count)

    def build(self, x: Input) -> Value:
        start = None if _zero(self.start) else self.start
        return at(x, self.dim, slice(start, self.end, None if self.step == 1 else self.step))


def _place(index: Size, size: Size) -> Size:
    """Where an index of a slice points to, as Python has it."""
    return minimum(index, size) if index >= 0 else maximum(size + index, 0)


def _zero(index: Size) -> bool:
    return isinstance(index, int) and index == 0
