"""Conversion to the floating dtype that the model has at run time."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ToFloat(nn.Module):
    """Converts to the model's floating dtype, which `.half()` and its like change."""

    def __init__(self) -> None:
        super().__init__()
        # An empty buffer goes along with every conversion of the model; no file holds it.
        self.register_buffer("floating", torch.empty(0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """The values of x in the dtype of the model."""
        return x.to(self.get_buffer("floating").dtype)
