"""The values of expressions: which kinds there are, and how large they may be."""

from __future__ import annotations

import math
from typing import Any

from netwright.specs.problems import shown
from netwright.specs.scalars import INTEGER_LIMIT
from netwright.specs.sizes import Symbolic

#: Characters of a text.
MAX_TEXT = 1_000


class CannotCompute(Exception):
    """Something cannot be computed; the part of the expression that asked for it adds the place."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def is_number(value: object) -> bool:
    """Whether it is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_size(value: object) -> bool:
    """Whether it is a symbolic size."""
    return isinstance(value, Symbolic)


def described(value: object) -> str:
    """A value with its kind, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return shown(value)
    if isinstance(value, (int, float)):
        return f"the number {shown(value)}"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    return f"the size {shown(value)}" if is_size(value) else shown(value)


def bounded(value: Any) -> Any:
    """The value, if it is within limits.

    Raises:
        CannotCompute: if it is not.
    """
    if isinstance(value, int) and abs(value) >= INTEGER_LIMIT:
        # Sizes and counts of torch are int64.
        raise CannotCompute("the result is too large: integers are below 2**63")
    if isinstance(value, float) and not math.isfinite(value):
        raise CannotCompute("the result is too large for a number")
    if isinstance(value, complex):
        raise CannotCompute("the result is not a real number")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise CannotCompute(f"the result is a text of more than {MAX_TEXT:,} characters")
    return value


def check_power(base: Any, exponent: Any) -> None:
    """Refuse a power that is too large before it is computed."""
    if isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1 and exponent > 63:
        raise CannotCompute("the result is too large: integers are below 2**63")
    if isinstance(base, (int, float)) and isinstance(exponent, (int, float)):
        if base == 0 and exponent < 0:
            raise CannotCompute("division by zero")
        if base < 0 and exponent != int(exponent):
            raise CannotCompute("the result is not a real number")


def extreme(name: str, items: list[Any]) -> Any:
    """The `min` or `max` of numbers and sizes, of which there is one at least."""
    if any(map(is_size, items)):
        if any(isinstance(item, float) for item in items):
            raise CannotCompute(f"`{name}` of sizes takes integers besides")
        # Only here: a spec without symbolic sizes does without them.
        from netwright.specs.sizes import maximum, minimum

        return (minimum if name == "min" else maximum)(*items)
    return min(items) if name == "min" else max(items)
