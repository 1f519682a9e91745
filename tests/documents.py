"""Runs the code that stands in a Markdown document, as a reader would who types it in.

The fenced blocks of a document are steps in one fresh folder, in order:

- `console`: lines that begin with `$ ` are run in a shell; a command may go on after a backslash.
  Where output is shown it must be what comes (`…` stands for anything). A command must succeed, but
  where the output that is shown has a line beginning with `error`: there it must fail.
- `python`: is run as a program; with `>>> ` as a doctest. `continued` puts the python blocks before
  it in front.
- `yaml` with a line `netwright: 1`: must pass `netwright check`; with `refused` it must fail it, and
  with `saved` it is only saved, for the commands that follow (it needs a plugin, say).
- `title="NAME"` on any block also saves it as that file, before it is run.

A block after a line `<!-- not run: REASON -->` is left alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<info>[^`\n]*)$")
TITLE = re.compile(r'title="([^"]+)"')
NOT_RUN = re.compile(r"<!-- not run: \S.*-->")
SPEC = re.compile(r"^netwright: *1\b", re.MULTILINE)
LIMIT = 300


class Lie(AssertionError):
    """A document says what is not so."""


@dataclass(frozen=True)
class Block:
    """A fenced block: the line it begins on (from 1), its language, further words, its text."""

    line: int
    language: str
    words: tuple[str, ...]
    title: str | None
    text: str


@dataclass(frozen=True)
class Command:
    """A command of a console block, and what it is shown to print (empty: nothing is shown)."""

    text: str
    shown: str


def blocks(document: str) -> Iterator[Block]:
    """The fenced blocks of a document that are to be run, in order. Lie if a fence stays open."""
    lines = document.splitlines()
    before, at = "", 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence is None:
            before = lines[at].strip() or before
            at += 1
            continue
        start = at
        end = re.compile(rf" *{re.escape(fence['marks'])}{fence['marks'][0]}* *")
        at += 1
        while at < len(lines) and not end.fullmatch(lines[at]):
            at += 1
        if at == len(lines):
            raise Lie(f"line {start + 1}: the block is not closed")
        if not NOT_RUN.fullmatch(before):
            info = TITLE.sub("", fence["info"]).split()
            title = TITLE.search(fence["info"])
            inside = (line.removeprefix(fence["indent"]) for line in lines[start + 1 : at])
            yield Block(
                line=start + 1,
                language=info[0] if info else "",
                words=tuple(info[1:]),
                title=title[1] if title else None,
                text="".join(line + "\n" for line in inside),
            )
        before = ""
        at += 1


def commands(console: str) -> Iterator[Command]:
    """The commands of a console block with the output that is shown for each."""
    typed: list[str] = []
    shown: list[str] = []
    continues = False
    for line in console.splitlines():
        if continues:
            typed.append(line)
        elif line.startswith("$ "):
            if typed:
                yield Command("\n".join(typed), "\n".join(shown))
            typed, shown = [line.removeprefix("$ ")], []
        elif typed:
            shown.append(line)
        elif line.strip():
            raise Lie(f"output without a command: {line}")
        continues = bool(typed) and not shown and typed[-1].endswith("\\")
    if typed:
        yield Command("\n".join(typed), "\n".join(shown))


def agrees(shown: str, printed: str) -> bool:
    """Whether that was printed. `…` stands for anything, spaces at line ends do not count."""

    def trimmed(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())

    pattern = ".*".join(re.escape(part) for part in trimmed(shown).split("…"))
    return re.fullmatch(pattern, trimmed(printed), re.DOTALL) is not None


def run(document: str, folder: Path, path: Sequence[Path]) -> int:
    """Run the blocks of a document in `folder` with `path` at the front of PATH; how many ran.

    Raises Lie, naming the line, at the first block that does not do what it shows.
    """
    programs: list[str] = []
    ran = 0
    for block in blocks(document):
        if block.title is not None:
            place = folder / block.title
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text, encoding="utf-8")
        try:
            if block.language == "console":
                for command in commands(block.text):
                    _run_command(command, folder, path)
            elif block.language == "python":
                _run_python(block, programs, folder, path)
                programs.append(block.text)
            elif "saved" in block.words and block.title is not None:
                continue
            elif block.language in ("yaml", "yml") and SPEC.search(block.text):
                _check_spec(block, folder, path)
            else:
                continue
        except Lie as lie:
            raise Lie(f"line {block.line}: {lie}") from None
        ran += 1
    return ran


def _run_command(command: Command, folder: Path, path: Sequence[Path]) -> None:
    status, printed = _start(["bash", "-c", command.text], folder, path)
    fails = re.search(r"^error\b", command.shown, re.MULTILINE) is not None
    if (status != 0) is not fails:
        raise Lie(f"$ {command.text}\nended with status {status}:\n{printed}")
    if command.shown.strip() and not agrees(command.shown, printed):
        raise Lie(f"$ {command.text}\nshows:\n{command.shown}\nbut prints:\n{printed}")


def _run_python(block: Block, before: Sequence[str], folder: Path, path: Sequence[Path]) -> None:
    if block.text.lstrip().startswith(">>> "):
        program = (
            "import doctest, sys\n"
            f"shown = {block.text!r}\n"
            "test = doctest.DocTestParser().get_doctest(shown, {}, 'example', None, 0)\n"
            "runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)\n"
            "runner.run(test)\n"
            "sys.exit(runner.failures > 0)\n"
        )
    else:
        continued = before if "continued" in block.words else ()
        program = "\n".join([*continued, block.text])
    # An environment of its own brings its own Python; a folder with programs only does not.
    python = shutil.which("python", path=os.pathsep.join(map(str, path))) or sys.executable
    status, printed = _start([python, "-c", program], folder, path)
    if status != 0:
        raise Lie(f"the program ended with status {status}:\n{printed}")


def _check_spec(block: Block, folder: Path, path: Sequence[Path]) -> None:
    wanted = 1 if "refused" in block.words else 0
    status, printed = _start(["netwright", "check", "-"], folder, path, block.text)
    if status != wanted:
        raise Lie(f"`netwright check` ended with status {status}, not {wanted}:\n{printed}")


def _start(
    command: Sequence[str], folder: Path, path: Sequence[Path], entered: str = ""
) -> tuple[int, str]:
    """Exit status and everything printed."""
    search = os.pathsep.join([*map(str, path), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": search, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=environment,
        input=entered,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=LIMIT,
    )
    return done.returncode, done.stdout
