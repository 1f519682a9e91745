"""Problems: what is wrong, where it stands, and how to mend it.

Everything that goes wrong with a document is a :class:`Problem`, a value. Problems are collected in
a :class:`Problems`, and leave the library inside a :class:`NetwrightError`. How they look as text
is decided in :mod:`netwright.specs.rendering`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from netwright.specs.rendering import render, shown

__all__ = [
    "Fix",
    "NetwrightError",
    "Place",
    "PluginError",
    "Problem",
    "Problems",
    "RenderError",
    "Source",
    "SpecError",
    "WeightsError",
    "apply",
    "render",
    "shown",
    "suggest",
]

#: Problems of one kind kept by a collector; of more it only counts how many there were.
KEPT = 10_000

# What ends a line for YAML. str.splitlines knows others, which would shift every line after them.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@lru_cache(maxsize=4)
def _line_starts(text: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in _LINE_BREAK.finditer(text)))


@dataclass(frozen=True, slots=True)
class Source:
    """A text that was read, under the name that the user gave it."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """The line of this number, counted from 1, without its end; empty if there is none."""
        starts = _line_starts(self.text)
        if not 1 <= number <= len(starts):
            return ""
        start = starts[number - 1]
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[start:end].rstrip("\n\r\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: line and column from 1, in characters.

    ``length`` counts the characters of the text from there on; it may go past the end of the line.
    """

    source: Source
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends a problem: what stands at ``place`` becomes ``text``.

    A place of length 0 is an insertion.
    """

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    Attributes:
        code: stable, ``"NW301"``; :mod:`netwright.specs.codes` explains it.
        message: what is wrong, in one line.
        place: where it stands.
        path: where that is in the network, ``"stages.1.0.sum"``.
        label: what stands beside the carets.
        notes: what else is known, each on a line of its own.
        help: how to mend it.
        fix: the same as a change of the text.
        severity: a warning does not fail.
        also: other places that matter, each with a label.
        uses: how often the same mistake was met.
    """

    code: str
    message: str
    place: Place | None = None
    path: str = ""
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    fix: Fix | None = None
    severity: Literal["error", "warning"] = "error"
    also: tuple[tuple[Place, str], ...] = ()
    uses: int = 1

    def as_json(self) -> dict[str, object]:
        """The problem in types of JSON; what is not known is ``None`` or empty."""
        fix = self.fix
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            **_place_as_json(self.place),
            "path": self.path,
            "label": self.label,
            "notes": list(self.notes),
            "help": self.help,
            "fix": None if fix is None else {**_place_as_json(fix.place), "text": fix.text},
            "also": [{**_place_as_json(place), "label": label} for place, label in self.also],
            "uses": self.uses,
        }


def _place_as_json(place: Place | None) -> dict[str, object]:
    if place is None:
        return {"file": None, "line": None, "column": None, "length": None}
    return {
        "file": place.source.name,
        "line": place.line,
        "column": place.column,
        "length": place.length,
    }


class NetwrightError(Exception):
    """What this library raises; ``problems`` says why, ``str()`` says it as text.

    Args:
        problems: at least one, in the order in which they are to be read.
        more: how many were met besides these.
    """

    def __init__(self, problems: Iterable[Problem] | Problem, more: int = 0) -> None:
        kept = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(kept, more)  # the arguments, so that the error can be pickled
        self.problems: tuple[Problem, ...] = kept
        self.more = more

    def __str__(self) -> str:
        return render(self.problems, more=self.more)


class SpecError(NetwrightError):
    """A spec is wrong."""


class PluginError(NetwrightError):
    """A plugin is missing or broken."""


class RenderError(NetwrightError):
    """A diagram could not be drawn."""


class WeightsError(NetwrightError):
    """Weights do not fit their model."""


_OF_TYPES = frozenset({"NW301", "NW302", "NW303", "NW304", "NW305", "NW307", "NW308", "NW512"})


class Problems:
    """Collects problems, so that one run reports every mistake.

    The same code, place and message is one problem, and counts its ``uses``; where the message tells
    of types, the same code and place. At most
    :data:`KEPT` errors and as many warnings are kept; ``more`` counts the other errors.
    """

    def __init__(self) -> None:
        self._errors: dict[tuple[object, ...], tuple[Problem, int]] = {}
        self._warnings: dict[tuple[object, ...], tuple[Problem, int]] = {}
        self.more = 0

    def add(self, problem: Problem) -> None:
        """Note a problem."""
        is_error = problem.severity == "error"
        kept = self._errors if is_error else self._warnings
        # A definition that is met with several types has one mistake, told with the first of them.
        said = "" if problem.code in _OF_TYPES else problem.message
        key = (problem.code, problem.place, said)
        known = kept.get(key)
        if known is not None:
            kept[key] = (known[0], known[1] + problem.uses)
        elif len(kept) < KEPT:
            kept[key] = (problem, problem.uses)
        elif is_error:
            self.more += 1

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note several."""
        for problem in problems:
            self.add(problem)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The errors, sorted by place."""
        return _sorted(self._errors.values())

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings, sorted by place."""
        return _sorted(self._warnings.values())

    def __bool__(self) -> bool:
        """Whether there is an error."""
        return bool(self._errors)

    def raise_if_any(self) -> None:
        """Raise every error.

        Raises:
            SpecError: if there is an error; warnings alone do not raise.
        """
        if self._errors:
            raise SpecError(self.errors, self.more)


def _sorted(kept: Iterable[tuple[Problem, int]]) -> tuple[Problem, ...]:
    problems = [
        problem if problem.uses == uses else replace(problem, uses=uses) for problem, uses in kept
    ]
    # Files stay in the order in which they were first met: the user's own before what it uses.
    order: dict[str, int] = {}
    for problem in problems:
        if problem.place is not None:
            order.setdefault(problem.place.source.name, len(order))

    def key(problem: Problem) -> tuple[int, int, int]:
        place = problem.place
        return (-1, 0, 0) if place is None else (order[place.source.name], place.line, place.column)

    return tuple(sorted(problems, key=key))


def apply(fix: Fix, text: str) -> str:
    """The text with the change made.

    Args:
        fix: a change of this text.
        text: as it was read; a byte order mark before it is kept.

    Raises:
        ValueError: if the place is not in the text.
    """
    mark, text = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    place = fix.place
    starts = _line_starts(text)
    if not 1 <= place.line <= len(starts):
        raise ValueError(f"there is no line {place.line}")
    start = starts[place.line - 1] + place.column - 1
    end = start + place.length
    if not 0 <= start <= end <= len(text):
        raise ValueError(f"{place.line}:{place.column} is outside the text")
    return mark + text[:start] + fix.text + text[end:]


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant, or ``None``.

    At most two letters may be wrong, missing, too many, or swapped with their neighbour (one in
    words of up to four letters); upper and lower case do not count.
    """
    if not word or len(word) > 100:
        return None
    folded = word.casefold()
    best: tuple[int, bool, int] | None = None
    found: str | None = None
    for candidate in candidates:
        limit = 1 if max(len(candidate), len(word)) <= 4 else 2
        if abs(len(candidate) - len(word)) > limit:
            continue
        other = candidate.casefold()
        distance = _distance(folded, other, limit)
        if distance > limit:
            continue
        rank = (distance, other[:1] != folded[:1], abs(len(candidate) - len(word)))
        if best is None or rank < best:
            best, found = rank, candidate
    return found


def _distance(left: str, right: str, limit: int) -> int:
    """Edits (replace, insert, delete, swap neighbours) between two words; past the limit, more."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            edits = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                edits = min(edits, last[j - 2] + 1)
            row.append(edits)
        if min(row) > limit and (i == 1 or min(before) > limit):
            return limit + 1
    return row[-1]
