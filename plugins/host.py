"""The host: loads plugins, each by itself, and blames by name what is broken.

A plugin that fails harms only the specs that use it. Whatever a plugin registers is taken whole or not at
all. What it prints while it is loaded goes to standard error, for standard output is ours.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from keyword import iskeyword
from pathlib import Path
from types import ModuleType
from typing import Any

from netwright.plugins.blame import BUILT_IN, broken, named, said
from netwright.plugins.hooks import PROJECT
from netwright.plugins.staging import Plugin, staged
from netwright.plugins.tracing import Trace, silent, timed
from netwright.specs.problems import Problem

VARIABLE = "NETWRIGHT_PLUGINS"
"""Environment variable with single-file plugins, separated as in PATH."""


def load_namespace(namespace: str, trace: Trace = silent) -> Plugin | None:
    """The installed plugin of this namespace; None if none is installed.

    Only its own entry point is imported. Raises PluginError, which names it, whatever is wrong with it.
    """
    # Nothing but the metadata is read for netwright itself: its own plugin is found on a shorter way.
    from netwright.plugins.installed import claims, own_point

    if namespace == BUILT_IN:
        point = own_point()
        if point is None:
            return None
        with timed(trace, f"imported the built-in blocks from {point.value}"):
            return staged(namespace, "built in", point.load())
    with timed(trace, "looked through the metadata of what is installed"):
        found = claims(namespace)
    if not found:
        return None
    owners = " and ".join(each.origin for each in found)
    if len(found) > 1:
        what = "claim the same namespace"
        raise broken(namespace, owners, what, "NW505", "uninstall or disable one of them")
    point = found[0].point
    if found[0].fault or point is None:
        raise broken(namespace, owners, found[0].fault)
    said_where = f"imported {namespace} from {point.value} ({owners})"
    plugin = _loaded(namespace, owners, point.load, said_where, trace)
    if plugin.imports_torch:
        message = (
            f"{named(namespace, owners)} imports torch when it is imported: "
            "every check of a spec that uses it waits for torch"
        )
        help = "name its blocks as texts, `package.module:Class`, and import torch where it is used"
        heavy = Problem("NW508", message, help=help, severity="warning")
        plugin = replace(plugin, warnings=(*plugin.warnings, heavy))
    return plugin


def load_file(path: str | Path, trace: Trace = silent) -> Plugin:
    """The plugin in a single Python file; its namespace is the file's name. Raises PluginError.

    It is imported under its own name, so that what a compiled model takes from it is found there. A file
    that was loaded before and has not changed since is not run again.
    """
    file = Path(path)
    namespace = file.stem
    if not os.path.isfile(file):  # False too for a name too long for a file
        raise broken(namespace, str(path), f"is not there: no file {file.absolute()}")
    if file.suffix != ".py" or not namespace.isidentifier() or iskeyword(namespace):
        raise broken(
            namespace, str(path), "needs a name like my_blocks.py: letters, digits and _, then .py"
        )
    other = _module_called(namespace, file)
    if other:
        raise broken(namespace, str(path), f"has the name of a module ({other}); rename the file")

    def load() -> ModuleType:
        try:
            text = file.read_bytes()
        except OSError as error:
            raise ImportError(f"cannot be read: {error.strerror}") from error
        known = sys.modules.get(namespace)
        state = known.__spec__.loader_state if known is not None and known.__spec__ else None
        if isinstance(state, _SingleFile) and known is not None and state.text == text:
            return known
        loader = _Loader(namespace, str(file))
        spec = importlib.util.spec_from_file_location(namespace, file, loader=loader)
        assert spec is not None
        spec.loader_state = _SingleFile(text)
        module = importlib.util.module_from_spec(spec)
        sys.modules[namespace] = module
        try:
            loader.exec_module(module)
        except BaseException:
            sys.modules.pop(namespace, None)
            raise
        return module

    return _loaded(namespace, str(path), load, f"ran {path}", trace)


def _loaded(
    namespace: str, origin: str, load: Callable[[], Any], what: str, trace: Trace
) -> Plugin:
    """What a plugin registers, with whatever goes wrong on the way told as its fault."""
    had_torch = "torch" in sys.modules
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings(record=True) as warned:
        with timed(trace, what):
            try:
                implementation = load()
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                raise broken(namespace, origin, f"cannot be imported: {said(error)}") from error
        plugin = staged(namespace, origin, implementation)
    problems = []
    for each in warned:
        if not _is_own(each.filename, plugin.module):
            warnings.showwarning(each.message, each.category, each.filename, each.lineno)
            continue
        at = f"({each.filename}:{each.lineno})"
        message = f"{named(namespace, origin)} warns: {each.category.__name__}: {each.message} {at}"
        problems.append(Problem("NW509", message, severity="warning"))
    torch = not had_torch and "torch" in sys.modules
    return replace(plugin, warnings=tuple(problems), imports_torch=torch)


def _is_own(file: str, module: str) -> bool:
    """Whether a file belongs to the package (or is the single file) of a module."""
    home = getattr(sys.modules.get(module), "__file__", None)
    if home is None:
        return False
    if "." not in module and not home.endswith("__init__.py"):
        return bool(file == home)
    return Path(file).is_relative_to(Path(home).parent)


class _SingleFile:
    """Marks the module of a single-file plugin, with the text that it was made of."""

    def __init__(self, text: bytes) -> None:
        self.text = text


class _Loader(importlib.machinery.SourceFileLoader):
    """Reads the file itself: no bytecode is left beside it, and none that is stale is taken."""

    def get_code(self, fullname: str) -> Any:
        return self.source_to_code(self.get_data(self.path), self.path)


def _module_called(name: str, file: Path) -> str:
    """Where another module of this name is, which the file would hide; empty if there is none."""
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return "already imported"
    if found is None or isinstance(found.loader_state, _SingleFile):
        return ""
    if found.origin and Path(found.origin).exists() and file.samefile(found.origin):
        return ""
    return found.origin or f"the package {name}"


def load_files(paths: Sequence[str | Path], trace: Trace = silent) -> dict[str, Plugin]:
    """Single-file plugins by namespace. Raises PluginError, also if two have the same namespace."""
    loaded: dict[str, Plugin] = {}
    for path in paths:
        plugin = load_file(path, trace)
        other = loaded.get(plugin.namespace)
        if other is not None:
            both = f"{other.origin} and {path}"
            raise broken(
                plugin.namespace, both, "have the same name", "NW505", "rename one of them"
            )
        loaded[plugin.namespace] = plugin
    return loaded


def from_environment() -> dict[str, tuple[str, ...]]:
    """The single files that the environment names, by namespace; none is read."""
    found: dict[str, tuple[str, ...]] = {}
    for path in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        others = found.get(Path(path).stem, ())
        found[Path(path).stem] = others if path in others else (*others, path)
    return found


__all__ = [
    "BUILT_IN",
    "PROJECT",
    "Plugin",
    "from_environment",
    "load_file",
    "load_files",
    "load_namespace",
]
