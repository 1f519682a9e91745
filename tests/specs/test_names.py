import keyword

import pytest

from netwright.specs.names import MAX_NAME, RESERVED_NODES, check_name


@pytest.mark.parametrize("name", ["a", "Conv2", "block_1", "x" * MAX_NAME, "match", "_".join("ab")])
def test_a_name_is_allowed(name: str) -> None:
    assert check_name(name, "node") is None


@pytest.mark.parametrize(
    ("name", "said", "instead"),
    [
        ("", "it is empty", ""),
        ("x" * 65, "it has 65 characters, and at most 64", ""),
        ("class", "reserved word of Python", "class_"),
        ("lambda", "reserved word of Python", "lambda_"),
        ("None", "reserved word of Python", "None_"),
        ("a.b", "character 1 is '.' (U+002E FULL STOP)", "a_b"),
        ("a/b", "character 1 is '/' (U+002F SOLIDUS)", "a_b"),
        ("a b", "character 1 is ' ' (U+0020 SPACE)", "a_b"),
        ("conv-2", "character 4 is '-' (U+002D", "conv_2"),
        ("a\n", "character 1 is '\\n' (U+000A", "a"),
        ("1a", "it begins with '1'", "n1a"),
        ("_x", "it begins with '_'", "x"),
        ("ﬁ", "character 0 is 'ﬁ' (U+FB01", "fi"),
        ("𝐜lass", "(U+1D41C", "class_"),
        ("\u0430b", "(U+0430 CYRILLIC SMALL LETTER A)", "ab"),
        ("a\u200bb", "character 1 is '\\u200b' (U+200B", "ab"),
        ("a\u202eb", "character 1 is '\\u202e' (U+202E", "ab"),
        ("naïve", "character 2 is 'ï' (U+00EF", "naive"),
        ("層", "(U+5C64", ""),
    ],
)
def test_a_name_is_refused(name: str, said: str, instead: str) -> None:
    fault = check_name(name, "input")
    assert fault is not None
    assert said in fault.message
    assert fault.message.isprintable()
    assert fault.help == (f"`{instead}`, for instance" if instead else "")
    if instead:
        assert check_name(instead, "input") is None


def test_nodes_have_reserved_names_and_inputs_do_not() -> None:
    fault = check_name("train", "node")
    assert fault is not None
    assert "reserved" in fault.message
    assert fault.help.startswith("`train_`")
    assert check_name("train", "input") is None
    assert check_name("block", "node") is not None


def test_the_kind_is_said() -> None:
    assert "name an input" in str(check_name("1", "input"))
    assert "name a node" in str(check_name("1", "node"))


def test_every_keyword_is_refused() -> None:
    for word in keyword.kwlist:
        assert check_name(word, "param") is not None


def test_reserved_names_cover_the_module_of_torch() -> None:
    from torch import nn

    public = {name for name in dir(nn.Module()) if not name.startswith("_")}
    assert public <= RESERVED_NODES
