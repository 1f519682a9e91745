"""Finding a spec by its name: in the zoo, among those of plugins, or as a path."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from netwright.specs import tree as trees
from netwright.specs.problems import Problem, SpecError, shown, suggest
from netwright.specs.provided import provided
from netwright.specs.reading import read_file

ZOO = Path(__file__).parent / "zoo"
NAMES = ZOO / "names"
"""Where other libraries keep the tensors of the zoo's models: a folder for each library."""
FINDERS = "netwright.finders"
"""The entry-point group in which netwright names its own `Finder`."""


class Finder(Protocol):
    """Finds the specs of plugins by name; a catalogue of `netwright.plugins` does."""

    def spec_file(self, name: str) -> Path:
        """The file of a spec such as `mamba/lm`. Raises a NetwrightError if there is none."""


def zoo() -> tuple[str, ...]:
    """Names of the specs that come with netwright."""
    return tuple(sorted(path.stem for path in ZOO.glob("*.yaml")))


def is_plugin_spec(name: str) -> bool:
    """Whether this is how a spec of a plugin is named: `mamba/lm`."""
    namespace, slash, short = name.partition("/")
    return bool(slash) and namespace.isidentifier() and short.isidentifier()


def _finder() -> Finder | None:
    """What finds the specs of plugins. Specs know of none: netwright's own metadata names it."""
    make = provided(FINDERS)
    found: Finder | None = None if make is None else make()
    return found


def find(source: str, catalogue: Finder | None) -> str:
    """The path of what names a spec: of the zoo, of a plugin, or a path. Raises SpecError, PluginError."""
    if is_plugin_spec(source) and not os.path.exists(source):
        finder = catalogue or _finder()
        if finder is not None:
            return str(finder.spec_file(source))
    is_path = (
        os.sep in source or source.endswith((".yaml", ".yml", ".json")) or source.startswith(".")
    )
    if is_path or os.path.isfile(source):
        return source
    if source.isidentifier() and os.path.isfile(ZOO / f"{source}.yaml"):
        return str(ZOO / f"{source}.yaml")
    near = suggest(source, zoo())
    owner = next((name for name in zoo() if source in _presets(name)), None)
    help = f"did you mean {near}?" if near else "a path ends in .yaml, .yml or .json"
    if owner is not None:
        help = f"{source} is a preset: {owner} --preset {source}"
    known = "`netwright specs` lists those that there are"
    raise SpecError(
        Problem("NW001", f"there is no spec {shown(source)}", notes=(known,), help=help)
    )


def _presets(name: str) -> Collection[str]:
    """The presets of a spec of the zoo."""
    entry = read_file(str(ZOO / f"{name}.yaml")).entries.get("presets")
    return entry.node.entries.keys() if entry and isinstance(entry.node, trees.Mapping) else ()
