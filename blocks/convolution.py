"""Convolutions and transposed convolutions over one, two and three dimensions."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema

from netwright.blocks.divisibility import demand_divisible
from netwright.blocks.windows import AXES, pattern, places
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value
from netwright.plugins.settings import (
    LARGEST,
    Count,
    NaturalPair,
    NaturalSingle,
    Pair,
    Single,
    Triple,
)
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor

Mode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]


def _padding(count: int) -> Any:
    """A number for all dimensions, a list of one for each, `same` or `valid`."""

    def read(value: Any) -> Any:
        if value in ("same", "valid") and isinstance(value, str):
            return value
        spread = (value,) * count if isinstance(value, int) else value
        if (
            isinstance(spread, (list, tuple))
            and len(spread) == count
            and all(type(each) is int and 0 <= each <= LARGEST for each in spread)
        ):
            return tuple(spread)
        each = f", a list of {count}" if count > 1 else ""
        raise ValueError(f"expected an integer of at least 0{each}, same, or valid")

    one = {"type": "integer", "minimum": 0}
    several = {"type": "array", "items": one, "minItems": count, "maxItems": count}
    schema = {"anyOf": [one, several, {"enum": ["same", "valid"]}]}
    return Annotated[tuple[int, ...] | str, PlainValidator(read), WithJsonSchema(schema)]


Padding1: TypeAlias = _padding(1)  # type: ignore[valid-type]
Padding2: TypeAlias = _padding(2)  # type: ignore[valid-type]
Padding3: TypeAlias = _padding(3)  # type: ignore[valid-type]
