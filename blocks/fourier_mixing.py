"""Mixing by a Fourier transform, instead of attention."""

from __future__ import annotations

from netwright.plugins.block import Block
from netwright.plugins.expression import Attribute, Input, Value, call
from netwright.specs.tensors import Refusal, Tensor


class FourierMixing(Block):
    """The real part of the Fourier transform over positions and features: every position reads from all.

    Shapes: x [..., seq, features] -> same
    Parameters: 0
    Reference: Lee-Thorp et al. 2021, arXiv:2105.03824
    Examples:
        {block: fourier_mixing} on x [batch, seq, 4] gives [batch, seq, 4]
    """

    family = "attention"

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., seq, features]", "floating")
        if x.dtype in ("float16", "bfloat16"):
            raise Refusal(
                f"torch has no Fourier transform of {x.dtype}",
                help="convert it first: {block: to, dtype: float32}",
                code="NW303",
                tensor=x,
            )
        return x

    def build(self, x: Input) -> Value:
        return Attribute(call("torch.fft.fft2", x), "real")
