"""The law of the project: who imports whom, and what a file may look like."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import checkout

# Importing one of these costs more than all else that `check` does.
HEAVY = {"torch", "numpy", "sympy", "rich", "asyncio"}
# The templates are plugins of other people: one has a torch side of its own, a single file is all in one.
TEMPLATES = "composer/templates/"  # no modules of netwright's: they are imported under another name
TORCH_SIDE = (
    "blocks/torch/",
    "composer/templates/plugin/netwright_my_blocks/layers.py",
    "composer/templates/single/my_blocks.py",
)
LONGEST = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
# Written so that this file does not contain what it looks for.
LEFT_OVER = re.compile(
    r"\b(?:TO[D]O|FI[X]ME|X[X]X|HA[C]K)\b"  # what was put off
    r"|^(?:<{7}|>{7}) "  # conflicts of a merge
    r"|(?<![\w.~*$}/-])/(?:home|root|tmp|work|Users)/\w",  # paths of somebody's machine
    re.MULTILINE,
)


def python_files(*folders: str) -> list[str]:
    return [
        name
        for name in checkout.files()
        if name.endswith(".py") and (not folders or name.partition("/")[0] in folders)
    ]


def run(*args: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(path or "")}
    command = [sys.executable, *args]
    return subprocess.run(
        command, check=False, cwd=cwd, env=environment, capture_output=True, text=True
    )


# Imports


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over a copy of the packages in `folder/netwright`."""
    code = "from importlinter.cli import lint_imports_command as lint; lint()"
    return run("-c", code, "--no-cache", "--no-logo", cwd=folder, path=folder)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return checkout.copy(("pyproject.toml", *checkout.package_files()), tmp_path, "netwright")


def test_packages_keep_the_law_of_imports(copied: Path) -> None:
    result = lint_imports(copied)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("specs", "plugins"),
        ("specs", "blocks"),
        ("specs", "composer"),
        ("plugins", "blocks"),
        ("plugins", "composer"),
        ("blocks", "composer"),
        ("composer", "blocks"),
    ],
)
@pytest.mark.parametrize("inside", [False, True], ids=["at the top", "inside a function"])
def test_import_against_the_law_is_found(
    copied: Path, importer: str, imported: str, inside: bool
) -> None:
    statement = f"import netwright.{imported}\n"
    source = f"def late():\n    {statement}" if inside else statement
    (copied / "netwright" / importer / "outlaw.py").write_text(source)
    result = lint_imports(copied)
    assert result.returncode == 1, result.stderr
    assert f"netwright.{importer}.outlaw -> netwright.{imported}" in result.stdout


def imported_at_once(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every import that happens when the module is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, (node.module or "").partition(".")[0]
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (found for other in node.orelse for found in imported_at_once(other))
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imported_at_once(node)


def test_heavy_packages_are_not_imported_at_module_level() -> None:
    found = [
        f"{name}:{line}: {package}"
        for name in python_files(*checkout.PACKAGES)
        if not name.startswith(TORCH_SIDE)
        for line, package in imported_at_once(ast.parse((checkout.ROOT / name).read_bytes()))
        if package in HEAVY
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import torch", ["torch"]),
        ("import torch.nn as nn", ["torch"]),
        ("from torch.nn import functional", ["torch"]),
        ("try:\n    import torch\nexcept ImportError: pass", ["torch"]),
        ("class A:\n    import torch", ["torch"]),
        ("def f():\n    import torch", []),
        ("if TYPE_CHECKING:\n    import torch", []),
    ],
)
def test_import_at_module_level_is_told_from_a_late_one(source: str, found: list[str]) -> None:
    assert [package for _, package in imported_at_once(ast.parse(source))] == found


def test_importing_everything_but_the_torch_side_leaves_torch_alone() -> None:
    modules = [
        "netwright." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in python_files(*checkout.PACKAGES)
        if not name.startswith((*TORCH_SIDE, TEMPLATES)) and not name.endswith("__main__.py")
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, name\n"
    )
    result = run("-c", code, cwd=checkout.ROOT)
    assert result.returncode == 0, result.stderr


def lint(source: str) -> str:
    """What ruff says of a module with this source, by the project's own rules."""
    command = [sys.executable, "-m", "ruff", "check", "--stdin-filename", "plugins/new.py", "-"]
    return subprocess.run(
        command, check=False, cwd=checkout.ROOT, input=source, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("folder", checkout.PACKAGES)
def test_lint_refuses_the_second_copy_of_a_package(folder: str) -> None:
    for source in (
        f"import {folder}\n",
        f"from {folder} import x\n",
        f"from {folder}.x import y\n",
    ):
        assert "TID251" in lint(source), source
    assert "TID251" not in lint(f"import netwright.{folder}\n")


# Files


def too_long(source: str) -> bool:
    """Over the limit, unless a comment on the first lines says why (`# Long because ...`)."""
    lines = source.splitlines()
    return len(lines) > LONGEST and not any(
        line.startswith("# Long because ") for line in lines[:5]
    )


def test_files_are_rooms_not_halls() -> None:
    assert [name for name in python_files() if too_long((checkout.ROOT / name).read_text())] == []


def test_a_long_file_is_found_unless_it_gives_a_reason() -> None:
    lines = "x = 1\n" * LONGEST
    assert not too_long(lines)
    assert too_long("x = 1\n" + lines)
    assert not too_long("# Long because it is a table.\n" + lines)
    assert too_long(lines + "# Long because it is a table.\n")


def test_files_are_named_for_what_they_hold() -> None:
    assert [name for name in python_files() if Path(name).stem in VAGUE] == []


def test_nothing_is_left_over() -> None:
    found = []
    for name in checkout.files():
        try:
            text = (checkout.ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a font, a picture
        for match in LEFT_OVER.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: {match.group()}")
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["# TO" + "DO later", "X" * 3, "<" * 7 + " HEAD", "open('/ho" + "me/me/x')", "/tm" + "p/x"],
)
def test_left_over_things_are_found(text: str) -> None:
    assert LEFT_OVER.search(text)


@pytest.mark.parametrize("text", ["$HOME/tmp/x", "a/work/b", "todo", "/homeless", "#!/usr/bin/env"])
def test_innocent_things_are_not(text: str) -> None:
    assert LEFT_OVER.search(text) is None


def test_there_is_no_folder_called_netwright() -> None:
    """It would shadow the namespace that the four packages share."""
    assert [name for name in checkout.files() if name.startswith("netwright/")] == []


def test_links_for_mypy_lead_to_the_packages() -> None:
    links = checkout.ROOT / ".typing" / "netwright"
    assert {link.name for link in links.iterdir()} == set(checkout.PACKAGES)
    for link in links.iterdir():
        assert link.is_symlink()
        assert link.resolve() == checkout.ROOT / link.name
