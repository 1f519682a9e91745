"""Patterns over the names of tensors, as the tables of names have them.

`{n}` is a number, `.{a|b}` any row of `.a` and `.b` (perhaps none), `*` a name without
dots, `**` anything. A pattern that has matched knows the numbers, and of a row how often each name was in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from netwright.specs.expressions import Expression, evaluate, parse

_PART = re.compile(r"\.\{(?P<row>\w+(?:\|\w+)+)\}|\{(?P<number>[A-Za-z]\w*)\}|\*\*|\*")
_HOLE = re.compile(r"\{(.+?)\}")


@dataclass(frozen=True, slots=True)
class Match:
    """What a pattern has found. numbers: by name. star, stars: what `*` and `**` stand for."""

    numbers: Mapping[str, int]
    star: str = ""
    stars: str = ""

    def fill(self, template: str, known: Mapping[str, Any]) -> str:
        """A name with `{expression}`, `*` and `**` in it, spelt out. Raises ExpressionError."""
        values = {**known, **self.numbers}

        def computed(hole: re.Match[str]) -> str:
            expression = parse(f"$({hole[1]})")
            assert isinstance(expression, Expression)
            return str(evaluate(expression, values.__getitem__))

        return _HOLE.sub(computed, template).replace("**", self.stars).replace("*", self.star)


@dataclass(frozen=True)
class Pattern:
    """A pattern; equal to another of the same text. tail: whether `.name` may follow it."""

    text: str
    tail: bool = False

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The names of its numbers, each once, in order."""
        found = (part["number"] for part in _PART.finditer(self.text))
        return tuple(dict.fromkeys(name for name in found if name))

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        text, end = "", 0
        seen: set[str] = set()
        for part in _PART.finditer(self.text):
            text += re.escape(self.text[end : part.start()])
            end = part.end()
            name = part["number"]
            if name:
                text += f"(?P={name})" if name in seen else f"(?P<{name}>\\d+)"
                seen.add(name)
            elif part["row"]:
                text += rf"(?P<row__>(?:\.(?:{part['row']}))*)"
            else:
                text += r"(?P<stars__>.+)" if part[0] == "**" else r"(?P<star__>\w+)"
        tail = r"(?P<tail__>(?:\.\w+)?)" if self.tail else ""
        return re.compile(text + re.escape(self.text[end:]) + tail)

    @cached_property
    def _row(self) -> tuple[str, ...]:
        rows = (part["row"] for part in _PART.finditer(self.text))
        return tuple(next(filter(None, rows), "").split("|"))

    def match(self, name: str) -> tuple[Match, str] | None:
        """What this finds in a name, and the tail (`.weight`); None if it does not fit."""
        found = self._regex.fullmatch(name)
        if found is None:
            return None
        groups = found.groupdict()
        numbers = {key: int(groups[key]) for key in self.numbers}
        row = (groups.get("row__") or "").split(".")
        numbers |= {each: row.count(each) for each in self._row if each}
        match = Match(numbers, groups.get("star__") or "", groups.get("stars__") or "")
        return match, groups.get("tail__") or ""


def count(pattern: Pattern, names: Iterable[str], each: bool = False) -> Any:
    """How many of the names fit: an integer; by the numbers before the last one, nested lists of these.

    each: by the last number too.
    """
    found = [match.numbers for match, _ in filter(None, map(pattern.match, names))]
    return _nested(found, pattern.numbers if each else pattern.numbers[:-1])


def _nested(found: list[Mapping[str, int]], keys: tuple[str, ...]) -> Any:
    if not keys:
        return len(found)
    length = max((each[keys[0]] + 1 for each in found), default=0)
    groups: list[list[Mapping[str, int]]] = [[] for _ in range(length)]
    for each in found:
        groups[each[keys[0]]].append(each)
    return [_nested(group, keys[1:]) for group in groups]


@lru_cache(maxsize=4096)
def pattern(text: str, tail: bool = False) -> Pattern:
    """The pattern of a text."""
    return Pattern(text, tail)
