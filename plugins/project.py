"""What a project says about plugins in its `pyproject.toml`: which installed ones it does without.

    [tool.netwright]
    disable = ["mamba"]

It can never name code to run: a folder that somebody opens must not import anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netwright.specs.problems import PluginError, Problem, shown, suggest

NAME = "pyproject.toml"
KEYS = ("disable",)


@dataclass(frozen=True, slots=True)
class Project:
    """The settings of a project. file: where they stand; None: there are none."""

    file: Path | None = None
    disabled: frozenset[str] = field(default_factory=frozenset)


def project(folder: Path) -> Project:
    """The settings of the nearest `pyproject.toml` above a folder that has a table `tool.netwright`.

    Raises PluginError if they cannot be read.
    """
    for each in (folder, *folder.parents):
        file = each / NAME
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if "tool.netwright" in text:
            table = _table(file, text)
            if table is not None:
                return Project(file, _disabled(file, table))
    return Project()


def _table(file: Path, text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text).get("tool", {}).get("netwright")
    except tomllib.TOMLDecodeError as error:
        raise _wrong(file, f"cannot be read: {error}") from error


def _disabled(file: Path, table: Any) -> frozenset[str]:
    if not isinstance(table, dict):
        raise _wrong(file, "tool.netwright is no table")
    for key in table:
        if key not in KEYS:
            near = suggest(key, KEYS)
            help = f"did you mean `{near}`?" if near else f"its keys are {', '.join(KEYS)}"
            raise _wrong(file, f"tool.netwright has no key {shown(key)}", help)
    names = table.get("disable", [])
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise _wrong(
            file, f"tool.netwright.disable is {shown(names)}", 'write `disable = ["name"]`'
        )
    return frozenset(names)


def _wrong(file: Path, what: str, help: str = "") -> PluginError:
    return PluginError(Problem("NW507", f"{file}: {what}", help=help))
