"""Blocks that change what a tensor is, not what it says: its dtype, its place in the gradient."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from netwright.blocks.broadcasting import LARGEST
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value, call
from netwright.specs.sizes import Size, decide
from netwright.specs.tensors import INTEGER, Tensor

METHODS = {
    "float16": "half",
    "bfloat16": "bfloat16",
    "float32": "float",
    "float64": "double",
    "uint8": "byte",
    "int8": "char",
    "int16": "short",
    "int32": "int",
    "int64": "long",
    "bool": "bool",
}


class To(Block):
    """The same values in another dtype. `float` is the model's own, which `.half()` changes.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.Tensor.to
    Examples:
        {block: to, dtype: int64} on x [batch, 3] gives [batch, 3] int64
        {block: to, dtype: float} on x [batch, 3] int64 gives [batch, 3]
        {block: to, dtype: float} on x [batch, 3] gives [batch, 3]
        {block: to, dtype: float64} on x [] bool gives [] float64
        {block: to, dtype: float16} on x [batch] float32 gives [batch] float16
        {block: to, dtype: bfloat16} on x [batch] gives [batch] bfloat16
        {block: to, dtype: float32} on x [batch] gives [batch] float32
        {block: to, dtype: uint8} on x [batch] int64 below 9 gives [batch] uint8 below 9
        {block: to, dtype: int8} on x [batch] bool gives [batch] int8 below 2
        {block: to, dtype: int16} on x [batch] int64 gives [batch] int16
        {block: to, dtype: int32} on x [batch] int64 below batch gives [batch] int32 below batch
        {block: to, dtype: bool} on x [batch] int64 gives [batch] bool
    """

    dtype: Literal[
        "float",
        "float16",
        "bfloat16",
        "float32",
        "float64",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "bool",
    ] = Field(description="the dtype")

    def infer(self, x: Tensor) -> Tensor:
        if x.dtype == self.dtype:
            return x
        below: Size | None = 2 if x.dtype == "bool" else x.below
        if self.dtype not in INTEGER or below is None:
            return x.with_dtype(self.dtype)
        largest = LARGEST.get(self.dtype)
        fits = largest is None or decide("<=", below, largest + 1) is True
        # A symbolic size is that of a tensor in memory, so it is far within int32.
        if fits or (self.dtype == "int32" and not isinstance(below, int)):
            return Tensor(x.sizes, self.dtype, below)
        return x.with_dtype(self.dtype)

    def build(self, x: Input) -> Value:
        if x.type.dtype == self.dtype:
            return x
        if self.dtype == "float":
            return Module("netwright.blocks.torch.casting.ToFloat")(x)
        return call(f"torch.Tensor.{METHODS[self.dtype]}", x)


class Identity(Block):
    """The input as it is.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Identity
    Examples:
        {block: identity} on x [batch, 3] gives [batch, 3]
        {block: identity} on x [] int64 below 5 gives [] int64 below 5
    """

    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Input) -> Value:
        return x


class Detach(Block):
    """The same values, of which no gradient flows back.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.Tensor.detach
    Examples:
        {block: detach} on x [batch, 3] gives [batch, 3]
    """

    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Input) -> Value:
        return call("torch.Tensor.detach", x)
