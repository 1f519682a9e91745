import contextlib
import gc
import tracemalloc

import pytest

from netwright.specs import reading
from netwright.specs.problems import Problem, Problems, SpecError, apply, render
from netwright.specs.reading import read_text, read_value
from netwright.specs.tree import Mapping, Scalar, Sequence, at, place_of

SPEC = """\
netwright: 1
nodes:
  conv: {block: conv2d, out_channels: 64}
  sum:
    block: add
    from: [conv, "x y"]
"""


def refused(text: str | bytes, name: str = "s.yaml") -> tuple[Problem, ...]:
    with pytest.raises(SpecError) as raised:
        read_text(text, name)
    assert type(raised.value) is SpecError
    assert str(raised.value)
    return raised.value.problems


def test_a_tree_loses_nothing() -> None:
    assert read_text(SPEC).plain() == {
        "netwright": 1,
        "nodes": {
            "conv": {"block": "conv2d", "out_channels": 64},
            "sum": {"block": "add", "from": ["conv", "x y"]},
        },
    }


def test_every_node_knows_its_place() -> None:
    tree = read_text(SPEC, "s.yaml")

    def spot(path: tuple[str | int, ...], key: bool = False) -> tuple[int, int, int]:
        place = place_of(tree, path, key)
        assert place.source.name == "s.yaml"
        return place.line, place.column, place.length

    assert spot(()) == (1, 1, len(SPEC) - 1)
    assert spot(("netwright",)) == (1, 12, 1)
    assert spot(("netwright",), key=True) == (1, 1, 9)
    assert spot(("nodes", "conv")) == (3, 9, len("{block: conv2d, out_channels: 64}"))
    assert spot(("nodes", "conv", "out_channels")) == (3, 39, 2)
    assert spot(("nodes", "sum", "from", 1)) == (6, 18, 5)
    assert spot(("nodes", "sum")) == (5, 5, len('block: add\n    from: [conv, "x y"]'))
    # What is not there stands where its nearest ancestor does.
    assert spot(("nodes", "sum", "from", 7)) == spot(("nodes", "sum", "from"))
    assert spot(("nodes", "none", "x"), key=True) == (2, 1, 5)
    assert isinstance(at(tree, ("nodes", "sum", "from")), Sequence)
    assert isinstance(at(tree, ("nodes",)), Mapping)
    leaf = at(tree, ("nodes", "sum", "from", 1))
    assert isinstance(leaf, Scalar)
    assert leaf.quoted
    assert leaf.text == "x y"
    with pytest.raises(LookupError):
        at(tree, ("nodes", "none"))
    with pytest.raises(LookupError):
        at(tree, ("nodes", "sum", "from", -1))


def test_columns_count_characters() -> None:
    tree = read_text("x: é\n層𝐜: [1]\r\nz: 2")
    assert (place_of(tree, ("層𝐜", 0)).line, place_of(tree, ("層𝐜", 0)).column) == (2, 6)
    assert (place_of(tree, ("z",)).line, place_of(tree, ("z",)).column) == (3, 4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("true", True),
        ("TRUE", True),
        ("False", False),
        ("no", "no"),
        ("off", "off"),
        ("y", "y"),
        ("on", "on"),
        ("None", "None"),
        ("nil", "nil"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("9223372036854775807", 2**63 - 1),
        ("0x7fffffffffffffff", 2**63 - 1),
        ("0" * 5000 + "1", 1),
        ("1e-3", 0.001),
        ("1e5", 1e5),
        ("1.0e-5", 1e-5),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5E+2", -150.0),
        ("1_000", "1_000"),
        ("1,000", "1,000"),
        ("12:30", "12:30"),
        ("16:9", "16:9"),
        ("2024-01-01", "2024-01-01"),
        ("2024-13-45", "2024-13-45"),
        ("(3, 3)", "(3, 3)"),
        ("0b11", "0b11"),
        ("1.2.3", "1.2.3"),
        ("٣", "٣"),
        ("'64'", "64"),
        ('"true"', "true"),
        ("=", "="),
        ("$$x", "$$x"),
        ("$(min(b, c))", "$(min(b, c))"),
    ],
)
def test_what_a_scalar_stands_for(text: str, value: object) -> None:
    found = read_text(f"a: {text}\n").plain()["a"]
    assert found == value
    assert type(found) is type(value)


SYNTAX = [
    ("a: 1\n\tb: 2\n", "NW005", 2, 1, "tabs cannot indent"),
    ("a:\n\tb: 2\n", "NW005", 2, 1, "tabs cannot indent"),
    ("a:\n  \t- 1\n", "NW005", 2, 3, "tabs cannot indent"),
    ("a:\n  b: 1\n   c: 2\n", "NW006", 3, 4, "its sibling stands at column 3"),
    ("a: 1\n b: 2\n", "NW006", 2, 2, "its sibling stands at column 1"),
    ("n:\n  drop: x\n drop2: y\n", "NW006", 3, 2, "column 1 (beside 'n') or column 3"),
    ("- a\nb: 1\n", "NW006", 2, 1, "a key stands among the items"),
    ("a: 1\n- b\n", "NW006", 2, 1, "`-` stands among the keys"),
    ("a: [1, 2\nb: 3\n", "NW007", 1, 4, "`[` opens here"),
    ("a: {x: 1\nb: 2\n", "NW007", 1, 4, "`{` opens here"),
    ("a: [1, 2\n", "NW007", 1, 4, "`[` opens here"),
    ("a: [\n", "NW007", 1, 4, "`[` opens here"),
    ("b: 1\na: 'x\n", "NW007", 2, 4, "`'` opens here"),
    ('a: "abc\nb: 2\n', "NW007", 1, 4, '`"` opens here'),
    ("a: b: c\n", "NW008", 1, 4, "write 'b: c'"),
    ("a: @x", "NW008", 1, 4, "'@'"),
    ("a: `x`", "NW008", 1, 4, "'`'"),
    ("a: %x", "NW008", 1, 4, "'%'"),
    ("{a: $(min(b, c))}\n", "NW009", 1, 5, 'write "$(min(b, c))"'),
    ("[$(min(b, c)), 3]\n", "NW009", 1, 2, 'write "$(min(b, c))"'),
    ('a: [$(x["k"])]\n', "NW009", 1, 5, "write '$(x[\"k\"])'"),
    ("a: {b: 1, c: $(x[0] + 1)}\n", "NW009", 1, 14, 'write "$(x[0] + 1)"'),
    ("a: [$(x]\n", "NW009", 1, 5, "close its parentheses"),
    ("a: 1\nb: 2\na: 3\n", "NW010", 3, 1, "first here"),
    ("a: {x: 1, x: 1}\n", "NW010", 1, 11, "the key 'x'"),
    ('1: a\n"1": b\n', "NW010", 2, 1, "the key '1'"),
    ("a: &x 1\n", "NW011", 1, 4, "&x"),
    ("&x a: 1\n", "NW011", 1, 1, "&x"),
    ("a: *x\n", "NW011", 1, 4, "*x"),
    ("a: &a [*a]\n", "NW011", 1, 4, "&a"),
    ("a: !foo 1\n", "NW012", 1, 4, "!foo"),
    ("a: !!str 1\n", "NW012", 1, 4, "tag:yaml.org,2002:str"),
    ("a: !!python/object/apply:os.system [x]\n", "NW012", 1, 4, "python/object/apply:os.system"),
    ("<<: {a: 1}\n", "NW013", 1, 1, "merge keys"),
    ("a: 1\n---\nb: 2\n", "NW014", 2, 1, "one spec per file"),
    ("%YAML 1.1\n---\na: 1\n", "NW014", 1, 1, "directives"),
    ("? [a]\n: 1\n", "NW015", 1, 3, "a key must be a text"),
    ("{: 1}\n", "NW015", 1, 2, "a key is missing"),
    (": 1\n", "NW015", 1, 1, "a key is missing"),
    ("? \n: 1\n", "NW015", 1, 2, "a key is missing"),
    ("", "NW016", 1, 1, "nothing in the file"),
    ("# only this\n", "NW016", 1, 1, "nothing in the file"),
    ("- 1\n- 2\n", "NW016", 1, 1, "a list of 2"),
    ("hello", "NW016", 1, 1, "'hello'"),
    ("a: .inf\n", "NW018", 1, 4, ".inf"),
    ("a: -.Inf\n", "NW018", 1, 4, "-.Inf"),
    ("a: .nan\n", "NW018", 1, 4, ".nan"),
    ("a: 1e999\n", "NW018", 1, 4, "out of range"),
    ("a: " + "9" * 5000, "NW405", 1, 4, "integer too large: 5,000 digits"),
    ("a: -9223372036854775808", "NW405", 1, 4, "integer too large"),
    ("a: 0x" + "f" * 9000, "NW405", 1, 4, "integer too large"),
    ("a: x\0\n", "NW003", 1, 5, "U+0000"),
    ("b: 1\na: \x1b[31m\n", "NW003", 2, 4, "U+001B"),
    ("a: \ud800\n", "NW003", 1, 4, "U+D800"),
    ('a: "\\ud800"\n', "NW003", 1, 5, "U+D800"),
    ('a: "x\\q"\n', "NW004", 1, 6, "'\\q' is no escape"),
    ("a: ]\n", "NW004", 1, 4, "`]`"),
    ("a: {b: [}\n", "NW004", 1, 9, "innermost open bracket"),
    ("a: [1 2] 3\n", "NW004", 1, 10, "a new line"),
    ("a: 1\nfoo\n", "NW004", 2, 1, "a key without a value"),
    ("a: 1\nb:2\nc: 3\n", "NW004", 2, 1, "a space is missing"),
    ("b:2\nc: 3\n", "NW004", 1, 1, "a space is missing"),
    ("a: {b: x}}\n", "NW004", 1, 10, "`}` closes nothing"),
    ("a: 'it's'\n", "NW004", 1, 8, "a ' inside is written ''"),
    ('a: "x\n\nb: "y"\n', "NW004", 3, 5, "the text begins here"),
    ("conv\n  block: x\n", "NW006", 2, 3, "end the line above with `:`"),
    ("a: - 1\n", "NW004", 1, 4, "a list with `-`"),
    (b"\xff\xfea\x00", "NW002", 1, 1, "UTF-16"),
    (b"\x00\x00\xfe\xffa", "NW002", 1, 1, "UTF-32"),
    (b"x: 1\na: caf\xe9\n", "NW002", 2, 7, "byte 11"),
    ("a: " + "x" * 100_001, "NW404", 1, 4, "100,001 characters"),
    ("[" * 100_000, "NW402", 1, 101, "at most 100"),
    ("[" * 100_000 + "]" * 100_000, "NW402", 1, 101, "at most 100"),
    ("{a: " * 100_000, "NW402", 1, 401, "at most 100"),
    ("- " * 100_000, "NW402", 1, 201, "at most 100"),
    ("".join("  " * n + "a:\n" for n in range(800)), "NW402", 101, 201, "at most 100"),
    ("x" * 10_000_001, "NW401", 1, 1, "10,000,001 bytes"),
    ("n: 1\n" * 5, "NW010", 2, 1, "the key 'n'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "said"), SYNTAX, ids=[str(row[0])[:20] for row in SYNTAX]
)
def test_a_mistake_of_syntax(
    text: str | bytes, code: str, line: int, column: int, said: str
) -> None:
    problems = refused(text)
    first = problems[0]
    assert first.code == code
    assert first.place is not None
    assert (first.place.line, first.place.column) == (line, column)
    assert first.place.source.name == "s.yaml"
    text_of = render(problems)
    assert said in text_of
    assert all(line.isprintable() for line in text_of.split("\n"))


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("a:\n\tb: 2\n", {"a": {"b": 2}}),
        ("a:\n  b: 1\n   c: 2\n", {"a": {"b": 1, "c": 2}}),
        ("a: b: it's\n", {"a": "b: it's"}),
        ("{a: $(min(b, c))}\n", {"a": "$(min(b, c))"}),
        ('{a: $(x["k"])}\n', {"a": '$(x["k"])'}),
        ("a: 1\nb:1\nc: 2\n", {"a": 1, "b": 1, "c": 2}),
        ("- 1\n", None),
    ],
)
def test_a_fix_mends(text: str, mended: object) -> None:
    fix = refused(text)[0].fix
    if mended is None:
        assert fix is None
    else:
        assert fix is not None
        assert read_text(apply(fix, text)).plain() == mended


def test_independent_mistakes_are_all_told() -> None:
    problems = refused("a: &x .nan\nb: !t 1\na: 2\nc: *x\nd: [1\n")
    assert [p.code for p in problems] == [
        "NW011", "NW018", "NW012", "NW010", "NW011", "NW007"
    ]  # fmt: skip


def test_mistakes_that_leave_a_document_can_be_collected() -> None:
    problems = Problems()
    tree = read_text("a: 1\na: 2\nb: .nan\nc: !t x\nd: 99999999999999999999\n", "s", problems)
    assert tree.plain() == {"a": 1, "b": 1.0, "c": "x", "d": 1}
    assert [p.code for p in problems.errors] == ["NW010", "NW018", "NW012", "NW405"]
    problems = Problems()
    with pytest.raises(SpecError) as raised:
        read_text("a: 1\na: 2\nb: *x\n", "s", problems)
    assert [p.code for p in raised.value.problems] == ["NW010", "NW011"]
    assert not problems


def test_a_bomb_of_aliases_is_not_expanded() -> None:
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert refused("\n".join(lines))[0].code == "NW011"


def test_a_quoted_expression_and_a_block_value_are_left_alone() -> None:
    text = "a: {b: '$(min(b, c))', d: $(4 * (x + 1))}\ne: $(min(b, c))\n"
    assert read_text(text).plain() == {
        "a": {"b": "$(min(b, c))", "d": "$(4 * (x + 1))"},
        "e": "$(min(b, c))",
    }


def test_a_byte_order_mark_of_utf_8_is_allowed() -> None:
    assert read_text(b"\xef\xbb\xbfa: 1").plain() == {"a": 1}
    assert read_text("\ufeffa: 1").plain() == {"a": 1}


def test_a_value_need_not_be_a_mapping() -> None:
    assert read_value("[1, x]").plain() == [1, "x"]
    assert read_value("1e-3").plain() == 0.001
    assert read_value("").plain() is None


@pytest.mark.parametrize(
    ("text", "column", "rule"),
    [
        ('{"a": 1,}', 8, "no comma"),
        ('{"a": [1, 2,]}', 12, "no comma"),
        ('{"a": 1} // x', 10, "comments"),
        ('{"a": 1} # x', 10, "comments"),
        ("{'a': 1}", 2, "double quotes"),
        ("{a: 1}", 2, "double quotes"),
        ('{"a": NaN}', 7, "NaN"),
        ('{"a": "NaN", "b": -Infinity}', 19, "-Infinity"),
        ('{"a": 1', 8, "delimiter"),
    ],
)
def test_the_rules_of_json(text: str, column: int, rule: str) -> None:
    problem = refused(text, "s.json")[0]
    assert problem.code == "NW017"
    assert rule in problem.message
    assert "YAML" in problem.help
    assert problem.place is not None
    assert problem.place.column == column


def test_json_is_read_like_yaml() -> None:
    text = '{\n\t"a": [1, 2.5, null, true, "no", "\\u00e9\\ud83d\\ude00\\/"], "b\\\\ud83d": {}}'
    assert read_text(text, "s.json").plain() == {
        "a": [1, 2.5, None, True, "no", "é😀/"],
        "b\\ud83d": {},
    }
    assert refused('{"a": "\\ud83d"}', "s.json")[0].code == "NW003"
    assert refused("[" * 5000, "s.json")[0].code == "NW402"
    assert refused('{"a": ' + "9" * 5000 + "}", "s.json")[0].code == "NW405"


def test_too_many_values_are_refused() -> None:
    text = "".join(f"n{n}: [1,2,3,4,5,6,7,8,9]\n" for n in range(60_000))
    problem = refused(text)[0]
    assert problem.code == "NW403"
    assert problem.place is not None
    assert problem.place.line == 50_001


def test_memory_stays_modest() -> None:
    text = "".join(f"n{n}: {{block: linear, out_features: 64}}\n" for n in range(2_000))
    tracemalloc.start()
    try:
        tree = read_text(text)
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(tree.entries) == 2_000
    assert used < 2_000 * 3_000


def test_the_collector_runs_again_afterwards() -> None:
    assert gc.isenabled()
    for text in (SPEC, "a: ["):
        with contextlib.suppress(SpecError):
            read_text(text)
        assert gc.isenabled()
    gc.disable()
    try:
        read_text(SPEC)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_parser_in_python_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read_text(SPEC).plain()
    monkeypatch.setattr(reading.yaml, "__with_libyaml__", False)
    tree = read_text(SPEC)
    assert tree.plain() == expected
    assert place_of(tree, ("nodes", "sum", "from", 1)).column == 18
    for text, code, line, _, _ in SYNTAX:
        if len(text) < 1000:
            problem = refused(text)[0]
            assert problem.place is not None
            found = (problem.code, problem.place.line)
            assert found == (code, line) or code in ("NW003", "NW004", "NW006", "NW008"), text
    assert refused('a: "\\ud800"')[0].code == "NW003"
