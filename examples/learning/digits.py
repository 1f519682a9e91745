"""Handwritten digits of 8 × 8 pixels, which come with scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Digits:
    """Images [count, 1, 8, 8] with values from 0 to 1, and their labels [count]."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def one_of_each(self) -> Tensor:
        """The first image of each digit, [10, 1, 8, 8]."""
        return torch.stack([self.images[self.labels == digit][0] for digit in range(10)])


@cache
def digits() -> tuple[Digits, Digits]:
    """1,437 digits to learn from and 360 that are held out; of each digit the same share."""
    found = load_digits()
    parts = train_test_split(
        found.images / 16, found.target, test_size=360, random_state=0, stratify=found.target
    )
    train, held_out, labels, held_out_labels = (torch.from_numpy(each) for each in parts)
    return (
        Digits(train.float().unsqueeze(1), labels.long()),
        Digits(held_out.float().unsqueeze(1), held_out_labels.long()),
    )
