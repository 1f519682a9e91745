"""Values of a spec, evaluated by Python: `$name`, `$(expression)`, and shapes over known sizes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

Names = Mapping[str, Any]

_GIVEN = re.compile(r"\bgiven\(\s*(\w+)\s*\)")
_FUNCTIONS = {
    "min": min, "max": max, "abs": abs, "ceil": math.ceil, "floor": math.floor, "round": round,
    "sqrt": math.sqrt, "len": len, "sum": sum, "int": int, "true": True, "false": False, "null": None,
}  # fmt: skip


def valued(value: Any, names: Names, given: frozenset[str] = frozenset()) -> Any:
    """A value with its expressions evaluated. given: inputs that are fed."""
    if isinstance(value, Mapping):
        return {key: valued(each, names, given) for key, each in value.items()}
    if isinstance(value, list):
        return [valued(each, names, given) for each in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    if value.startswith("$$"):
        return value[1:]
    text = value[1:]
    if not text.startswith("("):
        return names[text]
    text = _GIVEN.sub(lambda found: repr(found[1] in given), text)
    return eval(text, {"__builtins__": {}, **_FUNCTIONS, **names})


def shaped(items: Sequence[Any], names: Names, rest: Sequence[int] | None) -> list[Any]:
    """A setting that is a shape: bare names are sizes, `...` what it matched in the first input."""
    sizes: list[Any] = []
    for each in items:
        if each == "..." and rest is not None:
            sizes += rest
        elif isinstance(each, str) and not each.startswith("$") and each not in ("...", "_"):
            sizes.append(names[each])
        else:
            sizes.append(valued(each, names))
    return sizes


def matched(pattern: Sequence[Any], real: Sequence[int]) -> tuple[dict[str, int], list[int] | None]:
    """The sizes that a shape binds in a real one, and what its `...` matched.

    Raises AssertionError where it does not fit.
    """
    rest = None
    if "..." in pattern:
        place, after = pattern.index("..."), len(pattern) - pattern.index("...") - 1
        assert len(real) >= len(pattern) - 1, f"{list(real)} for {pattern}"
        rest = list(real[place : len(real) - after])
        real = [*real[:place], *real[len(real) - after :]]
        pattern = [each for each in pattern if each != "..."]
    assert len(pattern) == len(real), f"{list(real)} for {pattern}"
    bound: dict[str, int] = {}
    for each, size in zip(pattern, real, strict=True):
        if isinstance(each, int):
            assert each == size, f"{list(real)} for {pattern}"
        elif each.isidentifier() and each != "_":
            assert bound.setdefault(each, size) == size, f"{list(real)} for {pattern}"
    return bound, rest
