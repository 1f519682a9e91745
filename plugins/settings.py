"""Types for the settings of blocks: what a spec may write, and what the block then sees.

Strict about booleans and text (`true` is no integer, `"64"` is no number); an integer may stand where a
float is expected, and one integer where a pair is.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema

from netwright.specs.sizes import Size as _Size
from netwright.specs.sizes import Symbolic

LARGEST = 2**31 - 1

Count: TypeAlias = Annotated[int, Field(ge=1, le=LARGEST)]
"""An integer of at least 1: channels, features, a kernel."""

Natural: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST)]
"""An integer of at least 0: padding."""

Integer: TypeAlias = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
"""Any integer: a dim, an index."""

Probability: TypeAlias = Annotated[float, Field(ge=0, le=1)]

Positive: TypeAlias = Annotated[float, Field(gt=0)]
"""A number above 0: an eps."""

Number: TypeAlias = Annotated[float, Field(ge=-1e30, le=1e30)]
"""Any number that single precision holds: a slope, a factor."""


def _several(
    count: int, least: int, *, empty: bool = False
) -> tuple[PlainValidator, WithJsonSchema]:
    """A list of `count` integers, or one integer for all; `empty`: null may stand in the list."""

    def fits(value: Any) -> bool:
        return (type(value) is int and least <= value <= LARGEST) or (empty and value is None)

    def read(value: Any) -> tuple[Any, ...]:
        spread = [value] * count if type(value) is int else value
        if isinstance(spread, list | tuple) and len(spread) == count and all(map(fits, spread)):
            return tuple(spread)
        null = " (null leaves one as it is)" if empty else ""
        raise ValueError(f"expected an integer of at least {least}, or a list of {count}{null}")

    one: dict[str, Any] = {"type": "integer", "minimum": least, "maximum": LARGEST}
    item = {"anyOf": [one, {"type": "null"}]} if empty else one
    several = {"type": "array", "items": item, "minItems": count, "maxItems": count}
    return PlainValidator(read), WithJsonSchema({"anyOf": [one, several]})


Single: TypeAlias = Annotated[tuple[int], *_several(1, 1)]
"""A count, or a list of one."""

NaturalSingle: TypeAlias = Annotated[tuple[int], *_several(1, 0)]

Pair: TypeAlias = Annotated[tuple[int, int], *_several(2, 1)]
"""One count for both dimensions, or a list of two: `3` is `[3, 3]`."""

NaturalPair: TypeAlias = Annotated[tuple[int, int], *_several(2, 0)]

OptionalPair: TypeAlias = Annotated[tuple[int | None, int | None], *_several(2, 1, empty=True)]
"""A pair in which null leaves a dimension as it is."""

Triple: TypeAlias = Annotated[tuple[int, int, int], *_several(3, 1)]

NaturalTriple: TypeAlias = Annotated[tuple[int, int, int], *_several(3, 0)]

OptionalTriple: TypeAlias = Annotated[
    tuple[int | None, int | None, int | None], *_several(3, 1, empty=True)
]
"""A triple in which null leaves a dimension as it is."""


def _size(value: Any) -> Any:
    if isinstance(value, Symbolic) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError("expected a size: an integer, or an expression over sizes")


Size: TypeAlias = Annotated[
    _Size,
    PlainValidator(_size),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\$"}]}),
]
"""A size: an integer, or an expression over symbolic sizes."""


class Shape(tuple[Any, ...]):
    """A setting in the notation of shapes; its names are already sizes in scope.

    Elements: sizes, `"..."` (what it matched in the first input) and `"_"` (the one size that follows).
    """

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> Shape:
        if isinstance(value, Shape):
            return value
        if not isinstance(value, (list, tuple)):
            raise ValueError("expected a shape such as [batch, 3, _]")
        for element in value:
            if element not in ("...", "_") if isinstance(element, str) else True:
                _size(element) if not isinstance(element, str) else _refuse(element)
        for wildcard in ("...", "_"):
            if sum(isinstance(element, str) and element == wildcard for element in value) > 1:
                raise ValueError(f"`{wildcard}` may stand once")
        return cls(value)


def _refuse(name: str) -> None:
    raise ValueError(f"no size is called {name} here")


ShapeSetting: TypeAlias = Annotated[
    Shape, PlainValidator(Shape.of), WithJsonSchema({"type": "array"})
]
"""A shape: bare names are sizes in scope, `...` and `_` as in `Shape`."""


def names_sizes(hint: Any) -> bool:
    """Whether a setting of this type is in the notation of shapes, where a bare name is a size."""
    return getattr(hint, "__origin__", None) is Shape or hint is Shape
