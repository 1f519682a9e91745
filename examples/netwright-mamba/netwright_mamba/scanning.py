"""The torch side: a module of torch and the standard library only, so what is used is copied into models."""

import math

import torch
from torch import Tensor


def selective_scan(
    x: Tensor, time_step: Tensor, b: Tensor, c: Tensor, a_log: Tensor, d: Tensor
) -> Tensor:
    """The outputs [batch, seq, channels] of a state [batch, channels, state] that goes through time.

    x, time_step: [batch, seq, channels]. b, c: [batch, seq, state]. a_log: [channels, state]. d: [channels].
    The state is kept in float32 at least: in shorter dtypes it would forget what decays slowly.
    """
    dtype = torch.promote_types(x.dtype, torch.float32)
    decay = -a_log.to(dtype).exp()
    state = torch.zeros((), dtype=dtype, device=x.device)
    outputs = []
    steps = (each.to(dtype).unbind(1) for each in (x, time_step, b, c))
    for x_t, step, b_t, c_t in zip(*steps, strict=True):
        kept = (step[..., None] * decay).exp() * state
        state = kept + (step * x_t)[..., None] * b_t[:, None]
        outputs.append((state @ c_t[..., None]).squeeze(-1))
    return torch.stack(outputs, dim=1).to(x.dtype) + x * d


def s4d_real_(tensor: Tensor) -> Tensor:
    """Fill A_log [channels, state] so that state n of every channel decays at the rate n."""
    with torch.no_grad():
        rates = torch.arange(1, tensor.shape[-1] + 1, dtype=torch.float32, device=tensor.device)
        return tensor.copy_(rates.log().expand_as(tensor))


def time_step_(tensor: Tensor, min: float = 0.001, max: float = 0.1, floor: float = 1e-4) -> Tensor:
    """Fill the bias before a softplus so that time steps are spread from min to max, evenly in log."""
    with torch.no_grad():
        steps = (
            tensor.new_empty(tensor.shape)
            .uniform_(math.log(min), math.log(max))
            .exp()
            .clamp(min=floor)
        )
        return tensor.copy_(steps + (-(-steps).expm1()).log())  # the inverse of softplus
