"""Comparisons, logic, and choosing by them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from netwright.blocks.broadcasting import holds, promoted, shape_of, too_large_for_half
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Integer
from netwright.specs.tensors import Refusal, Tensor


class Comparison(Block):
    """A comparison of two tensors, or of a tensor and a number."""

    function: ClassVar[str]

    other: Integer | float | None = Field(default=None, description="a number, if y is not given")

    def infer(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        if (self.other is None) == (y is None):
            raise Refusal(
                "needs either the input `y` or the setting `other`",
                help="read two tensors (from: [a, b]), or one and set `other` to a number",
                setting="other",
            )
        return Tensor(x.sizes if y is None else shape_of(x, y), "bool")

    def build(self, x: Input, y: Input | None = None) -> Value:
        return call(self.function, x, self.other if y is None else y)


class Eq(Comparison):
    """True where x equals y or a number; sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.eq
    Examples:
        {block: eq} on x [batch, 3], y [3] gives [batch, 3] bool
        {block: eq, other: 0} on x [batch, seq] int64 gives [batch, seq] bool
    """

    function = "torch.eq"


class Ne(Comparison):
    """True where x differs from y or from a number; sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.ne
    Examples:
        {block: ne, other: 0} on x [batch, seq] int64 gives [batch, seq] bool
        {block: ne} on x [batch] bool, y [batch] gives [batch] bool
    """

    function = "torch.ne"


class Lt(Comparison):
    """True where x is less than y or a number; sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.lt
    Examples:
        {block: lt, other: 0.5} on x [batch, 3] gives [batch, 3] bool
        {block: lt} on x [seq] int64, y [batch, 1] int64 gives [batch, seq] bool
    """

    function = "torch.lt"


class Le(Comparison):
    """True where x is at most y or a number; sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.le
    Examples:
        {block: le, other: 1} on x [batch, 3] gives [batch, 3] bool
        {block: le} on x [batch, 1] uint8, y [3] gives [batch, 3] bool
    """

    function = "torch.le"


class Gt(Comparison):
    """True where x is greater than y or a number; sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.gt
    Examples:
        {block: gt, other: 0} on x [batch, 3] gives [batch, 3] bool
        {block: gt} on x [batch], y [] int64 gives [batch] bool
    """

    function = "torch.gt"


class Ge(Comparison):
    """True where x is at least y or a number; sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.ge
    Examples:
        {block: ge} on x [batch, 3], y [batch, 1] gives [batch, 3] bool
        {block: ge, other: 1.5} on x [batch] int64 gives [batch] bool
    """

    function = "torch.ge"


class LogicalAnd(Block):
    """True where both tensors are true (not 0); sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.logical_and
    Examples:
        {block: logical_and} on x [n, 1, seq] bool, y [seq, seq] bool gives [n, seq, seq] bool
        {block: logical_and} on x [3], y [3] int64 gives [3] bool
    """

    function: ClassVar[str] = "torch.logical_and"

    def infer(self, x: Tensor, y: Tensor) -> Tensor:
        return Tensor(shape_of(x, y), "bool")

    def build(self, x: Input, y: Input) -> Value:
        return call(self.function, x, y)


class LogicalOr(LogicalAnd):
    """True where one of two tensors is true (not 0); sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.logical_or
    Examples:
        {block: logical_or} on x [batch, seq] bool, y [seq] bool gives [batch, seq] bool
    """

    function: ClassVar[str] = "torch.logical_or"


class LogicalNot(Block):
    """True where a tensor is false (0).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.logical_not
    Examples:
        {block: logical_not} on x [batch, seq] bool gives [batch, seq] bool
        {block: logical_not} on x [batch] gives [batch] bool
    """

    def infer(self, x: Tensor) -> Tensor:
        return Tensor(x.sizes, "bool")

    def build(self, x: Input) -> Value:
        return call("torch.logical_not", x)


class Where(Block):
    """The elements of x where the condition is true, those of y elsewhere; sizes broadcast.

    Shapes: condition [...], x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.where
    Examples:
        {block: where} on condition [batch, 1] bool, x [batch, 3], y [3] gives [batch, 3]
        {block: where} on condition [] bool, x [] int64 below 4, y [] int64 below 9 gives [] int64 below 9
    """

    def infer(self, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
        condition.of("bool")
        sizes, dtype = shape_of(condition, x, y), promoted(x, y)
        if isinstance(x.below, int) and isinstance(y.below, int):
            return Tensor(sizes, dtype, max(x.below, y.below))
        return Tensor(sizes, dtype)

    def build(self, condition: Input, x: Input, y: Input) -> Value:
        return call("torch.where", condition, x, y)


class MaskedFill(Block):
    """x with a number where the mask is true; x and the mask broadcast.

    Shapes: x [...], mask [...] -> their common shape
    Parameters: 0
    Reference: torch.masked_fill
    Examples:
        {block: masked_fill, value: -6.0e+4} on x [n, s, s], mask [s, s] bool gives [n, s, s]
        {block: masked_fill, value: 0.5} on x [s], mask [n, 1] bool gives [n, s]
        {block: masked_fill, value: 0} on x [n] int64 below 5, mask [n] bool gives [n] int64 below 5
        {block: masked_fill, value: 7} on x [3] int64 below 5, mask [] bool gives [3] int64 below 8
    """

    value: Integer | float = Field(description="the number that is written")

    def infer(self, x: Tensor, mask: Tensor) -> Tensor:
        mask.of("bool")
        holds(x, self.value, "value")
        filled = Tensor(shape_of(x, mask), x.dtype, x.below)
        if x.below is not None and isinstance(self.value, int) and self.value >= 0:
            if self.value < x.below:
                return filled
            return Tensor(filled.sizes, x.dtype, self.value + 1)
        return filled.with_dtype(x.dtype)

    def build(self, x: Input, mask: Input) -> Value:
        return call("torch.masked_fill", x, mask, self.value)

    def cautions(self, x: Tensor, mask: Tensor) -> Iterable[str]:
        return too_large_for_half(x, self.value)
