"""The documents do not lie: their code runs and prints what they show, their links lead on."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import checkout
import documents

BIN = Path(sys.executable).parent
LINK = re.compile(r"!?\[[^\]]*\]\((?!\w+:|#)([^)#\s]+)")


def pages() -> list[str]:
    """Every document for readers: those at the root, and docs/."""
    root = checkout.ROOT
    return sorted(
        str(p.relative_to(root)) for p in [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    )


@pytest.mark.parametrize("page", pages())
def test_code_of_the_documents_runs(page: str, tmp_path: Path) -> None:
    text = (checkout.ROOT / page).read_text(encoding="utf-8")
    documents.run(text, tmp_path, [BIN])


@pytest.mark.parametrize("page", pages())
def test_links_of_the_documents_lead_to_files(page: str) -> None:
    place = checkout.ROOT / page
    broken = [
        target
        for target in LINK.findall(place.read_text(encoding="utf-8"))
        if not (place.parent / target).exists()
    ]
    assert broken == []


# The runner itself, on small samples


@pytest.fixture
def path(tmp_path: Path) -> list[Path]:
    """A PATH with a `netwright` that refuses every spec in which the word `wrong` stands."""
    program = tmp_path / "bin" / "netwright"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        '[ "$1 $2" = "check -" ] || exit 2\n'
        "if grep -q wrong; then echo 'error NW000: wrong'; exit 1; fi\n"
    )
    program.chmod(0o755)
    return [program.parent]


def sample(*lines: str) -> str:
    return "\n".join(["# A page", "", *lines, ""])


TRUE = {
    "output": ("```console", "$ echo one", "one", "```"),
    "output elided": ("```console", "$ printf 'a\\nb\\nc\\n'", "a", "…", "c", "```"),
    "output elided in a line": ("```console", "$ echo took 3 s", "took … s", "```"),
    "several commands": ("```console", "$ echo 1", "1", "$ echo 2", "2", "```"),
    "a command over lines": ("```console", "$ echo one \\", "  two", "one two", "```"),
    "no output shown": ("```console", "$ echo anything", "```"),
    "a command that fails, and says so": (
        "```console",
        "$ echo 'error X: no'; exit 1",
        "error X: no",
        "```",
    ),
    "a program": ("```python", "assert 1 + 1 == 2", "```"),
    "a doctest": ("```python", ">>> 1 + 1", "2", "```"),
    "a program continued": (
        "```python",
        "x = 1",
        "```",
        "",
        "```python continued",
        "assert x",
        "```",
    ),
    "a spec": ("```yaml", "netwright: 1", "nodes: {a: relu}", "```"),
    "a spec that is refused": ("```yaml refused", "netwright: 1", "nodes: {a: wrong}", "```"),
    "a saved file": (
        '```text title="in/a.txt"',
        "hello",
        "```",
        "```console",
        "$ cat in/a.txt",
        "hello",
        "```",
    ),
    "a block in a list": ("- so:", "  ```python", "  if 1:", "      pass", "  ```"),
    "a fence in a fence": ("````python", 's = """', "```", '"""', "````"),
}

LIES = {
    "other output": ("```console", "$ echo one", "two", "```"),
    "output with more behind": ("```console", "$ printf 'a\\nb\\n'", "a", "```"),
    "output with more before": ("```console", "$ printf 'a\\nb\\n'", "b", "```"),
    "three dots are three dots": ("```console", "$ echo [batch, 3]", "[...]", "```"),
    "a command that fails": ("```console", "$ false", "```"),
    "a command that fails after its output": ("```console", "$ echo one; exit 1", "one", "```"),
    "an error that does not fail": ("```console", "$ echo 'error X: no'", "error X: no", "```"),
    "the first of two commands": ("```console", "$ echo 1", "2", "$ echo 2", "2", "```"),
    "output without a command": ("```console", "one", "```"),
    "a program that fails": ("```python", "assert 1 + 1 == 3", "```"),
    "a program that is not continued": (
        "```python",
        "x = 1",
        "```",
        "",
        "```python",
        "assert x",
        "```",
    ),
    "a doctest that fails": ("```python", ">>> 1 + 1", "3", "```"),
    "a doctest that raises": ("```python", ">>> 1 / 0", "```"),
    "a spec": ("```yaml", "netwright: 1", "nodes: {a: wrong}", "```"),
    "a spec that is not refused": ("```yaml refused", "netwright: 1", "nodes: {a: relu}", "```"),
    "saved, but as nothing": ("```yaml saved", "netwright: 1", "nodes: {a: wrong}", "```"),
    "a block left open": ("```python", "pass"),
    "left alone without a reason": ("<!-- not run: -->", "```python", "1 / 0", "```"),
}


@pytest.mark.parametrize("lines", TRUE.values(), ids=TRUE.keys())
def test_what_is_so_passes(lines: tuple[str, ...], tmp_path: Path, path: list[Path]) -> None:
    assert documents.run(sample(*lines), tmp_path, path) >= 1


@pytest.mark.parametrize("lines", LIES.values(), ids=LIES.keys())
def test_what_is_not_so_is_found(lines: tuple[str, ...], tmp_path: Path, path: list[Path]) -> None:
    with pytest.raises(documents.Lie, match=r"^line \d+: "):
        documents.run(sample(*lines), tmp_path, path)


@pytest.mark.parametrize(
    "lines",
    [
        ("<!-- not run: it takes an hour -->", "```python", "1 / 0", "```"),
        ("```yaml", "other: 1", "nodes: {a: wrong}", "```"),
        ('```yaml saved title="a.yaml"', "netwright: 1", "nodes: {a: wrong}", "```"),
        ("```sh", "false", "```"),
        ("```", "anything", "```"),
    ],
    ids=["left alone for a reason", "other yaml", "saved yaml", "other language", "no language"],
)
def test_what_is_not_code_to_run_is_left_alone(
    lines: tuple[str, ...], tmp_path: Path, path: list[Path]
) -> None:
    assert documents.run(sample(*lines), tmp_path, path) == 0


def test_links_are_found() -> None:
    text = "[a](b.md) ![c](d/e.svg) [f](https://g.h) [i](#j) [k](l.md#m)"
    assert LINK.findall(text) == ["b.md", "d/e.svg", "l.md"]
