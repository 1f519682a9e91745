import json
import pickle
from textwrap import dedent

import pytest

from netwright.specs.problems import (
    Fix,
    NetwrightError,
    Place,
    PluginError,
    Problem,
    Problems,
    Source,
    SpecError,
    apply,
    render,
    shown,
    suggest,
)

LINE = "  sum: {block: add, from: [conv2, shortcut]}"
SOURCE = Source(
    "resnet.yaml", "\n" * 35 + "  conv2: {out_channels: 128}\n" + "\n" * 4 + LINE + "\n"
)


def problem(**changes: object) -> Problem:
    given: dict[str, object] = {
        "code": "NW301",
        "message": "sizes do not agree",
        "place": Place(SOURCE, 41, 27, 17),
        "path": "stages.1.0.sum",
        "label": "128 and 64",
    }
    return Problem(**{**given, **changes})  # type: ignore[arg-type]


def test_the_text_of_a_problem() -> None:
    whole = problem(
        notes=("dim 1: 128 from conv2, 64 from x",),
        help="project the shortcut:\n{block: conv2d}",
        also=((Place(SOURCE, 36, 11, 17), "128 here"),),
        uses=12,
    )
    assert render([whole]) == dedent(
        """\
        error NW301: sizes do not agree
          resnet.yaml:41:27  stages.1.0.sum
           |
        41 |   sum: {block: add, from: [conv2, shortcut]}
           |                           ^^^^^^^^^^^^^^^^^ 128 and 64
           |
        36 |   conv2: {out_channels: 128}
           |           ----------------- 128 here
           = dim 1: 128 from conv2, 64 from x
           = and 11 more uses
           = help: project the shortcut:
                   {block: conv2d}"""
    )


def test_a_problem_without_a_place() -> None:
    assert render([Problem("NW001", "not there", help="look again", severity="warning")]) == (
        "warning NW001: not there\n  = help: look again"
    )


def test_an_empty_source_shows_no_line() -> None:
    assert render([Problem("NW016", "empty", Place(Source("s", ""), 1, 1))]) == (
        "error NW016: empty\n  s:1:1"
    )


def test_another_file_is_named() -> None:
    other = Place(Source("block.yaml", "x: 1"), 1, 1)
    assert "\n   : block.yaml:1:1\n   |\n 1 | x: 1\n   | - here" in render(
        [problem(also=((other, "here"),))]
    )


def test_colours_change_nothing_but_colour() -> None:
    import re

    colored = render([problem(help="so")], color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render([problem(help="so")])


def test_a_long_line_is_cut_around_the_place() -> None:
    source = Source("s", "a" * 500 + "HERE" + "b" * 500)
    lines = render([Problem("NW004", "m", Place(source, 1, 501, 4))]).split("\n")
    assert len(lines[3]) < 120
    code, carets = lines[3], lines[4]
    assert code[carets.index("^") : carets.rindex("^") + 1] == "HERE"
    assert code[4] == code[-1] == "…"


@pytest.mark.parametrize(
    ("written", "before"),
    [("\x1b[31m", "\\x1b[31m"), ("\u202e", "\\u202e"), ("\u200b", "\\u200b"), ("\t", "    ")],
)
def test_what_does_not_show_is_escaped(written: str, before: str) -> None:
    source = Source(written, written + "HERE")
    lines = render([Problem("NW004", written, Place(source, 1, len(written) + 1, 4), written)])
    assert before in lines.split("\n")[3]
    assert all(line.isprintable() for line in lines.split("\n"))
    code, carets = lines.split("\n")[3:5]
    assert code[carets.index("^") : carets.rindex("^") + 1] == "HERE"


def test_wide_letters_take_two_columns() -> None:
    source = Source("s", "層é: HERE")
    assert render([Problem("NW004", "m", Place(source, 1, 5, 4))]).split("\n")[4] == "  |      ^^^^"


def test_carets_end_with_the_line() -> None:
    source = Source("s", "abc\ndef")
    assert render([Problem("NW004", "m", Place(source, 1, 2, 6))]).endswith("\n  |  ^^")


def test_only_the_first_are_written() -> None:
    error = SpecError([problem(message=f"m{index}") for index in range(10_000)])
    text = str(error)
    assert text.count("error NW301") == 20
    assert text.endswith("\n\nand 9,980 more")


def test_lines_are_those_of_yaml() -> None:
    source = Source("s", "a\r\nb\rc\x0cd\x85e\u2028f")
    assert [source.line(number) for number in range(8)] == [
        "", "a", "b", "c\x0cd", "e", "f", "", ""
    ]  # fmt: skip


def test_json_has_what_is_known() -> None:
    fix = Fix(Place(SOURCE, 41, 27, 0), "x")
    found = json.loads(json.dumps(problem(fix=fix, notes=("n",)).as_json()))
    assert found["code"] == "NW301"
    assert found["severity"] == "error"
    assert (found["file"], found["line"], found["column"]) == ("resnet.yaml", 41, 27)
    assert found["path"] == "stages.1.0.sum"
    assert found["notes"] == ["n"]
    assert found["fix"]["text"] == "x"
    assert found["fix"]["length"] == 0
    assert Problem("NW001", "m").as_json()["line"] is None


def test_an_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(SpecError(problem(), more=3)))
    assert type(error) is SpecError
    assert error.problems == (problem(),)
    assert error.more == 3
    assert issubclass(PluginError, NetwrightError)


def test_equal_problems_are_one() -> None:
    problems = Problems()
    for path in ("a", "b", "c"):
        problems.add(problem(code="NW202", path=path))
    problems.add(problem(code="NW202", message="another"))
    assert [(found.path, found.uses) for found in problems.errors] == [
        ("a", 3),
        ("stages.1.0.sum", 1),
    ]


def test_a_mistake_of_types_is_told_with_the_first_of_them() -> None:
    problems = Problems()
    problems.add(problem(code="NW301", message="64 and 128 do not agree"))
    problems.add(problem(code="NW301", message="128 and 256 do not agree"))
    assert [(found.message, found.uses) for found in problems.errors] == [
        ("64 and 128 do not agree", 2)
    ]


def test_errors_are_raised_in_the_order_of_their_places() -> None:
    problems = Problems()
    problems.add(problem(severity="warning"))
    problems.raise_if_any()
    assert not problems
    assert len(problems.warnings) == 1
    problems.add(problem())
    problems.add(problem(place=Place(SOURCE, 36, 3)))
    problems.add(problem(place=None))
    with pytest.raises(SpecError) as raised:
        problems.raise_if_any()
    assert [p.place and p.place.line for p in raised.value.problems] == [None, 36, 41]


def test_a_collector_keeps_a_bounded_number() -> None:
    problems = Problems()
    for index in range(10_500):
        problems.add(problem(code="NW202", message=str(index)))
    with pytest.raises(SpecError, match="and 10,480 more") as raised:
        problems.raise_if_any()
    assert len(raised.value.problems) == 10_000


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("block", ["nodes", "blocks"], "blocks"),
        ("kernel_sise", ["kernel_size", "stride"], "kernel_size"),
        ("out_chanels", ["in_channels", "out_channels"], "out_channels"),
        ("Conv2D", ["conv1d", "conv2d"], "conv2d"),
        ("wieght", ["weight"], "weight"),
        ("nod", ["nodes"], "nodes"),
        ("open", ["len"], None),
        ("xyz", ["conv2d"], None),
        ("", ["a"], None),
        ("x" * 10_000_000, ["x"], None),
    ],
)
def test_what_was_meant(word: str, candidates: list[str], meant: str | None) -> None:
    assert suggest(word, candidates) == meant


def test_the_nearest_is_meant() -> None:
    assert suggest("conv3", ["conv3ab", "conv34", "conv"]) in ("conv34", "conv")
    assert suggest("abcdef", ["abcdxy", "abcdefg"]) == "abcdefg"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("64", "'64'"),
        (64, "64"),
        (0.5, "0.5"),
        ("it's", '"it\'s"'),
        ("\x1b[0m\u202e", "'\\x1b[0m\\u202e'"),
        ([1, "a", None], "[1, 'a', null]"),
        ({"a": [True], "b": {}}, "{a: [true], b: {}}"),
        ((3, 3), "[3, 3]"),
    ],
)
def test_a_value_as_messages_write_it(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_value_is_cut() -> None:
    nested: list[object] = []
    nested.append(nested)
    for value in ("x" * 10_000_000, list(range(1_000_000)), 10**5000, nested, {"k" * 200: 1}):
        text = shown(value)
        assert len(text) <= 80
    assert shown("x" * 100).endswith("…")


def test_a_fix_changes_the_text() -> None:
    text = "\ufeffa: 1\r\nb: c: d\n"
    source = Source("s", text[1:])
    assert apply(Fix(Place(source, 2, 4, 4), "'c: d'"), text) == "\ufeffa: 1\r\nb: 'c: d'\n"
    assert apply(Fix(Place(source, 2, 1, 0), "x: 2\n"), text) == "\ufeffa: 1\r\nx: 2\nb: c: d\n"
    with pytest.raises(ValueError, match="no line 9"):
        apply(Fix(Place(source, 9, 1), ""), text)
    with pytest.raises(ValueError, match="outside"):
        apply(Fix(Place(source, 2, 1, 99), ""), text)


def test_what_the_codes_say() -> None:
    import re

    from netwright.specs.codes import CODES

    for code, entry in CODES.items():
        assert re.fullmatch(r"NW[0-7]\d\d", code)
        assert entry.title
        assert not entry.title.endswith(".")
        assert entry.explanation.endswith("\n")
