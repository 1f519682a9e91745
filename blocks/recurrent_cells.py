"""Recurrent cells: one step of a recurrent layer, for `scan` to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Unpack, Value
from netwright.plugins.settings import Count
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor


class Cell(Block):
    """One step: a new state from an input and the state before."""

    module: ClassVar[str]
    gates: ClassVar[int] = 1
    own: ClassVar[tuple[str, ...]] = ()

    hidden_size: Count = Field(description="features of the state")
    bias: bool = Field(default=True, description="add two learned biases in each gate")

    def state(self, x: Tensor, **states: Tensor | None) -> Tensor:
        """The type of the state; refuses what does not fit."""
        batch, _ = x.match("[batch, features]", "float")
        for name, each in states.items():
            if each is None:
                continue
            own, features = each.match(f"[batch, {name}]", "float")
            if not (own == batch and features == self.hidden_size):
                raise Refusal(
                    f"{name} is {each}, must be [{batch}, {self.hidden_size}]",
                    code="NW301",
                    tensor=each,
                )
        return Tensor((batch, self.hidden_size))

    def made(self, features: Size) -> Module:
        """The module of torch."""
        rows = self.gates * self.hidden_size
        parameters: dict[str, tuple[Size, ...]] = {
            "weight_ih": (rows, features),
            "weight_hh": (rows, self.hidden_size),
        }
        if self.bias:
            parameters |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        sizes = (features, self.hidden_size)
        options = self.changed("bias", *self.own)
        return Module(self.module, *sizes, parameters=parameters, **options)

    def products(self, x: Tensor) -> Size:
        """Floating point operations of the two matrix products."""
        rows = self.gates * self.hidden_size
        return 2 * x.sizes[0] * rows * (x.sizes[1] + self.hidden_size)


class LstmCell(Cell):
    """One step of long short-term memory; a state that is not fed is 0.

    Shapes: x [batch, features], h [batch, hidden_size], c [batch, hidden_size] -> h, c
    Parameters: 4 * hidden_size * (features + hidden_size) + 8 * hidden_size (bias)
    Reference: torch.nn.LSTMCell; Hochreiter and Schmidhuber 1997
    Examples:
        {block: lstm_cell, hidden_size: 4} on x [batch, 3], h [batch, 4], c [batch, 4] gives h [batch, 4] and c [batch, 4]
        {block: lstm_cell, hidden_size: 1, bias: false} on x [batch, 2] gives h [batch, 1] and c [batch, 1]
    """

    module = "torch.nn.LSTMCell"
    gates = 4

    def infer(
        self, x: Tensor, h: Tensor | None = None, c: Tensor | None = None
    ) -> Mapping[str, Tensor]:
        if (h is None) != (c is None):
            raise Refusal(
                "h and c belong together: feed both, or neither", tensor=c if h is None else h
            )
        state = self.state(x, h=h, c=c)
        return {"h": state, "c": state}

    def build(self, x: Input, h: Input | None = None, c: Input | None = None) -> Unpack:
        states = () if h is None else ((h, c),)
        return Unpack(self.made(x.sizes[-1])(x, *states), ("h", "c"))

    def flops(self, x: Tensor, h: Tensor | None = None, c: Tensor | None = None) -> Size:
        return self.products(x)


class GruCell(Cell):
    """One step of gated recurrent units; a state that is not fed is 0.

    Shapes: x [batch, features], h [batch, hidden_size] -> h
    Parameters: 3 * hidden_size * (features + hidden_size) + 6 * hidden_size (bias)
    Reference: torch.nn.GRUCell; Cho et al. 2014, arXiv:1406.1078
    Examples:
        {block: gru_cell, hidden_size: 4} on x [batch, 3], h [batch, 4] gives h [batch, 4]
        {block: gru_cell, hidden_size: 1, bias: false} on x [batch, 2] gives h [batch, 1]
    """

    module = "torch.nn.GRUCell"
    gates = 3

    def infer(self, x: Tensor, h: Tensor | None = None) -> Mapping[str, Tensor]:
        return {"h": self.state(x, h=h)}

    def build(self, x: Input, h: Input | None = None) -> Mapping[str, Value]:
        states = () if h is None else (h,)
        return {"h": self.made(x.sizes[-1])(x, *states)}

    def flops(self, x: Tensor, h: Tensor | None = None) -> Size:
        return self.products(x)


class RnnCell(GruCell):
    """One step of a plain recurrent layer; a state that is not fed is 0.

    Shapes: x [batch, features], h [batch, hidden_size] -> h
    Parameters: hidden_size * (features + hidden_size) + 2 * hidden_size (bias)
    Reference: torch.nn.RNNCell; Elman 1990
    Examples:
        {block: rnn_cell, hidden_size: 4} on x [batch, 3], h [batch, 4] gives h [batch, 4]
        {block: rnn_cell, hidden_size: 1, bias: false, nonlinearity: relu} on x [batch, 2] gives h [batch, 1]
    """

    module = "torch.nn.RNNCell"
    gates = 1
    own = ("nonlinearity",)

    nonlinearity: Literal["tanh", "relu"] = Field(default="tanh", description="of the new state")
