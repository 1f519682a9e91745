"""Masks and biases for the scores of attention."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def window_mask(
    queries: int,
    keys: int,
    before: int | None = None,
    after: int | None = None,
    device: torch.device | None = None,
) -> Tensor:
    """True [queries, keys] for the keys at most `before` and `after` positions from each query."""
    seen = torch.ones(queries, keys, dtype=torch.bool, device=device)
    if after is not None:
        seen = seen.tril(after)
    if before is not None:
        seen = seen.triu(-before)
    return seen


def hide_unseen(scores: Tensor, seen: Tensor) -> Tensor:
    """The scores where the key is seen, elsewhere minus infinity; the two broadcast."""
    return scores.masked_fill(~seen, -torch.inf)


def distances(queries: int, keys: int, device: torch.device | None = None) -> Tensor:
    """How far each key comes after each query: [queries, keys]."""
    return torch.arange(keys, device=device) - torch.arange(queries, device=device)[:, None]


def alibi_slopes(heads: int) -> list[float]:
    """2 ** (-8 i / heads); between two powers of 2, some of the one and some of the other."""
    power = 2 ** int(math.log2(heads))
    slopes = [2 ** (-8 * (number + 1) / power) for number in range(power)]
    between = [2 ** (-4 * (2 * number + 1) / power) for number in range(heads - power)]
    return slopes + between


def alibi(x: Tensor, key: Tensor) -> Tensor:
    """Minus a slope for each head, times the distance of each key of x [..., heads, queries, _]."""
    slopes = torch.tensor(alibi_slopes(x.shape[-3]), device=x.device)
    far = distances(x.shape[-2], key.shape[-2], x.device).abs()
    return (-slopes[:, None, None] * far).to(x.dtype)


def relative_position_buckets(
    queries: int,
    keys: int,
    num_buckets: int = 32,
    max_distance: int = 128,
    bidirectional: bool = True,
    device: torch.device | None = None,
) -> Tensor:
    """The bucket [queries, keys] of the distance of each key: one each near, growing far away."""
    ahead = distances(queries, keys, device)
    if bidirectional:
        num_buckets //= 2
        first, far = num_buckets * (ahead > 0), ahead.abs()
    else:
        first, far = torch.zeros_like(ahead), (-ahead).clamp(min=0)
    exact = num_buckets // 2
    growth = (far.clamp(min=exact) / exact).log() / math.log(max_distance / exact)
    wide = exact + (growth * (num_buckets - exact)).long()
    return first + torch.where(far < exact, far, wide.clamp(max=num_buckets - 1))


def offsets_in_window(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """The number of the offset between any two places of a window: [height * width, height * width]."""
    rows = torch.arange(height, device=device).repeat_interleave(width)
    columns = torch.arange(width, device=device).repeat(height)
    down = rows[:, None] - rows + height - 1
    right = columns[:, None] - columns + width - 1
    return down * (2 * width - 1) + right
