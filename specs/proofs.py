"""What holds of a polynomial for every value its symbols may have: proofs, never guesses.

Three claims are proved: that a polynomial is always zero, never zero, or never negative. Each is
tried as it stands (`_plain`), then on the residues of a symbol that stands in floors
(h = L*t + r makes the floors whole), then with a symbol's least value taken apart from the rest.
All work is counted; where the count runs out there is no proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from math import comb, gcd, inf, lcm, prod
from typing import Literal, TypeAlias

from netwright.specs.atoms import (
    ONE,
    ZERO,
    Atom,
    Floor,
    Polynomial,
    SizeError,
    Symbol,
    atom_bounds,
    bounds,
    monomial_bounds,
    weight,
)
from netwright.specs.polynomials import (
    add,
    as_int,
    constant,
    evaluate,
    gather,
    scale,
    single,
    substitute,
    symbols,
)

Claim: TypeAlias = Literal["zero", "nonzero", "nonnegative"]
Values: TypeAlias = dict[Symbol, int]

# Enough for the residues of two strides of 16 by 16; a few milliseconds at most.
WORK = 3000
SHIFT_WORK = 512
EXHAUSTIVE = 256
PEELS = 12


class _Counted:
    """The origin of the t that counts another symbol's values: equal for equal symbols."""

    __slots__ = ("symbol",)

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Counted) and self.symbol == other.symbol

    def __hash__(self) -> int:
        return hash(("count", self.symbol))

    def __repr__(self) -> str:
        return f"count of {self.symbol!r}"


class _Exhausted(Exception):
    """The work allowed to a proof is done."""


class _Work:
    """Counts what one proof does, and remembers the claims it has shown."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.shown: dict[tuple[Claim, Polynomial], bool] = {}

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise _Exhausted


@lru_cache(maxsize=8192)
def prove(claim: Claim, p: Polynomial, work: int = WORK) -> bool:
    """Whether the claim is proved with so much work; False says nothing of its contrary."""
    try:
        if _plain(claim, p):
            return True
        everything = all_values(p, EXHAUSTIVE)
        if everything is not None:
            return all(holds(claim, evaluate(p, values)) for values in everything)
        if any(not holds(claim, evaluate(p, values)) for values in probes(p)):
            return False
        if claim == "nonzero" and any(evaluate(p, values) == 0 for values in crossings(p)):
            return False
        return _by_cases(claim, p, _Work(work), PEELS)
    except (_Exhausted, SizeError):
        return False


def contrary(claim: Claim, p: Polynomial) -> tuple[Claim, Polynomial]:
    """The claim that holds for a value just where this one fails."""
    if claim == "nonnegative":
        return "nonnegative", add(scale(p, -1), constant(-1))
    return ("nonzero" if claim == "zero" else "zero"), p


def holds(claim: Claim, value: int) -> bool:
    """Whether a claim about a polynomial holds where it has this value."""
    if claim == "zero":
        return value == 0
    return value != 0 if claim == "nonzero" else value >= 0


def _plain(claim: Claim, p: Polynomial) -> bool:
    """What shows without taking cases."""
    if claim == "zero":
        return not p
    if claim == "nonnegative":
        return _nonnegative(p)
    common = gcd(*(c for m, c in p if m))
    rest = next((c for m, c in p if not m), 0)
    if common == 0 or rest % common:
        return rest != 0
    return _nonnegative(add(p, constant(-1))) or _nonnegative(add(scale(p, -1), constant(-1)))


def _nonnegative(p: Polynomial) -> bool:
    low, high = bounds(p)
    if low >= 0:
        return True
    if high < 0:
        return False
    if _shifted(p):
        return True
    relaxed = _without_floors(p)
    return relaxed is not None and _shifted(relaxed)


def _shifted(p: Polynomial) -> bool:
    """No coefficient is negative once each atom is counted from an end of its range.

    An atom from `low` on is low + t. One from low to high is (low + high*t) / (1 + t), and p is
    multiplied by the (1 + t) below the line. In both, t >= 0.
    """
    degrees: dict[Atom, int] = {}
    for monomial, _ in p:
        for atom, exponent in monomial:
            degrees[atom] = max(degrees.get(atom, 0), exponent)
    if prod(d + 1 for d in degrees.values()) * len(p) > SHIFT_WORK:
        return False
    ranges = {atom: atom_bounds(atom) for atom in degrees}
    if any(low == -inf for low, _ in ranges.values()):
        return False
    sums: dict[tuple[int, ...], int] = {}
    for monomial, coefficient in p:
        powers = dict(monomial)
        factors = []
        for atom, degree in degrees.items():
            low, high = ranges[atom]
            exponent = powers.get(atom, 0)
            if high == inf:
                factors.append(_binomial(int(low), 1, exponent))
            else:
                ends = _binomial(int(low), int(high), exponent)
                factors.append(_convolve(ends, _binomial(1, 1, degree - exponent)))
        for choice in product(*(range(len(f)) for f in factors)):
            value = coefficient
            for f, k in zip(factors, choice, strict=True):
                value *= f[k]
            sums[choice] = sums.get(choice, 0) + value
    return all(value >= 0 for value in sums.values())


def _binomial(a: int, b: int, n: int) -> list[int]:
    """Coefficients of (a + b*t) ** n."""
    return [comb(n, k) * a ** (n - k) * b**k for k in range(n + 1)]


def _convolve(a: list[int], b: list[int]) -> list[int]:
    result = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return result


def _without_floors(p: Polynomial) -> Polynomial | None:
    """A polynomial without floors that is negative wherever p is; None where none is found.

    x // d lies from (x - d + 1) / d to x / d; what it is multiplied with must not be negative.
    """
    if not any(isinstance(atom, Floor) for m, _ in p for atom, _ in m):
        return None
    for _ in range(8):
        floors = [atom for m, _ in p for atom, _ in m if isinstance(atom, Floor)]
        if not floors:
            return p
        target = max(floors, key=lambda atom: atom.depth)
        terms: list[tuple[frozenset[tuple[Atom, int]], int]] = []
        for monomial, coefficient in p:
            if (target, 1) not in monomial:
                if any(atom == target for atom, _ in monomial):
                    return None
                terms.append((monomial, coefficient * target.divisor))
                continue
            rest = monomial - {(target, 1)}
            if monomial_bounds(rest)[0] < 0:
                return None
            slack = constant(1 - target.divisor) if coefficient > 0 else ZERO
            for inner, c in add(target.inner, slack):
                powers = dict(rest)
                for atom, exponent in inner:
                    powers[atom] = powers.get(atom, 0) + exponent
                terms.append((frozenset(powers.items()), coefficient * c))
        p = gather(terms)
    return None


def _by_cases(claim: Claim, p: Polynomial, work: _Work, peels: int) -> bool:
    key = (claim, p)
    if key not in work.shown:
        work.spend(1 + weight(p))
        work.shown[key] = _plain(claim, p) or _split(claim, p, work, peels)
    return work.shown[key]


def _split(claim: Claim, p: Polynomial, work: _Work, peels: int) -> bool:
    value = as_int(p)
    if value is not None:
        return holds(claim, value)
    needed = periods(p)
    if claim == "zero":
        if not needed:
            return False
        parts = _by_free_symbols(p, frozenset(needed))
        if len(parts) > 1:
            return all(_by_cases(claim, part, work, peels) for part in parts)
        p = parts[0]
    elif claim == "nonnegative" and bounds(p)[1] < 0:
        return False
    if needed:
        symbol, period = min(needed.items(), key=lambda item: (item[1], item[0].order()))
        if period > work.left:
            raise _Exhausted
        return all(_by_cases(claim, case, work, peels) for case in _residues(p, symbol, period))
    if peels == 0:
        return False
    symbol = min(symbols(p), key=lambda s: (s.low, s.order()))
    least = substitute(p, {symbol: constant(symbol.low)})
    above = substitute(p, {symbol: _ranged(symbol, symbol.low + 1, symbol.high, 1, 0)})
    return _by_cases(claim, least, work, peels) and _by_cases(claim, above, work, peels - 1)


def _by_free_symbols(p: Polynomial, bound: frozenset[Symbol]) -> list[Polynomial]:
    """P as a polynomial in the symbols that stand in no floor: its coefficients, made coprime."""
    parts: dict[frozenset[tuple[Atom, int]], list[tuple[frozenset[tuple[Atom, int]], int]]] = {}
    for monomial, coefficient in p:
        free = frozenset((a, n) for a, n in monomial if isinstance(a, Symbol) and a not in bound)
        parts.setdefault(free, []).append((monomial - free, coefficient))
    result = []
    for terms in parts.values():
        common = gcd(*(c for _, c in terms))
        result.append(frozenset((m, c // common) for m, c in terms))
    return result


def _ranged(symbol: Symbol, low: int, high: float, factor: int, offset: int) -> Polynomial:
    """Factor * t + offset, for a new symbol t from low to high."""
    if low == high:
        return constant(factor * low + offset)
    top = None if high == inf else int(high)
    origin = symbol.origin if isinstance(symbol.origin, _Counted) else _Counted(symbol)
    count = Symbol(symbol.name, low, top, 1, origin)
    return gather((*single(count, factor), (ONE, offset)))


def _residues(p: Polynomial, symbol: Symbol, period: int) -> Iterator[Polynomial]:
    for rest in range(period):
        low = -((rest - symbol.low) // period)
        high = inf if symbol.high == inf else (symbol.high - rest) // period
        if low <= high:
            yield substitute(p, {symbol: _ranged(symbol, low, high, period, rest)})


@lru_cache(maxsize=4096)
def periods(p: Polynomial) -> dict[Symbol, int]:
    """For each symbol in a floor the number L for which h = L*t + r makes the floors whole."""
    needed: dict[Symbol, int] = {}
    for monomial, _ in p:
        for atom, _ in monomial:
            if not isinstance(atom, Floor):
                continue
            for term in atom.inner:
                step = atom.divisor // gcd(atom.divisor, term[1])
                nested = periods(frozenset((term,)))
                for symbol in symbols(frozenset((term,))):
                    period = step * nested.get(symbol, 1)
                    needed[symbol] = lcm(needed.get(symbol, 1), period)
    return needed


def all_values(p: Polynomial, limit: int) -> list[Values] | None:
    """Every choice of values of the symbols' atoms, or None where they are more than the limit."""
    count = 1
    for symbol in symbols(p):
        if symbol.high == inf:
            return None
        count *= int(symbol.high) - symbol.low + 1
        if count > limit:
            return None
    return list(_choices(symbols(p)))


def _choices(names: tuple[Symbol, ...]) -> Iterator[Values]:
    ranges = [range(s.low, int(s.high) + 1) for s in names]
    for choice in product(*ranges):
        yield dict(zip(names, choice, strict=True))


def probes(p: Polynomial) -> Iterator[Values]:
    """Some values to look at, small ones first: where a claim fails it mostly fails at one."""
    names = symbols(p)
    needed = periods(p)
    samples = {symbol: _samples(symbol, needed.get(symbol, 1)) for symbol in names}
    longest = max((len(s) for s in samples.values()), default=0)
    seen: set[tuple[int, ...]] = set()
    for row in _rows(len(names), longest):
        values = {s: samples[s][k % len(samples[s])] for s, k in zip(names, row, strict=True)}
        key = tuple(values.values())
        if key not in seen:
            seen.add(key)
            yield values


def _rows(width: int, longest: int) -> Iterator[tuple[int, ...]]:
    for k in range(longest):
        yield (k,) * width
    if width < 2:
        return
    for column in range(min(width, 12)):
        for k in (1, 2, 3, longest - 1, longest - 3):
            yield tuple(k if i == column else 0 for i in range(width))
            yield tuple(0 if i == column else k for i in range(width))
    state = 1  # a fixed sequence that looks random: the same values in every run
    for _ in range(48):
        row = []
        for _ in range(width):
            state = (state * 1103515245 + 12345) % 2**31
            row.append((state >> 8) % longest)
        yield tuple(row)


def _samples(symbol: Symbol, period: int) -> list[int]:
    steps = {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 23, 64, 127, 512, 1023, 4096, 10**6, 2**40}
    if period > 1:
        steps |= {period - 2, period - 1, period, period + 1, 2 * period, 3 * period + 2}
    if symbol.high != inf:
        width = int(symbol.high) - symbol.low
        steps |= {width, width - 1, width // 2}
        steps = {step for step in steps if 0 <= step <= width}
    return [symbol.low + step for step in sorted(steps) if step >= 0]


def crossings(p: Polynomial) -> Iterator[Values]:
    """Values on both sides of a change of sign, where p may be zero: one symbol moves at a time."""
    for base in islice(probes(p), 4):
        for symbol in base:
            low = symbol.low
            high = 2**40 if symbol.high == inf else int(symbol.high)
            negative = evaluate(p, {**base, symbol: low}) < 0
            if (evaluate(p, {**base, symbol: high}) <= 0) == negative:
                continue
            while low + 1 < high:
                middle = (low + high) // 2
                if (evaluate(p, {**base, symbol: middle}) < 0) == negative:
                    low = middle
                else:
                    high = middle
            yield {**base, symbol: low}
            yield {**base, symbol: high}
