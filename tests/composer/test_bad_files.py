"""Files that people save and that attackers send: refused by the command, at their place, in words."""

# ruff: noqa: E501 - a case is a line, to be read as a table

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netwright.composer.cli import main

HEAD = "netwright: 1\ninputs: {x: [batch, 8]}\nnodes:\n"
UP = HEAD + "  up: {block: linear, out_features: 4}\n"
BLOCKS = "netwright: 1\ninputs: {x: [n, 8]}\nnodes: {y: {block: z}}\nblocks:\n"
DOUBLING = "".join(
    f"  c{i}: {{inputs: {{x: [n, 8]}}, nodes: {{a: {{block: c{i - 1}}}, b: {{block: c{i - 1}}}}}}}\n"
    for i in range(1, 41)
)

# Row of the list of bad inputs, ending of the file, what is in it, where, code, what the report must contain.
CASES: list[tuple[str, str, str | bytes, str, str, tuple[str, ...]]] = [
    ("A001", "yaml", HEAD + "\tup: relu\n", "4:1", "NW005", ("tabs cannot indent", "two spaces")),
    ("A002", "yaml", UP + "   act: relu\n", "5:4", "NW006", ("column 3 (in 'nodes')",)),
    ("A004 brace", "yaml", HEAD + "  up: {block: linear\n  act: relu\n", "4:7", "NW007", ("`{` opens here", "close it with `}`")),
    ("A004 bracket", "yaml", HEAD + "  up: {block: add, from: [x, x}\n", "4:31", "NW004", ("the closing `]` is missing", "of what opens here")),
    ("A004 quote", "yaml", HEAD + '  act: "relu\n', "4:8", "NW007", ('`"` opens here',)),
    ("A005 colon", "yaml", HEAD + "  act: relu: yes\n", "4:8", "NW008", ("'relu' and then meets `:`", "write 'relu: yes'")),
    ("A005 comment", "yaml", HEAD + "  up: {block: relu, note: see #3}\n", "4:7", "NW007", ("` #` begins a comment", "quote the text")),
    ("A007 list", "yaml", "- a\n- b\n", "1:1", "NW016", ("a list of 2", "`netwright: 1`")),
    ("A007 text", "yaml", "just text\n", "1:1", "NW016", ("'just text'",)),
    ("A008", "yaml", UP + "---\n" + UP, "5:1", "NW014", ("one spec per file",)),
    ("A010 comma", "json", '{"netwright": 1, "nodes": {"a": "relu",}}', "1:39", "NW017", ("no comma may stand", "name the file .yaml")),
    ("A010 comment", "json", '{"netwright": 1, // one\n "nodes": {}}', "1:18", "NW017", ("comments are not allowed",)),
    ("A010 quotes", "json", "{'netwright': 1}", "1:2", "NW017", ("double quotes",)),
    ("A011 UTF-16", "yaml", UP.encode("utf-16"), "1:1", "NW002", ("UTF-16", "byte 0", "UTF-8")),
    ("A011 Latin-1", "yaml", "netwright: 1\ndescription: é\n".encode("latin-1"), "2:14", "NW002", ("Latin-1", "byte 26")),
    ("A013", "yaml", HEAD + '  a: {block: relu, note: "\\ud800"}\n', "4:27", "NW003", ("U+D800",)),
    ("A014 object", "yaml", HEAD + "  a: !!python/object/apply:os.system [touch owned]\n", "4:6", "NW012", ("nothing is ever executed",)),
    ("A014 own", "yaml", HEAD + "  a: !foo relu\n", "4:6", "NW012", ("!foo",)),
    ("E070", "yaml", "netwright: 1\ninputs: {x: [batch, 3, 224, 224]}\nnodes: {a: {block: patch_embed, patch_size: 15, embed_dim: 8}}\n", "3:20", "NW301", ("height must be a multiple of 15", "14 or 16", "210 and 225")),
    ("F073", "yaml", "a: &a [x, x]\nb: [*a, *a]\n", "1:4", "NW011", ("anchors and aliases are not allowed: &a", "as a block under `blocks`")),
    ("F074", "yaml", HEAD + "  a: &a [*a]\n", "4:6", "NW011", ("&a",)),
    ("F076 open", "yaml", "[" * 100_000, "1:101", "NW402", ("nested too deeply",)),
    ("F076 closed", "json", "[" * 100_000 + "]" * 100_000, "1:101", "NW402", ("nested too deeply",)),
    ("F077", "yaml", "".join(f"{'  ' * i}k{i}:\n" for i in range(800)), "101:201", "NW402", ("nested too deeply",)),
    ("F079 itself", "yaml", BLOCKS + "  z: {inputs: {x: [n, 8]}, nodes: {a: {block: z}}}\n", "5:47", "NW407", ("z -> z",)),
    ("F079 two", "yaml", BLOCKS + "  z: {inputs: {x: [n, 8]}, nodes: {a: {block: b}}}\n  b: {inputs: {x: [n, 8]}, nodes: {a: {block: z}}}\n", "6:47", "NW407", ("z -> b -> z",)),
    ("F082", "yaml", "netwright: 1\ninputs: {x: [n, 10000000000]}\nnodes: {y: relu}\n", "2:17", "NW309", ("too large", "below 2**31")),
    ("F083 text", "yaml", HEAD + f"  a: {{block: relu, note: {'x' * 200_000}}}\n", "4:26", "NW404", ("200,000 characters",)),
    ("F083 file", "yaml", UP + "#" * 10_000_001, "1:1", "NW401", ("too large", "10,000,000 bytes")),
    ("F085", "yaml", HEAD + "".join(f"  a{i}: {{block: liner, out_features: 4}}\n" for i in range(10_000)), "4:15", "NW501", ("did you mean `linear`?", "and 9,980 more")),
    ("H103 above", "yaml", BLOCKS + "  z: {use: ../../etc/passwd.yaml}\n", "5:12", "NW112", ("outside the folder",)),
    ("H103 root", "yaml", BLOCKS + "  z: {use: /etc/shadow}\n", "5:12", "NW111", ("there is no spec '/etc/shadow'",)),
    ("H103 file", "yaml", BLOCKS + "  z: {use: 'file:///etc/passwd.yaml'}\n", "5:12", "NW111", ("only files are read",)),
    ("H103 address", "yaml", BLOCKS + "  z: {use: 'http://a.b/c.yaml'}\n", "5:12", "NW111", ("only files are read",)),
    ("H103 zero", "yaml", BLOCKS + '  z: {use: "a\\0b.yaml"}\n', "5:12", "NW111", ("no file can be called",)),
    ("H103 long", "yaml", BLOCKS + f"  z: {{use: {'a' * 5000}.yaml}}\n", "5:12", "NW111", ("there is no file",)),
    ("H104 link", "yaml", BLOCKS + "  z: {use: ./link.yaml}\n", "5:12", "NW112", ("outside the folder",)),
    ("H104 pipe", "yaml", BLOCKS + "  z: {use: ./pipe.yaml}\n", "5:12", "NW111", ("not a file",)),
]  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a link that leads out of it, and a pipe that nobody writes to."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "outside.yaml").write_text(UP)
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    os.mkfifo(folder / "pipe.yaml")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("ending", "content", "where", "code", "words"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_bad_file_is_refused(
    ending: str,
    content: str | bytes,
    where: str,
    code: str,
    words: tuple[str, ...],
    here: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = here / f"net.{ending}"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = sorted(here.iterdir())
    assert main(["check", file.name]) == 1
    out, said = capsys.readouterr()
    assert out == ""
    first, *_ = said.split("\n\n")
    assert first.startswith(f"error {code}: ")
    assert f"net.{ending}:{where}" in first.splitlines()[1]
    for each in words:
        assert each in said
    assert "Traceback" not in said
    assert len(max(first.splitlines(), key=len)) < 400
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("mising.yaml", ("is not there", "tried ", "did you mean `missing.yaml`?")),
        ("folder.yaml", ("it is a folder",)),
        ("pipe.yaml", ("is not a regular file",)),
    ],
)
def test_what_is_no_file_is_refused(
    given: str, words: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """H106."""
    (here / "missing.yaml").write_text(UP)
    (here / "folder.yaml").mkdir()
    assert main(["check", given]) == 1
    said = capsys.readouterr().err
    for each in words:
        assert each in said


FORWARD = (
    "  one: {inputs: {x: [n, 8]}, nodes: {b: {block: two}}}\n"
    "  two: {inputs: {x: [n, 8]}, nodes: {b: relu}}\n"
    "  z: {inputs: {x: [n, 8]}, nodes: {b: {block: one}}}\n"
)
LAST = "  z: {inputs: {x: [n, 8]}, nodes: {b: {block: c40}}}\n"


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param(FORWARD, id="D053"),
        pytest.param(
            "  c0: {inputs: {x: [n, 8]}, nodes: {b: relu}}\n" + DOUBLING + LAST, id="F080"
        ),
    ],
)
def test_what_only_looks_bad_is_answered(
    blocks: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "net.yaml").write_text(BLOCKS + blocks)
    assert main(["check", "net.yaml"]) == 0
    assert capsys.readouterr().out == "net.yaml: ok, x [n, 8] -> [n, 8]\n"


def test_whoever_opens_a_file_may_name_another_from_anywhere_and_the_file_itself_may_not(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = here.parent / "model.yaml"
    model.write_text(BLOCKS + "  z: {use: ./beside.yaml}\n")
    (here.parent / "beside.yaml").write_text(
        "netwright: 1\ninputs: {x: [n, 8]}\nnodes: {a: relu}\n"
    )
    text = BLOCKS.replace("inputs", "params: {model: {type: str}}\ninputs") + "  z: {use: $model}\n"
    (here / "net.yaml").write_text(text)
    assert main(["check", "net.yaml", "--set", f"model={model}"]) == 0
    assert main(["check", "net.yaml", "--set", "model=../model.yaml"]) == 0
    (here / "net.yaml").write_text(text.replace("type: str", "default: ../model.yaml"))
    assert main(["check", "net.yaml"]) == 1
    (here / "net.yaml").write_text(text)
    model.write_text(BLOCKS + "  z: {use: ../beyond.yaml}\n")
    capsys.readouterr()
    assert main(["check", "net.yaml", "--set", f"model={model}"]) == 1
    assert "NW112: '../beyond.yaml' is outside the folder" in capsys.readouterr().err
