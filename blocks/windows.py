"""How many places a sliding window has: what convolutions and pools share."""

from __future__ import annotations

from netwright.specs.sizes import Size, ceil_div
from netwright.specs.tensors import Refusal, Tensor

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""Names of the spatial dimensions by their number."""


def pattern(rank: int) -> str:
    """The shape of a batch with `rank` spatial dimensions: `[batch, channels, height, width]`."""
    return f"[{', '.join(('batch', 'channels', *AXES[rank]))}]"


def places(
    x: Tensor,
    axis: int,
    *,
    kernel_size: int,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    dilation: int = 1,
    ceil_mode: bool = False,
) -> Size:
    """Places of a window along one dimension of x, at least 1; padding is (before, after).

    With `ceil_mode` a last window may hang over the end, if it begins inside the input or the
    padding before it. Raises Refusal where no window fits.
    """
    size = x.sizes[axis]
    padded = size + sum(padding)
    span = dilation * (kernel_size - 1) + 1
    if ceil_mode:
        # ceil((padded - span) / stride) + 1 windows, and one less if the last began at
        # size + before or later: the smaller of two numerators, which differ by a known number.
        excess = span - stride - padding[1]
        count = ceil_div(size + padding[0] - max(excess, 0), stride)
        fits = count >= 1
    else:
        fits = padded >= span
        count = (padded - span) // stride + 1
    if not fits:
        name = AXES[x.rank - 2][axis - x.rank]
        reach = f"kernel_size {kernel_size}" + (
            f" at dilation {dilation} (reach {span})" if dilation > 1 else ""
        )
        with_padding = f" ({padded} with padding)" if sum(padding) else ""
        raise Refusal(
            f"{reach} is larger than the input: {name} is {size}{with_padding} in {x}",
            help=f"reach at most {padded}, pad more, or keep a larger {name} before it",
            tensor=x,
            setting="kernel_size",
        )
    return count
