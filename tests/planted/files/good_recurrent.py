"""A good recurrent block: nothing is wrong with it."""

import torch

from netwright.plugins import (
    Block,
    Count,
    Field,
    Input,
    Module,
    Refusal,
    Size,
    Tensor,
    Unpack,
    hookimpl,
)
from netwright.specs.sizes import product


class Leak(torch.nn.Module):
    """A state that leaks, and takes in a linear map of each step."""

    def __init__(self, features: int, hidden_size: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(hidden_size, features))
        self.leak = torch.nn.Parameter(torch.zeros(hidden_size))
        torch.nn.init.xavier_uniform_(self.weight)

    def forward(
        self, x: torch.Tensor, h: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        taken = x @ self.weight.T
        leak = torch.sigmoid(self.leak)
        state = taken.new_zeros(taken.shape[0], taken.shape[2]) if h is None else h
        states = []
        for step in taken.unbind(1):
            state = leak * state + (1 - leak) * torch.tanh(step)
            states.append(state)
        return torch.stack(states, dim=1), state


class LeakyState(Block):
    """A state for each feature that leaks at a learned rate, over a sequence.

    Shapes: x [batch, seq, features], h [batch, hidden_size] -> output [batch, seq, hidden_size], h [batch, hidden_size]
    Parameters: hidden_size * features + hidden_size
    Reference: Jaeger 2002, echo state networks with leaky integration
    Examples:
        {block: good_recurrent/leaky_state, hidden_size: 6} on x [batch, 5, 4] gives output [batch, 5, 6] and h [batch, 6]
        {block: good_recurrent/leaky_state, hidden_size: 1} on x [2, 3, 1], h [2, 1] gives output [2, 3, 1] and h [2, 1]
    """

    hidden_size: Count = Field(description="features of the state")

    def infer(self, x: Tensor, h: Tensor | None = None) -> dict[str, Tensor]:
        batch, seq, _ = x.match("[batch, seq, features]", "float")
        if h is not None:
            rows, hidden = h.match("[batch, hidden_size]", "float")
            if not rows == batch or not hidden == self.hidden_size:
                raise Refusal(f"h is {h}, must be [{batch}, {self.hidden_size}]", tensor=h)
        return {
            "output": Tensor((batch, seq, self.hidden_size)),
            "h": Tensor((batch, self.hidden_size)),
        }

    def symmetries(self) -> tuple[object, ...]:
        from netwright.plugins.symmetries import Causal, Recurrence

        return (Recurrence("x", 1), Causal("x", 1))

    def build(self, x: Input, h: Input | None = None) -> Unpack:
        features, hidden = x.sizes[-1], self.hidden_size
        weights = {"weight": [hidden, features], "leak": [hidden]}
        made = Module("good_recurrent.Leak", features, hidden, parameters=weights)
        return Unpack(made(x) if h is None else made(x, h))

    def flops(self, x: Tensor, h: Tensor | None = None) -> Size:
        return 2 * product(x.sizes) * self.hidden_size


@hookimpl
def register_blocks():
    return {"leaky_state": LeakyState}
