"""Recovery: what a wrong node most likely does, so that the mistakes behind it are found in the same run.

Nothing is reported from here, and nothing made here is ever compiled: the mistake itself is reported, so
the spec fails. What the possible mendings of a node disagree about becomes an unknown size, and nobody
complains of what depends on one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from netwright.composer.elaborate.scope import POISON
from netwright.composer.elaborate.unknown import UNKNOWN, relaxed
from netwright.plugins.block import Block, defaults
from netwright.specs.sizes import Size, SizeError, Undecided, decide
from netwright.specs.tensors import Refusal, Tensor

_TRIED = (1, 2, 64, True, False, 2**20, 0.5, [1], "")
"""Values for a setting of which nothing is known."""


def certain(rule: Any, args: Sequence[Any]) -> Refusal | None:
    """What a rule has against these inputs even if their unknown sizes are as they should be."""
    try:
        rule(
            [
                each.with_sizes(*relaxed(each.sizes)) if isinstance(each, Tensor) else each
                for each in args
            ]
        )
    except Refusal as refusal:
        return refusal
    except (Undecided, SizeError):
        return None
    return None


def configurations(
    cls: type[Block], settings: Mapping[str, Any], wrong: Mapping[str, Any]
) -> list[Block]:
    """The block with what may have been meant by its wrong settings; POISON: nothing is known of it."""
    right = {name: value for name, value in settings.items() if name not in wrong}
    choices: dict[str, list[Any]] = {}
    for name, meant in wrong.items():
        default = defaults(cls)[name]
        choices[name] = [meant] if meant is not POISON else [default, *_TRIED]
    found: list[Block] = []
    for name, values in choices.items():
        others = {other: each[0] for other, each in choices.items() if other != name}
        others = {other: each if each is not ... else 1 for other, each in others.items()}
        for value in values:
            if value is ...:
                continue
            try:
                found.append(cls(**right, **others, **{name: value}))
            except ValidationError:
                continue
    return found[:8]


def mended(args: Sequence[Any]) -> list[list[Any]]:
    """Inputs that may have been meant in place of those that were refused."""
    found: list[list[Any]] = []
    tensors = [each for each in args if isinstance(each, Tensor)]
    if len(tensors) > 1:
        found += [[one if isinstance(each, Tensor) else each for each in args] for one in tensors]
    return found


def converted(inputs: Mapping[str, Any], refusal: Refusal) -> list[dict[str, Any]]:
    """Inputs with another dtype for the one that was refused."""
    return [
        {port: _as_dtype(each, dtype, refusal.tensor) for port, each in inputs.items()}
        for dtype in ("float", "int64", "bool")
        if refusal.tensor is not None and refusal.tensor.dtype != dtype
    ]


def _as_dtype(fed: Any, dtype: str, wrong: Tensor | None) -> Any:
    if isinstance(fed, tuple):
        return tuple(_as_dtype(each, dtype, wrong) for each in fed)
    if wrong is None or fed is not wrong:
        return fed
    return Tensor(wrong.sizes, dtype, wrong.below if dtype == "int64" else None)


def accepts_dtypes(block: Block, args: Sequence[Any]) -> bool:
    """Whether the rule of a block has nothing against the dtypes of its inputs."""
    try:
        block.infer(*args)
    except Refusal as refusal:
        return refusal.code != "NW303"
    except Exception:  # a rule of a plugin may fail in any way
        return False
    return True


def outputs(block: Block, args: Sequence[Any]) -> dict[str, Tensor] | None:
    """What the rule of a block says comes out; None if it refuses."""
    try:
        inferred = block.infer(*args)
    except Exception:  # a rule of a plugin may fail in any way
        return None
    return {"": inferred} if isinstance(inferred, Tensor) else dict(inferred)


def merged(found: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor] | None:
    """What several possible results have in common; None if it is too little to go on with."""
    first = found[0]
    result: dict[str, Tensor] = {}
    for port, tensor in first.items():
        others = [each.get(port) for each in found]
        if any(
            each is None or each.rank != tensor.rank or each.dtype != tensor.dtype
            for each in others
        ):
            return None
        columns = zip(*(each.sizes for each in others if each is not None), strict=True)
        sizes = tuple(
            column[0] if all(_same(column[0], each) for each in column) else UNKNOWN
            for column in columns
        )
        result[port] = Tensor(sizes, tensor.dtype, tensor.below)
    return result


def _same(a: Size, b: Size) -> bool:
    return decide("==", a, b) is True
