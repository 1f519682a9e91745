"""Elementwise operations, reductions and rearrangements: the rule says what torch does."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from netwright.blocks import arithmetic, combine, comparison, pointwise, reduction, shape, slicing
from netwright.blocks.broadcasting import promoted
from netwright.blocks.interpolate import Interpolate
from netwright.blocks.pad import Pad
from netwright.plugins.block import Block
from netwright.specs.sizes import Undecided, symbol
from netwright.specs.tensors import INTEGER, Refusal, Tensor

NAMED = ("float16", "bfloat16", "float32", "float64", *INTEGER, "bool")


def real(tensor: Tensor) -> torch.Tensor:
    return torch.ones([int(size) for size in tensor.sizes], dtype=getattr(torch, tensor.dtype))


def said(block: Block, *tensors: Tensor) -> object:
    """Sizes and dtype of each output as the rule has it; None if it refuses."""
    try:
        found = block.infer(*tensors)
    except Refusal:
        return None
    outputs = [found] if isinstance(found, Tensor) else list(found.values())
    return [(each.sizes, each.dtype) for each in outputs]


def done(function: Callable[..., object], *tensors: Tensor) -> object:
    """Sizes and dtype of each output as torch has it; None if it fails or leaves nothing."""
    try:
        found = function(*map(real, tensors))
    except (RuntimeError, IndexError, ValueError, TypeError, NotImplementedError, AssertionError):
        return None
    outputs = list(found) if isinstance(found, (tuple, list)) else [found]
    if any(0 in each.shape for each in outputs):
        return None
    return [(tuple(each.shape), str(each.dtype).removeprefix("torch.")) for each in outputs]


UNARY = ["neg", "abs", "sign", "floor", "ceil", "round", "square", "exp", "log", "log1p", "expm1"]
UNARY += ["sqrt", "rsqrt", "reciprocal", "sin", "cos", "erf"]


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_tensor_have_torchs_dtypes(name: str) -> None:
    block = getattr(pointwise, name.capitalize())()
    for dtype, sizes in itertools.product(NAMED, ((), (2, 3))):
        tensor = Tensor(sizes, dtype)
        assert said(block, tensor) == done(getattr(torch, name), tensor), dtype


PAIRED: list[tuple[type[Block], Callable[..., object]]] = [
    (arithmetic.Add, torch.add),
    (arithmetic.Mul, torch.mul),
    (arithmetic.Sub, torch.sub),
    (arithmetic.Div, torch.div),
    (arithmetic.Maximum, torch.maximum),
    (arithmetic.Matmul, torch.matmul),
    (pointwise.Pow, torch.pow),
    (comparison.Lt, torch.lt),
    (comparison.LogicalAnd, torch.logical_and),
    (combine.Stack, lambda *x: torch.stack(x)),
    (combine.Cat, lambda *x: torch.cat(x)),
]


@pytest.mark.parametrize(
    ("block", "function"), PAIRED, ids=lambda each: getattr(each, "__name__", "")
)
def test_operations_of_two_tensors_promote_as_torch(
    block: type[Block], function: Callable[..., object]
) -> None:
    for a, b in itertools.product(NAMED, repeat=2):
        for left, right in itertools.product(((), (2, 2), (3, 1)), repeat=2):
            tensors = Tensor(left, a), Tensor(right, b)
            assert said(block(), *tensors) == done(function, *tensors), tensors


def test_a_number_promotes_as_in_torch() -> None:
    for dtype, number in itertools.product(NAMED, (2, 2.5, -1, -0.5)):
        tensor = Tensor((3,), dtype)
        for block, function in (
            (arithmetic.Add(other=number), lambda x, n=number: x + n),
            (arithmetic.Div(other=number), lambda x, n=number: x / n),
            (arithmetic.Remainder(other=number), lambda x, n=number: torch.remainder(x, n)),
            (pointwise.Pow(exponent=number), lambda x, n=number: torch.pow(x, n)),
        ):
            assert said(block, tensor) == done(function, tensor), (block, dtype)


def test_promotion_is_torchs_for_every_pair_and_rank() -> None:
    for a, b in itertools.product(NAMED, repeat=2):
        for left, right in itertools.product(((), (1,)), repeat=2):
            x, y = Tensor(left, a), Tensor(right, b)
            wanted = str(torch.result_type(real(x), real(y))).removeprefix("torch.")
            assert promoted(x, y) == wanted, (x, y)


def test_the_models_float_with_another_float_is_open() -> None:
    with pytest.raises(Refusal, match="float and float32"):
        promoted(Tensor((2,)), Tensor((2,), "float32"))
    assert promoted(Tensor((2,)), Tensor((), "float32")) == "float"


REDUCTIONS = ["sum", "mean", "amax", "amin", "all", "any", "var", "std", "logsumexp"]


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.filterwarnings("ignore:.*degrees of freedom")
def test_reductions_have_torchs_shapes(name: str) -> None:
    block = getattr(reduction, name.capitalize())
    dims: list[int | list[int]] = [0, -1, 2, [0, 1], [-1, 0], [1, 1], [3]]
    for dim, keepdim, dtype in itertools.product(dims, (False, True), NAMED):
        for sizes in ((4,), (2, 3), (2, 1, 3)):
            tensor = Tensor(sizes, dtype)
            wanted = done(
                lambda x, d=dim, k=keepdim: getattr(torch, name)(x, dim=d, keepdim=k), tensor
            )
            assert said(block(dim=dim, keepdim=keepdim), tensor) == wanted, (dim, tensor)


def test_argmax_and_topk_know_the_bound_of_their_indices() -> None:
    seq = symbol("seq", minimum=3)
    x = Tensor((2, seq))
    assert reduction.Argmax(dim=1).infer(x).below is seq
    assert reduction.Topk(k=3).infer(x)["indices"].below is seq
    with pytest.raises(Undecided):
        reduction.Topk(k=4).infer(x)


def test_splitting_is_torchs() -> None:
    for size, pieces, dim in itertools.product(range(1, 9), range(1, 9), (0, -1, 1)):
        for sizes in ((size,), (size, 2), (2, size)):
            x = Tensor(sizes, "float32")
            wanted = done(lambda x, p=pieces, d=dim: torch.chunk(x, p, d), x)
            assert said(combine.Chunk(chunks=pieces, dim=dim), x) == wanted
            wanted = done(lambda x, p=pieces, d=dim: torch.split(x, p, d), x)
            assert said(combine.Split(split_size=pieces, dim=dim), x) == wanted


def test_a_chunk_of_a_symbolic_size_needs_a_known_number_of_pieces() -> None:
    small, large = symbol("small"), symbol("large", minimum=7)
    with pytest.raises(Undecided):
        combine.Chunk(chunks=4).infer(Tensor((small,)))
    pieces = combine.Chunk(chunks=3).infer(Tensor((large,)))
    assert sum(piece.sizes[0] for piece in pieces.values()) == large


def test_slices_are_pythons() -> None:
    for size, start, end, step in itertools.product(
        range(1, 6), range(-7, 8), (None, *range(-7, 8)), (1, 2, 3)
    ):
        x = Tensor((size,), "float32")
        wanted = done(lambda x, a=start, b=end, c=step: x[a:b:c], x)
        assert said(slicing.Slice(dim=0, start=start, end=end, step=step), x) == wanted


def test_a_slice_of_a_symbolic_size_is_what_is_left() -> None:
    seq, short = symbol("seq", minimum=3), symbol("short")
    x = Tensor((seq,))
    assert slicing.Slice(dim=0, start=1, end=-1).infer(x).sizes[0] == seq - 2
    assert slicing.Slice(dim=0, start=-2).infer(x).sizes[0] == 2
    assert slicing.Slice(dim=0, step=2).infer(x).sizes[0] == (seq + 1) // 2
    assert slicing.Narrow(dim=0, start=1, length=seq - 1).infer(x).sizes[0] == seq - 1
    with pytest.raises(Undecided):
        slicing.Slice(dim=0, end=-1).infer(Tensor((short,)))
    with pytest.raises(Undecided):
        slicing.Narrow(dim=0, start=0, length=4).infer(x)


def test_padding_is_torchs() -> None:
    modes = ("constant", "reflect", "replicate", "circular")
    for mode, before, after in itertools.product(modes, range(5), range(5)):
        for sizes in ((3,), (2, 3), (1, 2, 4), (1, 1, 2, 3)):
            x = Tensor(sizes, "float32")
            wanted = done(lambda x, p=(before, after), m=mode: functional.pad(x, p, mode=m), x)
            assert said(Pad(pad=[before, after], mode=mode), x) == wanted, (mode, x)


def test_taking_away_more_than_there_is_is_refused_as_in_torch() -> None:
    for size, before, after in itertools.product((1, 3), range(-5, 6), range(-5, 6)):
        x = Tensor((size,), "float32")
        assert said(Pad(pad=[before, after]), x) == done(
            lambda x, p=(before, after): functional.pad(x, p), x
        ), (size, before, after)


@pytest.mark.parametrize("factor", [0.1, 0.3, 1 / 3, 0.5, 0.7, 1.1, 1.5, 2.5, 3])
def test_scaled_sizes_are_torchs(factor: float) -> None:
    for size in range(1, 60):
        x = Tensor((1, 1, size), "float32")
        wanted = done(lambda x: functional.interpolate(x, scale_factor=factor), x)
        assert said(Interpolate(scale_factor=factor), x) == wanted, size


def test_a_symbolic_size_is_scaled_only_by_an_exact_factor() -> None:
    height = symbol("height", minimum=2)
    x = Tensor((1, 1, height))
    assert Interpolate(scale_factor=1.5).infer(x).sizes[2] == 3 * height // 2
    with pytest.raises(Refusal, match="rounded"):
        Interpolate(scale_factor=0.1).infer(x)


def test_reshape_finds_the_size_that_follows() -> None:
    batch, seq, dim = symbol("batch"), symbol("seq"), symbol("dim", multiple_of=4)
    x = Tensor((batch, seq, dim))
    heads = shape.Reshape(shape=[batch, seq, 4, "_"]).infer(x)
    assert heads.sizes == (batch, seq, 4, dim // 4)
    assert shape.Reshape(shape=["...", 4, dim // 4]).infer(x).sizes == heads.sizes
    assert shape.Reshape(shape=["_", dim]).infer(x).sizes == (batch * seq, dim)
    with pytest.raises(Undecided):
        shape.Reshape(shape=[batch, seq, 8, "_"]).infer(x)
    with pytest.raises(Refusal, match="which 5 does not divide"):
        shape.Reshape(shape=[5, "_"]).infer(Tensor((3, 4)))
    with pytest.raises(Refusal, match=r"12 elements, .* has 10"):
        shape.Reshape(shape=[2, 5]).infer(Tensor((3, 4)))
    with pytest.raises(Refusal) as refused:
        shape.Reshape(shape=[-1, 4]).infer(Tensor((3, 4)))
    assert "`_`" in refused.value.help


def test_sizes_that_do_not_agree_name_both_shapes_and_the_projection() -> None:
    conv, shortcut = Tensor((2, 128, 28, 28)), Tensor((2, 64, 28, 28))
    with pytest.raises(Refusal) as refused:
        arithmetic.Add().infer(conv, shortcut)
    assert refused.value.code == "NW301"
    assert refused.value.tensor is shortcut
    assert "[2, 128, 28, 28]" in refused.value.message
    assert "[2, 64, 28, 28]" in refused.value.message
    assert "out_channels: 128, kernel_size: 1" in refused.value.help
    with pytest.raises(Refusal, match="dim 2 is 46 and 45") as refused:
        combine.Cat(dim=1).infer(Tensor((1, 3, 46, 46)), Tensor((1, 3, 45, 46)))
    assert "divisible" in refused.value.help


def test_integers_are_not_divided_by_what_may_be_zero() -> None:
    ints = Tensor((3,), "int64")
    for block in (arithmetic.Remainder(), arithmetic.Div(rounding_mode="floor")):
        with pytest.raises(Refusal, match="may hold 0"):
            block.infer(ints, ints)
    with pytest.raises(Refusal, match="division by 0"):
        arithmetic.Remainder(other=0).infer(ints)
    assert arithmetic.Div().infer(ints, ints).dtype == "float32"
