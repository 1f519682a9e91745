"""Activations along a dimension: softmax and its relatives, gated linear units."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Integer
from netwright.specs.tensors import Refusal, Tensor

_FUNCTIONAL = "torch.nn.functional"


class Normalizer(Block):
    """What softmax and its relatives share; no block itself."""

    family = "activation"

    function: ClassVar[str]

    dim: Integer = Field(description="the dimension along which the values sum to 1")

    def infer(self, x: Tensor) -> Tensor:
        x.of("floating").dim(self.dim)
        return x

    def build(self, x: Input) -> Value:
        return call(f"{_FUNCTIONAL}.{self.function}", x, dim=self.dim)


class Softmax(Normalizer):
    """Exponentials of the values, scaled to sum to 1 along a dimension.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Softmax
    Examples:
        {block: softmax, dim: -1} on x [batch, seq] gives [batch, seq]
        {block: softmax, dim: 0} on x [1] float64 gives [1] float64
    """

    function = "softmax"


class Softmin(Normalizer):
    """softmax of -x.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Softmin
    Examples:
        {block: softmin, dim: 1} on x [batch, seq] gives [batch, seq]
        {block: softmin, dim: -2} on x [rows, columns] gives [rows, columns]
    """

    function = "softmin"


class LogSoftmax(Normalizer):
    """The logarithm of softmax.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.LogSoftmax
    Examples:
        {block: log_softmax, dim: -1} on x [batch, seq] gives [batch, seq]
        {block: log_softmax, dim: -3} on x [size, 2, 3] gives [size, 2, 3]
    """

    function = "log_softmax"


class Softmax2d(Block):
    """softmax over the channels of an image, at each place.

    Shapes: x [batch, channels, height, width] -> same
    Parameters: 0
    Reference: torch.nn.Softmax2d
    Examples:
        {block: softmax2d} on x [batch, channels, height, width] gives [batch, channels, height, width]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, channels, height, width]", "floating")
        return x

    def build(self, x: Input) -> Value:
        return call(f"{_FUNCTIONAL}.softmax", x, dim=1)


class Glu(Block):
    """The first half of a dimension times the sigmoid of the second half.

    Shapes: x [..., channels] -> [..., channels // 2]
    Parameters: 0
    Reference: torch.nn.GLU; Dauphin et al. 2016, arXiv:1612.08083
    Examples:
        {block: glu} on x [batch, seq, 8] gives [batch, seq, 4]
        {block: glu, dim: 1} on x [batch, even, length] gives [batch, even // 2, length] with dims {even: {multiple_of: 2}}
        {block: glu, dim: -2} on x [2, seq] gives [1, seq]
    """

    dim: Integer = Field(default=-1, description="the dimension that is halved")

    def infer(self, x: Tensor) -> Tensor:
        dim = x.of("floating").dim(self.dim)
        if not x.sizes[dim] % 2 == 0:
            raise Refusal(
                f"glu halves dim {self.dim}, which is {x.sizes[dim]} in {x}",
                help="give it an even size",
                tensor=x,
                setting="dim",
            )
        return x.resized(dim, x.sizes[dim] // 2)

    def build(self, x: Input) -> Value:
        return call(f"{_FUNCTIONAL}.glu", x, **self.changed("dim"))
