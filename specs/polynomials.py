"""Arithmetic of the polynomials below sizes, always in one normal form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import gcd, inf

from netwright.specs.atoms import (
    MAX_BITS,
    MAX_WEIGHT,
    ONE,
    ZERO,
    Atom,
    Floor,
    Monomial,
    Polynomial,
    SizeError,
    Symbol,
    bounds,
    weight,
)


def gather(terms: Iterable[tuple[Monomial, int]]) -> Polynomial:
    """The sum of the terms; SizeError where it is out of all bounds."""
    sums: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        sums[monomial] = sums.get(monomial, 0) + coefficient
    result = frozenset(term for term in sums.items() if term[1])
    if any(coefficient.bit_length() > MAX_BITS for _, coefficient in result):
        raise SizeError(f"a number of more than {MAX_BITS} bits in a size")
    if len(result) > 6 and weight(result) > MAX_WEIGHT:
        raise SizeError(f"a size of more than {MAX_WEIGHT} parts")
    return result


def constant(value: int) -> Polynomial:
    """The polynomial of a number."""
    return frozenset(((ONE, value),)) if value else ZERO


def single(atom: Atom, coefficient: int = 1) -> Polynomial:
    """The polynomial of one atom times a coefficient."""
    return frozenset(((frozenset(((atom, 1),)), coefficient),))


def of_symbol(symbol: Symbol) -> Polynomial:
    """The symbol's own value, which is `multiple_of` times its atom; a constant if it is fixed."""
    if symbol.low == symbol.high:
        return constant(symbol.minimum)
    return single(symbol, symbol.multiple_of)


def as_int(p: Polynomial) -> int | None:
    """The value of a polynomial without atoms, else None."""
    if not p:
        return 0
    if len(p) == 1:
        ((monomial, coefficient),) = p
        if not monomial:
            return coefficient
    return None


def add(a: Polynomial, b: Polynomial) -> Polynomial:
    """The sum."""
    return gather((*a, *b))


def scale(a: Polynomial, factor: int) -> Polynomial:
    """Every coefficient times a factor."""
    return gather((monomial, coefficient * factor) for monomial, coefficient in a)


def subtract(a: Polynomial, b: Polynomial) -> Polynomial:
    """The difference."""
    return gather((*a, *((monomial, -coefficient) for monomial, coefficient in b)))


def _join(a: Monomial, b: Monomial) -> Monomial:
    if not a:
        return b
    if not b:
        return a
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return frozenset(powers.items())


def multiply(a: Polynomial, b: Polynomial) -> Polynomial:
    """The product. Raises SizeError if it has too many parts."""
    if len(a) * len(b) > 4 * MAX_WEIGHT:
        raise SizeError("a product of two sizes of too many parts")
    return gather((_join(m, n), c * d) for m, c in a for n, d in b)


def power(a: Polynomial, exponent: int) -> Polynomial:
    """The product of this many of them."""
    result = constant(1)
    for _ in range(exponent):
        result = multiply(result, a)
    return result


@lru_cache(maxsize=8192)
def floor(p: Polynomial, divisor: int) -> Polynomial:
    """`p // divisor` for a positive divisor, in normal form.

    Whole multiples of the divisor come out, so the coefficients left inside are from 0 to
    divisor - 1 and have no factor in common with it: (6h + 7) // 4 is h + 1 + (h + 1) // 2. A
    floor of a floor becomes one: ((h + 1) // 2 + 1) // 2 is (h + 3) // 4.
    """
    outside: list[tuple[Monomial, int]] = []
    inside: dict[Monomial, int] = {}
    for monomial, coefficient in p:
        whole, rest = divmod(coefficient, divisor)
        if whole:
            outside.append((monomial, whole))
        if rest:
            inside[monomial] = rest
    offset = inside.pop(ONE, 0)
    if not inside:
        return gather(outside)
    common = gcd(divisor, *inside.values())
    if common > 1:  # the offset's own remainder cannot carry over into the next multiple
        divisor //= common
        offset //= common
        inside = {monomial: rest // common for monomial, rest in inside.items()}
        if divisor == 1:
            return gather((*outside, *inside.items(), (ONE, offset)))
    flat = _flatten(inside, offset, divisor)
    if flat is not None:
        return gather((*outside, *flat))
    inner = frozenset((*inside.items(), *constant(offset)))
    low, high = bounds(inner)
    if low != -inf and high != inf and low // divisor == high // divisor:
        return gather((*outside, (ONE, int(low // divisor))))
    return gather((*outside, *single(Floor(inner, divisor))))


def _flatten(inside: dict[Monomial, int], offset: int, divisor: int) -> Polynomial | None:
    """(f + rest) // divisor as one floor, f = x // b: (x + b*rest) // (b*divisor).

    With -f it is the same, of -f as (b - 1 - x) // b.
    """
    floors = [m for m in inside if any(isinstance(atom, Floor) for atom, _ in m)]
    if len(floors) != 1 or len(floors[0]) != 1:
        return None
    ((atom, exponent),) = floors[0]
    factor = inside[floors[0]]
    if exponent != 1 or factor not in (1, divisor - 1) or not isinstance(atom, Floor):
        return None
    b = atom.divisor
    rest = [(m, c * b) for m, c in inside.items() if m is not floors[0]]
    if factor == 1:
        whole = gather((*atom.inner, *rest, (ONE, offset * b)))
        return floor(whole, b * divisor)
    whole = gather((*scale(atom.inner, -1), *rest, (ONE, offset * b + b - 1)))
    # the factor was divisor - 1, which is -1 and one whole f outside
    return add(floor(whole, b * divisor), single(atom))


def divide(a: Polynomial, b: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Quotient and remainder by long division, floors taken as atoms: a == b * q + r.

    The remainder is zero just where b divides a as a polynomial with integer coefficients.
    """
    atoms = {atom for p in (a, b) for monomial, _ in p for atom, _ in monomial}
    ordered = sorted(atoms, key=_atom_order)  # any order will do that does not change within

    def rank(term: tuple[Monomial, int]) -> tuple[int, ...]:
        powers = dict(term[0])
        return tuple(powers.get(atom, 0) for atom in ordered)

    lead, lead_coefficient = max(b, key=rank)
    lead_powers = dict(lead)
    quotient: list[tuple[Monomial, int]] = []
    left: list[tuple[Monomial, int]] = []
    rest = a
    for _ in range(MAX_WEIGHT):
        if not rest:
            break
        top = max(rest, key=rank)
        powers = dict(top[0])
        fits = all(powers.get(atom, 0) >= n for atom, n in lead_powers.items())
        whole = top[1] // lead_coefficient
        if not fits or whole == 0:
            left.append(top)
            rest = rest - {top}
            continue
        shared = {atom: n - lead_powers.get(atom, 0) for atom, n in powers.items()}
        step = (frozenset((atom, n) for atom, n in shared.items() if n), whole)
        quotient.append(step)
        rest = subtract(rest, multiply(frozenset((step,)), b))
        top_rest = dict(rest).get(top[0])
        if top_rest is not None:  # the coefficient did not divide: its own remainder stays
            left.append((top[0], top_rest))
            rest = rest - {(top[0], top_rest)}
    return gather(quotient), gather((*left, *rest))


def _atom_order(atom: Atom) -> tuple[int, str, int]:
    if isinstance(atom, Symbol):
        return (0, repr(atom.order()), 0)
    return (1, " ".join(sorted(repr(s.order()) for s in symbols(atom.inner))), atom.divisor)


@lru_cache(maxsize=8192)
def symbols(p: Polynomial) -> tuple[Symbol, ...]:
    """All symbols, those inside floors too, in an order of their own."""
    found: set[Symbol] = set()
    for monomial, _ in p:
        for atom, _ in monomial:
            found.update((atom,) if isinstance(atom, Symbol) else symbols(atom.inner))
    return tuple(sorted(found, key=Symbol.order))


def substitute(p: Polynomial, atoms: Mapping[Symbol, Polynomial]) -> Polynomial:
    """Put polynomials for symbols' atoms (their values by `multiple_of`)."""
    terms: list[tuple[Monomial, int]] = []
    for monomial, coefficient in p:
        kept: list[tuple[Atom, int]] = []
        changed: list[Polynomial] = []
        for atom, exponent in monomial:
            if isinstance(atom, Floor):
                inner = substitute(atom.inner, atoms)
                if inner is atom.inner:
                    kept.append((atom, exponent))
                else:
                    changed.append(power(floor(inner, atom.divisor), exponent))
            elif atom in atoms:
                changed.append(power(atoms[atom], exponent))
            else:
                kept.append((atom, exponent))
        if not changed:
            terms.append((monomial, coefficient))
            continue
        factor: Polynomial = frozenset(((frozenset(kept), coefficient),))
        for other in changed:
            factor = multiply(factor, other)
        terms.extend(factor)
    result = gather(terms)
    return p if result == p else result


def evaluate(p: Polynomial, atoms: Mapping[Symbol, int]) -> int:
    """The value where the symbols' atoms have these values; every symbol must be among them."""
    total = 0
    for monomial, coefficient in p:
        for atom, exponent in monomial:
            if isinstance(atom, Symbol):
                value = atoms[atom]
            else:
                value = evaluate(atom.inner, atoms) // atom.divisor
            coefficient *= value if exponent == 1 else value**exponent
        total += coefficient
    return total
