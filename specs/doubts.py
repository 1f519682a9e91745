"""Why a comparison of sizes is open: examples of both answers, and facts that would settle it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Literal, TypeAlias

from netwright.specs.atoms import Floor, Polynomial, SizeError, Symbol
from netwright.specs.polynomials import (
    as_int,
    constant,
    divide,
    evaluate,
    scale,
    single,
    substitute,
    symbols,
)
from netwright.specs.proofs import (
    EXHAUSTIVE,
    Claim,
    Values,
    all_values,
    crossings,
    holds,
    periods,
    probes,
    prove,
)
from netwright.specs.size_text import labels, plain

if TYPE_CHECKING:
    from netwright.specs.sizes import Size

Relation: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
Facts: TypeAlias = dict[str, dict[str, int]]

# How far a least or greatest value is looked for, and how many divisors and symbols are tried.
REACH = 24
DIVISORS = 24
SYMBOLS = 4
WORK = 400  # for each of them: a suggestion is not worth a wait


@dataclass(frozen=True, slots=True)
class Doubt:
    """`left relation right` is neither proved nor refuted for all allowed values."""

    left: Size = field(compare=False)  # comparing sizes could itself be in doubt
    relation: Relation
    right: Size = field(compare=False)
    claim: Claim = field(repr=False)
    polynomial: Polynomial = field(repr=False)
    left_polynomial: Polynomial = field(repr=False)
    right_polynomial: Polynomial = field(repr=False)

    @property
    def example(self) -> dict[str, int] | None:
        """Values, by symbol name, for which it fails; None where none was found."""
        return self._named(examples(self.claim, self.polynomial)[0])

    @property
    def holds(self) -> dict[str, int] | None:
        """Values for which it holds; None where none was found."""
        return self._named(examples(self.claim, self.polynomial)[1])

    @property
    def suggestion(self) -> Facts | None:
        """The smallest facts found with which it is proved, as `{height: {min: 7}}`."""
        return suggest(self.claim, self.polynomial)

    def _labels(self) -> dict[Symbol, str]:
        return labels((self.left_polynomial, self.right_polynomial))

    def _named(self, values: Values | None) -> dict[str, int] | None:
        if values is None:
            return None
        return {
            label: values.get(symbol, symbol.low) * symbol.multiple_of
            for symbol, label in self._labels().items()
        }

    def __str__(self) -> str:
        names = self._labels()
        left, right = plain(self.left_polynomial, names), plain(self.right_polynomial, names)
        statement = f"{left} {self.relation} {right}"
        fails, holds = self.example, self.holds
        if fails is None or holds is None:
            return f"{statement} could not be proved and could not be refuted"
        words = f"{statement} fails for {_listed(fails)} and holds for {_listed(holds)}"
        if self.suggestion is None:
            return words
        facts = (
            f"{name}: {{{', '.join(f'{k}: {v}' for k, v in facts.items())}}}"
            for name, facts in self.suggestion.items()
        )
        return f"{words}; it would always hold with {', '.join(facts)}"


def _listed(values: dict[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


@lru_cache(maxsize=1024)
def examples(claim: Claim, p: Polynomial) -> tuple[Values | None, Values | None]:
    """Small values for which the claim fails, and some for which it holds, where found."""
    fails: Values | None = None
    keeps: Values | None = None
    for values in chain(all_values(p, EXHAUSTIVE) or probes(p), crossings(p)):
        if holds(claim, evaluate(p, values)):
            keeps = keeps or values
        else:
            fails = fails or values
        if fails and keeps:
            break
    return (
        fails and _smaller(fails, lambda v: not holds(claim, evaluate(p, v))),
        keeps and _smaller(keeps, lambda v: holds(claim, evaluate(p, v))),
    )


def _smaller(values: Values, still: Callable[[Values], bool]) -> Values:
    """Each value in turn made as small as halving finds it."""
    for symbol, value in list(values.items()):
        low, high = symbol.low, value
        while low < high:
            middle = (low + high) // 2
            if still({**values, symbol: middle}):
                high = middle
            else:
                low = middle + 1
        values = {**values, symbol: high}
    return values


def _root(p: Polynomial, symbol: Symbol) -> int | None:
    """The one value of the symbol's atom for which p is zero whatever the others are."""
    if any(isinstance(a, Floor) and symbol in symbols(a.inner) for m, _ in p for a, _ in m):
        return None
    if any(a == symbol and n > 1 for m, _ in p for a, n in m):
        return None
    rest = substitute(p, {symbol: constant(0)})
    factor = frozenset((m - {(symbol, 1)}, c) for m, c in p - rest)
    if not factor:
        return None
    quotient, left = divide(scale(rest, -1), factor)
    value = as_int(quotient)
    if left or value is None or not symbol.low <= value <= symbol.high:
        return None
    return value


@lru_cache(maxsize=1024)
def suggest(claim: Claim, p: Polynomial) -> Facts | None:
    """The smallest facts of symbols with which the claim is proved; None where none is found."""
    names = [s.name for s in symbols(p)]
    # where two have one name, the name would say too little
    known = [s for s in symbols(p) if names.count(s.name) == 1][:SYMBOLS]
    orders: dict[Claim, tuple[_Search, ...]] = {
        "zero": (_multiples, _fixed),
        "nonzero": (_least, _greatest, _multiples),
        "nonnegative": (_least, _greatest, _multiples),
    }
    try:
        for search in orders[claim]:
            found = search(claim, p, known)
            if found is not None:
                return found
    except SizeError:  # out of the bounds of sizes: nothing to suggest
        return None
    return None


_Search: TypeAlias = Callable[[Claim, Polynomial, list[Symbol]], Facts | None]


def _narrowed(p: Polynomial, symbol: Symbol, low: int, high: float, step: int) -> Polynomial:
    """P where the symbol's atom is known to be a multiple of step from low to high."""
    top = None if high == inf else int(high)
    new = Symbol(symbol.name, low, top, step, ("narrowed", symbol.origin))
    if new.low == new.high:
        return substitute(p, {symbol: constant(new.minimum)})
    return substitute(p, {symbol: single(new, step)})


def _least(claim: Claim, p: Polynomial, known: list[Symbol]) -> Facts | None:
    for symbol in known:

        def proved(low: int, symbol: Symbol = symbol) -> bool:
            return prove(claim, _narrowed(p, symbol, low, symbol.high, 1), WORK)

        below = symbol.low
        for reach in range(REACH):
            low = symbol.low + 2**reach
            if low > symbol.high:
                break
            if proved(low):
                while below + 1 < low:
                    middle = (below + low) // 2
                    below, low = (below, middle) if proved(middle) else (middle, low)
                return {symbol.name: {"min": low * symbol.multiple_of}}
            below = low
    return None


def _greatest(claim: Claim, p: Polynomial, known: list[Symbol]) -> Facts | None:
    for symbol in known:

        def proved(high: int, symbol: Symbol = symbol) -> bool:
            return prove(claim, _narrowed(p, symbol, symbol.low, high, 1), WORK)

        high, above = symbol.low, symbol.high
        for reach in range(REACH):
            more = symbol.low + 2**reach
            if more >= above or not proved(more):
                above = min(above, more)
                break
            high = more
        while high + 1 < above and above != inf:
            middle = int(high + above) // 2
            high, above = (middle, above) if proved(middle) else (high, middle)
        if high > symbol.low:  # one value alone would be no size any more
            return {symbol.name: {"max": high * symbol.multiple_of}}
    return None


def _multiples(claim: Claim, p: Polynomial, known: list[Symbol]) -> Facts | None:
    needed = {s: n for s, n in periods(p).items() if s in known}
    for symbol, period in needed.items():
        for step in _divisors(period):
            if _with_steps(claim, p, {symbol: step}):
                return {symbol.name: {"multiple_of": step * symbol.multiple_of}}
    if len(needed) < 2 or not _with_steps(claim, p, needed):
        return None
    steps = dict(needed)
    for symbol, period in needed.items():
        for step in (1, *_divisors(period)):
            if _with_steps(claim, p, {**steps, symbol: step}):
                steps[symbol] = step
                break
    return {s.name: {"multiple_of": n * s.multiple_of} for s, n in steps.items() if n > 1}


def _divisors(number: int) -> list[int]:
    """The smallest divisors above 1, and the number itself."""
    small = [d for d in range(2, min(number, 4096)) if number % d == 0]
    return [*small[:DIVISORS], number]


def _with_steps(claim: Claim, p: Polynomial, steps: dict[Symbol, int]) -> bool:
    for symbol, step in steps.items():
        if step > symbol.high:
            return False
        p = _narrowed(p, symbol, symbol.low, symbol.high, step)
    return prove(claim, p, WORK)


def _fixed(claim: Claim, p: Polynomial, known: list[Symbol]) -> Facts | None:
    for symbol in known:
        value = _root(p, symbol)
        if value is None:
            found = examples(claim, p)[1]
            value = None if found is None else found[symbol]
        if value is not None and prove(claim, substitute(p, {symbol: constant(value)}), WORK):
            fixed = value * symbol.multiple_of
            return {symbol.name: {"min": fixed, "max": fixed}}
    return None
