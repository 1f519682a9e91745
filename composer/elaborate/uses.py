"""Uses: blocks that are brought in from other files, and where those files may stand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import Defined, Poisoned, Scope
from netwright.composer.elaborate.values import value_of
from netwright.plugins.catalogue import Catalogue
from netwright.specs import tree as trees
from netwright.specs.document import Definition, Use
from netwright.specs.finding import ZOO, is_plugin_spec, zoo
from netwright.specs.load import validate
from netwright.specs.problems import Fix, NetwrightError, Problems, shown, suggest
from netwright.specs.reading import read_file

ENDINGS = (".yaml", ".yml", ".json")


BROKEN = Defined(Definition(nodes={}), None, used=True)


class Files:
    """The files that one run reads beside the one that was opened; each is read once.

    folder: the folder of the file that was opened, or the working one if that came along with netwright;
    nothing outside it is read, but what whoever opened it names by a param, and what stands beside that.
    """

    def __init__(self, opened: str, given: Mapping[str, trees.Node]) -> None:
        path = Path(opened)
        ours = path.parent.resolve() == ZOO.resolve()
        self.folder = (path.parent if path.is_file() and not ours else Path.cwd()).resolve()
        self.given = {each.plain() for each in given.values() if isinstance(each, trees.Scalar)}
        self.homes: list[Path] = []
        """The folders of the files that were named by a param."""
        self._exposed: dict[tuple[int, int], tuple[Definition, trees.Mapping]] = {}
        self._read: dict[str, tuple[Definition, trees.Mapping] | None] = {}

    def definition(
        self, name: str, node: trees.Node, catalogue: Catalogue, where: Where
    ) -> tuple[Definition, trees.Mapping]:
        """The spec of this name or path. Raises Poisoned (reported)."""
        path = self._path(name, node, catalogue, where)
        if path not in self._read:
            self._read[path] = None
            found = Problems()
            try:
                tree = read_file(path, found)
                self._read[path] = (validate(tree, found), tree)
            except NetwrightError as error:
                found.extend(error.problems)
            for problem in (*found.errors, *found.warnings):
                where.problems.add(problem)
        known = self._read[path]
        if known is None:
            raise Poisoned
        return known

    def exposing(
        self, definition: Definition, found: trees.Mapping, use: Use, tree: trees.Mapping
    ) -> tuple[Definition, trees.Mapping]:
        """A definition with the outputs that a `use` asks for instead of its own; made once for both."""
        key = (id(found), id(tree))
        if key not in self._exposed:
            entries = {**found.entries, "outputs": tree.entries["expose"]}
            whole = trees.Mapping(found.source, found.start, found.end, entries)
            self._exposed[key] = (definition.model_copy(update={"outputs": use.expose}), whole)
        return self._exposed[key]

    def _path(self, name: str, node: trees.Node, catalogue: Catalogue, where: Where) -> str:
        if is_plugin_spec(name):
            with where.guard(node.place):
                return str(catalogue.spec_file(name))
        if not name.endswith(ENDINGS):
            if name.isidentifier() and os.path.isfile(ZOO / f"{name}.yaml"):
                return str(ZOO / f"{name}.yaml")
            near = suggest(name, zoo())
            where.report(
                "NW111",
                f"there is no spec {shown(name)}",
                node.place,
                notes=(
                    "`netwright specs` lists those that there are",
                    "a file ends in .yaml, .yml or .json",
                ),
                help=f"did you mean {near}?" if near else "",
                fix=_fix(node, name, near),
            )
            raise Poisoned
        here = Path(node.source.name).parent if Path(node.source.name).is_file() else Path.cwd()
        if here.resolve() == ZOO.resolve():  # what comes along names files only by params
            here = self.folder
        home = here.resolve()
        inside = home.is_relative_to(self.folder)
        root = self.folder
        if not inside and catalogue.is_foreign(home):
            inside, root = True, home  # a plugin's files may use those beside them
        for other in self.homes if not inside else ():
            if home.is_relative_to(other):
                inside, root = True, other
        try:
            real = (here / name).resolve() if inside else Path(os.sep)
        except (OSError, ValueError):
            real = Path(os.sep)
        if name in self.given and inside:
            root = real.parent
            self.homes.append(root)
        problem = _unreadable(name, real, root, here)
        if problem is not None:
            code, message, note, help = problem
            where.report(code, message, node.place, notes=(note,) if note else (), help=help)
            raise Poisoned
        return os.path.relpath(real) if real.is_relative_to(Path.cwd()) else str(real)


def _unreadable(name: str, real: Path, root: Path, here: Path) -> tuple[str, str, str, str] | None:
    """Why a file is not read: code, message, note and help. root: the folder that it must lie in."""
    quoted = shown(name)
    if "\0" in name:
        return "NW111", f"no file can be called {quoted}", "", ""
    if "://" in name:
        return (
            "NW111",
            f"{quoted} is an address; only files are read",
            "",
            "fetch it, name the file",
        )
    if not real.is_relative_to(root):
        message = f"{quoted} is outside the folder of the file that was opened"
        return "NW112", message, f"that folder is {root}", ""
    if os.path.isfile(real):  # False too for a name too long for a file, as is what follows
        return None
    if os.path.exists(real):
        return "NW111", f"{quoted} is not a file", f"looked at {real}", ""
    others = (each.name for each in here.glob("*") if each.suffix in ENDINGS)
    near = suggest(Path(name).name, others)
    help = f"did you mean {near}?" if near else ""
    return "NW111", f"there is no file {quoted}", f"looked for {str(real)[:300]}", help


def _fix(node: trees.Node, name: str, near: str | None) -> Fix | None:
    """The fix of a misspelt name, where the name itself stands there."""
    written = isinstance(node, trees.Scalar) and node.value == name
    return fix_word(node, near) if written else None


def is_chosen(block: Definition | Use) -> bool:
    """Whether a block is brought in by a name, or with a preset, that params choose."""
    return isinstance(block, Use) and "$" in (block.use[:1], (block.preset or "")[:1])


def _text(node: trees.Node, scope: Scope, where: Where, key: str) -> str:
    """The text that a key of a `use` stands for. Raises Poisoned (reported)."""
    value = value_of(node, scope, where)
    if not isinstance(value, str):
        where.report("NW133", f"{key}: expected a text, got {shown(value)}", node.place)
        raise Poisoned
    return value


def brought_in(
    use: Use,
    tree: trees.Mapping,
    files: Files,
    catalogue: Catalogue,
    scope: Scope,
    where: Where,
) -> Defined:
    """The block that a `use` brings in; broken (reported) if it cannot."""
    try:
        name = _text(tree.entries["use"].node, scope, where, "use")
        definition, found = files.definition(name, tree.entries["use"].node, catalogue, where)
        chosen_name = (
            _text(tree.entries["preset"].node, scope, where, "preset") if use.preset else ""
        )
    except Poisoned:
        return BROKEN
    preset: dict[str, tuple[trees.Entry, Scope]] = {}
    if chosen_name:
        if chosen_name not in definition.presets:
            node = tree.entries["preset"].node
            near = suggest(chosen_name, definition.presets)
            known = ", ".join(definition.presets) or "none"
            message = f"{name} has no preset {shown(chosen_name)}; its presets are {known}"
            where.report(
                "NW110",
                message,
                node.place,
                help=f"did you mean {near}?" if near else "",
                fix=_fix(node, chosen_name, near),
            )
            return BROKEN
        chosen = trees.at(found, ("presets", chosen_name))
        if isinstance(chosen, trees.Mapping):
            preset.update({name: (entry, Scope()) for name, entry in chosen.entries.items()})
    entry = tree.entries.get("set")
    if entry is not None and isinstance(entry.node, trees.Mapping):
        preset.update({name: (each, scope) for name, each in entry.node.entries.items()})
    if "expose" in tree.entries:
        definition, found = files.exposing(definition, found, use, tree)
    foreign = Path(found.source.name).parent == ZOO or is_plugin_spec(name)
    return Defined(definition, found, foreign=foreign, preset=preset, used=True)
