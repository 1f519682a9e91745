"""From what goes wrong in a rule or an expression to a problem with a place, a path and a help."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from netwright.composer.elaborate.scope import Poisoned
from netwright.composer.elaborate.unknown import unknowns
from netwright.specs import tree as trees
from netwright.specs.expressions import ExpressionError
from netwright.specs.problems import Fix, NetwrightError, Place, Problem, Problems
from netwright.specs.sizes import (
    Doubt,
    Relation,
    Size,
    SizeError,
    Symbol,
    Undecided,
    decide,
    substitute,
    symbol,
    symbols,
)
from netwright.specs.tensors import Refusal, Tensor


@dataclass(frozen=True, slots=True)
class Where:
    """A position in the network: its path, and whom to blame.

    blame: the node in the user's file that brought in a composite which is not theirs; mistakes in there
    are shown at that node.
    """

    problems: Problems
    path: str = ""
    blame: Place | None = None

    def at(self, name: str, blame: Place | None = None) -> Where:
        """One step down."""
        path = f"{self.path}.{name}" if self.path else name
        # Every node asks for its own; `replace` takes four times as long.
        return Where(self.problems, path, self.blame or blame)

    def report(self, code: str, message: str, place: Place | None, **more: Any) -> None:
        """Report a problem; more: further fields of `Problem`."""
        if self.blame is not None and place is not None and place.source is not self.blame.source:
            inner = f"in {place.source.name.rpartition('/')[2]}, line {place.line}"
            more["notes"] = (*more.get("notes", ()), inner)
            more.pop("fix", None)
            more.pop("also", None)
            place = self.blame
        self.problems.add(Problem(code, message, place and first_line(place), self.path, **more))

    def warn(self, code: str, message: str, place: Place | None, **more: Any) -> None:
        self.report(code, message, place, severity="warning", **more)

    @contextmanager
    def guard(self, place: Place | None, code: str = "NW302") -> Iterator[None]:
        """Whatever expected goes wrong inside is reported at the place, then raised as Poisoned."""
        try:
            yield
        except Poisoned:
            raise
        except ExpressionError as error:
            self.report(
                error.code,
                error.message,
                _inside(place, error),
                help=error.help,
                fix=_fix(place, error),
            )
            raise Poisoned from error
        except Undecided as error:
            self.doubt(error.doubt, place)
            raise Poisoned from error
        except Refusal as error:
            self.report(error.code, error.message, place, help=error.help)
            raise Poisoned from error
        except SizeError as error:
            self.report("NW305", str(error), place)
            raise Poisoned from error
        except NetwrightError as error:
            for problem in error.problems:
                own = problem.place or place
                self.report(
                    problem.code, problem.message, own, help=problem.help, notes=problem.notes
                )
            raise Poisoned from error

    def doubt(self, doubt: Doubt, place: Place | None, lead: str = "", **more: Any) -> None:
        """Report a demand that depends on symbols, with the line under `dims` that settles it."""
        if unknowns((doubt.left, doubt.right)):
            return  # it depends on a mistake that is reported
        message = f"{lead}: {explain(doubt)}" if lead else explain(doubt)
        self.report("NW304", message, place, help=dims_line(doubt.suggestion), **more)


def doubt_symbols(doubt: Doubt) -> tuple[Symbol, ...]:
    """The symbols that a doubt depends on, each once."""
    return tuple(dict.fromkeys((*symbols(doubt.left), *symbols(doubt.right))))


def explain(doubt: Doubt) -> str:
    """A doubt in words: what depends on which sizes, with values for both answers."""
    names = ", ".join(dict.fromkeys(symbol.name for symbol in doubt_symbols(doubt)))
    message = f"whether {doubt.left} {doubt.relation} {doubt.right} depends on {names}"
    listed = [
        f"{answer} for {', '.join(f'{name} = {value}' for name, value in values.items())}"
        for answer, values in (("yes", doubt.holds), ("no", doubt.example))
        if values
    ]
    return f"{message} ({', '.join(listed)})" if listed else message


_CONTRARY: dict[str, Relation] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}

Narrowed = Mapping[Symbol, Size]


def settled(doubt: Doubt, attempt: Callable[[Narrowed], Doubt | bool]) -> str:
    """The line under `dims` with which a rule accepts; empty where none is found.

    A rule may ask for what is wrong or for what is right, so both answers to its question are tried on
    the rule itself; where the next question of the rule is open as well, that is settled too.
    """
    found = _settled(doubt, attempt, {}, 4)
    return dims_line(found) if found else ""


def _settled(
    doubt: Doubt, attempt: Callable[[Narrowed], Doubt | bool], known: Narrowed, depth: int
) -> dict[str, dict[str, int]] | None:
    contrary = decide(_CONTRARY[doubt.relation], doubt.left, doubt.right)
    for each in (doubt, contrary):
        facts = each.suggestion if isinstance(each, Doubt) else None
        if not facts:
            continue
        try:
            more = {s: _with(s, facts[s.name]) for s in doubt_symbols(doubt) if s.name in facts}
        except SizeError:  # no size is all of this at once
            continue
        outcome = attempt({**known, **more})
        if outcome is True:
            return facts
        if isinstance(outcome, Doubt) and depth:
            rest = _settled(outcome, attempt, {**known, **more}, depth - 1)
            if rest is not None:
                return {
                    name: {**facts.get(name, {}), **rest.get(name, {})}
                    for name in {**facts, **rest}
                }
    return None


def _with(known: Symbol, facts: Mapping[str, int]) -> Size:
    """The symbol with more facts; it stands for the same size, so that the rule can be tried again."""
    return symbol(
        known.name,
        minimum=max(known.minimum, facts.get("min", 1)),
        maximum=facts.get("max", known.maximum),
        multiple_of=facts.get("multiple_of", known.multiple_of),
        origin=known.origin,
    )


def narrowed(args: Iterable[Any], facts: Narrowed) -> list[Any]:
    """Types of inputs once more is known of their symbols."""
    return [
        replace(
            each,
            sizes=tuple(substitute(size, facts) for size in each.sizes),
            below=None if each.below is None else substitute(each.below, facts),
        )
        if isinstance(each, Tensor)
        else each
        for each in args
    ]


def dims_line(facts: Mapping[str, Mapping[str, int]] | None) -> str:
    """Facts as an instruction to the spec writer; empty where there are none."""
    if not facts:
        return ""
    lines = (
        f"{name}: {{{', '.join(f'{fact}: {value}' for fact, value in each.items())}}}"
        for name, each in facts.items()
    )
    return f"say so under dims: {', '.join(lines)}"


def first_line(place: Place) -> Place:
    """The part of a place that stands on its first line."""
    rest = len(place.source.line(place.line)) - place.column + 1
    return replace(place, length=min(place.length, rest)) if 0 < rest < place.length else place


def _inside(place: Place | None, error: ExpressionError) -> Place | None:
    """The place of a mistake inside an expression; one in quotes begins a column later."""
    if place is None or not error.length:
        return place
    line = place.source.line(place.line)
    start = line.find("$", place.column - 1, place.column + 1)
    if start < 0:
        return place  # a text over several lines
    return Place(place.source, place.line, start + error.column, error.length)


_MEANT = re.compile(r"did you mean [`']?([A-Za-z_][A-Za-z0-9_]*)[`']?\?")


def _fix(place: Place | None, error: ExpressionError) -> Fix | None:
    """The word of an expression that was probably meant."""
    at = _inside(place, error)
    found = _MEANT.match(error.help)
    return Fix(at, found[1]) if at is not None and at != place and found else None


def fix_word(node: trees.Node | trees.Entry, word: str | None) -> Fix | None:
    """Replace a key or a value by the word that was probably meant."""
    if word is None:
        return None
    place = node.key_place if isinstance(node, trees.Entry) else node.place
    if isinstance(node, trees.Scalar) and node.quoted:
        return None
    return Fix(place, word)
