"""Recurrent layers over sequences of different lengths."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


def packed(x: Tensor, lengths: Tensor, seq: int, batch_first: bool = False) -> PackedSequence:
    """The first steps of each sequence, as many as its length says: at least 1, at most all seq."""
    known = lengths.clamp(1, seq).cpu()
    return pack_padded_sequence(x, known, batch_first=batch_first, enforce_sorted=False)


def padded(result: Any, seq: int, batch_first: bool = False) -> tuple[Tensor, Any]:
    """What a recurrent layer gave for a packed sequence, its output with zeros up to seq steps."""
    output, last = result
    return pad_packed_sequence(output, batch_first=batch_first, total_length=seq)[0], last
