"""Source text with holes: what one composite writes, before it is known what its copies share.

A statement is a tuple of parts: text, a `Hole` where a literal stands, a `Make` where an object of another
class of the file is made. Two composites whose statements are equal but for what is in the holes become
one class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from netwright.composer.emission.drafts import Draft


class Hole:
    """A literal, with the name that it would bear as an argument."""

    __slots__ = ("given", "less", "name", "option", "tight", "value")

    def __init__(self, value: Any, name: str, tight: bool = False, option: str = "") -> None:
        self.value = value
        self.name = name
        self.tight = tight
        """Stands as an operand: an expression in its place needs brackets."""
        self.option = option
        """Written before it: the keyword of an argument, which is left out where it is not `given`."""
        self.given = False
        self.less = 0
        """What is written is the value less this: a number of copies, without those that differ."""


@dataclass(frozen=True, slots=True)
class Make:
    """An object of the class that is written for this draft."""

    draft: Draft


Part: TypeAlias = str | Hole | Make
Statement: TypeAlias = tuple[int, tuple[Part, ...]]
"""How deep it is indented in its method, in steps of four; its parts."""


def literal(value: Any) -> str:
    """A literal as Python writes it, strings in double quotes."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        text = repr(value)
        return f'float("{text}")' if text.lstrip("-") in ("inf", "nan") else text
    if isinstance(value, tuple):
        inside = ", ".join(literal(each) for each in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join(literal(each) for each in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if value is Ellipsis:
        return "..."
    raise TypeError(f"{value!r} cannot be written as a literal")


def quoted(text: str) -> str:
    """A string literal in double quotes (single ones where that saves escapes), printable ASCII aside."""
    body = ascii(text)[1:-1] if not text.isprintable() else repr(text)[1:-1]
    plain = body.replace("\\'", "'")
    if '"' in plain:
        if "'" not in plain:
            return f"'{plain}'"
        plain = plain.replace('"', '\\"')
    return f'"{plain}"'


def key(value: Any) -> Any:
    """What tells literals apart: `1`, `1.0` and `True` are three."""
    if isinstance(value, (tuple, list)):
        return (type(value), tuple(key(each) for each in value))
    if isinstance(value, dict):
        return (dict, tuple((k, key(v)) for k, v in value.items()))
    return (type(value), value)
