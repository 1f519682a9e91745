"""From a name, a path, a text or a mapping to a `Spec`: the document, and where everything in it stands.

What is wrong with the document alone is collected in `Spec.problems`, not raised, so that one run of a
check reports it together with what is wrong with the network. Only what leaves nothing to go on (a file
that cannot be read or parsed, a document without nodes) is raised at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from netwright.specs import tree as trees
from netwright.specs.collecting import paused_collector
from netwright.specs.document import (
    FILE_KEYS,
    NODE_KEYS,
    PARAM_KEYS,
    VERSION,
    Definition,
    Facts,
    Param,
)
from netwright.specs.finding import ZOO, Finder, find, zoo
from netwright.specs.mappings import from_mapping
from netwright.specs.names import check_name
from netwright.specs.problems import Fix, Place, Problem, Problems, SpecError, shown, suggest
from netwright.specs.reading import read_file, read_text, read_value


@dataclass(frozen=True, slots=True)
class Spec:
    """What stands in a file, and how it is to be read.

    definition: the document. tree: the same with positions. preset, set: what its params are set to
    (values as trees, so that a mistake in one has a place). problems: mistakes in the document itself.
    """

    definition: Definition
    tree: trees.Mapping
    preset: str | None = None
    set: Mapping[str, trees.Node] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems, compare=False)

    @property
    def name(self) -> str:
        """The network's name: as written, or the file's."""
        stem = Path(self.tree.source.name).stem
        return self.definition.name or (stem if stem.isidentifier() else "network")

    @property
    def file(self) -> str:
        """The name of the file, as the user gave it."""
        return self.tree.source.name

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str]:
        """What a notebook shows: the picture, or what is wrong."""
        from netwright.specs.provided import DISPLAYS, provided

        display = provided(DISPLAYS)
        shown: Mapping[str, str] = {"text/plain": f"spec {self.name}"}
        return shown if display is None else display(self)


@paused_collector()
def load(
    source: str | os.PathLike[str] | Mapping[str, Any],
    *,
    preset: str | None = None,
    set: Mapping[str, Any] | None = None,
    catalogue: Finder | None = None,
) -> Spec:
    """Read a spec.

    source: the name of a spec of the zoo (`resnet`) or of a plugin (`mamba/lm`), a path, or the spec as a
    mapping. preset: one of its presets. set: values for its params; a text of the form `$(…)` is an
    expression. catalogue: where plugins are looked for; else among those that are installed.
    Raises SpecError where nothing can be read, PluginError if a plugin is broken; other mistakes wait in
    `Spec.problems`.
    """
    problems = Problems()
    if isinstance(source, Mapping):
        tree = from_mapping(source)
    else:
        tree = read_file(find(os.fspath(source), catalogue), problems)
    return _spec(tree, problems, preset, set)


@paused_collector()
def loads(
    text: str | bytes,
    name: str = "<stdin>",
    *,
    preset: str | None = None,
    set: Mapping[str, Any] | None = None,
) -> Spec:
    """Read a spec from its text; name stands for the file in messages. Otherwise as `load`."""
    problems = Problems()
    return _spec(read_text(text, name, problems), problems, preset, set)


def _spec(
    tree: trees.Mapping, problems: Problems, preset: str | None, set: Mapping[str, Any] | None
) -> Spec:
    definition = validate(tree, problems)
    _check_version(tree, definition, problems)
    if preset is not None and preset not in definition.presets:
        near = suggest(preset, definition.presets)
        known = (
            f"its presets are {', '.join(definition.presets)}"
            if definition.presets
            else "it has no presets"
        )
        problems.add(
            Problem(
                "NW110",
                f"there is no preset {shown(preset)}: {known}",
                trees.place_of(tree, ("presets",), key=True),
                help=f"did you mean {near}?" if near else "",
            )
        )
        preset = None
    values = {
        name: value_tree(value, definition.params.get(name), name)
        for name, value in (set or {}).items()
    }
    return Spec(definition, tree, preset, values, problems)


def value_tree(value: Any, param: Param | None, name: str) -> trees.Node:
    """A value from the caller as a tree; a text from the command line comes as `CommandText`."""
    if isinstance(value, CommandText):
        is_text = param is not None and (
            param.type == "str" or (param.type is None and _is_text(param.default))
        )
        return read_value(
            f'"{value}"' if is_text and not value.startswith("$") else str(value), f"--set {name}"
        )
    return from_mapping({name: value}, f"<set {name}>").entries[name].node


class CommandText(str):
    """The text of a value on the command line: read as YAML, for a `str` param as it is."""

    __slots__ = ()


def _is_text(default: Any) -> bool:
    return isinstance(default, str) and not default.startswith(("$", "\0"))


def validate(tree: trees.Mapping, problems: Problems) -> Definition:
    """The document in a tree; mistakes that leave something to go on are collected, others raised."""
    _check_keys(tree, problems, ())
    data = tree.plain()
    for _ in range(25):
        try:
            return Definition.model_validate(data)
        except ValidationError as error:
            for each in error.errors(include_url=False, include_context=True):
                problems.add(_problem(tree, each))
                if not _drop(data, each["loc"]):
                    raise SpecError(problems.errors) from None
    raise SpecError(problems.errors)


def _drop(data: Any, loc: tuple[Any, ...]) -> bool:
    """Take what is wrong out of the document, so that the rest can be looked at."""
    path = [step for step in loc if step != "spec"]
    holder = data
    last: tuple[Any, Any] | None = None
    for step in path:
        if isinstance(holder, dict) and step in holder:
            last = (holder, step)
            holder = holder[step]
        elif isinstance(holder, list) and isinstance(step, int) and step < len(holder):
            holder = holder[step]
        elif step != "use":
            break
    if last is None or (last[1] == "nodes" and last[0] is data):
        return False
    if "inputs" in path[:-1]:
        # An input that is wrong is still an input: of which nothing is known.
        inputs = path.index("inputs", 0, -1)
        _at(data, path[: inputs + 1])[path[inputs + 1]] = {"shape": ["..."]}
        return True
    del last[0][last[1]]
    return True


def _at(data: Any, path: Sequence[Any]) -> Any:
    for step in path:
        data = data[step]
    return data


_EXPECTED = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "bool_type": "true or false",
    "literal_error": "one of int, float, bool, str, list, block",
}


def _problem(tree: trees.Mapping, error: Any) -> Problem:
    path = _existing(tree, error["loc"])
    steps = [str(step) for step in path]
    if error["type"] == "missing":
        missing = str(error["loc"][-1])
        place = trees.place_of(tree, path, key=True)
        where = f"`{steps[-1]}`" if steps else "the spec"
        return Problem(
            "NW103",
            f"{where} has no `{missing}`",
            _first_line(place),
            ".".join(steps),
            help=f"add `{missing}:`",
        )
    node = trees.at(tree, path)
    expected = _EXPECTED.get(error["type"], error["msg"])
    return Problem(
        "NW104",
        f"`{steps[-1] if steps else 'spec'}`: expected {expected}, got {shown(node.plain())}",
        _first_line(node.place),
        ".".join(steps),
    )


def _existing(tree: trees.Node, loc: tuple[Any, ...]) -> tuple[str | int, ...]:
    path: list[str | int] = []
    node = tree
    for step in loc:
        try:
            node = trees.at(node, (step,))
        except LookupError:
            continue  # the name of a branch in the schema, or a key that is missing
        path.append(step)
    return tuple(path)


def _first_line(place: Place) -> Place:
    length = len(place.source.line(place.line)) - place.column + 1
    return Place(place.source, place.line, place.column, max(1, min(place.length, length)))


# -- keys: checked by hand, so that a typo gets a suggestion and the rest of the document stays whole ----

_DEFINITION_KEYS = tuple(Definition.model_fields)
_USE_KEYS = ("use", "preset", "set", "expose")


def _check_keys(tree: trees.Mapping, problems: Problems, path: tuple[str, ...]) -> None:
    """Unknown keys of a definition and of its parts are reported and, in the tree, put right or dropped."""
    inner = bool(path)
    allowed = tuple(key for key in _DEFINITION_KEYS if not (inner and key in FILE_KEYS))
    _known(tree, allowed, problems, path)
    for section, keys in (
        ("dims", tuple(Facts.model_fields)),
        ("inputs", ("shape", "dtype", "below", "optional", "help")),
    ):
        for name, entry in _entries(tree, section):
            if isinstance(entry.node, trees.Mapping):
                _known(entry.node, keys, problems, (*path, section, name))
    for section, kind in (
        ("params", "param"),
        ("inputs", "input"),
        ("blocks", "block"),
        ("nodes", "node"),
        ("dims", "size"),
    ):
        for name, entry in _entries(tree, section):
            _check_name(name, kind, entry, problems, (*path, section, name))
    for name, entry in _entries(tree, "params"):
        if (
            isinstance(entry.node, trees.Mapping)
            and {"default", "type"} & entry.node.entries.keys()
        ):
            _known(entry.node, tuple(sorted(PARAM_KEYS)), problems, (*path, "params", name))
    for name, entry in _entries(tree, "blocks"):
        if isinstance(entry.node, trees.Mapping):
            if "use" in entry.node.entries:
                _known(entry.node, _USE_KEYS, problems, (*path, "blocks", name))
            else:
                _check_keys(entry.node, problems, (*path, "blocks", name))


def _entries(tree: trees.Mapping, section: str) -> list[tuple[str, trees.Entry]]:
    entry = tree.entries.get(section)
    return (
        list(entry.node.entries.items()) if entry and isinstance(entry.node, trees.Mapping) else []
    )


def _check_name(
    name: str, kind: str, entry: trees.Entry, problems: Problems, path: tuple[str, ...]
) -> None:
    wrong = check_name(name, kind)
    if wrong is not None:
        problems.add(
            Problem("NW105", wrong.message, entry.key_place, ".".join(path), help=wrong.help)
        )


def _known(
    tree: trees.Mapping, allowed: tuple[str, ...], problems: Problems, path: tuple[str, ...]
) -> None:
    for key in [key for key in tree.entries if key not in allowed]:
        entry = tree.entries[key]
        near = suggest(key, [name for name in allowed if name not in tree.entries])
        what = f"`{path[-1]}`" if path else "a spec"
        only_file = key in FILE_KEYS
        problems.add(
            Problem(
                "NW102",
                f"only a file may have the key `{key}`"
                if only_file
                else f"{what} has no key {shown(key)}",
                entry.key_place,
                ".".join(path),
                notes=() if near or only_file else (f"its keys are {', '.join(allowed)}",),
                help=f"did you mean `{near}`?" if near else "",
                fix=Fix(entry.key_place, near) if near else None,
            )
        )
        del tree.entries[key]
        if near:
            tree.entries[near] = entry


def _check_version(tree: trees.Mapping, definition: Definition, problems: Problems) -> None:
    place = trees.place_of(tree, ("netwright",))
    if "netwright" not in tree.entries:
        start = Place(tree.source, 1, 1, 0)
        problems.add(
            Problem(
                "NW101",
                "the language version is missing",
                start,
                help=f"begin the file with `netwright: {VERSION}`",
                fix=Fix(start, f"netwright: {VERSION}\n"),
            )
        )
    elif definition.netwright != VERSION or type(definition.netwright) is not int:
        newer = isinstance(definition.netwright, int) and definition.netwright > VERSION
        problems.add(
            Problem(
                "NW101",
                f"language version {shown(definition.netwright)}: this netwright reads version {VERSION}",
                place,
                help="upgrade it: pip install --upgrade netwright"
                if newer
                else f"write `netwright: {VERSION}`",
                fix=None if newer else Fix(place, str(VERSION)),
            )
        )


__all__ = [
    "NODE_KEYS",
    "ZOO",
    "CommandText",
    "Finder",
    "Spec",
    "load",
    "loads",
    "validate",
    "zoo",
]
