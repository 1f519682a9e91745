"""Sums, products and their like, of tensors or of a tensor and a number."""

from __future__ import annotations

from functools import reduce
from typing import ClassVar, Literal

from pydantic import Field

from netwright.blocks.broadcasting import (
    fits,
    inexact,
    promoted_by,
    refuse_bool,
    shape_of,
    together,
)
from netwright.plugins.block import Block
from netwright.plugins.expression import Binary, Input, Value, call
from netwright.plugins.settings import Integer
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import FLOATING, Refusal, Tensor


class Fold(Block):
    """An operation over any number of tensors, and a number in place of the second one."""

    operator: ClassVar[str]

    other: Integer | float | None = Field(
        default=None, description="a number, if one tensor is read"
    )

    def infer(self, *inputs: Tensor) -> Tensor:
        if (self.other is None) == (len(inputs) < 2):
            raise Refusal(
                f"got {len(inputs)} input{'s' * (len(inputs) != 1)} and other: "
                f"{'nothing' if self.other is None else self.other}",
                help="read two tensors or more (from: [a, b]), or one and set `other` to a number",
                setting="other",
            )
        if self.other is None:
            return reduce(together, inputs)  # as torch promotes: two at a time
        return inputs[0].with_dtype(promoted_by(inputs[0].dtype, self.other))

    def build(self, *inputs: Input) -> Value:
        if self.other is not None:
            return Binary(self.operator, inputs[0], self.other)
        total: Value = inputs[0]
        return reduce(lambda ahead, behind: Binary(self.operator, ahead, behind), inputs[1:], total)


class Add(Fold):
    """The sum of tensors, or of a tensor and a number; sizes broadcast.

    Shapes: inputs [...] -> their common shape
    Parameters: 0
    Reference: torch.add
    Examples:
        {block: add} on inputs.0 [n, 8, h, w], inputs.1 [n, 8, h, w] gives [n, 8, h, w]
        {block: add} on inputs.0 [n, seq, 4], inputs.1 [seq, 4], inputs.2 [1] gives [n, seq, 4]
        {block: add} on inputs.0 [] int64 below 5, inputs.1 [] int64 below 4 gives [] int64 below 8
        {block: add, other: 0.5} on inputs.0 [batch] int64 gives [batch] float32
        {block: add} on inputs.0 [] int64, inputs.1 [3] bool gives [3] int64
        {block: add} on inputs.0 [3] int16, inputs.1 [] float32, inputs.2 [1] bfloat16 gives [3] float32
    """

    operator = "+"

    def infer(self, *inputs: Tensor) -> Tensor:
        result = super().infer(*inputs)
        bounds = [tensor.below for tensor in inputs]
        # A sum of int64 is exact, as far as a bound that is a size reaches.
        if self.other is not None or any(
            tensor.dtype != "int64" or tensor.below is None for tensor in inputs
        ):
            return result
        return Tensor(
            result.sizes, "int64", sum((bound - 1 for bound in bounds if bound is not None), 1)
        )


class Mul(Fold):
    """The product of tensors element by element, or of a tensor and a number; sizes broadcast.

    Shapes: inputs [...] -> their common shape
    Parameters: 0
    Reference: torch.mul
    Examples:
        {block: mul} on inputs.0 [batch, 8, h, w], inputs.1 [batch, 8, 1, 1] gives [batch, 8, h, w]
        {block: mul, other: 2.0} on inputs.0 [batch, 3] gives [batch, 3]
        {block: mul} on inputs.0 [batch, 3] bool, inputs.1 [3] gives [batch, 3]
        {block: mul, other: 2} on inputs.0 [batch, 3] bool gives [batch, 3] int64
    """

    operator = "*"


class Maximum(Block):
    """The larger of the elements of tensors; sizes broadcast.

    Shapes: inputs [...] -> their common shape
    Parameters: 0
    Reference: torch.maximum
    Examples:
        {block: maximum} on inputs.0 [batch, 3], inputs.1 [3] gives [batch, 3]
        {block: maximum} on inputs.0 [3] int64, inputs.1 [batch, 3] bool gives [batch, 3] int64
        {block: maximum} on inputs.0 [3] int16, inputs.1 [] float32, inputs.2 [1] bfloat16 gives [3] float32
    """

    function: ClassVar[str] = "torch.maximum"

    def infer(self, *inputs: Tensor) -> Tensor:
        if len(inputs) < 2:
            raise Refusal(f"got {len(inputs)} input, needs two or more", help="from: [a, b]")
        return reduce(together, inputs)

    def build(self, *inputs: Input) -> Value:
        first: Value = inputs[0]
        return reduce(lambda ahead, behind: call(self.function, ahead, behind), inputs[1:], first)


class Minimum(Maximum):
    """The smaller of the elements of tensors; sizes broadcast.

    Shapes: inputs [...] -> their common shape
    Parameters: 0
    Reference: torch.minimum
    Examples:
        {block: minimum} on inputs.0 [batch, 3], inputs.1 [3] gives [batch, 3]
        {block: minimum} on inputs.0 [3], inputs.1 [3], inputs.2 [3] gives [3]
    """

    function: ClassVar[str] = "torch.minimum"


class Difference(Block):
    """An operation over two tensors, or a tensor and a number."""

    other: Integer | float | None = Field(default=None, description="a number, if y is not given")

    def infer(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        if (self.other is None) == (y is None):
            raise Refusal(
                "needs either the input `y` or the setting `other`",
                help="read two tensors (from: [a, b]), or one and set `other` to a number",
                setting="other",
            )
        if y is not None:
            return together(x, y)
        assert self.other is not None
        return x.with_dtype(promoted_by(x.dtype, self.other))


class Sub(Difference):
    """x - y, or x minus a number; sizes broadcast.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.sub
    Examples:
        {block: sub} on x [batch, 3], y [3] gives [batch, 3]
        {block: sub, other: 1} on x [batch, 3] int64 gives [batch, 3] int64
        {block: sub, other: 1.0} on x [] gives []
    """

    def infer(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        refuse_bool(*(tensor for tensor in (x, y) if tensor is not None))
        return super().infer(x, y)

    def build(self, x: Input, y: Input | None = None) -> Value:
        return x - (self.other if y is None else y)


class Div(Difference):
    """x / y, or x divided by a number; sizes broadcast. Of integers, the result is floating.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.div
    Examples:
        {block: div} on x [batch, 3], y [batch, 1] gives [batch, 3]
        {block: div, other: 8} on x [batch, 3] int64 gives [batch, 3] float32
        {block: div, other: 8, rounding_mode: floor} on x [3] int64 below 17 gives [3] int64 below 3
        {block: div, rounding_mode: trunc} on x [batch, 3], y [3] gives [batch, 3]
    """

    rounding_mode: Literal["trunc", "floor"] | None = Field(
        default=None, description="`floor` rounds the quotient down, `trunc` towards zero"
    )

    def infer(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        result = super().infer(x, y)
        if self.rounding_mode is None:
            return result.with_dtype(inexact(result.dtype))
        _refuse_zero(x, y, self.other, result)
        if isinstance(self.other, int):
            fits(x, self.other, "other")
            if self.other > 0 and x.below is not None and result.dtype == x.dtype:
                return Tensor(result.sizes, result.dtype, (x.below - 1) // self.other + 1)
        return result

    def build(self, x: Input, y: Input | None = None) -> Value:
        divisor = self.other if y is None else y
        if self.rounding_mode is None:
            return x / divisor
        return call("torch.div", x, divisor, rounding_mode=self.rounding_mode)


class Remainder(Difference):
    """What is left of x divided by y or by a number; it has the sign of the divisor.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.remainder
    Examples:
        {block: remainder, other: 8} on x [batch] int64 gives [batch] int64 below 8
        {block: remainder} on x [batch, 3], y [3] gives [batch, 3]
        {block: remainder, other: 0.5} on x [batch] int64 gives [batch] float32
    """

    def infer(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        result = super().infer(x, y)
        _refuse_zero(x, y, self.other, result)
        if isinstance(self.other, int):
            fits(x, self.other, "other")
            if self.other > 0 and result.dtype not in FLOATING:
                return Tensor(result.sizes, result.dtype, self.other)
        return result

    def build(self, x: Input, y: Input | None = None) -> Value:
        return call("torch.remainder", x, self.other if y is None else y)


def _refuse_zero(x: Tensor, y: Tensor | None, other: float | None, result: Tensor) -> None:
    """Integers divided by zero stop the program; floats give inf or nan."""
    if result.dtype == "bool":
        raise Refusal("division of bools does not exist", code="NW303", tensor=x)
    if result.dtype in FLOATING:
        return
    if y is not None:
        raise Refusal(
            f"{result.dtype} is divided by a tensor that may hold 0",
            help="divide floats, {block: to, dtype: float32}, or by the number `other`",
            code="NW303",
            tensor=y,
        )
    if other == 0:
        raise Refusal("division by 0", help="set `other` to another number", setting="other")


class Matmul(Block):
    """The matrix product over the last two dimensions; the others broadcast.

    A vector (one dimension) is a row on the left, a column on the right, and loses that dimension.

    Shapes: x [..., rows, inner], y [..., inner, columns] -> [..., rows, columns]
    Parameters: 0
    Reference: torch.matmul
    Examples:
        {block: matmul} on x [batch, 4, seq, 8], y [batch, 4, 8, seq] gives [batch, 4, seq, seq]
        {block: matmul} on x [batch, 1, seq, 8], y [4, 8, 3] gives [batch, 4, seq, 3]
        {block: matmul} on x [8], y [8] gives []
        {block: matmul} on x [batch, seq, 8], y [8] gives [batch, seq]
        {block: matmul} on x [8], y [batch, 8, 3] gives [batch, 3]
        {block: matmul} on x [n, 8] int64, y [8, 3] int64 gives [n, 3] int64
    """

    def infer(self, x: Tensor, y: Tensor) -> Tensor:
        for tensor in (x, y):
            if not tensor.rank:
                raise Refusal(
                    f"{tensor} has no dimension to multiply over",
                    help="multiply element by element: mul",
                    tensor=tensor,
                )
            refuse_bool(tensor)
        if x.dtype != y.dtype:
            raise Refusal(
                f"matmul needs one dtype, got {x.dtype} and {y.dtype}",
                help=f"convert one of them first: {{block: to, dtype: {x.dtype}}}",
                code="NW303",
                tensor=y,
            )
        inner = y.sizes[0] if y.rank == 1 else y.sizes[-2]
        if not x.sizes[-1] == inner:
            raise Refusal(
                f"{x} times {y}: the last size of the first, {x.sizes[-1]}, is not the "
                f"{'size' if y.rank == 1 else 'size before the last'} of the second, {inner}",
                help="swap its last two sizes first: {block: transpose, dim0: -2, dim1: -1}",
                code="NW301",
                tensor=y,
            )
        lead = shape_of(x.with_sizes(*x.sizes[:-2]), y.with_sizes(*y.sizes[:-2]))
        rows = x.sizes[-2:-1]
        columns = y.sizes[-1:] if y.rank > 1 else ()
        return Tensor((*lead, *rows, *columns), x.dtype)

    def build(self, x: Input, y: Input) -> Value:
        return x @ y

    def flops(self, x: Tensor, y: Tensor) -> Size:
        if y.rank == 1 or x.rank + y.rank == 3:
            return 0  # a product with a vector: torch's counter leaves it out
        return 2 * product(self.infer(x, y).sizes) * x.sizes[-1]
