"""Convolutions and pools: the rule says what torch does, sizes and refusals alike."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn
from torch.nn import functional

from netwright.blocks.convolution import Conv1d
from netwright.blocks.pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from netwright.blocks.transposed import ConvTranspose1d
from netwright.plugins.block import Block
from netwright.specs.sizes import Symbolic, Undecided, evaluate, symbol
from netwright.specs.tensors import Refusal, Tensor

Case = tuple[Block, Callable[[torch.Tensor], torch.Tensor], tuple[int, ...]]


def said(block: Block, sizes: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return block.infer(Tensor(sizes)).sizes
    except Refusal:
        return None


def done(function: Callable[[torch.Tensor], torch.Tensor], sizes: tuple[int, ...]) -> object:
    try:
        shape = tuple(function(torch.rand(sizes)).shape)
    except (RuntimeError, ValueError):
        return None
    return None if 0 in shape else shape


def max_pools() -> Iterator[Case]:
    grid = itertools.product((1, 2, 5, 8), (1, 2, 3), (1, 2, 4), (0, 1, 2), (1, 2), (False, True))
    for n, k, s, p, d, c in grid:
        block = MaxPool1d(kernel_size=k, stride=s, padding=p, dilation=d, ceil_mode=c)
        yield block, nn.MaxPool1d(k, s, p, d, ceil_mode=c), (2, 2, n)
        plane = MaxPool2d(
            kernel_size=[k, 1], stride=[s, 1], padding=[p, 0], dilation=d, ceil_mode=c
        )
        yield plane, nn.MaxPool2d((k, 1), (s, 1), (p, 0), d, ceil_mode=c), (2, 2, n, 3)


def mean_pools() -> Iterator[Case]:
    for n, k, s, p, c in itertools.product(
        (1, 2, 5, 8), (1, 2, 3, 4), (1, 2, 5), (0, 1, 2), (0, 1)
    ):
        block = AvgPool1d(kernel_size=k, stride=s, padding=p, ceil_mode=bool(c))
        yield block, nn.AvgPool1d(k, s, p, bool(c)), (2, 2, n)
        plane = AvgPool2d(kernel_size=[1, k], stride=[1, s], padding=[0, p], ceil_mode=bool(c))
        yield plane, nn.AvgPool2d((1, k), (1, s), (0, p), bool(c)), (2, 2, 3, n)


def convolutions() -> Iterator[Case]:
    paddings: tuple[int | str, ...] = (0, 1, 3, "same", "valid")
    modes = ("zeros", "reflect", "replicate", "circular")
    for n, k, s, p, d, m in itertools.product(
        (1, 2, 3, 7), (1, 3), (1, 2), paddings, (1, 2), modes
    ):
        block = Conv1d(
            out_channels=2, kernel_size=k, stride=s, padding=p, dilation=d, padding_mode=m
        )
        yield block, _made(k, s, p, d, m), (2, 2, n)


def _made(k: int, s: int, p: int | str, d: int, m: str) -> Callable[[torch.Tensor], torch.Tensor]:
    def apply(x: torch.Tensor) -> torch.Tensor:
        # torch refuses some of these settings when the module is made
        return nn.Conv1d(2, 2, k, s, p, d, padding_mode=m)(x)

    return apply


def transposed() -> Iterator[Case]:
    for n, k, s, p, o, d in itertools.product(
        (1, 3), (1, 2, 3), (1, 3), (0, 1, 2), (0, 1, 2), (1, 2)
    ):
        block = ConvTranspose1d(
            out_channels=2, kernel_size=k, stride=s, padding=p, output_padding=o, dilation=d
        )
        yield block, nn.ConvTranspose1d(2, 2, k, s, p, o, dilation=d), (2, 2, n)


@pytest.mark.parametrize("cases", [max_pools, mean_pools, convolutions, transposed])
def test_sizes_and_refusals_are_those_of_torch(cases: Callable[[], Iterator[Case]]) -> None:
    seen = {True: 0, False: 0}
    for block, function, sizes in cases():
        expected = done(function, sizes)
        assert said(block, sizes) == expected, (block, sizes)
        seen[expected is None] += 1
    assert min(seen.values()) > 10  # both kinds of answer were compared


@pytest.mark.parametrize(
    ("settings", "function"),
    [
        ({"kernel_size": 1, "stride": 3}, lambda x: functional.max_pool1d(x, 1, 3, ceil_mode=True)),
        ({"kernel_size": 3, "stride": 2}, lambda x: functional.max_pool1d(x, 3, 2, ceil_mode=True)),
        (
            {"kernel_size": 2, "stride": 3, "padding": 1},
            lambda x: functional.max_pool1d(x, 2, 3, 1, ceil_mode=True),
        ),
    ],
)
def test_ceil_mode_over_a_symbol_is_right_at_every_size(
    settings: dict[str, int], function: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    length = symbol("length", minimum=2)
    out = MaxPool1d(ceil_mode=True, **settings).infer(Tensor((1, 1, length))).sizes[2]
    assert isinstance(out, Symbolic)
    for n in range(2, 20):
        assert evaluate(out, {"length": n}) == function(torch.rand(1, 1, n)).shape[2]


def test_a_kernel_that_may_not_fit_is_undecided_and_says_what_would_settle_it() -> None:
    with pytest.raises(Undecided, match="min: 7"):
        Conv1d(out_channels=1, kernel_size=7).infer(Tensor((1, 1, symbol("length"))))
