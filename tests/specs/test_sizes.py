"""Sizes: forms, texts, suggestions and refusals in tables; at random in test_sizes_at_random.py."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable
from functools import reduce

import pytest

from netwright.specs.sizes import (
    Doubt,
    Relation,
    Size,
    SizeError,
    Symbol,
    Undecided,
    ceil_div,
    decide,
    divide,
    evaluate,
    maximum,
    minimum,
    pretty,
    product,
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


def out(size: Size, kernel: int, stride: int, padding: int, dilation: int = 1) -> Size:
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


H = symbol("height")
W = symbol("width")
B = symbol("batch")
S = symbol("seq")


@pytest.mark.parametrize(
    ("path", "shortcut"),
    [
        ((3, 2, 1), (1, 2, 0)),
        ((5, 2, 2), (1, 2, 0)),
        ((7, 2, 3), (3, 2, 1)),
        ((3, 1, 1), (1, 1, 0)),
        ((3, 4, 1), (1, 4, 0)),
        ((7, 4, 3), (1, 4, 0)),
        ((3, 2, 2, 2), (1, 2, 0)),
        ((2, 2, 0), (3, 2, 1)),
    ],
)
def test_a_path_agrees_with_its_shortcut(path: tuple[int, ...], shortcut: tuple[int, ...]) -> None:
    agree = all(out(h, *path) == out(h, *shortcut) for h in range(1, 60))
    found = decide("==", out(H, *path), out(H, *shortcut))
    assert (found is True) == agree


@pytest.mark.parametrize(
    ("size", "text", "shown"),
    [
        (out(H, 3, 2, 1), "(height - 1) // 2 + 1", "⌈height/2⌉"),
        (out(H, 16, 16, 0), "height // 16", "⌊height/16⌋"),
        (out(H, 7, 2, 0), "(height - 1) // 2 - 2", "⌈height/2⌉ - 3"),
        ((6 * H + 7) // 4, "height + (height - 1) // 2 + 2", "height + ⌈height/2⌉ + 1"),
        (ceil_div(H, 3), "(height - 1) // 3 + 1", "⌈height/3⌉"),
        (4 * S, "4 * seq", "4·seq"),
        (B * S, "batch * seq", "batch·seq"),
        (3 - H, "3 - height", "3 - height"),
        (-H - 3, "-height - 3", "-height - 3"),
        (H * W + H**2, "height ** 2 + height * width", "height² + height·width"),
        (B * (H // 2), "batch * (height // 2)", "batch·⌊height/2⌋"),
        (symbol("h", multiple_of=8), "h", "h"),
        (symbol("h", multiple_of=8) // 4, "h // 4", "h/4"),
        (symbol("h", multiple_of=8) // 16 + 1, "h // 16 + 1", "⌊h/16⌋ + 1"),
        (symbol("n", origin=1) + symbol("n", origin=2), "n + n'", "n + n'"),
    ],
)
def test_text(size: Size, text: str, shown: str) -> None:
    assert (str(size), pretty(size)) == (text, shown)


def test_repeated_strides_collapse() -> None:
    assert reduce(lambda h, _: out(h, 3, 2, 1), range(5), H) == out(H, 1, 32, 0)
    assert str(reduce(lambda h, _: out(h, 3, 2, 1), range(5), H)) == "(height - 1) // 32 + 1"
    whole_parts = symbol("height", multiple_of=32)
    assert str(reduce(lambda h, _: out(h, 3, 2, 1), range(5), whole_parts)) == "height // 32"


def test_forms_that_differ_are_proved_equal_by_residues() -> None:
    assert H // 2 + (H + 1) // 2 == H
    assert H == H // 3 * 3 + H % 3
    assert (H // 32) * (W // 32) == (-(-(H - 31) // 32)) * (-(-(W - 31) // 32))
    assert H * (H + 1) % 2 == 0
    assert 2 * H != 2 * W + 1
    assert 2 * H + 4 * (W // 3) != 7


def test_inequalities() -> None:
    assert H >= 1
    assert H * W >= H + W - 1
    assert H * H + 4 >= 4 * H
    assert (H // 10**6) * 10**6 <= H < (H // 10**6) * 10**6 + 10**6
    assert out(H, 3, 2, 1) >= 1
    assert symbol("s", maximum=1024) * symbol("n", maximum=7) <= 7168
    assert not symbol("s", maximum=1024) > 1024
    assert bool(H)


@pytest.mark.parametrize(
    ("relation", "a", "b", "suggestion"),
    [
        (">=", out(H, 7, 2, 0), 1, {"height": {"min": 7}}),
        (">=", out(H, 16, 16, 0), 1, {"height": {"min": 16}}),
        ("==", H // 8 * 8, H, {"height": {"multiple_of": 8}}),
        ("<=", S, 1024, {"seq": {"max": 1024}}),
        ("==", 4 * S, 64, {"seq": {"min": 16, "max": 16}}),
        (
            "==",
            32 * (H // 8) * (W // 4),
            H * W,
            {"height": {"multiple_of": 8}, "width": {"multiple_of": 4}},
        ),
        ("!=", H, 5, {"height": {"min": 6}}),
        ("==", symbol("h", multiple_of=2) // 8 * 8, symbol("h", multiple_of=2),
         {"h": {"multiple_of": 8}}),
        ("==", H, W, None),
    ],
)  # fmt: skip
def test_suggestions(relation: Relation, a: Size, b: Size, suggestion: object) -> None:
    found = decide(relation, a, b)
    assert isinstance(found, Doubt)
    assert found.suggestion == suggestion


def test_a_doubt_in_words() -> None:
    with pytest.raises(Undecided) as caught:
        _ = out(H, 7, 2, 0) >= 1
    assert str(caught.value) == (
        "(height - 1) // 2 - 2 >= 1 fails for height = 1 and holds for height = 7; "
        "it would always hold with height: {min: 7}"
    )
    assert caught.value.doubt.example == {"height": 1}
    found = decide("!=", H // 4, 100)
    assert isinstance(found, Doubt) and found.example == {"height": 400}
    found = decide("==", symbol("n", origin=1), symbol("n", origin=2))
    assert str(found) == "n == n' fails for n = 2, n' = 1 and holds for n = 1, n' = 1"
    assert found == decide("==", symbol("n", origin=1), symbol("n", origin=2))


def test_undecided_is_never_silent() -> None:
    for relation in RELATIONS.values():
        with pytest.raises(Undecided):
            relation(H, W)
    with pytest.raises(Undecided):
        bool(H - 1)
    with pytest.raises(Undecided):
        assert H == 3
    assert H != "height" and H is not None


def test_large_sizes_are_answered() -> None:
    many = [symbol(f"s{n}") for n in range(12)]
    total = sum(s // (n + 2) for n, s in enumerate(many))
    assert isinstance(decide("==", total, product(many) // 10**6), Doubt)
    assert isinstance(decide(">=", total, sum(many) // 3), Doubt)
    assert product(many) // 10**6 >= 0
    hard = decide("==", H * W // 10**6, (H * W + H) // 10**6)
    assert isinstance(hard, Doubt)
    unknown = decide("==", (H * H + H) // 10**6 * 2 // 2, (H * (H + 1) + 1) // 10**6)
    assert isinstance(unknown, Doubt)
    assert unknown.example is None and "could not be proved" in str(unknown)


def test_what_is_refused() -> None:
    for refused in (
        lambda: H // 0,
        lambda: H // -2,
        lambda: H % -2,
        lambda: H / 2,
        lambda: 2 / H,
        lambda: 2**H,
        lambda: H**-1,
        lambda: H**99,
        lambda: H**W,
        lambda: (symbol("few", maximum=3) * S + 5) // symbol("few", maximum=3),
        lambda: 3 // (-H),
        lambda: H * 2**600,
        lambda: product(sum(symbol(f"s{n}") for n in range(30)) for _ in range(4)),
        lambda: reduce(lambda x, _: (3 * x * x + 1) // 2, range(40), H),
        lambda: symbol("h", minimum=3, maximum=2),
        lambda: symbol("h", minimum=9, maximum=15, multiple_of=8),
        lambda: symbol("h", multiple_of=0),
        lambda: evaluate(H, {}),
        lambda: evaluate(H, {"height": 0}),
        lambda: evaluate(symbol("h", multiple_of=8), {"h": 12}),
        lambda: substitute(H, {symbols(H)[0]: 0}),
        lambda: ceil_div(H, 0),
    ):
        with pytest.raises(SizeError):
            refused()
    with pytest.raises(TypeError):
        range(H)  # type: ignore[call-overload]
    with pytest.raises(Undecided):
        substitute(H, {symbols(H)[0]: W - 1})
    with pytest.raises(Undecided):
        minimum(H, W)


def test_known_sizes_are_ints() -> None:
    assert type(H - H + 3) is int
    assert type(H * 0) is int
    assert symbol("n", minimum=4, maximum=4) == 4
    assert symbol("n", minimum=5, maximum=10, multiple_of=4) == 8
    assert symbol("n", multiple_of=8) % 4 == 0
    assert type(symbol("n", maximum=3) // 4) is int
    assert type(H**0) is int
    assert divide(7, 2) is None
    assert divide(B * S * 768, B * 12) == 64 * S
    assert divide(H, 2) is None
    assert divide(0, H) == 0
    assert ceil_div(7, 2) == 4
    assert ceil_div(H * B, B) == H
    assert evaluate(7, {}) == 7
    assert symbols(7) == ()


def test_quotients_by_a_size() -> None:
    big = symbol("heads", minimum=4)
    assert (big * S + 3) // big == S
    assert (big * S + 3) % big == 3
    assert (big * S - 1) // big == S - 1
    assert H // (W + H) == 0
    with pytest.raises(Undecided):
        _ = (H * S + 3) // H


def test_minimum_and_maximum() -> None:
    assert minimum(H + 2, H, H + 1) == H
    assert maximum(H, H + 2, 1) == H + 2
    assert minimum(H, 1) == 1
    assert maximum(H, 1) == H
    assert minimum(3, 5) == 3


def test_equal_values_are_one_key() -> None:
    again = (symbol("height") + 2 * 1 - 3) // 2 + 1
    assert hash(again) == hash(out(H, 1, 2, 0))
    assert {again: 1}[out(H, 1, 2, 0)] == 1
    assert len({symbol("x", minimum=0) * -1, symbol("x", minimum=0) * -2}) == 2
    for size in (again, again * W - 7):
        copy = pickle.loads(pickle.dumps(size))
        assert copy == size and hash(copy) == hash(size)


def test_facts_travel_with_the_symbol() -> None:
    (item,) = symbols(symbol("h", minimum=3, maximum=30, multiple_of=8, origin=("a", 1)))
    assert (item.name, item.minimum, item.maximum) == ("h", 8, 24)
    assert (item.multiple_of, item.origin) == (8, ("a", 1))
    assert item == Symbol("h", 8, 24, 8, ("a", 1)) != Symbol("h", 8, 24, 8)
    with pytest.raises(AttributeError):
        item.name = "w"
