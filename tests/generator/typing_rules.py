"""What a block's own rule says of types: the oracle by which nodes are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from netwright.composer.graph import Leaf, held
from netwright.plugins.block import Block, ports
from netwright.plugins.expression import Module
from netwright.specs.sizes import SizeError, Symbol, Symbolic, Undecided, evaluate, symbols
from netwright.specs.tensors import Refusal, Tensor

LARGEST = 40_000
"""Elements of one tensor where every symbol is 5."""

Types = dict[str, Tensor]


def applied(cls: type[Block], settings: Mapping[str, Any], fed: Mapping[str, Any]) -> Leaf | None:
    """The block on these types; None if its settings or its rule refuse."""
    try:
        block = cls(**settings)
    except ValidationError:
        return None
    args: list[Any] = []
    for port in ports(cls):
        each = fed.get(port.name)
        args += each if isinstance(each, tuple) else [each]
    try:
        inferred = block.infer(*args)
        outputs = {"": inferred} if isinstance(inferred, Tensor) else dict(inferred)
        outputs = {port: replace(each, origin=None) for port, each in outputs.items()}
        if not all(size >= 1 for each in outputs.values() for size in each.sizes):
            return None
        leaf = Leaf("", block, dict(fed), outputs)
        sizes = [size for _, each, _ in held(leaf) for size in each]
        sizes += [
            size
            for module in leaf.holdings
            if isinstance(module, Module)
            for size in (*module.args, *(value for _, value in module.kwargs))
            if isinstance(size, Symbolic)
        ]
    except (Refusal, Undecided, SizeError):
        return None
    if any(isinstance(size, Symbolic) or size > 100_000 for size in sizes):
        return None
    if any(elements(each) > LARGEST for each in outputs.values()):
        return None
    return leaf


def elements(tensor: Tensor, value: int = 5) -> int:
    """How many there are where every symbol has this value (or its least)."""
    count = 1
    for size in tensor.sizes:
        if isinstance(size, Symbolic):
            size = max(1, evaluate(size, {s.name: allowed(s, value) for s in symbols(size)}))
        count *= size
    return count


def allowed(symbol: Symbol, wanted: int) -> int:
    """The value nearest to the wanted one from above that a symbol may have; at most its greatest."""
    step = symbol.multiple_of
    value = -(-max(wanted, symbol.minimum) // step) * step
    return value if symbol.maximum is None else min(value, symbol.maximum // step * step)


def same(one: Tensor, two: Tensor) -> bool:
    """Equal sizes and dtype, and the second's bound holds for the first."""
    try:
        fits = (
            one.rank == two.rank
            and one.dtype == two.dtype
            and all(bool(a == b) for a, b in zip(one.sizes, two.sizes, strict=True))
        )
        if fits and two.below is not None:
            return one.below is not None and bool(one.below <= two.below)
    except Undecided:
        return False
    return fits
