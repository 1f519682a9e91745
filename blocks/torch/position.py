"""Positions as waves of many lengths."""

import math

import torch
from torch import Tensor


def sinusoidal_position(x: Tensor, base: float = 10000.0, interleaved: bool = True) -> Tensor:
    """Add to x [..., seq, dim] the sine and cosine of each position at dim / 2 wave lengths.

    interleaved: sine and cosine alternate along dim; else all sines come first.
    """
    length, dim = x.shape[-2:]
    positions = torch.arange(length, device=x.device, dtype=torch.float32)
    steps = torch.arange(dim // 2, device=x.device, dtype=torch.float32)
    angles = positions[:, None] * torch.exp(steps * (-2.0 * math.log(base) / dim))
    waves = (angles.sin(), angles.cos())
    table = torch.stack(waves, dim=-1).flatten(1) if interleaved else torch.cat(waves, dim=-1)
    return x + table.to(x.dtype)


def sinusoidal_embedding(
    x: Tensor,
    dim: int,
    max_period: float = 10000.0,
    flip_sin_to_cos: bool = False,
    downscale_freq_shift: float = 1.0,
) -> Tensor:
    """The numbers x [...] as the sine and cosine of themselves at dim / 2 wave lengths: [..., dim].

    flip_sin_to_cos: cosines come first. downscale_freq_shift: 1 ends at max_period itself.
    """
    half = dim // 2
    steps = torch.arange(half, device=x.device, dtype=torch.float32)
    waves = torch.exp(steps * (-math.log(max_period) / (half - downscale_freq_shift)))
    angles = x[..., None].float() * waves
    sines, cosines = angles.sin(), angles.cos()
    return torch.cat([cosines, sines] if flip_sin_to_cos else [sines, cosines], dim=-1)


def rotary_embedding(
    x: Tensor, rotated: int, base: float = 10000.0, interleaved: bool = False
) -> Tensor:
    """Turn x [..., seq, features] by its positions: pairs of features, each pair at its own pace.

    rotated: how many features, from the first; the others stay as they are.
    interleaved: neighbours are a pair; else a feature and the one half of `rotated` behind it.
    """
    positions = torch.arange(x.shape[-2], device=x.device, dtype=torch.float32)
    steps = torch.arange(0, rotated, 2, device=x.device, dtype=torch.float32)
    angles = positions[:, None] * base ** (-steps / rotated)
    cosines, sines = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    turned = x[..., :rotated]
    if interleaved:
        first, second = turned[..., ::2], turned[..., 1::2]
    else:
        first, second = turned.chunk(2, dim=-1)
    pair = (first * cosines - second * sines, second * cosines + first * sines)
    turned = torch.stack(pair, dim=-1).flatten(-2) if interleaved else torch.cat(pair, dim=-1)
    return torch.cat([turned, x[..., rotated:]], dim=-1)
