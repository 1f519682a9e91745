"""`einsum`: the letters mean what they mean to torch, and what is wrong is said in letters."""

from __future__ import annotations

import pytest
import torch

from netwright.blocks.einsum import Einsum
from netwright.specs.sizes import Size, Undecided, symbol
from netwright.specs.tensors import Refusal, Tensor


@pytest.mark.parametrize(
    ("equation", "sizes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("Ba", [(2, 3)]),
        (" b i j , b j k -> k i ", [(5, 2, 3), (5, 3, 4)]),
        ("ii->i", [(3, 3)]),
        ("ii", [(3, 3)]),
        ("ij->", [(2, 3)]),
        ("ij,->ij", [(2, 3), ()]),
        ("->", [()]),
        ("...i,...i->...", [(4, 1, 3), (5, 3)]),
        ("...ij->ij", [(4, 2, 3)]),
        ("i...j->...", [(2, 3, 4)]),
        ("i...,i...->i...", [(2, 1, 3), (2, 5, 3)]),
        ("...,...", [(2, 3), (3,)]),
        ("ij,kl,jk->il", [(2, 3), (5, 4), (3, 5)]),
        ("ij,jk->ii", [(2, 3), (3, 4)]),
        ("ij->ijz", [(2, 3)]),
        ("ij->...ij", [(2, 3)]),
        ("ij", [(2,)]),
        ("i", [(2, 3)]),
        ("...ijk", [(2, 3)]),
        ("ij", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3)]),
        ("ij,ij", [(2, 3), (4, 3)]),
        ("ii", [(2, 3)]),
        ("i->j->k", [(2,)]),
        ("i.j", [(2, 3)]),
        ("i1", [(2, 3)]),
        ("....", [(2, 3)]),
        ("......", [(2, 3)]),
        ("i,...->i...", [(2,), (3, 4)]),
    ],
)
def test_letters_mean_what_they_mean_to_torch(equation: str, sizes: list[tuple[int, ...]]) -> None:
    block = Einsum(equation=equation)
    tensors = [torch.rand(each) for each in sizes]
    try:
        said: tuple[Size, ...] | None = block.infer(*map(Tensor, sizes)).sizes
    except Refusal:
        said = None
    try:
        done = tuple(torch.einsum(equation, *tensors).shape)
    except (RuntimeError, ValueError):
        done = None
    assert said == done


@pytest.mark.parametrize(
    ("equation", "sizes", "message"),
    [
        ("ij,jk->ik", [(2, 3)], "`ij,jk->ik` has the letters of 2 inputs, got 1"),
        ("ij,jk->ik", [(2, 3), (4, 5)], "j is 3 in input 0, and 4 in input 1, [4, 5]"),
        ("ij,jk->ik", [(2, 3), (3,)], "`jk` stands for 2 sizes, and input 1 is [3]"),
        ("...ij->i", [(2,)], "`...ij` stands for at least 2 sizes, and input 0 is [2]"),
        ("ij->iik", [(2, 3)], "i stands twice behind the arrow of `ij->iik`"),
        ("ij->ik", [(2, 3)], "k stands behind the arrow of `ij->ik`, and no input has it"),
        ("i1->i", [(2, 3)], "`i1` in `i1->i` is not made of letters and at most one `...`"),
    ],
)
def test_what_is_wrong_is_said_in_letters(
    equation: str, sizes: list[tuple[int, ...]], message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        Einsum(equation=equation).infer(*map(Tensor, sizes))
    assert refused.value.message == message
    assert refused.value.help


def test_a_letter_is_one_size_for_every_size() -> None:
    n, m = symbol("n"), symbol("m")
    said = Einsum(equation="ij,jk->ik").infer(Tensor((n, m)), Tensor((m, 2 * n)))
    assert said.sizes == (n, 2 * n)
    with pytest.raises(Undecided):
        Einsum(equation="ij,jk->ik").infer(Tensor((n, m)), Tensor((n, m)))
