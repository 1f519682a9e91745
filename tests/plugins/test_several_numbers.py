"""Settings that are one number or several: what may be written, what the block sees."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field, ValidationError

from netwright.plugins.block import Block, schema
from netwright.plugins.settings import NaturalTriple, OptionalPair, Pair, Single


class Window(Block):
    kernel_size: Pair = Field(description="a window")
    padding: NaturalTriple = Field(default=(0, 0, 0), description="around it")
    length: Single = Field(default=(1,), description="of a sequence")
    output_size: OptionalPair | None = Field(default=None, description="that comes out")


@pytest.mark.parametrize(("written", "seen"), [(3, (3, 3)), ([3, 1], (3, 1)), ((2, 2), (2, 2))])
def test_one_number_stands_for_all(written: Any, seen: tuple[int, int]) -> None:
    assert Window(kernel_size=written).kernel_size == seen


@pytest.mark.parametrize(
    "written", [0, -1, True, 3.0, "3", "(3, 3)", None, [3], [3, 3, 3], [3, 0], [3, True], 2**31]
)
def test_one_mistake_is_one_problem(written: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Window(kernel_size=written)
    (problem,) = caught.value.errors()
    assert problem["loc"] == ("kernel_size",)
    assert "an integer of at least 1, or a list of 2" in problem["msg"]


def test_null_stands_only_in_an_optional_pair() -> None:
    block = Window(kernel_size=1, output_size=[None, 4], padding=[0, 1, 2], length=[5])
    assert (block.output_size, block.padding, block.length) == ((None, 4), (0, 1, 2), (5,))
    with pytest.raises(ValidationError):
        Window(kernel_size=[None, 1])


def test_the_json_schema_says_both_forms() -> None:
    one, several = schema(Window).json_schema()["properties"]["kernel_size"]["anyOf"]
    assert (one["type"], one["minimum"]) == ("integer", 1)
    assert (several["type"], several["minItems"], several["maxItems"]) == ("array", 2, 2)


def test_what_equals_the_default_is_not_written() -> None:
    block = Window(kernel_size=[3, 3], padding=0, length=[2])
    assert block.changed("kernel_size", "padding", "length") == {"kernel_size": 3, "length": 2}
