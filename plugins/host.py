"""The host: finds plugins, loads each by itself, and blames by name what is broken.

A plugin that fails harms only the specs that use it: its error is kept and raised when one of its blocks
is asked for. Whatever a plugin registers is taken whole or not at all.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from netwright.plugins.block import Block
from netwright.plugins.hooks import GROUP, PROJECT, Hooks
from netwright.specs.problems import PluginError, Problem, suggest

BUILT_IN = ""
"""The namespace of the blocks that come with netwright: their names have no slash."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was loaded: its namespace, where it came from, what it registered."""

    namespace: str
    origin: str
    """Distribution and version, or the path of a single file."""
    blocks: Mapping[str, type[Block] | str | Path]


def load_namespace(namespace: str) -> Plugin | None:
    """The installed plugin of this namespace; None if none is installed.

    Only its own entry point is imported. Raises PluginError, which names it, whatever is wrong with it.
    """
    if namespace == BUILT_IN:
        own = importlib.metadata.distribution(PROJECT)
        points = [
            point for point in own.entry_points if point.group == GROUP and point.name == PROJECT
        ]
    else:
        points = list(importlib.metadata.entry_points(group=GROUP, name=namespace))
        points = [point for point in points if point.name != PROJECT]
    if not points:
        return None
    if len(points) > 1:
        owners = " and ".join(sorted(_origin(point) for point in points))
        raise broken(namespace, owners, "claim the same namespace; uninstall one of them")
    point = points[0]
    # Metadata is read for a version only where somebody else's plugin may have to be blamed by it.
    origin = "built in" if namespace == BUILT_IN else _origin(point)
    try:
        implementation = point.load()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise broken(namespace, origin, f"cannot be imported: {said(error)}") from error
    return _register(namespace, origin, implementation)


def load_file(path: str | Path) -> Plugin:
    """The plugin in a single Python file; its namespace is the file's name. Raises PluginError.

    It is imported under its own name, so that what a compiled model takes from it is found there.
    """
    file = Path(path)
    namespace = file.stem
    if not file.is_file():
        raise broken(namespace, str(path), f"is not there: no file {file.absolute()}")
    if file.suffix != ".py" or not namespace.isidentifier() or iskeyword(namespace):
        raise broken(
            namespace, str(path), "needs a name like my_blocks.py: letters, digits and _, then .py"
        )
    other = _module_called(namespace, file)
    if other:
        raise broken(namespace, str(path), f"has the name of a module ({other}); rename the file")
    spec = importlib.util.spec_from_file_location(namespace, file)
    assert spec is not None and spec.loader is not None
    spec.loader_state = _SINGLE_FILE
    module = importlib.util.module_from_spec(spec)
    sys.modules[namespace] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[namespace]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise broken(namespace, str(path), f"cannot be imported: {said(error)}") from error
    return _register(namespace, str(path), module)


_SINGLE_FILE = "a single-file plugin"


def _module_called(name: str, file: Path) -> str:
    """Where another module of this name is, which the file would hide; empty if there is none."""
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return "already imported"
    if found is None or found.loader_state == _SINGLE_FILE:
        return ""
    if found.origin and Path(found.origin).exists() and file.samefile(found.origin):
        return ""
    return found.origin or f"the package {name}"


def _register(namespace: str, origin: str, implementation: ModuleType | Any) -> Plugin:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    hooks = [name for name in vars(Hooks) if name.startswith("register_")]
    try:
        marked = [
            name
            for name in dir(implementation)
            if manager.parse_hookimpl_opts(implementation, name) is not None
        ]
        for name in marked:
            if name not in hooks:
                near = suggest(name, hooks) or " or ".join(hooks)
                raise broken(namespace, origin, f"has an unknown hook {name}; did you mean {near}?")
        if not marked:
            raise broken(
                namespace,
                origin,
                "registers nothing: write a function register_blocks and mark it with @hookimpl",
            )
        manager.register(implementation, name=namespace or PROJECT)
        manager.check_pending()
        results = manager.hook.register_blocks()
    except PluginError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise broken(namespace, origin, f"cannot be registered: {said(error)}") from error
    blocks = results[0] if results else {}
    if not isinstance(blocks, Mapping):
        raise broken(
            namespace, origin, f"register_blocks returned {type(blocks).__name__}, not a mapping"
        )
    for name, target in blocks.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise broken(
                namespace,
                origin,
                f"registers a block called {name!r}; a name is letters, digits, _",
            )
        is_class = isinstance(target, type) and issubclass(target, Block)
        if not (
            is_class or isinstance(target, Path) or (isinstance(target, str) and ":" in target)
        ):
            raise broken(
                namespace, origin, f"block {name}: {target!r} is no Block, `module:Class` or path"
            )
    return Plugin(namespace, origin, dict(blocks))


def installed_version(namespace: str) -> str | None:
    """The version of the distribution that has a namespace, from metadata alone; None: none has it."""
    for point in importlib.metadata.entry_points(group=GROUP, name=namespace):
        if point.dist is not None:
            return point.dist.version
    return None


def _origin(point: importlib.metadata.EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def said(error: BaseException) -> str:
    """An error of a plugin in words, and the place in its files where it was raised."""
    trace = error.__traceback__
    where = ""
    while trace is not None:
        where = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"
        trace = trace.tb_next
    message = str(error)
    if isinstance(error, SyntaxError) and error.filename:
        message, where = error.msg, f" ({error.filename}:{error.lineno})"
    return f"{type(error).__name__}: {message}{where}"


def broken(namespace: str, origin: str, what: str) -> PluginError:
    """The error that names a plugin, where it came from, and what is wrong with it."""
    return PluginError(Problem("NW502", f"plugin {namespace or PROJECT} ({origin}) {what}"))


def load_files(paths: Sequence[str | Path]) -> dict[str, Plugin]:
    """Single-file plugins by namespace. Raises PluginError, also if two have the same namespace."""
    loaded: dict[str, Plugin] = {}
    for path in paths:
        plugin = load_file(path)
        if plugin.namespace in loaded:
            raise broken(
                plugin.namespace,
                f"{loaded[plugin.namespace].origin} and {path}",
                "have the same name",
            )
        loaded[plugin.namespace] = plugin
    return loaded


def installed() -> list[tuple[str, str]]:
    """Namespace and origin of every installed plugin, from metadata alone: none is imported."""
    points = importlib.metadata.entry_points(group=GROUP)
    return sorted((point.name, _origin(point)) for point in points if point.name != PROJECT)
