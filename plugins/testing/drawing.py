"""Values for settings, from the JSON schema of a block: at the limits first, or at random."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

NUMBERS = (0.5, 0.1, 0.25, 1.0, 2, 1.5, 1e-3, 1e-05, -0.5, 0, 3, 1, -1)
PREFERRED = 4


def drawn(random: Random, said: Mapping[str, Any]) -> Any:
    """A value that fits a JSON schema; `...` where it says too little."""
    if "anyOf" in said:
        return drawn(random, random.choice(said["anyOf"]))
    if "enum" in said:
        return random.choice(said["enum"])
    if "const" in said:
        return said["const"]
    kind = said.get("type")
    if kind == "boolean":
        return random.random() < 0.5
    if kind == "null":
        return None
    if kind == "integer":
        least, most = max(said.get("minimum", 0), -3), min(said.get("maximum", 9), PREFERRED)
        return random.randint(least, max(most, least))
    if kind == "number":
        fits = [each for each in NUMBERS if _fits(each, said)]
        return random.choice(fits) if fits else ...
    if kind == "array" and "items" in said:
        count = random.randint(said.get("minItems", 1), min(said.get("maxItems", 3), 3))
        items = [drawn(random, said["items"]) for _ in range(count)]
        return ... if ... in items else items
    return ...


def limits(said: Mapping[str, Any]) -> Iterator[Any]:
    """Values at and near the limits of a JSON schema, small ones first; none where it says too little."""
    for each in said.get("anyOf", ()):
        yield from limits(each)
    yield from said.get("enum", ())
    if "const" in said:
        yield said["const"]
    kind = said.get("type")
    if kind == "boolean":
        yield from (False, True)
    elif kind == "null":
        yield None
    elif kind == "integer":
        least = max(said.get("minimum", -2), -2)
        near = dict.fromkeys([least, least + 1, least + 2, 4, 7])
        yield from (each for each in near if _fits(each, said))
    elif kind == "number":
        ends = [said[end] for end in ("minimum", "maximum") if abs(said.get(end, 1e3)) < 1e3]
        yield from (each for each in dict.fromkeys([*ends, 0.5, 2.0, -1.5]) if _fits(each, said))
    elif kind == "array" and "items" in said:
        least, most = said.get("minItems", 1), said.get("maxItems", 2)
        for each in limits(said["items"]):
            for count in dict.fromkeys([least, min(most, least + 1)]):
                yield [each] * count


def _fits(number: float, said: Mapping[str, Any]) -> bool:
    least, most = said.get("minimum", number), said.get("maximum", number)
    above, under = said.get("exclusiveMinimum"), said.get("exclusiveMaximum")
    if (above is not None and number <= above) or (under is not None and number >= under):
        return False
    return bool(least <= number <= most)


__all__ = ["NUMBERS", "drawn", "limits"]
