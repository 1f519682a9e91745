"""Activations made of straight pieces: shrinking, clipping, and the hard forms of smooth ones."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from netwright.blocks.activation import Activation
from netwright.plugins.settings import Number
from netwright.specs.tensors import Refusal, Tensor

_FUNCTIONAL = "torch.nn.functional"


class Softshrink(Activation):
    """Draw towards 0 by lambd; 0 within lambd of it.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Softshrink
    Examples:
        {block: softshrink} on x [batch, 4] gives [batch, 4]
        {block: softshrink, lambd: 0} on x [] gives []
    """

    function = f"{_FUNCTIONAL}.softshrink"
    lambd: Annotated[Number, Field(ge=0)] = Field(
        default=0.5, description="how far to draw, at least 0"
    )


class Hardshrink(Activation):
    """0 where |x| is at most lambd, x elsewhere.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Hardshrink
    Examples:
        {block: hardshrink} on x [batch, 4] gives [batch, 4]
        {block: hardshrink, lambd: 1} on x [] gives []
    """

    function = f"{_FUNCTIONAL}.hardshrink"
    lambd: Number = Field(default=0.5, description="values as near to 0 as this become 0")


class Hardtanh(Activation):
    """x clipped to a range.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Hardtanh
    Examples:
        {block: hardtanh} on x [batch, 4] gives [batch, 4]
        {block: hardtanh, min_val: 0, max_val: 20} on x [] gives []
    """

    function = f"{_FUNCTIONAL}.hardtanh"
    min_val: Number = Field(default=-1.0, description="least value that comes out")
    max_val: Number = Field(default=1.0, description="greatest value that comes out")

    def infer(self, x: Tensor) -> Tensor:
        if self.min_val >= self.max_val:
            raise Refusal(
                f"min_val {self.min_val} is not below max_val {self.max_val}", setting="min_val"
            )
        return super().infer(x)


class Hardsigmoid(Activation):
    """min(max(x + 3, 0), 6) / 6.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Hardsigmoid
    Examples:
        {block: hardsigmoid} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.hardsigmoid"


class Hardswish(Activation):
    """x * hardsigmoid(x).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Hardswish; Howard et al. 2019, arXiv:1905.02244
    Examples:
        {block: hardswish} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.hardswish"


class Threshold(Activation):
    """x where it is above the threshold, a fixed value elsewhere.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Threshold
    Examples:
        {block: threshold, threshold: 0.1, value: 20} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.threshold"
    threshold: Number = Field(description="what is not above it is replaced")
    value: Number = Field(description="what replaces it")
