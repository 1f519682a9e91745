"""Dropout of whole samples."""

import torch
from torch import Tensor


def stochastic_depth(x: Tensor, p: float, mode: str = "row") -> Tensor:
    """Samples of x [batch, ...]: 0 with probability p, else scaled by 1 / (1 - p).

    mode: `row` decides for each sample by itself, `batch` once for all.
    """
    if p == 0.0:
        return x
    sizes = [x.shape[0] if mode == "row" else 1] + [1] * (x.dim() - 1)
    kept = torch.ones(sizes, dtype=x.dtype, device=x.device)
    return x * torch.nn.functional.dropout(kept, p)
