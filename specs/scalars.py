"""What a plain scalar stands for: the core schema of YAML 1.2.

``no``, ``off``, ``12:30`` and ``2024-01-01`` are texts; ``1e-3`` is a number.
"""

from __future__ import annotations

import re
from math import isinf

from netwright.specs.tree import Value

#: Integers of a document are below this in magnitude: they are sizes and counts of torch, int64.
INTEGER_LIMIT = 2**63

_CONSTANTS: dict[str, Value] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
# The letters with which something other than a text can begin.
NOT_TEXT = frozenset("~nNtTfF+-.0123456789")

_NUMBER = re.compile(
    r"(?P<decimal>[-+]?[0-9]+)"
    r"|(?P<octal>0o[0-7]+)"
    r"|(?P<hexadecimal>0x[0-9a-fA-F]+)"
    r"|(?P<real>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<infinite>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)


class ScalarRefused(ValueError):
    """The text is a number that no document may contain.

    Attributes:
        code: of the problem.
        message: what is wrong.
        help: how to mend it.
        instead: a value of the same type, to go on with.
    """

    def __init__(self, code: str, message: str, help: str, instead: Value) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.instead = instead


def resolve(text: str) -> Value:
    """The value of a plain scalar.

    Raises:
        ScalarRefused: for an integer of 64 bits or more, a float out of range, infinity and NaN.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    kind = match.lastgroup
    if kind == "infinite":
        raise ScalarRefused(
            "NW018",
            f"{text} is not a number that a spec may contain",
            f'write a finite number, or the text "{text}" in quotes',
            1.0,
        )
    if kind == "real":
        real = float(text)
        if isinf(real):
            raise ScalarRefused(
                "NW018", "the number is out of range", "write less than 1.8e308", 1.0
            )
        return real
    base = {"decimal": 10, "octal": 8, "hexadecimal": 16}[kind or "decimal"]
    # Python refuses to read more than 4,300 decimal digits; 64 bits take 22 octal ones at most.
    digits = text.lstrip("+-")[0 if base == 10 else 2 :].lstrip("0") or "0"
    integer = int(digits, base) if len(digits) <= 22 else INTEGER_LIMIT
    if integer >= INTEGER_LIMIT:
        raise ScalarRefused(
            "NW405",
            f"integer too large: {len(digits):,} digits",
            "integers are below 2**63 = 9,223,372,036,854,775,808",
            1,
        )
    return -integer if text.startswith("-") else integer
