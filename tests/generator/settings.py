"""Settings of a block: those of an example of it, some drawn anew from its schema."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from netwright.plugins.block import Block, defaults, schema, shape_settings
from netwright.plugins.docstrings import Example
from netwright.plugins.testing.drawing import drawn
from netwright.specs.expressions import evaluate, parse
from netwright.specs.sizes import Size, SizeError, Undecided, symbol
from netwright.specs.tensors import Tensor


def facts(random: Random, example: Example, name: str) -> dict[str, int]:
    """What an example demands of a symbol, sometimes more."""
    said = dict(example.dims.get(name, {}))
    if not said and random.random() < 0.3:
        kind = random.choice(["min", "max", "multiple_of"])
        said[kind] = {"min": 2, "max": 40, "multiple_of": random.choice([2, 3, 4, 8])}[kind]
        if random.random() < 0.2:
            said["min"] = 3
    return said


def number(random: Random, demanded: Mapping[str, int]) -> int:
    """A size that these facts allow."""
    step = demanded.get("multiple_of", 1)
    least = -(-demanded.get("min", 1) // step) * step
    most = demanded.get("max", 2**31) // step * step
    return min(max(least, step * random.choice([1, 2, 3, 4, 5, 6, 8])), most)


def sizes(
    random: Random, example: Example, known: dict[str, tuple[Size, dict[str, int]]], concrete: float
) -> dict[str, Size]:
    """A size for each symbol of an example: a number, one of the known symbols, or a new one.

    known: the symbols of the file with their facts; new ones are added.
    """
    found: dict[str, Size] = {}
    for name in example.symbols:
        demanded = example.dims.get(name, {})
        fitting = [
            size for size, own in known.values() if demanded.items() <= own.items() or not demanded
        ]
        if random.random() < concrete:
            found[name] = number(random, demanded)
        elif fitting and random.random() < 0.5:
            found[name] = random.choice(fitting)
        else:
            said = facts(random, example, name)
            label = name
            while label in known:
                label += random.choice("abcdefgh")
            made = symbol(
                label,
                minimum=said.get("min", 1),
                maximum=said.get("max"),
                multiple_of=said.get("multiple_of", 1),
            )
            known[label] = (made, said)
            found[name] = made
    return found


def unified(example: Example, fed: Mapping[str, Tensor | None]) -> dict[str, Size]:
    """What the symbols of an example would be for these tensors, as far as ranks agree."""
    found: dict[str, Size] = {}
    for name, pattern in example.inputs.items():
        tensor = fed.get(name)
        if tensor is not None and tensor.rank == len(pattern.sizes):
            for dim, size in zip(pattern.sizes, tensor.sizes, strict=True):
                if isinstance(dim, str):
                    found.setdefault(dim, size)
    return found


def resolved(
    cls: type[Block] | None, example: Example, bound: Mapping[str, Size]
) -> dict[str, Any] | None:
    """The settings of an example with these sizes in place of its symbols; None if one is not bound."""
    shapes = shape_settings(cls) if cls is not None else frozenset[str]()

    def put(value: Any, shape: bool = False) -> Any:
        if isinstance(value, list):
            return [put(each, shape) for each in value]
        if isinstance(value, str) and value.startswith("$"):
            expression = parse(value)
            return (
                expression
                if isinstance(expression, str)
                else evaluate(expression, bound.__getitem__)
            )
        if shape and isinstance(value, str) and value not in ("...", "_"):
            return bound[value]
        return value

    try:
        return {
            name: put(value, name in shapes)
            for name, value in example.settings.items()
            if name != "block"
        }
    except (KeyError, LookupError, SizeError, Undecided):
        return None


def tweaked(
    random: Random, cls: type[Block], settings: Mapping[str, Any], often: float, wished: str = ""
) -> dict[str, Any]:
    """Some settings drawn anew from the block's schema; the wished one is not what it usually is."""
    changed = dict(settings)
    properties = schema(cls).json_schema().get("properties", {})
    for name, each in properties.items():
        if (name == wished or random.random() < often) and name not in shape_settings(cls):
            value = drawn(random, each)
            for _ in range(5 if name == wished else 0):
                if value is not ... and value != defaults(cls)[name]:
                    break
                value = drawn(random, each)
            if value is not ...:
                changed[name] = value
    return changed
