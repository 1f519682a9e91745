"""What is computed through a Fourier transform: mixing without attention, convolutions with long kernels."""

from __future__ import annotations

from netwright.plugins.block import Block
from netwright.plugins.expression import Attribute, Input, Value, call
from netwright.plugins.symmetries import Causal, Symmetry
from netwright.specs.tensors import Refusal, Tensor


class FourierMixing(Block):
    """The real part of the Fourier transform over positions and features: every position reads from all.

    Shapes: x [..., seq, features] -> same
    Parameters: 0
    Reference: Lee-Thorp et al. 2021, arXiv:2105.03824
    Examples:
        {block: fourier_mixing} on x [batch, seq, 4] gives [batch, seq, 4]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., seq, features]", "floating")
        return _transformed(x)

    def build(self, x: Input) -> Value:
        return Attribute(call("torch.fft.fft2", x), "real")


class LongConv1d(Block):
    """Each channel convolved with a kernel as long as the sequence: a position reads from all before it.

    The kernel is an input, computed by a network or from the matrices of a state space.

    Shapes: x [..., channels, length], kernel [channels, kernel_length] -> as x
    Parameters: 0
    Reference: Gu, Goel, Ré 2022, arXiv:2111.00396; Poli et al. 2023, arXiv:2302.10866
    Examples:
        {block: long_conv1d} on x [batch, 3, length], kernel [3, length] gives [batch, 3, length]
        {block: long_conv1d} on x [batch, 3, length], kernel [3, 2] gives [batch, 3, length]
    """

    def infer(self, x: Tensor, kernel: Tensor) -> Tensor:
        *_, channels, _ = x.match("[..., channels, length]", "floating")
        rows, _ = kernel.match("[channels, kernel_length]", x.dtype)
        if not rows == channels:
            raise Refusal(
                f"x {x} has {channels} channels, and kernel {kernel} is for {rows}",
                help="give each channel a kernel: the last but one size of x is that of its channels",
                code="NW301",
                tensor=kernel,
            )
        return _transformed(x)

    def build(self, x: Input, kernel: Input) -> Value:
        # filled up with zeros, so that the end does not come round to the beginning
        length = x.shape[-1] + kernel.shape[-1]
        product = call("torch.fft.rfft", x, n=length) * call("torch.fft.rfft", kernel, n=length)
        whole = call("torch.fft.irfft", product, n=length)
        return whole[(..., slice(None, x.shape[-1]))]

    def symmetries(self) -> tuple[Symmetry, ...]:
        return (Causal("x", -1),)


def _transformed(x: Tensor) -> Tensor:
    """x, which can be transformed; Refusal if torch cannot."""
    if x.dtype in ("float16", "bfloat16"):
        raise Refusal(
            f"torch has no Fourier transform of {x.dtype}",
            help="convert it first: {block: to, dtype: float32}",
            code="NW303",
            tensor=x,
        )
    return x
