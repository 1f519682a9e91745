"""Sizes against brute force: whatever is said of one is compared with all its small values."""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import floor as whole
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netwright.specs.sizes import (
    Relation,
    Size,
    SizeError,
    Symbolic,
    Undecided,
    decide,
    divide,
    evaluate,
    pretty,
    substitute,
    symbol,
    symbols,
)

RELATIONS: dict[Relation, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NAMES = ("height", "width", "batch")
Facts = dict[str, Any]
Tree = Any  # an int, a name, or (operator, tree, tree)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    of = draw(st.sampled_from([1, 1, 1, 2, 3, 8]))
    least = draw(st.integers(-3, 6))
    most = draw(st.one_of(st.none(), st.integers(least + of, least + of + 9)))
    return {"minimum": least, "maximum": most, "multiple_of": of}


def trees(names: tuple[str, ...]) -> st.SearchStrategy[Tree]:
    leaves = st.one_of(st.sampled_from(names), st.sampled_from(names), st.integers(-6, 9))

    def larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.one_of(
            st.tuples(st.sampled_from("+-"), inner, inner),
            st.tuples(st.just("*"), inner, inner),
            st.tuples(st.sampled_from(["//", "%"]), inner, st.integers(1, 6)),
        )

    return st.recursive(leaves, larger, max_leaves=6)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}


def compute(tree: Tree, values: dict[str, Any]) -> Any:
    if isinstance(tree, str):
        return values[tree]
    if isinstance(tree, int):
        return tree
    return OPERATORS[tree[0]](compute(tree[1], values), compute(tree[2], values))


def allowed(known: Facts, count: int = 14) -> list[int]:
    """The least allowed values, and two far ones."""
    least, most, of = known["minimum"], known["maximum"], known["multiple_of"]
    numbers = range(least, (least + of * count if most is None else most) + 1)
    near = [n for n in numbers if n % of == 0][:count]
    return near if most is not None else [*near, of * 1001, of * 10**6]


@st.composite
def problems(draw: st.DrawFn, sides: int = 2) -> tuple[dict[str, Facts], list[Tree]]:
    names = NAMES[: draw(st.integers(1, 3))]
    known = {name: draw(facts()) for name in names}
    assume(all(allowed(k) for k in known.values()))
    return known, [draw(trees(names)) for _ in range(sides)]


def assignments(known: dict[str, Facts], limit: int = 700) -> Iterator[dict[str, int]]:
    each = {1: 40, 2: 14, 3: 7}[len(known)]
    lists = [allowed(k, each) for k in known.values()]
    for choice in itertools.islice(itertools.product(*lists), limit):
        yield dict(zip(known, choice, strict=True))


def atoms(known: dict[str, Facts]) -> dict[str, Size]:
    return {name: symbol(name, **k) for name, k in known.items()}


@settings(deadline=None)
@given(problems(sides=1))
def test_arithmetic_is_exact(problem: tuple[dict[str, Facts], list[Tree]]) -> None:
    known, (tree,) = problem
    size = compute(tree, atoms(known))
    for values in assignments(known):
        assert evaluate(size, values) == compute(tree, values)


@settings(deadline=None)
@given(problems(), st.sampled_from(sorted(RELATIONS)))
def test_verdicts_are_never_contradicted(
    problem: tuple[dict[str, Facts], list[Tree]], relation: Relation
) -> None:
    known, (left, right) = problem
    sizes = atoms(known)
    a, b = compute(left, sizes), compute(right, sizes)
    found = decide(relation, a, b)
    holds = RELATIONS[relation]
    if isinstance(found, bool):
        for values in assignments(known):
            assert holds(compute(left, values), compute(right, values)) is found
        return
    for example, expected in ((found.example, False), (found.holds, True)):
        if example is not None:
            values = {name: sizes[name] for name in known} | example
            assert set(example) <= set(known)
            for name, value in example.items():  # an example is an allowed value
                k = known[name]
                assert value >= k["minimum"] and value % k["multiple_of"] == 0
                assert k["maximum"] is None or value <= k["maximum"]
            values = {n: v for n, v in values.items() if isinstance(v, int)}
            if len(values) == len(known):
                assert holds(compute(left, values), compute(right, values)) is expected
            assert holds(evaluate(a, example), evaluate(b, example)) is expected


@settings(deadline=None)
@given(problems(), st.sampled_from(sorted(RELATIONS)))
def test_suggestions_settle_it(
    problem: tuple[dict[str, Facts], list[Tree]], relation: Relation
) -> None:
    known, (left, right) = problem
    sizes = atoms(known)
    found = decide(relation, compute(left, sizes), compute(right, sizes))
    if isinstance(found, bool) or not found.suggestion:
        return
    narrowed = {name: dict(k) for name, k in known.items()}
    for name, new in found.suggestion.items():
        for key, field in (("min", "minimum"), ("max", "maximum"), ("multiple_of", "multiple_of")):
            if key in new:
                narrowed[name][field] = new[key]
    sizes = atoms(narrowed)
    assert decide(relation, compute(left, sizes), compute(right, sizes)) is True
    for values in assignments(narrowed):
        assert RELATIONS[relation](compute(left, values), compute(right, values))


@settings(deadline=None)
@given(problems(sides=1))
def test_text_reads_back(problem: tuple[dict[str, Facts], list[Tree]]) -> None:
    known, (tree,) = problem
    sizes = atoms(known)
    size = compute(tree, sizes)
    assert eval(str(size), {}, dict(sizes)) == size
    shown = re.sub(r"([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"**{_digits(m[1])}", pretty(size))
    for mark, call in (("⌊", "F("), ("⌈", "C("), ("⌋", ")"), ("⌉", ")"), ("·", "*")):
        shown = shown.replace(mark, call)
    for values in assignments(known, 100):
        expected = compute(tree, values)
        assert eval(str(size), {}, dict(values)) == expected
        fractions = {name: Fraction(value) for name, value in values.items()}
        calls = {"F": whole, "C": lambda x: -whole(-x)}
        assert eval(shown, calls, fractions) == expected


def _digits(text: str) -> str:
    return text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))


@settings(deadline=None)
@given(problems())
def test_division_is_exact_or_none(problem: tuple[dict[str, Facts], list[Tree]]) -> None:
    known, (left, right) = problem
    sizes = atoms(known)
    a, b = compute(left, sizes), compute(right, sizes)
    quotient = divide(a, b)
    if quotient is not None:
        for values in assignments(known):
            q = evaluate(quotient, values)
            assert q * compute(right, values) == compute(left, values)
    multiple = a * b
    if isinstance(b, Symbolic) or b != 0:
        again = divide(multiple, b)
        assert again is not None and (again - a) * b == 0


@settings(deadline=None)
@given(problems())
def test_substitution_is_evaluation(problem: tuple[dict[str, Facts], list[Tree]]) -> None:
    known, (tree, _) = problem
    sizes = atoms(known)
    size = compute(tree, sizes)
    free = symbol("free", minimum=-50)
    replaced = {s: sizes[s.name] + s.multiple_of * (free * 0 + 0) for s in symbols(size)}
    assert substitute(size, replaced) == size
    for item in symbols(size):
        values = {n: allowed(k)[-1] for n, k in known.items()}
        rest = substitute(size, {item: values[item.name]})
        assert item not in symbols(rest)
        assert evaluate(rest, values) == compute(tree, values)


@settings(deadline=None)
@given(problems(), st.integers(1, 5))
def test_quotients_by_sizes(problem: tuple[dict[str, Facts], list[Tree]], add: int) -> None:
    known, (left, right) = problem
    sizes = atoms(known)
    a, b = compute(left, sizes), compute(right, sizes)
    pairs = [(a, b), (a * b, b), (a * b + 1, b), (a * b - add, b)]
    for n, (dividend, divisor) in enumerate(pairs):
        try:
            quotient, rest = dividend // divisor, dividend % divisor
        except (SizeError, Undecided, ZeroDivisionError):
            continue
        if isinstance(divisor, int) and divisor < 1:
            continue  # plain ints follow Python
        for values in itertools.islice(assignments(known), 60):
            x, y = compute(left, values), compute(right, values)
            x = (x, x * y, x * y + 1, x * y - add)[n]
            assert (evaluate(quotient, values), evaluate(rest, values)) == divmod(x, y)
