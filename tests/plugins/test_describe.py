"""Blocks described: docstrings as data, the text of `netwright blocks NAME`, the page of the reference."""

from __future__ import annotations

import json

import pytest

import checkout
from netwright.composer.cli import main
from netwright.plugins import reference
from netwright.plugins.block import Block
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.describe import describe, type_text
from netwright.plugins.docstrings import DocstringError, Pattern, parse_docstring, parse_example
from netwright.specs.problems import PluginError

DOCSTRING = """A sum
    over two lines.

    More of it.

    Shapes: x [n]
        -> [n]
    Parameters: 0
    Reference: torch.add
    Examples:
        {block: add, other: {a: [1, 2]}} on x [n, 3] int64 below n gives [n, 3]
        {block: make} on nothing gives []
    """


def test_a_docstring_has_sections() -> None:
    said = parse_docstring(DOCSTRING)
    assert said.summary == "A sum over two lines."
    assert said.prose == "More of it."
    assert said.shapes == "x [n] -> [n]"
    assert said.parameters == "0"
    assert said.reference == "torch.add"
    assert [each.settings["block"] for each in said.examples] == ["add", "make"]


def test_a_docstring_without_sections_is_a_summary() -> None:
    said = parse_docstring("Only this.")
    assert (said.summary, said.shapes, said.examples) == ("Only this.", "", ())


def test_an_example_is_read_whole() -> None:
    example = parse_example(
        "{block: cut, at: {a: [1, {}]}} on inputs.0 [n, 4] int64 below 2 * n, inputs.1 [] bool, "
        "mask [wide] gives values [n, max(n, 4)] and indices [n // 2] int64 below n "
        "with dims {wide: {min: 2}}"
    )
    assert example.settings == {"block": "cut", "at": {"a": [1, {}]}}
    assert example.inputs == {
        "inputs.0": Pattern(("n", 4), "int64", "2 * n"),
        "inputs.1": Pattern((), "bool"),
        "mask": Pattern(("wide",)),
    }
    assert example.outputs == {
        "values": Pattern(("n", "max(n, 4)")),
        "indices": Pattern(("n // 2",), "int64", "n"),
    }
    assert example.dims == {"wide": {"min": 2}}
    assert example.symbols == ("n", "wide")


def test_one_output_has_no_name_and_nothing_may_go_in() -> None:
    example = parse_example("{block: parameter, shape: [2]} on nothing gives [2] float64")
    assert (example.inputs, example.outputs) == ({}, {"": Pattern((2,), "float64")})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("block: add on x [n] gives [n]", "expected `{block: …}` at the start"),
        ("{block: add on x [n] gives [n]", "expected `{block: …}` at the start"),
        ("{block: add} x [n] gives [n]", "expected `{…} on NAME"),
        ("{block: add} on x [n]", "expected `{…} on NAME"),
        ("{block: add, block: add} on x [n] gives [n]", "is no mapping"),
        ("{bias: true} on x [n] gives [n]", "expected the name of a block"),
        ("{block: add} on x n gives [n]", "at `x n`"),
        ("{block: add} on x [n] float8 gives [n]", "at `x [n] float8`"),
        ("{block: add} on x [n], x [n] gives [n]", "input x stands twice"),
        ("{block: add} on x [2 * n] gives [n]", "sizes of an input"),
        ("{block: add} on x [n] gives n", "at `n`"),
    ],
)
def test_what_is_no_example_is_told(text: str, said: str) -> None:
    with pytest.raises(DocstringError) as caught:
        parse_example(text)
    assert said in str(caught.value)
    assert text in str(caught.value)


def test_a_section_stands_once() -> None:
    with pytest.raises(DocstringError, match="`Shapes:` stands twice"):
        parse_docstring("A.\n\nShapes: x\nShapes: y")


def test_a_block_that_cannot_be_described_is_named() -> None:
    class Broken(Block):
        """A block.

        Examples:
            nonsense
        """

    with pytest.raises(PluginError, match="block mine/broken"):
        describe("mine/broken", Broken)


@pytest.mark.parametrize(
    ("described", "text"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 2**31 - 1}, "integer from 1"),
        ({"type": "number", "exclusiveMinimum": 0}, "number above 0"),
        ({"type": "number", "minimum": 0, "maximum": 1}, "number from 0 to 1"),
        ({"enum": ["none", "tanh"], "type": "string"}, "none or tanh"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "true or false or null"),
        ({"type": "array", "items": {"type": "integer"}}, "list (integer)"),
        ({"type": "array", "minItems": 2, "maxItems": 2}, "list of 2"),
        ({}, "anything"),
    ],
)
def test_types_are_told_in_words(described: dict[str, object], text: str) -> None:
    assert type_text(described) == text


def test_the_command_explains_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks", "dropout"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("dropout\n\n")
    assert "number from 0 to 1, default 0.5: " in shown
    assert "{block: dropout" in shown
    assert main(["blocks", "attention", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["inputs"] == ["x", "mask"]
    assert {"num_heads", "num_kv_heads", "is_causal", "dropout", "bias"} <= {
        each["name"] for each in found["settings"]
    }
    assert found["settings"][0]["name"] == "num_heads"
    assert found["settings"][0]["default"] == ""


def test_the_reference_is_up_to_date() -> None:
    written = (checkout.ROOT / "docs" / "blocks.md").read_text(encoding="utf-8")
    assert written == reference.page(Catalogue()), (
        "run: python -m netwright.plugins.reference > docs/blocks.md"
    )


def test_the_list_of_blocks_is_by_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    families: dict[str, list[str]] = {}
    family = ""
    for line in filter(None, lines):
        if line.startswith("  "):
            families.setdefault(family, []).append(line.split()[0])
        else:
            family = line
    assert "conv2d" in families["Convolution"]
    assert "attention" in families["Composites"]
    listed = [name for names in families.values() for name in names]
    assert sorted(listed) == sorted(Catalogue().names())
    assert all(len(line) <= 100 for line in lines)
