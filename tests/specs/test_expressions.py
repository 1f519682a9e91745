import pickle

import pytest

from netwright.specs.expressions import (
    Expression,
    ExpressionError,
    UnknownName,
    evaluate,
    names_in,
    parse,
    problem,
)
from netwright.specs.problems import Place, Source
from netwright.specs.sizes import Undecided, symbol

VALUES: dict[str, object] = {
    "a": 3,
    "b": [1, 2, 3],
    "width": 768,
    "rate": 0.5,
    "s": "text",
    "t": True,
    "f": False,
    "n": None,
    "big": 2**62 + 1,
    "pair": (4, 5),
}


def lookup(name: str) -> object:
    if name not in VALUES:
        raise UnknownName(name, tuple(VALUES))
    return VALUES[name]


def value(text: str) -> object:
    expression = parse(text)
    assert isinstance(expression, Expression)
    return evaluate(expression, lookup)


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as raised:
        value(text)
    assert str(raised.value).isprintable()
    return raised.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$a", 3),
        ("$true", True),
        ("$(null)", None),
        ("$(4 * width)", 3072),
        ("$(width // 100 % 4 - -1)", 4),
        ("$(7 / 2)", 3.5),
        ("$(-7 // 2)", -4),
        ("$(2 ** 10)", 1024),
        ("$(2 ** -1)", 0.5),
        ("$(1e3)", 1000.0),
        ("$(0x10)", 16),
        ("$(a < 5 <= 5 != 6)", True),
        ("$(a in b and 9 not in b)", True),
        ("$(n == null)", True),
        ("$(t == 1)", False),
        ("$(t == true)", True),
        ("$([1] == [true])", False),
        ("$(1 == 1.0)", True),
        ("$(s == 'text')", True),
        ('$(s + "-é")', "text-é"),
        ("$(a if t else nowhere)", 3),
        ("$(f and nowhere)", False),
        ("$(n or a)", 3),
        ("$(a and not f)", True),
        ("$(b[0] + b[-1])", 4),
        ("$(b[1:])", [2, 3]),
        ("$(b[:-1])", [1, 2]),
        ("$(b[5:])", []),
        ("$([x * a for x in b])", [3, 6, 9]),
        ("$([[x + y for x in b] for y in b][2][0])", 4),
        ("$([a for a in b] + [a])", [1, 2, 3, 3]),
        ("$([0] * 3)", [0, 0, 0]),
        ("$(pair)", [4, 5]),
        ("$(min(a, 2))", 2),
        ("$(max(b))", 3),
        ("$(sum(b) + len(b) + abs(-1))", 10),
        ("$(sum([]))", 0),
        ("$(len(s))", 4),
        ("$(sqrt(16))", 4.0),
        ("$(int(sqrt(17)))", 4),
        ("$(int(t))", 1),
        ("$(round(2.5))", 2),
        ("$(ceil(7 / 2))", 4),
        ("$(floor(-7 / 2))", -4),
        ("$(ceil(a))", 3),
        ("$(ceil(0.1 / rate))", 1),
        ("$(ceil(big / 2))", 2**61 + 1),
        ("$(floor(big / 1))", 2**62 + 1),
        ("$(a\n  + 1)", 4),
        ("$(9223372036854775807)", 2**63 - 1),
        ("$(" + " + ".join(["1"] * 49) + ")", 49),
    ],
)
def test_what_an_expression_comes_to(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("$", 1, "a name, or an expression"),
        ("$3", 2, "a name, or an expression"),
        ("$a.b", 3, "a name, or an expression"),
        ("$a + 1", 3, "a name, or an expression"),
        ("$(a) + 1", 4, "more follows"),
        ("$(a) + $(b)", 4, "more follows"),
        ("$(", 2, "never closed"),
        ("$()", 2, "a tuple"),
        ("$(a b)", 3, "cannot be read"),
        ("$(a.b)", 3, "attributes"),
        ("$(().__class__)", 3, "attributes"),
        ("$(4 * width.real)", 7, "attributes"),
        ('$(f"{a}")', 3, "f-strings"),
        ("$(lambda: 1)", 3, "lambda"),
        ("$((y := 1))", 4, "`:=`"),
        ("$(open('x'))", 3, "'open' cannot be called"),
        ("$(b[0](1))", 3, "'b[0]' cannot be called"),
        ("$(__import__('os'))", 3, "cannot be called"),
        ("$(max(b, key=a))", 3, "by name"),
        ("$(min(*b))", 7, "`*` before"),
        ("$(min())", 3, "at least one"),
        ("$(abs(1, 2))", 3, "one argument"),
        ("$(sum(b, b))", 3, "one argument"),
        ("$(min)", 3, "is a function"),
        ("$(x for x in b)", 2, "generator"),
        ("$([x for x in b if x])", 3, "only `[f for x in list]`"),
        ("$([x for x in b for y in b])", 3, "only `[f for x in list]`"),
        ("$([x for x, y in b])", 10, "one name"),
        ("$([x for true in b])", 10, "one name"),
        ("$(b[::2])", 7, "no step"),
        ("$({1: 2})", 3, "mapping"),
        ("$({1})", 3, "set"),
        ("$(a, 1)", 2, "tuple"),
        ("$(a is n)", 3, "`==`"),
        ("$(a @ a)", 3, "`@`"),
        ("$(a & a)", 3, "`and`"),
        ("$(2 ^ 3)", 3, "`**`"),
        ("$(~a)", 3, "`not`"),
        ("$(await a)", 3, "not"),
        ("$(True)", 3, "true"),
        ("$(a if None else 1)", 8, "null"),
        ("$(b'x')", 3, "not allowed"),
        ("$(u'x')", 3, "one pair of quotes"),
        ("$('a' 'b')", 3, "one pair of quotes"),
        ("$('''a''')", 3, "one pair of quotes"),
        ("$('\\x41')", 4, "backslash"),
        ("$(1j)", 3, "no number"),
        ("$(1_000)", 3, "no number"),
        ("$(1if t else 2)", 3, "no number"),
        ("$(...)", 3, "not allowed"),
        ("$(“a”)", 3, "U+201C"),
        ("$(ﬁ)", 3, "U+FB01"),
        ("$(a # b)", 5, "comment"),
        ("$(1e999)", 3, "not allowed"),
        ("$(9223372036854775808)", 3, "too large"),
        ("$(" + "1" * 198 + ")", 1, "at most 200"),
        ("$(" + "-" * 190 + "1)", 103, "nested too deeply"),
        ("$(" + "(" * 190, 3, "cannot be read"),
        ("$('é' + a.b)", 9, "attributes"),
    ],
)
def test_what_the_language_does_not_know(text: str, column: int, said: str) -> None:
    error = refused(text)
    assert said in error.message + error.help
    assert error.code == "NW130"
    if "never closed" not in error.message and "cannot be read" not in error.message:
        assert error.column == column
    assert 1 <= error.column <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "column", "length", "said"),
    [
        ("$(1 + 1 / 0)", 7, 5, "division by zero"),
        ("$(1 % 0)", 3, 5, "division by zero"),
        ("$(ceil(1 / 0))", 8, 5, "division by zero"),
        ("$(0 ** -1)", 3, 7, "division by zero"),
        ("$(9**9**9)", 3, 7, "too large"),
        ("$(1.5 ** 9e9)", 3, 10, "too large"),
        ("$(big * 2)", 3, 7, "too large"),
        ("$(-big - big)", 3, 10, "too large"),
        ("$(sum([big, big]))", 3, 15, "too large"),
        ("$(1e308 * 10)", 3, 10, "too large"),
        ("$((-8) ** 0.5)", 3, 11, "not a real number"),
        ("$(sqrt(-1))", 3, 8, "square root"),
        ("$(b[3])", 3, 4, "no item 3"),
        ("$(b[-4])", 3, 5, "no item -4"),
        ("$(b[t])", 3, 4, "an index is an integer"),
        ("$(b['x'])", 3, 6, "an index is an integer"),
        ("$(a[0])", 3, 4, "only a list"),
        ("$(s[0])", 3, 4, "only a list"),
        ("$(t + 1)", 3, 5, "takes numbers, not true"),
        ("$(s * 2)", 3, 5, "takes numbers, not the text"),
        ("$(s % a)", 3, 5, "takes numbers, not the text"),
        ("$(n + 1)", 3, 5, "takes numbers, not null"),
        ("$(-s)", 3, 2, "takes a number"),
        ("$(a < s)", 3, 5, "compares numbers"),
        ("$(t < 2)", 3, 5, "compares numbers"),
        ("$(a in a)", 3, 6, "takes a list"),
        ("$([x for x in a])", 3, 14, "takes a list"),
        ("$(len(a))", 3, 6, "takes a list"),
        ("$(sum(a))", 3, 6, "takes a list"),
                ("$(min([]))", 3, 7, "empty list"),
        ("$(min(t, 1))", 3, 9, "takes numbers"),
        ("$(int('3'))", 3, 8, "takes numbers"),
        ("$([0] * 10001)", 3, 11, "10,000 items"),
        ("$([0] * 9000 + [0] * 9000)", 3, 23, "10,000 items"),
        ("$([[0] * 200] * 200)", 3, 17, "10,000 items"),
        ("$([[[0 for x in b*999] for y in b*999] for z in b*9])", 0, 0, "steps"),
        ("$(given(x))", 3, 8, "`given`"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed(text: str, column: int, length: int, said: str) -> None:
    error = refused(text)
    assert said in error.message
    assert error.code == "NW131"
    if column:
        assert (error.column, error.length) == (column, length)


def test_an_unknown_name() -> None:
    error = refused("$(2 * widht)")
    assert (error.code, error.column, error.length) == ("NW132", 7, 5)
    assert "did you mean `width`?" in error.help
    assert "names here: a, b, width" in error.help
    assert refused("$widht").column == 2


def test_given_asks_about_inputs() -> None:
    def answer(name: str) -> bool:
        if name not in ("mask", "memory"):
            raise UnknownName(name, ("mask", "memory"))
        return name == "mask"

    expression = parse("$(given(mask) and not given(memory) and a == 3)")
    assert isinstance(expression, Expression)
    assert expression.given == {"mask", "memory"}
    assert expression.names == {"a"}
    assert evaluate(expression, lookup, answer) is True
    wrong = parse("$(given(mas))")
    assert isinstance(wrong, Expression)
    with pytest.raises(ExpressionError, match="no input `mas`") as raised:
        evaluate(wrong, lookup, answer)
    assert raised.value.help == "did you mean `mask`?"
    assert raised.value.column == 9


def with_size(text: str) -> object:
    expression = parse(text)
    assert isinstance(expression, Expression)
    return evaluate(expression, symbol)


def test_sizes_compute_for_themselves() -> None:
    assert str(with_size("$((h + 1) // 2)")) == "(h - 1) // 2 + 1"
    assert str(with_size("$(-h)")) == "-h"
    for function in ("ceil", "floor", "int", "round", "abs"):
        assert str(with_size(f"$({function}(h))")) == "h"
    assert with_size("$(h == null)") is False
    assert with_size("$(h != 'x')") is True
    with pytest.raises(Undecided):
        with_size("$(1 if h < 3 else 2)")
    for text, said in [
        ("$(h / 2)", "`/` does not take the size h"),
        ("$(ceil(1 / h))", "`/` does not take the size h"),
        ("$(sqrt(h))", "`sqrt` does not take the size h"),
        ("$([1, 2][h])", "an index is an integer, not the size h"),
        ("$(h ** 99)", "an exponent is a number from 0 to 16"),
        ("$(h * true)", "takes numbers, not true"),
    ]:
        with pytest.raises(ExpressionError) as raised:
            with_size(text)
        assert said in raised.value.message
    with pytest.raises(ExpressionError) as raised:
        with_size("$(h / 2)")
    assert "use `//`" in raised.value.help


def test_a_dollar_twice_is_a_dollar() -> None:
    assert parse("$$x") == "$x"
    assert parse("$$(a") == "$(a"
    assert parse("x$a") == "x$a"
    assert parse("") == ""


def test_an_expression_is_its_text() -> None:
    source = Source("s", "a: $(a + x)")
    first, second = parse("$(a + x)", Place(source, 1, 4)), parse("$(a + x)")
    assert first == second
    assert hash(first) == hash(second)
    assert isinstance(first, Expression)
    assert first.names == {"a", "x"}
    assert pickle.loads(pickle.dumps(first)) == first


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$a", {"a"}),
        ("$true", set()),
        ("$(a + true)", {"a"}),
        ("$([x + a for x in b])", {"a", "b"}),
        ("$([x for x in x])", {"x"}),
        ("$(b[i:j])", {"b", "i", "j"}),
        ("$(given(mask) or a)", {"a"}),
        ("$(min(a, c))", {"a", "c"}),
    ],
)
def test_the_names_that_are_read(text: str, names: set[str]) -> None:
    expression = parse(text)
    assert isinstance(expression, Expression)
    assert expression.names == names


def test_the_names_in_a_tree() -> None:
    assert names_in({"x": "$a", "y": ["$(b + c)", "d", 1, None], "z": "$$e", "w": "$(f"}) == {
        "a",
        "b",
        "c",
    }


def test_the_place_of_a_part() -> None:
    for line, column in [("x: $(1 + a.b)", 10), ("x: '$(1 + a.b)'", 11)]:
        place = Place(Source("s.yaml", line), 1, 4, len(line) - 3)
        with pytest.raises(ExpressionError) as raised:
            parse("$(1 + a.b)", place)
        found = problem(raised.value, "$(1 + a.b)", place, "nodes.x").place
        assert found is not None
        assert (found.column, found.length) == (column, 3)
    folded = Place(Source("s.yaml", "x: $(1 +\n  a.b)"), 1, 4, 10)
    assert problem(raised.value, "$(1 + a.b)", folded).place == folded
