"""Symbols and floors, the atoms of which sizes are polynomials, and the ranges of their values.

A polynomial is a frozen set of terms, a term a monomial with its coefficient, a monomial a
frozen set of atoms with their powers. Nothing is ordered, so equal polynomials are equal values.
An atom is a `Floor` or a `Symbol`; in a polynomial a symbol stands for its value **divided by its
`multiple_of`**, so a height that is a multiple of 8 is `8 * atom` and its halves are exact.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from math import inf
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
    """The whole part of `inner / divisor`; made, in normal form, by `polynomials.floor`."""

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
    """The least and the greatest value of an atom."""
    if isinstance(atom, Symbol):
        return atom.low, atom.high
    low, high = bounds(atom.inner)
    return (
        low if low == -inf else low // atom.divisor,
        high if high == inf else high // atom.divisor,
    )


def monomial_bounds(monomial: Monomial) -> tuple[Bound, Bound]:
    """The least and the greatest value of a product of powers."""
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
