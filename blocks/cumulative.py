"""Running sums and products: each element with all before it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from netwright.blocks.reduction import along
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Integer
from netwright.specs.tensors import FLOATING, Tensor


class Cumsum(Block):
    """The running sum along a dimension; of integers and bools in int64.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.cumsum
    Examples:
        {block: cumsum, dim: 1} on x [batch, seq] gives [batch, seq]
        {block: cumsum, dim: -1} on x [batch, seq] bool gives [batch, seq] int64
    """

    family = "reduction"
    function: ClassVar[str] = "torch.cumsum"

    dim: Integer = Field(description="the dimension")

    def infer(self, x: Tensor) -> Tensor:
        along(x, self.dim)
        return x.with_dtype(x.dtype if x.dtype in FLOATING else "int64")

    def build(self, x: Input) -> Value:
        return call(self.function, x, self.dim)


class Cumprod(Cumsum):
    """The running product along a dimension; of integers and bools in int64.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.cumprod
    Examples:
        {block: cumprod, dim: 1} on x [batch, seq] gives [batch, seq]
        {block: cumprod, dim: -1} on x [batch, seq] bool gives [batch, seq] int64
    """

    function: ClassVar[str] = "torch.cumprod"
