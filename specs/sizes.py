"""Sizes: whole numbers that may depend on symbols, such as `4 * dim` or `(height - 1) // 2 + 1`.

A known size is a plain int. A `Symbolic` is exact and always in normal form, and whatever is said
of it is proved for every value that the facts of its symbols allow: a comparison that depends on
the value raises `Undecided`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias, cast

from netwright.specs import polynomials, size_text
from netwright.specs.atoms import Polynomial, SizeError, Symbol
from netwright.specs.doubts import Doubt, Relation
from netwright.specs.proofs import Claim, contrary, prove

__all__ = [
    "Doubt",
    "Relation",
    "Size",
    "SizeError",
    "Symbol",
    "Symbolic",
    "Undecided",
    "ceil_div",
    "decide",
    "divide",
    "evaluate",
    "maximum",
    "minimum",
    "pretty",
    "product",
    "substitute",
    "symbol",
    "symbols",
]

MAX_EXPONENT = 16
_INT_RELATIONS: dict[Relation, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Undecided(Exception):
    """A comparison holds for some allowed values and fails for others, or nothing is proved."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt)
        self.doubt = doubt

    def __str__(self) -> str:
        return str(self.doubt)


class Symbolic:
    """A size that depends on symbols. Made by `symbol` and by arithmetic, never changed.

    `+ - * // %` and `**` with a small exponent are exact and give an int where no symbol is
    left. Comparisons and `bool` give an answer that holds for every allowed value, or raise
    `Undecided`. The hash is that of the normal form: sizes proved equal by cases may differ in it.
    """

    __slots__ = ("_hash", "polynomial")
    polynomial: Polynomial
    _hash: int

    def __init__(self, polynomial: Polynomial) -> None:
        if polynomials.as_int(polynomial) is not None:
            raise SizeError("a size without symbols is an int")
        object.__setattr__(self, "polynomial", polynomial)
        # -1 and -2 have one hash; h - 1 and h - 2 should not
        key = frozenset((m, 2 * c if c > 0 else 1 - 2 * c) for m, c in polynomial)
        object.__setattr__(self, "_hash", hash(key))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a size does not change: {name}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_size, (self.polynomial,))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return size_text.plain(self.polynomial, size_text.labels((self.polynomial,)))

    def __repr__(self) -> str:
        return f"<size {self}>"

    def __add__(self, other: Size) -> Size:
        if isinstance(other, Symbolic):
            return _add(self.polynomial, other.polynomial)
        return _add(self.polynomial, int(other)) if isinstance(other, int) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Size) -> Size:
        if isinstance(other, Symbolic):
            return _subtract(self.polynomial, other.polynomial)
        return _add(self.polynomial, -other) if isinstance(other, int) else NotImplemented

    def __rsub__(self, other: int) -> Size:
        return _add((-self).polynomial, int(other)) if isinstance(other, int) else NotImplemented

    def __neg__(self) -> Symbolic:
        return cast(Symbolic, _multiply(self.polynomial, -1))

    def __pos__(self) -> Symbolic:
        return self

    def __mul__(self, other: Size) -> Size:
        if isinstance(other, Symbolic):
            return _multiply(self.polynomial, other.polynomial)
        return _multiply(self.polynomial, int(other)) if isinstance(other, int) else NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, other: Size) -> Size:
        if isinstance(other, int):
            return _floor(self.polynomial, int(other))
        return _quotient(self, other)[0] if isinstance(other, Symbolic) else NotImplemented

    def __rfloordiv__(self, other: int) -> Size:
        return _quotient(int(other), self)[0] if isinstance(other, int) else NotImplemented

    def __mod__(self, other: Size) -> Size:
        if isinstance(other, int):
            return self - _floor(self.polynomial, int(other)) * other
        return _quotient(self, other)[1] if isinstance(other, Symbolic) else NotImplemented

    def __rmod__(self, other: int) -> Size:
        return _quotient(int(other), self)[1] if isinstance(other, int) else NotImplemented

    def __pow__(self, exponent: int) -> Size:
        if not isinstance(exponent, int) or not 0 <= exponent <= MAX_EXPONENT:
            raise SizeError(f"{self}: an exponent is a number from 0 to {MAX_EXPONENT}")
        return _size(polynomials.power(self.polynomial, exponent))

    def __rpow__(self, other: object) -> Size:
        raise SizeError(f"{other} ** ({self}): an exponent may not be a symbolic size")

    def __truediv__(self, other: object) -> Size:
        raise SizeError(f"({self}) / ({other}): sizes are whole numbers, divide them with //")

    def __rtruediv__(self, other: object) -> Size:
        raise SizeError(f"({other}) / ({self}): sizes are whole numbers, divide them with //")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, float) and other.is_integer():
            other = int(other)
        return _answer("==", self, other) if isinstance(other, int | Symbolic) else NotImplemented

    def __ne__(self, other: object) -> bool:
        if self is other:
            return False
        if isinstance(other, float) and other.is_integer():
            other = int(other)
        return _answer("!=", self, other) if isinstance(other, int | Symbolic) else NotImplemented

    def __lt__(self, other: Size) -> bool:
        return _answer("<", self, other) if isinstance(other, int | Symbolic) else NotImplemented

    def __le__(self, other: Size) -> bool:
        return _answer("<=", self, other) if isinstance(other, int | Symbolic) else NotImplemented

    def __gt__(self, other: Size) -> bool:
        return _answer(">", self, other) if isinstance(other, int | Symbolic) else NotImplemented

    def __ge__(self, other: Size) -> bool:
        return _answer(">=", self, other) if isinstance(other, int | Symbolic) else NotImplemented

    def __bool__(self) -> bool:
        return _answer("!=", self, 0)


Size: TypeAlias = int | Symbolic


@lru_cache(maxsize=16384)
def _size(p: Polynomial) -> Size:
    value = polynomials.as_int(p)
    return Symbolic(p) if value is None else value


def _polynomial(size: Size) -> Polynomial:
    return size.polynomial if isinstance(size, Symbolic) else polynomials.constant(int(size))


def _operand(b: Polynomial | int) -> Polynomial:
    return polynomials.constant(b) if isinstance(b, int) else b


@lru_cache(maxsize=16384)
def _add(a: Polynomial, b: Polynomial | int) -> Size:
    return _size(polynomials.add(a, _operand(b)))


@lru_cache(maxsize=16384)
def _subtract(a: Polynomial, b: Polynomial) -> Size:
    return _size(polynomials.subtract(a, b))


@lru_cache(maxsize=16384)
def _multiply(a: Polynomial, b: Polynomial | int) -> Size:
    if isinstance(b, int):
        return _size(polynomials.scale(a, b))
    return _size(polynomials.multiply(a, b))


@lru_cache(maxsize=16384)
def _floor(a: Polynomial, divisor: int) -> Size:
    if divisor < 1:
        raise SizeError(f"({_size(a)}) // {divisor}: the divisor must be at least 1")
    return _size(polynomials.floor(a, divisor))


def _quotient(a: Size, b: Symbolic) -> tuple[Size, Size]:
    """A // b and a % b where long division gives a remainder proved to be in range."""
    _demand(">=", b, 1, f"({a}) // ({b}): the divisor must be at least 1")
    quotient, rest = map(_size, polynomials.divide(_polynomial(a), b.polynomial))
    if decide("<", rest, 0) is True:
        quotient, rest = quotient - 1, rest + b
    exact = f"({a}) // ({b}): not a whole size for every value"
    _demand(">=", rest, 0, exact)
    _demand("<", rest, b, exact)
    return quotient, rest


def _demand(relation: Relation, a: Size, b: Size, otherwise: str) -> None:
    found = decide(relation, a, b)
    if isinstance(found, Doubt):
        raise Undecided(found)
    if not found:
        raise SizeError(otherwise)


def _answer(relation: Relation, a: Size, b: Size) -> bool:
    found = decide(relation, a, b)
    if isinstance(found, Doubt):
        raise Undecided(found)
    return found


def symbol(
    name: str,
    *,
    minimum: int = 1,
    maximum: int | None = None,
    multiple_of: int = 1,
    origin: Hashable = None,
) -> Size:
    """A size of this name; an int where the facts leave one value, SizeError where none.

    `origin` keeps apart symbols of one name, such as numbers of graphs counted from two tensors.
    """
    return _size(polynomials.of_symbol(Symbol(name, minimum, maximum, multiple_of, origin)))


def decide(relation: Relation, a: Size, b: Size) -> bool | Doubt:
    """True: holds for every allowed value; False: for none; else the Doubt, with its reason."""
    if isinstance(a, int) and isinstance(b, int):
        return _INT_RELATIONS[relation](a, b)
    left, right = _polynomial(a), _polynomial(b)
    if left == right:
        return relation in ("==", "<=", ">=")
    claim, p = _claim(relation, left, right)
    if prove(claim, p):
        return True
    if prove(*contrary(claim, p)):
        return False
    return Doubt(a, relation, b, claim, p, left, right)


@lru_cache(maxsize=16384)
def _claim(relation: Relation, a: Polynomial, b: Polynomial) -> tuple[Claim, Polynomial]:
    if relation == "==":
        return "zero", polynomials.subtract(a, b)
    if relation == "!=":
        return "nonzero", polynomials.subtract(a, b)
    upper, lower = (a, b) if relation in (">", ">=") else (b, a)
    strict = polynomials.constant(-1 if relation in ("<", ">") else 0)
    return "nonnegative", polynomials.add(polynomials.subtract(upper, lower), strict)


def ceil_div(a: Size, b: Size) -> Size:
    """The least whole number not below a / b; b at least 1."""
    if isinstance(b, int) and b < 1:
        raise SizeError(f"ceil_div({a}, {b}): the divisor must be at least 1")
    return (a + b - 1) // b


def divide(a: Size, b: Size) -> Size | None:
    """The q with q * b == a for all values, None where there is none (or none is found)."""
    if isinstance(b, int):
        if b == 0:
            return None
        if b < 0:
            a, b = -a, -b
        quotient = a // b
        return quotient if decide("==", quotient * b, a) is True else None
    quotient, rest = map(_size, polynomials.divide(_polynomial(a), b.polynomial))
    return quotient if decide("==", rest, 0) is True else None


def product(sizes: Iterable[Size]) -> Size:
    """All multiplied; 1 for none."""
    result: Size = 1
    for size in sizes:
        result = result * size
    return result


def minimum(*sizes: Size) -> Size:
    """The smallest, for every allowed value; Undecided where that depends on the value."""
    result, *others = sizes
    for size in others:
        if decide("<=", result, size) is not True:
            _first(size, result)
            result = size
    return result


def maximum(*sizes: Size) -> Size:
    """The largest, for every allowed value; Undecided where that depends on the value."""
    result, *others = sizes
    for size in others:
        if decide("<=", size, result) is not True:
            _first(result, size)
            result = size
    return result


def _first(a: Size, b: Size) -> None:
    found = decide("<=", a, b)
    if isinstance(found, Doubt):
        raise Undecided(found)


def symbols(size: Size) -> tuple[Symbol, ...]:
    """The symbols of a size, by name; none for an int."""
    return polynomials.symbols(size.polynomial) if isinstance(size, Symbolic) else ()


def evaluate(size: Size, values: Mapping[str, int]) -> int:
    """The size where its symbols have these values, by name (name' for a second of one name).

    SizeError for a name without a value and for a value that the facts do not allow.
    """
    if isinstance(size, int):
        return size
    atoms = {}
    for item, label in size_text.labels((size.polynomial,)).items():
        if label not in values:
            raise SizeError(f"no value for {label}")
        value = values[label]
        atom, rest = divmod(value, item.multiple_of)
        if rest or not item.low <= atom <= item.high:
            raise SizeError(f"{label} = {value} is not allowed: {size_text.facts(item)}")
        atoms[item] = atom
    return polynomials.evaluate(size.polynomial, atoms)


def substitute(size: Size, replacements: Mapping[Symbol, Size]) -> Size:
    """Put sizes for symbols, all at once.

    What is put must be proved to keep the symbol's facts, or what was found by them would not
    hold: SizeError where it does not, Undecided where that depends on a value.
    """
    if isinstance(size, int):
        return size
    atoms: dict[Symbol, Polynomial] = {}
    for item in symbols(size):
        if item not in replacements:
            continue
        new = replacements[item]
        refusal = f"{new} cannot stand for {item.name}: {size_text.facts(item)}"
        _demand(">=", new, item.minimum, refusal)
        if item.maximum is not None:
            _demand("<=", new, item.maximum, refusal)
        _demand("==", new % item.multiple_of, 0, refusal)
        atoms[item] = _polynomial(new // item.multiple_of)
    return _size(polynomials.substitute(size.polynomial, atoms))


def pretty(size: Size) -> str:
    """As diagrams show it: `⌈height/2⌉`, `4·dim`."""
    if isinstance(size, int):
        return str(size)
    return size_text.fancy(size.polynomial, size_text.labels((size.polynomial,)))
