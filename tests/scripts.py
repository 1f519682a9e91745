"""The examples that learn something, as modules.

Each is a script in `examples/` with

- a docstring: what it shows in one line, an empty line, more of it, and how long it takes;
- `PICTURES`, from the name of each picture that it makes (a PNG) to what is to be seen there;
- `recipes()`, from a name to each `learning.training.Recipe` that it trains;
- `main(arguments)`, which takes `--quick` and `--out FOLDER`, trains, makes the pictures, says in a line
  or two what was learned, and returns the figures by name.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import checkout

FOLDER = checkout.ROOT / "examples"
LARGEST = 60_000
"""Bytes of a picture."""


def names() -> list[str]:
    """Those of all examples that learn."""
    return [path.stem for path in sorted(FOLDER.glob("*.py")) if _learns(path)]


def _learns(path: Path) -> bool:
    defined = ast.parse(path.read_text(encoding="utf-8")).body
    return any(isinstance(each, ast.FunctionDef) and each.name == "recipes" for each in defined)


@cache
def script(name: str) -> ModuleType:
    """The script, imported once, under a name that no module of the tests has."""
    called = f"examples_{name}"
    found = importlib.util.spec_from_file_location(called, FOLDER / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[called] = module
    found.loader.exec_module(module)
    return module


def learned(name: str, out: Path) -> dict[str, float]:
    """What the script learns in its short version; it makes the pictures that it says it makes."""
    import torch

    torch.set_num_threads(1)
    module = script(name)
    figures: dict[str, float] = module.main(["--quick", "--out", str(out)])
    made = {path.name: path.stat().st_size for path in out.iterdir()}
    assert set(made) == set(module.PICTURES)
    assert max(made.values()) <= LARGEST
    return figures
