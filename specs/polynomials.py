"""Integer polynomials over symbols and floors, in one normal form: the arithmetic below sizes.

A polynomial is a frozen set of terms, a term a monomial with its coefficient, a monomial a
frozen set of atoms with their powers. Nothing is ordered, so equal polynomials are equal values.
An atom is a `Floor` or a `Symbol`; in a polynomial a symbol stands for its value **divided by its
`multiple_of`**, so a height that is a multiple of 8 is `8 * atom` and its halves are exact.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from math import gcd, inf
from typing import TypeAlias

# Beyond these a size is refused: no network needs it, and all work on sizes stays bounded.
MAX_BITS = 512
MAX_WEIGHT = 600
MAX_DEPTH = 24

Bound: TypeAlias = "int | float"  # an int, or an infinity; never another float


class SizeError(ValueError):
    """A size that cannot be: no value is allowed, a divisor is not positive, a bound is passed."""


class Symbol:
    """A named whole number with what is known of it.

    `minimum` and `maximum` (None: no bound) are themselves multiples of `multiple_of`. Symbols
    are equal when all of name, facts and origin are.
    """

    __slots__ = ("_hash", "high", "low", "maximum", "minimum", "multiple_of", "name", "origin")
    name: str
    minimum: int
    maximum: int | None
    multiple_of: int
    origin: Hashable
    low: int
    high: Bound
    _hash: int

    def __init__(
        self,
        name: str,
        minimum: int = 1,
        maximum: int | None = None,
        multiple_of: int = 1,
        origin: Hashable = None,
    ) -> None:
        """Raise SizeError where the facts leave no value."""
        if multiple_of < 1:
            raise SizeError(f"{name}: multiple_of must be at least 1, not {multiple_of}")
        low = -(-minimum // multiple_of)
        high = inf if maximum is None else maximum // multiple_of
        if low > high:
            of = f" that is a multiple of {multiple_of}" if multiple_of > 1 else ""
            raise SizeError(f"{name}: no value from {minimum} to {maximum}{of}")
        top = None if maximum is None else (maximum // multiple_of) * multiple_of
        facts = (name, low * multiple_of, top, multiple_of, origin)
        for field, value in zip(_FACTS, facts, strict=True):
            object.__setattr__(self, field, value)
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)
        object.__setattr__(self, "_hash", hash(facts))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a symbol does not change: {name}")

    def facts(self) -> tuple[str, int, int | None, int, Hashable]:
        """Name, minimum, maximum, multiple_of and origin, as the constructor takes them."""
        return (self.name, self.minimum, self.maximum, self.multiple_of, self.origin)

    def order(self) -> tuple[str, int, Bound, int, str]:
        """A key that sorts symbols the same way in every run."""
        return (self.name, self.minimum, self.high, self.multiple_of, repr(self.origin))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Symbol):
            return NotImplemented
        return self._hash == other._hash and self.facts() == other.facts()

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[Symbol], tuple[object, ...]]:
        return (Symbol, self.facts())

    def __repr__(self) -> str:
        return f"Symbol{self.facts()!r}"


_FACTS = ("name", "minimum", "maximum", "multiple_of", "origin")


class Floor:
    """The whole part of `inner / divisor`; made by `floor`, which keeps it in normal form."""

    __slots__ = ("_hash", "depth", "divisor", "inner", "weight")
    inner: Polynomial
    divisor: int
    weight: int
    depth: int
    _hash: int

    def __init__(self, inner: Polynomial, divisor: int) -> None:
        atoms = [atom for monomial, _ in inner for atom, _ in monomial]
        depth = 1 + max((a.depth for a in atoms if isinstance(a, Floor)), default=0)
        if depth > MAX_DEPTH:
            raise SizeError(f"more than {MAX_DEPTH} divisions in one another")
        for field, value in (
            ("inner", inner),
            ("divisor", divisor),
            ("weight", 1 + weight(inner)),
            ("depth", depth),
            ("_hash", hash((inner, divisor))),
        ):
            object.__setattr__(self, field, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a floor does not change: {name}")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Floor):
            return NotImplemented
        return (
            self._hash == other._hash
            and self.divisor == other.divisor
            and self.inner == other.inner
        )

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[Floor], tuple[object, ...]]:
        return (Floor, (self.inner, self.divisor))


Atom: TypeAlias = Symbol | Floor
Monomial: TypeAlias = frozenset[tuple[Atom, int]]
Polynomial: TypeAlias = frozenset[tuple[Monomial, int]]

ONE: Monomial = frozenset()
ZERO: Polynomial = frozenset()


def weight(p: Polynomial) -> int:
    """How many parts the polynomial has, those inside floors too."""
    total = 0
    for monomial, _ in p:
        total += 1
        for atom, _ in monomial:
            total += atom.weight if isinstance(atom, Floor) else 1
    return total


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
    return frozenset(((ONE, value),)) if value else ZERO


def single(atom: Atom, coefficient: int = 1) -> Polynomial:
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
    return gather((*a, *b))


def scale(a: Polynomial, factor: int) -> Polynomial:
    return gather((monomial, coefficient * factor) for monomial, coefficient in a)


def subtract(a: Polynomial, b: Polynomial) -> Polynomial:
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
    if len(a) * len(b) > 4 * MAX_WEIGHT:
        raise SizeError("a product of two sizes of too many parts")
    return gather((_join(m, n), c * d) for m, c in a for n, d in b)


def power(a: Polynomial, exponent: int) -> Polynomial:
    result = constant(1)
    for _ in range(exponent):
        result = multiply(result, a)
    return result


def _add_bounds(a: Bound, b: Bound) -> Bound:
    if a in (inf, -inf):
        return a
    return b if b in (inf, -inf) else a + b


def _multiply_bounds(a: Bound, b: Bound) -> Bound:
    if a == 0 or b == 0:
        return 0
    if a in (inf, -inf) or b in (inf, -inf):
        return inf if (a > 0) == (b > 0) else -inf
    return a * b


def atom_bounds(atom: Atom) -> tuple[Bound, Bound]:
    if isinstance(atom, Symbol):
        return atom.low, atom.high
    low, high = bounds(atom.inner)
    return (
        low if low == -inf else low // atom.divisor,
        high if high == inf else high // atom.divisor,
    )


def monomial_bounds(monomial: Monomial) -> tuple[Bound, Bound]:
    low: Bound = 1
    high: Bound = 1
    for atom, exponent in monomial:
        a, b = atom_bounds(atom)
        if a < 0 and exponent % 2 == 0:  # an even power is not below 0
            x, y = _multiply_bounds(a, a), _multiply_bounds(b, b)
            a, b, exponent = (0 if b >= 0 else min(x, y)), max(x, y), exponent // 2
        for _ in range(exponent):
            ends = [_multiply_bounds(p, q) for p in (low, high) for q in (a, b)]
            low, high = min(ends), max(ends)
    return low, high


@lru_cache(maxsize=8192)
def bounds(p: Polynomial) -> tuple[Bound, Bound]:
    """A range that holds every value, not always the narrowest."""
    low: Bound = 0
    high: Bound = 0
    for monomial, coefficient in p:
        a, b = monomial_bounds(monomial)
        if coefficient < 0:
            a, b = b, a
        low = _add_bounds(low, _multiply_bounds(a, coefficient))
        high = _add_bounds(high, _multiply_bounds(b, coefficient))
    return low, high


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
    """(f + rest) // divisor as one floor, for the one floor f = x // b: (x + b*rest) // (b*divisor).

    With -f it is the same of -f = (b - 1 - x) // b.
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
