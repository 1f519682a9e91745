"""Sizes at which a spec is tried, and whether tensors have those that were said."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import torch

from generator.failing import Failure
from generator.typing_rules import allowed
from netwright.composer.counting import sizes_of
from netwright.composer.graph import Graph
from netwright.specs.sizes import SizeError, Symbolic, evaluate, symbols
from netwright.specs.tensors import INTEGER, Tensor

MOST = 400_000
"""Elements of all tensors of one run together."""
PRIMES = (3, 5, 7, 11, 13, 17, 19)


def choices(graph: Graph, tensors: list[Tensor], random: Random) -> Iterator[dict[str, int]]:
    """Values of the symbols: the least, odd primes, large ones as far as memory allows."""
    known = list(sizes_of(graph))
    primes = random.sample(PRIMES, len(PRIMES))
    yield {each.name: allowed(each, 1) for each in known}
    if not known:
        return
    for wanted in (
        [primes[place % len(primes)] for place in range(len(known))],
        [random.choice([32, 61, 127, 256]) for _ in known],
    ):
        while True:
            values = {s.name: allowed(s, n) for s, n in zip(known, wanted, strict=True)}
            if sum(elements(each, values) for each in tensors) <= MOST or max(wanted) <= 1:
                break
            wanted = [max(1, n * 2 // 3) for n in wanted]
        yield values


def elements(tensor: Tensor, values: Mapping[str, int]) -> int:
    known = [size for size in (number(each, values) for each in tensor.sizes) if size is not None]
    return math.prod(known)


def number(size: Any, values: Mapping[str, int]) -> int | None:
    """The size at these values; None where it is counted from data."""
    if isinstance(size, int):
        return size
    if any(
        each.name not in values or (each.origin is not None and each.name not in values)
        for each in symbols(size)
    ):
        return None
    try:
        return evaluate(size, values)
    except SizeError:
        return None


def fits(
    found: Mapping[str, torch.Tensor],
    said: Mapping[str, Tensor],
    values: Mapping[str, int],
    what: str,
    floating: str = "float32",
) -> None:
    """Whether tensors have the types that were said. floating: the model's dtype. Raises Failure."""
    counted: dict[Any, int] = {}
    for name, tensor in found.items():
        kind = said[name]
        dtype = floating if kind.dtype == "float" else kind.dtype
        if not isinstance(tensor, torch.Tensor):
            raise Failure("types", f"{what} {name} is no tensor: {type(tensor).__name__}")
        if str(tensor.dtype) != f"torch.{dtype}":
            raise Failure(
                "types", f"{what} {name} is {tensor.dtype}, not {kind.dtype}, at {values}"
            )
        sizes = list(tensor.shape)
        for size, real in zip(kind.sizes, sizes, strict=False):
            expected = number(size, values)
            if expected is None and isinstance(size, Symbolic):
                expected = counted.setdefault(size, real)
            if expected != real or len(sizes) != kind.rank:
                raise Failure("types", f"{what} {name} is {sizes}, not {kind}, at {values}")
        below = None if kind.below is None else number(kind.below, values)
        if below is not None and tensor.numel() and kind.dtype in INTEGER:
            low, high = int(tensor.min()), int(tensor.max())
            if low < 0 or high >= below:
                raise Failure(
                    "bounds", f"{what} {name} has {low} to {high}, not below {below}, at {values}"
                )
