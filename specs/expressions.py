"""Expressions: ``$name`` and ``$(4 * dim)`` as values of a document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from netwright.specs.evaluation import Given, Lookup, UnknownName, compute
from netwright.specs.grammar import ExpressionError, is_expression, parsed
from netwright.specs.problems import Place, Problem

__all__ = [
    "Expression",
    "ExpressionError",
    "UnknownName",
    "evaluate",
    "is_expression",
    "names_in",
    "parse",
    "problem",
]


@dataclass(frozen=True, slots=True)
class Expression:
    """A valid expression; equal to another of the same text.

    Attributes:
        text: as written, with the ``$``.
        place: where it stands.
        names: the names whose values it may read.
        given: the names of inputs that it asks ``given(…)`` about.
    """

    text: str
    place: Place | None = field(default=None, compare=False, repr=False)
    names: frozenset[str] = field(default=frozenset(), compare=False)
    given: frozenset[str] = field(default=frozenset(), compare=False)

    def __str__(self) -> str:
        return self.text


def parse(text: str, place: Place | None = None) -> Expression | str:
    """The expression in a text, or the text that it stands for: ``$$x`` is ``$x``.

    Raises:
        ExpressionError: for an expression that the language does not allow.
    """
    if not text.startswith("$"):
        return text
    if not is_expression(text):
        return text[1:]
    found = parsed(text)
    return Expression(text, place, found.names, found.given)


def evaluate(expression: Expression, lookup: Lookup, given: Given | None = None) -> object:
    """The value of an expression.

    Args:
        expression: what to compute.
        lookup: the value of a name; raises :class:`UnknownName` for one that is not in scope.
        given: whether an optional input is there; raises :class:`UnknownName` likewise. Without
            it, ``given(…)`` is refused.

    Returns:
        None, a boolean, an integer below 2**63, a finite float, a text, a list, or whatever else
        ``lookup`` returned.

    Raises:
        ExpressionError: if there is no such value. What a symbolic size raises because it depends
            on its symbols is let through.
    """
    return compute(parsed(expression.text), lookup, given)


def names_in(value: object) -> frozenset[str]:
    """The names that the expressions in a plain value read, at any depth.

    What is no valid expression has none.
    """
    names: set[str] = set()
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if is_expression(item):
                try:
                    names |= parsed(item).names
                except ExpressionError:
                    continue
        elif isinstance(item, Expression):
            names |= item.names
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, Iterable):
            waiting += item
    return frozenset(names)


def problem(error: ExpressionError, text: str, place: Place | None, path: str = "") -> Problem:
    """The problem of an error, at the part of the expression that it is about.

    Args:
        error: from :func:`parse` or :func:`evaluate`.
        text: the expression, with the ``$``.
        place: where it stands.
        path: where that is in the network.
    """
    if place is not None:
        line = place.source.line(place.line)
        # The text stands at the place, or after a quote.
        start = line.find(text, place.column - 1, place.column + len(text))
        if start >= 0:
            place = Place(place.source, place.line, start + error.column, error.length)
    return Problem(error.code, error.message, place, path, help=error.help)
