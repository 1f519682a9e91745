"""Sizes in words: as the expression language reads them, and as diagrams show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd, lcm

from netwright.specs.atoms import ONE, Atom, Floor, Monomial, Polynomial, Symbol
from netwright.specs.polynomials import add, as_int, constant, scale, symbols

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def labels(polynomials: Iterable[Polynomial]) -> dict[Symbol, str]:
    """A name for each symbol; a second one of the same name gets a prime, a third one two."""
    found = sorted({s for p in polynomials for s in symbols(p)}, key=Symbol.order)
    seen: dict[str, int] = {}
    result = {}
    for symbol in found:
        count = seen.get(symbol.name, 0)
        seen[symbol.name] = count + 1
        result[symbol] = symbol.name + "'" * count
    return result


def plain(p: Polynomial, names: Mapping[Symbol, str]) -> str:
    """Such as `(height - 1) // 2 + 1`."""
    return _Writer(names, fancy=False).polynomial(p)


def fancy(p: Polynomial, names: Mapping[Symbol, str]) -> str:
    """Such as `⌈height/2⌉`."""
    return _Writer(names, fancy=True).polynomial(p)


def facts(symbol: Symbol) -> str:
    """Such as `at least 1, a multiple of 8`."""
    words = [f"at least {symbol.minimum}"]
    if symbol.maximum is not None:
        words.append(f"at most {symbol.maximum}")
    if symbol.multiple_of > 1:
        words.append(f"a multiple of {symbol.multiple_of}")
    return ", ".join(words)


class _Writer:
    def __init__(self, names: Mapping[Symbol, str], fancy: bool) -> None:
        self.names = names
        self.fancy = fancy

    def polynomial(self, p: Polynomial) -> str:
        offset = 0
        terms: list[tuple[str, bool]] = []  # text without its sign, is negative
        for monomial, coefficient in sorted(p, key=lambda term: self.order(term[0])):
            if monomial == ONE:
                offset += coefficient
                continue
            lone = _lone(monomial) if not self.fancy else None
            if isinstance(lone, Floor) and coefficient == 1:
                text, more = self.floor(lone)
                offset += more
            elif isinstance(lone, Symbol) and 1 <= coefficient < lone.multiple_of:
                text = self.term(monomial, coefficient)
                if lone.multiple_of % coefficient == 0:  # h // 4 needs no brackets in a sum
                    text = text[1:-1]
            else:
                text = self.term(monomial, abs(coefficient))
            terms.append((text, coefficient < 0))
        terms.sort(key=lambda term: term[1])  # one that is added first, if there is one
        if offset:
            at = len(terms) if not terms or not terms[0][1] or offset < 0 else 0
            terms.insert(at, (str(abs(offset)), offset < 0))
        if not terms:
            return "0"
        first, *others = terms
        sign = "-" if first[1] else ""
        return sign + first[0] + "".join((" - " if o[1] else " + ") + o[0] for o in others)

    def order(self, monomial: Monomial) -> tuple[int, list[tuple[int, str]]]:
        """The highest degree first, then by name."""
        factors = sorted(self.atom_order(atom) for atom, n in monomial for _ in range(n))
        return (-len(factors), factors)

    def term(self, monomial: Monomial, coefficient: int) -> str:
        parts: list[tuple[str, bool]] = []  # text, is a quotient
        for atom, exponent in sorted(monomial, key=lambda pair: self.atom_order(pair[0])):
            if isinstance(atom, Floor):
                text, more = self.floor(atom)
                text += f" + {more}" if more else ""
                parts.append(self.power(text, True, exponent))
                continue
            # the atom is the symbol's value by its multiple_of: take that from the coefficient
            by = atom.multiple_of**exponent
            shared = gcd(coefficient, by) if exponent == 1 or coefficient % by == 0 else 1
            coefficient //= shared
            name = self.names[atom]
            if shared == by:
                parts.append(self.power(name, False, exponent))
            elif self.fancy:
                left = by // shared if exponent == 1 else atom.multiple_of
                text = f"{name}/{left}" if exponent == 1 else f"({name}/{left})"
                parts.append(self.power(text, False, exponent))
            else:
                left = by // shared if exponent == 1 else atom.multiple_of
                parts.append(self.power(f"{name} // {left}", True, exponent))
        if coefficient == 1 and len(parts) == 1:
            text, quotient = parts[0]
            return f"({text})" if quotient and not self.fancy else text
        texts = [f"({text})" if quotient and not self.fancy else text for text, quotient in parts]
        if coefficient != 1:
            texts.insert(0, str(coefficient))
        return ("·" if self.fancy else " * ").join(texts)

    def power(self, text: str, quotient: bool, exponent: int) -> tuple[str, bool]:
        if exponent == 1:
            return text, quotient
        if self.fancy:
            return text + str(exponent).translate(_SUPERSCRIPTS), False
        return (f"({text})" if quotient else text) + f" ** {exponent}", False

    def floor(self, atom: Floor) -> tuple[str, int]:
        """The quotient, and a number to add to it: ceilings are (x - 1) // d + 1."""
        offset = dict(atom.inner).get(ONE, 0)
        ceiling = offset == atom.divisor - 1
        inner = atom.inner
        if ceiling:
            inner = add(inner, constant(-offset if self.fancy else -atom.divisor))
        by = _whole_factor(inner)
        text = self.polynomial(scale(inner, by))
        divisor = atom.divisor * by
        bare = text.isidentifier() or text.replace("'", "").isidentifier()
        if self.fancy:
            is_sum = len(inner) > 1 or text.startswith("-")
            text = f"({text})" if is_sum else text
            return (f"⌈{text}/{divisor}⌉" if ceiling else f"⌊{text}/{divisor}⌋"), 0
        return f"{text if bare else f'({text})'} // {divisor}", int(ceiling)

    def atom_order(self, atom: Atom) -> tuple[int, str]:
        if isinstance(atom, Symbol):
            return (0, self.names[atom])
        return (1, self.floor(atom)[0])


def _lone(monomial: Monomial) -> Atom | None:
    if len(monomial) == 1:
        ((atom, exponent),) = monomial
        return atom if exponent == 1 else None
    return None


def _whole_factor(p: Polynomial) -> int:
    """What to multiply with so that no symbol is left divided by its multiple_of."""
    if as_int(p) is not None or any(isinstance(a, Floor) for m, _ in p for a, _ in m):
        return 1
    result = 1
    for monomial, coefficient in p:
        by = 1
        for atom, exponent in monomial:
            if isinstance(atom, Symbol):
                by *= atom.multiple_of**exponent
        result = lcm(result, by // gcd(by, coefficient))
    return result
