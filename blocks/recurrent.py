"""Recurrent layers: whole sequences, as torch's fused kernels run them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Unpack, Value, call
from netwright.plugins.settings import Count, Natural, Probability
from netwright.plugins.symmetries import Causal, Recurrence, Symmetry
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor

_FUNCTIONS = "netwright.blocks.torch.recurrent"


class Recurrent(Block):
    """A recurrent layer over a sequence, or several on top of one another."""

    module: ClassVar[str]
    gates: ClassVar[int] = 1
    own: ClassVar[tuple[str, ...]] = ()

    hidden_size: Count = Field(description="features of the state, and of each direction's output")
    # Each has weights of its own: a spec is checked without room for a billion of them.
    num_layers: Annotated[Count, Field(le=1000)] = Field(
        default=1, description="layers, each reading the one before it"
    )
    bias: bool = Field(default=True, description="add two learned biases in each gate")
    batch_first: bool = Field(default=False, description="x is [batch, seq, features]")
    dropout: Probability = Field(
        default=0.0, description="probability in training that a feature between two layers is 0"
    )
    bidirectional: bool = Field(
        default=False,
        description="read from the end as well, side by side with the other direction",
    )

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def output_size(self) -> int:
        """Features of the output of one direction."""
        return self.hidden_size

    def check(self, x: Tensor, lengths: Tensor | None, **states: tuple[Tensor | None, int]) -> Any:
        """The sizes batch, seq; refuses what does not fit. states: the tensor and its features."""
        pattern = "[batch, seq, features]" if self.batch_first else "[seq, batch, features]"
        first, second, _ = x.match(pattern, "float")
        batch, seq = (first, second) if self.batch_first else (second, first)
        if lengths is not None and not lengths.match("[batch]", "int64")[0] == batch:
            raise Refusal(
                f"lengths is {lengths}, but there are {batch} sequences",
                code="NW301",
                tensor=lengths,
            )
        for name, (state, features) in states.items():
            if state is None:
                continue
            sizes = state.match(f"[layers, batch, {name}]", "float")
            wanted = (self.num_layers * self.directions, batch, features)
            if not all(one == other for one, other in zip(sizes, wanted, strict=True)):
                listed = ", ".join(map(str, wanted))
                raise Refusal(
                    f"{name} is {state}, must be [{listed}]: one state for each layer and direction",
                    code="NW301",
                    tensor=state,
                )
        return batch, seq

    def output(self, batch: Size, seq: Size) -> Tensor:
        """The type of what comes out at every step."""
        sizes = (batch, seq) if self.batch_first else (seq, batch)
        return Tensor((*sizes, self.directions * self.output_size))

    def last(self, batch: Size, features: int) -> Tensor:
        """The type of a state after the last step."""
        return Tensor((self.num_layers * self.directions, batch, features))

    def run(self, x: Input, lengths: Input | None, state: Any) -> Value:
        """The layer applied to x, whole or only up to the lengths."""
        made = Module(
            self.module,
            x.sizes[-1],
            self.hidden_size,
            parameters=self.parameters(x.sizes[-1]),
            **self.changed(
                "num_layers", "bias", "batch_first", "dropout", "bidirectional", *self.own
            ),
        )
        states = () if state is None else (state,)
        if lengths is None:
            return made(x, *states)
        order = self.changed("batch_first")
        seq = x.shape[1 if self.batch_first else 0]
        packed = call(f"{_FUNCTIONS}.packed", x, lengths, seq, **order)
        return call(f"{_FUNCTIONS}.padded", made(packed, *states), seq, **order)

    def parameters(self, features: Size) -> dict[str, tuple[Size, ...]]:
        """Name -> sizes, as torch names and orders them."""
        rows = self.gates * self.hidden_size
        found: dict[str, tuple[Size, ...]] = {}
        for layer in range(self.num_layers):
            inside = features if layer == 0 else self.directions * self.output_size
            for suffix in ("", "_reverse")[: self.directions]:
                place = f"l{layer}{suffix}"
                found[f"weight_ih_{place}"] = (rows, inside)
                found[f"weight_hh_{place}"] = (rows, self.output_size)
                if self.bias:
                    found[f"bias_ih_{place}"] = (rows,)
                    found[f"bias_hh_{place}"] = (rows,)
                if self.output_size != self.hidden_size:
                    found[f"weight_hr_{place}"] = (self.output_size, self.hidden_size)
        return found

    def products(self, x: Tensor) -> Size:
        """Floating point operations of the matrix products over all steps."""
        each: Size = 0
        for sizes in self.parameters(x.sizes[-1]).values():
            if len(sizes) == 2:
                each += 2 * sizes[0] * sizes[1]
        return each * x.sizes[0] * x.sizes[1]

    def symmetries(self) -> tuple[Symmetry, ...]:
        dim = 1 if self.batch_first else 0
        return () if self.bidirectional else (Recurrence("x", dim), Causal("x", dim))

    def cautions(self, *args: Any, **kwargs: Any) -> Iterator[str]:
        if self.dropout and self.num_layers == 1:
            yield "dropout stands between two layers, and num_layers is 1: it has no effect"


class Lstm(Recurrent):
    """Long short-term memory over a sequence.

    With `lengths`, a sequence is read only up to its length (at least one step): the output is 0 behind
    it, and `h` and `c` are those of its own last step.

    Shapes: x [seq, batch, features], h [num_layers * directions, batch, proj_size or hidden_size], c [num_layers * directions, batch, hidden_size], lengths [batch] -> output [seq, batch, directions * (proj_size or hidden_size)], h, c
    Parameters: for each layer and direction 4 * hidden_size * (features + (proj_size or hidden_size)) + 8 * hidden_size (bias) + proj_size * hidden_size
    Reference: torch.nn.LSTM; Hochreiter and Schmidhuber 1997
    Examples:
        {block: lstm, hidden_size: 4} on x [seq, batch, 3] gives output [seq, batch, 4] and h [1, batch, 4] and c [1, batch, 4]
        {block: lstm, hidden_size: 4, num_layers: 2, bidirectional: true, batch_first: true, dropout: 0.1} on x [batch, seq, 3] gives output [batch, seq, 8] and h [4, batch, 4] and c [4, batch, 4]
        {block: lstm, hidden_size: 4, proj_size: 2, bias: false} on x [seq, batch, 3], h [1, batch, 2], c [1, batch, 4] gives output [seq, batch, 2] and h [1, batch, 2] and c [1, batch, 4]
        {block: lstm, hidden_size: 4, batch_first: true, bidirectional: true} on x [batch, seq, 3], lengths [batch] int64 below seq gives output [batch, seq, 8] and h [2, batch, 4] and c [2, batch, 4]
    """

    module = "torch.nn.LSTM"
    gates = 4
    own = ("proj_size",)

    proj_size: Natural = Field(
        default=0, description="features that the state is projected to; 0 leaves it as it is"
    )

    @property
    def output_size(self) -> int:
        return self.proj_size or self.hidden_size

    def infer(
        self,
        x: Tensor,
        h: Tensor | None = None,
        c: Tensor | None = None,
        lengths: Tensor | None = None,
    ) -> Mapping[str, Tensor]:
        if self.proj_size >= self.hidden_size:
            raise Refusal(
                f"proj_size is {self.proj_size}, must be less than hidden_size {self.hidden_size}",
                setting="proj_size",
            )
        if (h is None) != (c is None):
            raise Refusal(
                "h and c belong together: feed both, or neither", tensor=c if h is None else h
            )
        states = {"h": (h, self.output_size), "c": (c, self.hidden_size)}
        batch, seq = self.check(x, lengths, **states)
        return {
            "output": self.output(batch, seq),
            "h": self.last(batch, self.output_size),
            "c": self.last(batch, self.hidden_size),
        }

    def build(
        self,
        x: Input,
        h: Input | None = None,
        c: Input | None = None,
        lengths: Input | None = None,
    ) -> Unpack:
        state = None if h is None else (h, c)
        return Unpack(self.run(x, lengths, state), ("output", ("h", "c")))

    def flops(
        self,
        x: Tensor,
        h: Tensor | None = None,
        c: Tensor | None = None,
        lengths: Tensor | None = None,
    ) -> Size:
        return self.products(x)


class Gru(Recurrent):
    """Gated recurrent units over a sequence.

    With `lengths`, a sequence is read only up to its length (at least one step): the output is 0 behind
    it, and `h` is that of its own last step.

    Shapes: x [seq, batch, features], h [num_layers * directions, batch, hidden_size], lengths [batch] -> output [seq, batch, directions * hidden_size], h
    Parameters: for each layer and direction 3 * hidden_size * (features + hidden_size) + 6 * hidden_size (bias)
    Reference: torch.nn.GRU; Cho et al. 2014, arXiv:1406.1078
    Examples:
        {block: gru, hidden_size: 4} on x [seq, batch, 3] gives output [seq, batch, 4] and h [1, batch, 4]
        {block: gru, hidden_size: 4, num_layers: 2, bidirectional: true, batch_first: true, dropout: 0.1, bias: false} on x [batch, seq, 3], h [4, batch, 4] gives output [batch, seq, 8] and h [4, batch, 4]
        {block: gru, hidden_size: 5} on x [seq, batch, 3], lengths [batch] int64 below seq gives output [seq, batch, 5] and h [1, batch, 5]
    """

    module = "torch.nn.GRU"
    gates = 3

    def infer(
        self, x: Tensor, h: Tensor | None = None, lengths: Tensor | None = None
    ) -> Mapping[str, Tensor]:
        batch, seq = self.check(x, lengths, h=(h, self.hidden_size))
        return {"output": self.output(batch, seq), "h": self.last(batch, self.hidden_size)}

    def build(self, x: Input, h: Input | None = None, lengths: Input | None = None) -> Unpack:
        return Unpack(self.run(x, lengths, h), ("output", "h"))

    def flops(self, x: Tensor, h: Tensor | None = None, lengths: Tensor | None = None) -> Size:
        return self.products(x)


class Rnn(Gru):
    """A plain recurrent layer over a sequence: the state is a nonlinearity of input and last state.

    With `lengths`, a sequence is read only up to its length (at least one step): the output is 0 behind
    it, and `h` is that of its own last step.

    Shapes: x [seq, batch, features], h [num_layers * directions, batch, hidden_size], lengths [batch] -> output [seq, batch, directions * hidden_size], h
    Parameters: for each layer and direction hidden_size * (features + hidden_size) + 2 * hidden_size (bias)
    Reference: torch.nn.RNN; Elman 1990
    Examples:
        {block: rnn, hidden_size: 4} on x [seq, batch, 3] gives output [seq, batch, 4] and h [1, batch, 4]
        {block: rnn, hidden_size: 4, nonlinearity: relu, num_layers: 2, bidirectional: true, batch_first: true, dropout: 0.1, bias: false} on x [batch, seq, 3], h [4, batch, 4] gives output [batch, seq, 8] and h [4, batch, 4]
        {block: rnn, hidden_size: 5} on x [seq, batch, 3], lengths [batch] int64 below seq gives output [seq, batch, 5] and h [1, batch, 5]
    """

    module = "torch.nn.RNN"
    gates = 1
    own = ("nonlinearity",)

    nonlinearity: Literal["tanh", "relu"] = Field(default="tanh", description="of each new state")
