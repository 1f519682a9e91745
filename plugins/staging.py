"""What a plugin returns from its hooks, checked and taken whole or not at all."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

from netwright.plugins.blame import BUILT_IN, as_python, broken, place_of, said
from netwright.plugins.block import Block
from netwright.plugins.hooks import HOOKS, PROJECT, Check, Hooks, Renderer
from netwright.plugins.initialisers import ARGUMENT_TYPES, Initialiser
from netwright.specs.names import check_name
from netwright.specs.problems import PluginError, Problem, suggest

OWN_FORMATS = ("svg", "png", "dot", "pdf", "html", "mmd")
"""Endings that are netwright's own, or will be."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was loaded: its namespace, where it came from, what it registered.

    What it registered stands under the names of the hooks, without `register_`.
    """

    namespace: str
    origin: str
    """Distribution and version, or the path of a single file."""
    blocks: Mapping[str, type[Block] | str | Path] = field(default_factory=dict)
    specs: Mapping[str, Path] = field(default_factory=dict)
    weight_names: Mapping[str, Path] = field(default_factory=dict)
    checks: Mapping[str, Check | str] = field(default_factory=dict)
    renderers: Mapping[str, Renderer] = field(default_factory=dict)
    initialisers: Mapping[str, Initialiser] = field(default_factory=dict)
    module: str = ""
    """The import path of what implements the hooks."""
    warnings: tuple[Problem, ...] = ()
    """What its import had to warn of."""
    imports_torch: bool = False
    """Its import brought torch along."""


def staged(namespace: str, origin: str, implementation: Any) -> Plugin:
    """Ask every hook of a plugin. Raises PluginError, which names the hook and where it is written."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    try:
        _look_at(manager, namespace, origin, implementation)
        manager.register(implementation, name=namespace or PROJECT)
        manager.check_pending()
        registered: dict[str, Any] = {
            hook.removeprefix("register_"): _ask(manager, hook, namespace, origin) for hook in HOOKS
        }
    except PluginError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise broken(namespace, origin, f"cannot be registered: {said(error)}") from error
    return Plugin(namespace, origin, module=_module_of(implementation), **registered)


def _module_of(implementation: Any) -> str:
    return str(getattr(implementation, "__name__", None) or type(implementation).__module__)


def _look_at(
    manager: pluggy.PluginManager, namespace: str, origin: str, implementation: Any
) -> None:
    """Refuse what pluggy would pass over in silence, or say in its own words."""
    unmarked = ""
    marked = False
    for name in dir(implementation):
        options = manager.parse_hookimpl_opts(implementation, name)
        function: Any = getattr(implementation, name, None)
        if options is None:
            if name in HOOKS and inspect.isroutine(function):
                unmarked = f"{name} is not marked with @hookimpl{place_of(function)}"
            continue
        marked = True
        at = place_of(function)
        if name not in HOOKS:
            near = suggest(name, HOOKS) or " or ".join(HOOKS)
            raise broken(namespace, origin, f"has an unknown hook {name}; did you mean {near}?{at}")
        if (
            options.get("hookwrapper")
            or options.get("wrapper")
            or inspect.isgeneratorfunction(function)
        ):
            raise broken(
                namespace,
                origin,
                f"{name} is a generator: it yields, and a hook returns a mapping{at}",
            )
        if inspect.iscoroutinefunction(function):
            raise broken(namespace, origin, f"{name} is async; a hook returns a mapping{at}")
        taken = [each for each in inspect.signature(function).parameters.values()
                 if each.kind is not each.VAR_KEYWORD and each.default is each.empty]  # fmt: skip
        if taken and not isinstance(implementation, type):
            names = ", ".join(each.name for each in taken)
            raise broken(
                namespace, origin, f"{name} takes {names}; the hook is called without arguments{at}"
            )
    if unmarked:
        raise broken(namespace, origin, unmarked if marked else f"registers nothing: {unmarked}")
    if not marked:
        raise broken(
            namespace,
            origin,
            "registers nothing: write a function register_blocks and mark it with @hookimpl",
        )


def _ask(manager: pluggy.PluginManager, hook: str, namespace: str, origin: str) -> dict[str, Any]:
    """What one hook returns. Raises PluginError if it is not what the hook is for."""
    caller = getattr(manager.hook, hook)
    implementations = caller.get_hookimpls()
    if not implementations:
        return {}
    at = place_of(implementations[0].function)
    try:
        results = caller()
    except Exception as error:
        raise broken(namespace, origin, f"{hook} failed with {said(error)}") from error
    returned = results[0] if results else None
    if not isinstance(returned, Mapping):
        kind = type(returned).__name__ if returned is not None else "None"
        raise broken(namespace, origin, f"{hook} returned {kind}, not a mapping{at}")
    taken = dict(returned)
    if namespace == BUILT_IN:  # held to it by the tests, once for all
        return taken
    kind, wrong = _KINDS[hook]
    for name, target in taken.items():
        fault = check_name(name, kind) if isinstance(name, str) else None
        if not isinstance(name, str) or fault is not None:
            why = fault.message.partition(": ")[2] if fault else "a name is a text"
            raise broken(namespace, origin, f"{hook}: a {kind} called {name!r}: {why}{at}")
        reason = wrong(name, target)
        if reason:
            raise broken(namespace, origin, f"{hook}: {kind} {name}: {reason}{at}")
    return taken


def _wrong_block(_name: str, target: Any) -> str:
    if isinstance(target, Path):
        return _wrong_file(_name, target)
    if (isinstance(target, type) and issubclass(target, Block)) or _is_path(target):
        return ""
    return f"{as_python(target)} is no Block class, `module:Class` or path"


def _wrong_file(_name: str, target: Any) -> str:
    if not isinstance(target, Path):
        return f"{as_python(target)} is no path: write Path(__file__).with_name(…)"
    return "" if target.is_file() else f"there is no file {target}"


def _wrong_check(_name: str, target: Any) -> str:
    if inspect.isroutine(target) or _is_path(target):
        return ""
    return f"{as_python(target)} is no function or `module:function`"


def _wrong_renderer(name: str, target: Any) -> str:
    if name in OWN_FORMATS:
        return "the format of this name is netwright's own"
    if not isinstance(target, Renderer):
        return f"{as_python(target)} is no Renderer"
    if not callable(target.draw):
        return f"draw is {as_python(target.draw)}, not a function"
    wanted = ("network", "scene", "layout", "levels")
    return "" if target.of in wanted else f"of is {target.of!r}, not one of {', '.join(wanted)}"


def _wrong_initialiser(_name: str, target: Any) -> str:
    if not isinstance(target, Initialiser):
        return f"{as_python(target)} is no Initialiser"
    if not (isinstance(target.target, str) and "." in target.target.strip(".")):
        return f"{target.target!r} is no import path of a function"
    for argument, default in target.arguments.items():
        if default is not ... and type(default) not in ARGUMENT_TYPES:
            return f"the default of {argument} is {as_python(default)}: a number, a text or a truth value"
    return ""


def _is_path(target: Any) -> bool:
    """Whether it is a text like `package.module:Name`."""
    if not isinstance(target, str):
        return False
    module, colon, name = target.partition(":")
    return bool(colon) and all(part.isidentifier() for part in (*module.split("."), name))


_KINDS: Mapping[str, tuple[str, Callable[[str, Any], str]]] = {
    "register_blocks": ("block", _wrong_block),
    "register_specs": ("spec", _wrong_file),
    "register_weight_names": ("table of names", _wrong_file),
    "register_checks": ("check", _wrong_check),
    "register_renderers": ("renderer", _wrong_renderer),
    "register_initialisers": ("initialiser", _wrong_initialiser),
}
"""Hook -> what it registers, and what is wrong with one of these."""
