"""The block `mamba/selective_scan`: what fits, what comes out, and what is written in torch."""

from __future__ import annotations

from netwright.plugins import (
    Block,
    Causal,
    Input,
    Refusal,
    Size,
    Symmetry,
    Tensor,
    Value,
    Weight,
    call,
)


class SelectiveScan(Block):
    """A state space model whose step, input and output depend on what it reads.

    Each channel of x drives a state of its own. At each step in time the state decays and takes up x,
    both as far as `time_step` says; `b` says what of x goes into the state, `c` what of it comes out.

    Shapes: x [batch, seq, channels], time_step [batch, seq, channels], b [batch, seq, state], c [batch, seq, state] -> [batch, seq, channels]
    Parameters: channels * state (A_log) + channels (D)
    Reference: Gu and Dao 2023, arXiv:2312.00752
    Examples:
        {block: mamba/selective_scan} on x [batch, seq, 6], time_step [batch, seq, 6], b [batch, seq, 4], c [batch, seq, 4] gives [batch, seq, 6]
        {block: mamba/selective_scan} on x [batch, 1, 3], time_step [batch, 1, 3], b [batch, 1, 1], c [batch, 1, 1] gives [batch, 1, 3]
    """  # noqa: E501

    def infer(self, x: Tensor, time_step: Tensor, b: Tensor, c: Tensor) -> Tensor:
        batch, seq, channels = x.match("[batch, seq, channels]", "float")
        _, _, state = b.match("[batch, seq, state]", "float")
        _agree("time_step", time_step, "[batch, seq, channels]", (batch, seq, channels), x)
        _agree("b", b, "[batch, seq, state]", (batch, seq, state), x)
        _agree("c", c, "[batch, seq, state]", (batch, seq, state), b)
        return x

    def build(self, x: Input, time_step: Input, b: Input, c: Input) -> Value:
        channels, state = x.sizes[-1], b.sizes[-1]
        a_log = Weight("A_log", [channels, state], "netwright_mamba.scanning.s4d_real_")
        skip = Weight("D", [channels], "ones")
        return call("netwright_mamba.scanning.selective_scan", x, time_step, b, c, a_log, skip)

    def symmetries(self) -> tuple[Symmetry, ...]:
        return tuple(Causal(name, 1) for name in ("x", "time_step", "b", "c"))

    def flops(self, x: Tensor, time_step: Tensor, b: Tensor, c: Tensor) -> Size:
        batch, seq, channels = x.sizes
        return 2 * batch * seq * channels * b.sizes[-1]


def _agree(name: str, found: Tensor, pattern: str, wanted: tuple[Size, ...], other: Tensor) -> None:
    """Refuse an input that is not of the sizes that follow from another one."""
    sizes = found.match(pattern, "float")
    if not all(size == want for size, want in zip(sizes, wanted, strict=True)):
        listed = ", ".join(map(str, wanted))
        raise Refusal(f"{name} is {found}, must be [{listed}] to go with {other}", tensor=found)
