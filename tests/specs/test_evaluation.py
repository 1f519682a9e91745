import math
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.specs.expressions import (
    Expression,
    ExpressionError,
    UnknownName,
    evaluate,
    parse,
)


def lookup(name: str) -> object:
    if name not in ("a", "b"):
        raise UnknownName(name, ("a", "b"))
    return {"a": 3, "b": [1, 2, 3]}[name]


NUMBERS = st.integers(-9, 9).map(str) | st.sampled_from(["0.5", "2.5", "p", "q"])
ARITHMETIC = st.sampled_from(["+", "-", "*", "/", "//", "%"])
COMPARISONS = st.sampled_from(["<", "<=", "==", "!=", ">", ">="])
PARTS = st.recursive(
    NUMBERS,
    lambda inner: (
        st.builds(
            "({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner
        )
        | st.builds(
            "({} {} {})".format, inner, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), inner
        )
        | st.builds("({} if {} else {})".format, inner, inner, inner)
        | st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner)
        | st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner)
        | st.builds("{}({})".format, st.sampled_from(["abs", "floor", "ceil", "int"]), inner)
        | st.builds("[{}, {}][{}]".format, inner, inner, st.sampled_from(["0", "1", "-1"]))
        | st.builds("sum([{} * x for x in [1, 2, p]])".format, inner)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(PARTS)
def test_python_comes_to_the_same(text: str) -> None:
    names: dict[str, object] = {"p": 7, "q": -2.25}
    if len(text) > 190:
        return
    expression = parse(f"$({text})")
    assert isinstance(expression, Expression)
    try:
        found = evaluate(expression, names.__getitem__)
    except ExpressionError as error:
        # Python computes with true and false as numbers; here that is refused.
        if "true" in error.message or "false" in error.message:
            return
        assert error.message == "division by zero"  # noqa: PT017 - it need not raise
        with pytest.raises(ZeroDivisionError):
            eval(text, {"floor": math.floor, "ceil": math.ceil, **names})
        return
    expected = eval(text, {"floor": math.floor, "ceil": math.ceil, **names})
    if isinstance(expected, bool) or isinstance(found, bool):
        # `==` between true and a number is Python's only other difference.
        assert isinstance(found, bool)
    else:
        assert found == pytest.approx(expected)


@settings(max_examples=400, deadline=None)
@given(
    st.text(st.sampled_from(list("$()[]{}'\"\\ab1.,:+-*/%<=!#@~^&|ifelsornd \né\x00")), max_size=30)
)
def test_whatever_the_text(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            expression = parse("$" + text)
            if isinstance(expression, Expression):
                evaluate(expression, lookup)
        except ExpressionError as error:
            assert str(error).isprintable()  # noqa: PT017 - it need not raise
            assert 1 <= error.column <= len(text) + 2  # noqa: PT017 - it need not raise
