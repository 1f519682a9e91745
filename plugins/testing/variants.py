"""Variants of a subject: other settings, ranks, sizes, dtypes and bounds, with numbers for sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from netwright.plugins.block import Block, schema, shape_settings
from netwright.plugins.catalogue import Composite
from netwright.plugins.describe import yaml_text
from netwright.plugins.docstrings import Example, Pattern
from netwright.plugins.testing.drawing import drawn, limits
from netwright.plugins.testing.subjects import Subject, numbered, typed
from netwright.specs.document import Param
from netwright.specs.tensors import INTEGER, Tensor

DTYPES = ("float", "float64", "bfloat16", "int64", "int32", "uint8", "bool")


def settable(found: type[Block] | Composite) -> dict[str, dict[str, Any]]:
    """The settings of a block with their JSON schemas, as far as values can be made up for them."""
    if isinstance(found, Composite):
        return {name: _of_param(each) for name, each in found.definition.params.items()}
    properties = schema(found).json_schema().get("properties", {})
    return {name: each for name, each in properties.items() if name not in shape_settings(found)}


def _of_param(param: Param) -> dict[str, Any]:
    if param.choices is not None:
        return {"enum": list(param.choices)}
    kinds = {"int": "integer", "float": "number", "bool": "boolean"}
    word = param.type or type(param.default).__name__
    said: dict[str, Any] = {"type": kinds[word]} if word in kinds else {}
    if isinstance(param.min, int | float):
        said["minimum"] = param.min
    if isinstance(param.max, int | float):
        said["maximum"] = param.max
    return said


def concrete(subject: Subject, values: Mapping[str, int]) -> Example:
    """A subject's example with numbers for its symbols."""
    types = {name: typed(each, values) for name, each in subject.example.inputs.items()}
    return example(numbered(dict(subject.example.settings), values), types, subject.example)


def example(
    settings: Mapping[str, Any], types: Mapping[str, Tensor], like: Example | None = None
) -> Example:
    """An example of these settings on these types; like: one with the same outputs."""
    inputs = {
        name: Pattern(
            tuple(int(str(size)) for size in each.sizes),
            each.dtype,
            None if each.below is None else int(str(each.below)),
        )
        for name, each in types.items()
    }
    outputs = {"": Pattern(())} if like is None else dict.fromkeys(like.outputs, Pattern(()))
    return Example(text_of(settings, inputs), dict(settings), inputs, outputs)


def text_of(settings: Mapping[str, Any], inputs: Mapping[str, Pattern]) -> str:
    """Settings and inputs as an example writes them."""
    own = ", ".join(f"{name}: {_flow(value)}" for name, value in settings.items())
    return f"{{{own}}} on {', '.join(f'{n} {each}' for n, each in inputs.items()) or 'nothing'}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_flow(each)}' for name, each in value.items())}}}"
    return yaml_text(value)


def changed_once(found: type[Block] | Composite, base: Example) -> Iterator[Example]:
    """The example with one thing changed: each setting to its limits, each input to what is near."""
    yield from (each for _, each in changed_settings(found, base))
    types = {name: typed(each, {}) for name, each in base.inputs.items()}
    for name, each in types.items():
        for other in near(each):
            yield example(base.settings, {**types, name: other}, base)


def changed_settings(
    found: type[Block] | Composite, base: Example
) -> Iterator[tuple[str, Example]]:
    """The example with one setting changed, to each of its limits; and which."""
    types = {name: typed(each, {}) for name, each in base.inputs.items()}
    for name, said in settable(found).items():
        for value in limits(said):
            if base.settings.get(name, ...) != value:
                yield name, example({**base.settings, name: value}, types, base)


def changed_at_random(random: Random, found: type[Block] | Composite, base: Example) -> Example:
    """The example with up to four things changed."""
    types = {name: typed(each, {}) for name, each in base.inputs.items()}
    settings, known = dict(base.settings), settable(found)
    for name in random.sample(list(known), min(len(known), random.randint(0, 2))):
        value = drawn(random, known[name])
        if value is not ...:
            settings[name] = value
    for name in random.sample(list(types), min(len(types), random.randint(0, 2))):
        others = list(near(types[name]))
        types[name] = random.choice(others)
    return example(settings, types, base)


def near(type_: Tensor) -> Iterator[Tensor]:
    """Types like this one: another size, rank, dtype or bound."""
    sizes, dtype, below = type_.sizes, type_.dtype, type_.below
    for place, size in enumerate(sizes):
        number = int(str(size))
        for other in dict.fromkeys([1, 2, number + 1, 2 * number]):
            if other != number:
                yield Tensor((*sizes[:place], other, *sizes[place + 1 :]), dtype, below)
    if sizes:
        yield Tensor(sizes[1:], dtype, below)
        yield Tensor(sizes[:-1], dtype, below)
    if len(sizes) < 5:
        yield Tensor((2, *sizes), dtype, below)
        yield Tensor((*sizes, 3), dtype, below)
    for kind in DTYPES:
        if kind != dtype:
            yield Tensor(sizes, kind, below if kind in INTEGER else None)
    if isinstance(below, int):
        yield Tensor(sizes, dtype, below + 1)
        yield Tensor(sizes, dtype, 1)


__all__ = [
    "changed_at_random",
    "changed_once",
    "changed_settings",
    "concrete",
    "example",
    "near",
    "settable",
    "text_of",
]
