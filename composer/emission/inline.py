"""Functions that come with the file: their source is copied, so that the file needs only torch.

A function (or class) of a module that imports nothing but torch and the standard library is copied with
what it uses of its module. One of any other module is imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# What every emitted file may use by these names; the imports are written where they are needed.
STANDARD = {
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "nn": "from torch import nn",
    "Tensor": "from torch import Tensor",
    "math": "import math",
    "operator": "import operator",
    "re": "import re",
    "Callable": "from collections.abc import Callable",
}


@dataclass(frozen=True, slots=True)
class Inlined:
    """Definitions in the order of their file, by name, and the imports that they need."""

    definitions: tuple[tuple[str, str], ...]
    imports: tuple[str, ...]


@lru_cache(maxsize=256)
def inlined(target: str) -> Inlined | None:
    """The source of what stands at an import path; None if it can only be imported."""
    module, _, name = target.rpartition(".")
    source = _source(module)
    if source is None:
        return None
    tree = ast.parse(source)
    imports = _imports(tree)
    if imports is None:
        return None
    lines = source.splitlines()
    defined = dict(_definitions(tree))
    if name not in defined:
        return None
    wanted = {name}
    names: set[str] = set()
    queue = [name]
    while queue:
        used = {each.id for each in ast.walk(defined[queue.pop()]) if isinstance(each, ast.Name)}
        names |= used
        fresh = (used & defined.keys()) - wanted
        wanted |= fresh
        queue += sorted(fresh)
    texts = tuple((each, _text(node, lines)) for each, node in defined.items() if each in wanted)
    needed = (imports[each] for each in sorted(names & imports.keys() - wanted))
    return Inlined(texts, tuple(each for each in needed if each not in STANDARD.values()))


def _source(module: str) -> str | None:
    """The text of a module's file, without importing the module (only the packages around it)."""
    from importlib.util import find_spec

    origin = getattr(sys.modules.get(module), "__file__", None)
    if origin is None:
        try:
            spec = find_spec(module)
        except (ImportError, ValueError, AttributeError):
            return None
        origin = None if spec is None else spec.origin
    if origin is None or not origin.endswith(".py"):
        return None
    try:
        return Path(origin).read_text(encoding="utf-8")
    except OSError:
        return None


def _imports(tree: ast.Module) -> dict[str, str] | None:
    """Name -> the import that binds it; None if one is of neither torch nor the standard library."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if not _light(alias.name):
                    return None
                shown = f" as {alias.asname}" if alias.asname else ""
                found[alias.asname or alias.name.partition(".")[0]] = f"import {alias.name}{shown}"
        elif isinstance(node, ast.ImportFrom):
            if node.level or not _light(node.module or ""):
                return None
            for alias in node.names:
                shown = f" as {alias.asname}" if alias.asname else ""
                found[alias.asname or alias.name] = f"from {node.module} import {alias.name}{shown}"
    return found


def _light(module: str) -> bool:
    root = module.partition(".")[0]
    return root == "torch" or root in sys.stdlib_module_names


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            for each in node.targets:
                if isinstance(each, ast.Name):
                    yield each.id, node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node


def _text(node: ast.stmt, lines: list[str]) -> str:
    decorators = getattr(node, "decorator_list", [])
    start = min([node.lineno, *(each.lineno for each in decorators)])
    return "\n".join(lines[start - 1 : node.end_lineno])
