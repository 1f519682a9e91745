"""Functions of one tensor, element by element."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from netwright.blocks.broadcasting import (
    fits,
    inexact,
    promoted_by,
    refuse_bool,
    together,
    too_large_for_half,
)
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Integer
from netwright.specs.tensors import FLOATING, INTEGER, Refusal, Tensor


class Pointwise(Block):
    """A function of every element that keeps the shape. Subclasses name it and give its dtype."""

    function: ClassVar[str]

    def infer(self, x: Tensor) -> Tensor:
        refuse_bool(x)
        return x.with_dtype(x.dtype)

    def build(self, x: Input) -> Value:
        return call(self.function, x)


class Inexact(Pointwise):
    """A function whose values are floating, of integers as well."""

    def infer(self, x: Tensor) -> Tensor:
        return x.with_dtype(inexact(x.dtype))


class Neg(Pointwise):
    """The negative of each element.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.neg
    Examples:
        {block: neg} on x [batch, 3] gives [batch, 3]
        {block: neg} on x [] int32 gives [] int32
    """

    function = "torch.neg"

    def build(self, x: Input) -> Value:
        return -x


class Abs(Pointwise):
    """The absolute value of each element.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.abs
    Examples:
        {block: abs} on x [batch, 3] gives [batch, 3]
        {block: abs} on x [batch] int64 gives [batch] int64
    """

    function = "torch.abs"


class Sign(Pointwise):
    """-1, 0 or 1 as each element is negative, zero or positive.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.sign
    Examples:
        {block: sign} on x [batch, 3] gives [batch, 3]
        {block: sign} on x [batch] bool gives [batch] bool
    """

    function = "torch.sign"

    def infer(self, x: Tensor) -> Tensor:
        return x.with_dtype(x.dtype)


class Floor(Pointwise):
    """The largest integer not above each element, in the dtype of the input.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.floor
    Examples:
        {block: floor} on x [batch, 3] gives [batch, 3]
        {block: floor} on x [batch] int64 gives [batch] int64
    """

    function = "torch.floor"


class Ceil(Pointwise):
    """The smallest integer not below each element, in the dtype of the input.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.ceil
    Examples:
        {block: ceil} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.ceil"


class Round(Pointwise):
    """The nearest integer (of two, the even one), in the dtype of the input.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.round
    Examples:
        {block: round} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.round"


class Square(Pointwise):
    """The square of each element.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.square
    Examples:
        {block: square} on x [batch, 3] gives [batch, 3]
        {block: square} on x [batch] bool gives [batch] int64
    """

    function = "torch.square"

    def infer(self, x: Tensor) -> Tensor:
        return x.with_dtype("int64" if x.dtype == "bool" else x.dtype)


class Exp(Inexact):
    """e to the power of each element.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.exp
    Examples:
        {block: exp} on x [batch, 3] gives [batch, 3]
        {block: exp} on x [batch] int64 gives [batch] float32
    """

    function = "torch.exp"


class Log(Inexact):
    """The natural logarithm of each element; nan below 0.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.log
    Examples:
        {block: log} on x [batch, 3] gives [batch, 3]
        {block: log} on x [batch] bool gives [batch] float32
    """

    function = "torch.log"


class Log1p(Inexact):
    """The natural logarithm of 1 + x, precise near 0.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.log1p
    Examples:
        {block: log1p} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.log1p"


class Expm1(Inexact):
    """exp(x) - 1, precise near 0.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.expm1
    Examples:
        {block: expm1} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.expm1"


class Sqrt(Inexact):
    """The square root of each element; nan below 0.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.sqrt
    Examples:
        {block: sqrt} on x [batch, 3] gives [batch, 3]
        {block: sqrt} on x [batch] uint8 gives [batch] float32
    """

    function = "torch.sqrt"


class Rsqrt(Inexact):
    """One over the square root of each element.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.rsqrt
    Examples:
        {block: rsqrt} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.rsqrt"


class Reciprocal(Inexact):
    """One over each element.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.reciprocal
    Examples:
        {block: reciprocal} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.reciprocal"


class Sin(Inexact):
    """The sine of each element, in radians.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.sin
    Examples:
        {block: sin} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.sin"


class Cos(Inexact):
    """The cosine of each element, in radians.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.cos
    Examples:
        {block: cos} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.cos"


class Erf(Inexact):
    """The error function of each element.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.erf
    Examples:
        {block: erf} on x [batch, 3] gives [batch, 3]
    """

    function = "torch.erf"


class Clamp(Block):
    """Each element, brought into [min, max].

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.clamp
    Examples:
        {block: clamp, min: 0} on x [batch, 3] gives [batch, 3]
        {block: clamp, max: 1.5} on x [batch] int64 gives [batch] float32
        {block: clamp, min: 0, max: 9} on x [batch] int32 gives [batch] int32 below 10
        {block: clamp, min: 0, max: 9} on x [batch] bool gives [batch] int64 below 10
    """

    min: Integer | float | None = Field(default=None, description="lower bound")
    max: Integer | float | None = Field(default=None, description="upper bound")

    def infer(self, x: Tensor) -> Tensor:
        if self.min is None and self.max is None:
            raise Refusal("clamp needs min, max or both", setting="min")
        dtype, below = x.dtype, x.below
        for setting, bound in (("min", self.min), ("max", self.max)):
            if bound is not None:
                fits(x, bound, setting)
                dtype = promoted_by(dtype, bound)
        if dtype not in INTEGER:
            return x.with_dtype(dtype)
        # Whether values stay below a bound is known only if the lower end is kept at 0 or above.
        lowest = self.min if isinstance(self.min, int) else 0 if below is not None else -1
        if lowest < 0:
            below = None
        elif isinstance(self.max, int):
            below = self.max + 1 if 0 <= lowest <= self.max else None
        elif isinstance(below, int):
            below = max(below, lowest + 1)
        elif lowest > 0:
            below = None
        return Tensor(x.sizes, dtype, below)

    def build(self, x: Input) -> Value:
        bounds = {"min": self.min, "max": self.max}
        return call(
            "torch.clamp", x, **{name: bound for name, bound in bounds.items() if bound is not None}
        )

    def cautions(self, x: Tensor) -> Iterable[str]:
        for bound in (self.min, self.max):
            yield from too_large_for_half(x, bound or 0)


class Pow(Block):
    """Each element to the power of a number, or of the elements of another tensor.

    Shapes: x [...], y [...] -> their common shape
    Parameters: 0
    Reference: torch.pow
    Examples:
        {block: pow, exponent: 2} on x [batch, 3] gives [batch, 3]
        {block: pow, exponent: -0.5} on x [batch] int64 gives [batch] float32
        {block: pow} on x [batch, 3], y [3] int64 gives [batch, 3]
        {block: pow} on x [batch, 3], y [3] bool gives [batch, 3]
    """

    exponent: Integer | float | None = Field(
        default=None, description="the exponent, if y is not given"
    )

    def infer(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        if (self.exponent is None) == (y is None):
            raise Refusal(
                "pow needs one exponent: the input `y` or the setting `exponent`",
                setting="exponent",
            )
        if y is not None:
            if x.dtype == y.dtype == "bool":
                raise Refusal("pow of two bools does not exist", code="NW303", tensor=x)
            return together(x, y)
        assert self.exponent is not None
        if isinstance(self.exponent, int) and self.exponent < 0 and x.dtype in (*INTEGER, "bool"):
            raise Refusal(
                f"{x.dtype} to the negative integer {self.exponent} does not exist",
                help=f"write a float: {{block: pow, exponent: {self.exponent}.0}}",
                code="NW303",
                tensor=x,
                setting="exponent",
            )
        fits(x, self.exponent, "exponent")
        return x.with_dtype(promoted_by(x.dtype, self.exponent))

    def build(self, x: Input, y: Input | None = None) -> Value:
        if y is None:
            return call("torch.pow", x, self.exponent)
        if y.type.dtype == "bool" and x.type.dtype in FLOATING:  # torch has no gradient for it
            return call("torch.pow", x, call("torch.Tensor.to", y, x.dtype))
        return call("torch.pow", x, y)
