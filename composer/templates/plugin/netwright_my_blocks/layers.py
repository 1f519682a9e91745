"""The torch side.

It imports torch and the standard library only, so what a model uses is copied into its file: whoever has that
file needs neither netwright nor this package.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Gate(nn.Module):
    """A linear layer, each feature of which is let through by another one."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.value = nn.Linear(in_features, out_features)
        self.gate = nn.Linear(in_features, out_features)

    def forward(self, x: Tensor) -> Tensor:
        gated: Tensor = self.value(x) * torch.sigmoid(self.gate(x))
        return gated
