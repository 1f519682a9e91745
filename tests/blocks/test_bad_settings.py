"""What torch refuses is refused: mistakes that people make, and each example with one thing changed.

`test_rules_against_torch.py` changes examples at random; here every change has its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import nn
from torch.nn import functional

import cases
from netwright import composer, specs
from netwright.plugins.testing.subjects import typed
from netwright.specs.problems import SpecError
from netwright.specs.tensors import INTEGER, Tensor
from rules import NAMES, OWN, Trial, compare, properties_of, settings_of

MOST = 60
"""Changes of one block; those with more have many settings of one kind."""


def changes(described: Mapping[str, Any], now: Any) -> Iterator[Any]:
    """Values of a setting that are near its limits, and beside what it has now."""
    for each in described.get("anyOf", [described]):
        if "enum" in each:
            yield from each["enum"]
        kind = each.get("type")
        if kind == "integer":
            yield from (-9, -2, -1, 0, 1, 2, 3, 4, 5, 9)
        elif kind == "number":
            yield from (-1.0, 0.0, 0.5, 1.0, 1.5)
        elif kind == "boolean":
            yield from (False, True)
        elif kind == "null":
            yield None
        elif kind == "array" and isinstance(now, list | tuple):
            for place, own in enumerate(now):
                if isinstance(own, int):
                    for value in (-1, 0, own - 1, own + 1, 9):
                        yield [*now[:place], value, *now[place + 1 :]]
            yield [*now[1:]]
            yield [*now, *now[:1]]
        elif kind == "array":
            yield [2] * each.get("minItems", 2)


def changed(type_: Tensor) -> Iterator[Tensor]:
    """Types like this one: each size, the rank, the dtype, the bound."""
    sizes = [each for each in type_.sizes if isinstance(each, int)]
    for place, size in enumerate(sizes):
        for other in (1, size - 1, size + 1, 2 * size):
            if other >= 1:
                yield replace(type_, sizes=(*sizes[:place], other, *sizes[place + 1 :]))
    yield replace(type_, sizes=(1, *sizes))
    if sizes:
        yield replace(type_, sizes=tuple(sizes[1:]))
        yield replace(type_, sizes=tuple(sizes[:-1]))
    for dtype in ("float", "float64", "int64", "int32", "bool"):
        yield replace(type_, dtype=dtype, below=type_.below if dtype in INTEGER else None)
    if isinstance(type_.below, int):
        yield replace(type_, below=type_.below + 1)


def trials(name: str) -> Iterator[Trial]:
    """Every example at its first sizes, each with one thing changed."""
    block = cases.block_class(name)
    assert block is not None
    for case in OWN[name]:
        numbers = next(iter(case.numbers()))
        own = {key: each for key, each in settings_of(case, numbers).items() if key != "block"}
        types = {port: typed(each, numbers) for port, each in case.example.inputs.items()}
        usual = block(**own)
        for key, described in properties_of(block).items():
            for value in changes(described, getattr(usual, key)):
                try:
                    yield Trial(block(**own | {key: value}), types)
                except ValidationError:
                    continue
        for port, type_ in types.items():
            for each in changed(type_):
                yield Trial(usual, types | {port: each})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_every_change_is_answered_as_by_torch(name: str) -> None:
    every = list(trials(name))
    step = max(1, len(every) // MOST)
    for trial in islice(every, 0, None, step):
        try:
            compare(trial, name)
        except Exception as error:
            on = ", ".join(f"{port} {each}" for port, each in trial.types.items())
            raise AssertionError(f"{trial.block} on {on}: {error}") from error


X = torch.zeros
MISTAKES: dict[str, tuple[dict[str, Any], dict[str, list[int]], Callable[[], Any]]] = {
    "heads that do not divide the width": (
        {"block": "multihead_attention", "num_heads": 5, "from": ["x", "x", "x"]},
        {"x": [2, 3, 12]},
        lambda: nn.MultiheadAttention(12, 5),
    ),
    "a kernel larger than the image": (
        {"block": "conv2d", "out_channels": 2, "kernel_size": 5},
        {"x": [1, 3, 4, 4]},
        lambda: nn.Conv2d(3, 2, 5)(X(1, 3, 4, 4)),
    ),
    "a pool larger than the image": (
        {"block": "max_pool2d", "kernel_size": 5},
        {"x": [1, 3, 4, 4]},
        lambda: nn.MaxPool2d(5)(X(1, 3, 4, 4)),
    ),
    "more padding than half the kernel of a pool": (
        {"block": "avg_pool2d", "kernel_size": 3, "padding": 2},
        {"x": [1, 3, 8, 8]},
        lambda: nn.AvgPool2d(3, padding=2)(X(1, 3, 8, 8)),
    ),
    "more mirrored padding than there is": (
        {"block": "conv2d", "out_channels": 2, "kernel_size": 9, "padding": 4, "padding_mode": "reflect"},
        {"x": [1, 3, 4, 4]},
        lambda: nn.Conv2d(3, 2, 9, padding=4, padding_mode="reflect")(X(1, 3, 4, 4)),
    ),
    "padding that keeps the size under a stride": (
        {"block": "conv2d", "out_channels": 2, "kernel_size": 3, "padding": "same", "stride": 2},
        {"x": [1, 3, 8, 8]},
        lambda: nn.Conv2d(3, 2, 3, padding="same", stride=2),
    ),
    "groups that do not divide the channels": (
        {"block": "conv2d", "out_channels": 4, "kernel_size": 1, "groups": 2},
        {"x": [1, 3, 8, 8]},
        lambda: nn.Conv2d(3, 4, 1, groups=2),
    ),
    "groups that do not divide the channels that come out": (
        {"block": "conv2d", "out_channels": 4, "kernel_size": 1, "groups": 3},
        {"x": [1, 3, 8, 8]},
        lambda: nn.Conv2d(3, 4, 1, groups=3),
    ),
    "groups of a norm that do not divide the channels": (
        {"block": "group_norm", "num_groups": 4},
        {"x": [2, 6, 8]},
        lambda: nn.GroupNorm(4, 6),
    ),
    "groups of a shuffle that do not divide the channels": (
        {"block": "channel_shuffle", "groups": 4},
        {"x": [2, 6, 8, 8]},
        lambda: nn.ChannelShuffle(4)(X(2, 6, 8, 8)),
    ),
    "a factor whose square does not divide the channels": (
        {"block": "pixel_shuffle", "upscale_factor": 2},
        {"x": [2, 6, 8, 8]},
        lambda: nn.PixelShuffle(2)(X(2, 6, 8, 8)),
    ),
    "floats as indices": (
        {"block": "embedding", "num_embeddings": 9, "embedding_dim": 4},
        {"x": [2, 3]},
        lambda: nn.Embedding(9, 4)(X(2, 3)),
    ),
    "padding outside the table": (
        {"block": "embedding", "num_embeddings": 9, "embedding_dim": 4, "padding_idx": 9, "from": "i"},
        {"x": [2, 3]},
        lambda: nn.Embedding(9, 4, padding_idx=9),
    ),
    "a negative size": (
        {"block": "linear", "out_features": -1},
        {"x": [2, 3]},
        lambda: nn.Linear(3, -1),
    ),
    "a negative kernel": (
        {"block": "conv2d", "out_channels": 2, "kernel_size": -3},
        {"x": [1, 3, 8, 8]},
        lambda: nn.Conv2d(3, 2, -3)(X(1, 3, 8, 8)),
    ),
    "a stride of zero": (
        {"block": "conv2d", "out_channels": 2, "kernel_size": 1, "stride": 0},
        {"x": [1, 3, 8, 8]},
        lambda: nn.Conv2d(3, 2, 1, stride=0)(X(1, 3, 8, 8)),
    ),
    "a wrong rank": (
        {"block": "batch_norm2d"},
        {"x": [2, 3, 8]},
        lambda: nn.BatchNorm2d(3)(X(2, 3, 8)),
    ),
    "integers for a layer of floats": (
        {"block": "linear", "out_features": 2, "from": "i"},
        {"x": [2, 3]},
        lambda: nn.Linear(3, 2)(X(2, 3, dtype=torch.int64)),
    ),
    "a dim that is not there": (
        {"block": "softmax", "dim": 2},
        {"x": [2, 3]},
        lambda: functional.softmax(X(2, 3), dim=2),
    ),
    "a dim that is not there, from the back": (
        {"block": "unsqueeze", "dim": -4},
        {"x": [2, 3]},
        lambda: X(2, 3).unsqueeze(-4),
    ),
    "a dim that stands twice": (
        {"block": "permute", "dims": [0, 0]},
        {"x": [2, 3]},
        lambda: X(2, 3).permute(0, 0),
    ),
    "sizes that do not make up the whole": (
        {"block": "split", "split_size": [2, 2], "dim": 1},
        {"x": [2, 3]},
        lambda: torch.split(X(2, 3), [2, 2], 1),
    ),
    "another number of elements": (
        {"block": "reshape", "shape": [4, 2]},
        {"x": [2, 3]},
        lambda: X(2, 3).reshape(4, 2),
    ),
    "sizes that do not divide": (
        {"block": "unflatten", "dim": 1, "sizes": [2, "_"]},
        {"x": [2, 3]},
        lambda: X(2, 3).unflatten(1, (2, -1)),
    ),
    "half of an odd number": (
        {"block": "glu", "dim": -1},
        {"x": [2, 3]},
        lambda: functional.glu(X(2, 3)),
    ),
    "shapes that do not broadcast": (
        {"block": "add", "from": ["x", "y"]},
        {"x": [2, 3], "y": [2, 4]},
        lambda: X(2, 3) + X(2, 4),
    ),
    "inner sizes that differ": (
        {"block": "matmul", "from": ["x", "y"]},
        {"x": [2, 3], "y": [4, 2]},
        lambda: X(2, 3) @ X(4, 2),
    ),
    "a letter that is two sizes": (
        {"block": "einsum", "equation": "ij,jk->ik", "from": ["x", "y"]},
        {"x": [2, 3], "y": [4, 2]},
        lambda: torch.einsum("ij,jk->ik", X(2, 3), X(4, 2)),
    ),
    "sizes that differ beside a cat": (
        {"block": "cat", "dim": 0, "from": ["x", "y"]},
        {"x": [2, 3], "y": [2, 4]},
        lambda: torch.cat([X(2, 3), X(2, 4)]),
    ),
    "shapes that differ in a stack": (
        {"block": "stack", "from": ["x", "y"]},
        {"x": [2, 3], "y": [2, 4]},
        lambda: torch.stack([X(2, 3), X(2, 4)]),
    ),
    "more of the best than there are": (
        {"block": "topk", "k": 4},
        {"x": [2, 3]},
        lambda: X(2, 3).topk(4),
    ),
    "a part behind the end": (
        {"block": "narrow", "dim": 1, "start": 2, "length": 2},
        {"x": [2, 3]},
        lambda: X(2, 3).narrow(1, 2, 2),
    ),
    "a place behind the end": (
        {"block": "select", "dim": 1, "index": 3},
        {"x": [2, 3]},
        lambda: X(2, 3).select(1, 3),
    ),
    "a probability above one": (
        {"block": "dropout", "p": 1.5},
        {"x": [2, 3]},
        lambda: nn.Dropout(1.5),
    ),
    "output_padding as large as the stride": (
        {"block": "conv_transpose2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "output_padding": 2},
        {"x": [1, 3, 8, 8]},
        lambda: nn.ConvTranspose2d(3, 2, 3, stride=2, output_padding=2)(X(1, 3, 8, 8)),
    ),
    "padding that leaves nothing": (
        {"block": "conv_transpose2d", "out_channels": 2, "kernel_size": 1, "padding": 1},
        {"x": [1, 3, 2, 2]},
        lambda: nn.ConvTranspose2d(3, 2, 1, padding=1)(X(1, 3, 2, 2)),
    ),
    "windows of another image": (
        {"block": "fold", "output_size": [4, 4], "kernel_size": 2},
        {"x": [1, 8, 8]},
        lambda: functional.fold(X(1, 8, 8), (4, 4), 2),
    ),
    "a projection as large as the state": (
        {"block": "lstm", "hidden_size": 4, "proj_size": 4},
        {"x": [2, 3, 8]},
        lambda: nn.LSTM(8, 4, proj_size=4),
    ),
    "one value for each channel of an instance norm": (
        {"block": "instance_norm1d"},
        {"x": [2, 3, 1]},
        lambda: nn.InstanceNorm1d(3)(X(2, 3, 1)),
    ),
    "a slope for other channels than there are": (
        {"block": "prelu", "num_parameters": 2},
        {"x": [2, 3]},
        lambda: nn.PReLU(2)(X(2, 3)),
    ),
    "targets of another batch": (
        {"block": "cross_entropy", "from": ["x", "y"]},
        {"x": [2, 3], "y": [4, 3]},
        lambda: functional.cross_entropy(X(2, 3), X(4, 3)),
    ),
    "upsampling to a size and by a factor": (
        {"block": "interpolate", "size": 8, "scale_factor": 2},
        {"x": [1, 3, 4, 4]},
        lambda: functional.interpolate(X(1, 3, 4, 4), size=8, scale_factor=2),
    ),
    "upsampling of images by what is for sequences": (
        {"block": "interpolate", "scale_factor": 2, "mode": "linear"},
        {"x": [1, 3, 4, 4]},
        lambda: functional.interpolate(X(1, 3, 4, 4), scale_factor=2, mode="linear"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_before_torch_refuses_it(mistake: str) -> None:
    node, inputs, theirs = MISTAKES[mistake]
    with pytest.raises((RuntimeError, ValueError, IndexError, AssertionError, TypeError)):
        theirs()
    declared: dict[str, Any] = {name: list(sizes) for name, sizes in inputs.items()}
    declared["i"] = {"shape": [2, 3], "dtype": "int64", "below": 9}
    document = {"netwright": 1, "inputs": declared, "nodes": {"node": node}}
    with pytest.raises(SpecError) as refused:
        composer.check(specs.load(document))
    assert all(each.path.startswith("node") for each in refused.value.problems)
    assert all(each.message for each in refused.value.problems)
