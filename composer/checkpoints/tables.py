"""Tables of names: where other libraries keep the tensors of our models.

A table is a YAML file. Under `names` stands `ours: theirs` for a tensor, or for a module with all its
tensors; the first line that fits holds. Ours is a pattern (see `patterns`), theirs a name in which
`{expression}` is computed from the numbers in ours and from `counts`. Where theirs is not simply the same
tensor, a mapping says how:

    layers.{n}.attend.query: {name: "h.{n}.c_attn", part: 0, parts: 3, dim: -1, transposed: true}

`part` of `parts` along `dim` is cut out; `transposed` turns matrices round; `shape` is theirs, with -1
for a size that follows. Beside `names` there may be:

    about:    what the table is for
    specs:    the specs whose tensors it names
    counts:   name: pattern; how many tensors of the model fit, as a list for each number but the last;
              for name: [pattern] for the last one too
    optional: beginnings of theirs that a file leaves out of all names or of none
    ignored:  patterns of what their files also have: buffers, second names of tied weights
    renamed:  pattern: name; what stands in older files, and how it is called today
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from netwright.composer.checkpoints.patterns import Match, Pattern, count, pattern
from netwright.plugins.catalogue import Catalogue
from netwright.specs import tree as trees
from netwright.specs.expressions import ExpressionError
from netwright.specs.finding import NAMES, is_plugin_spec
from netwright.specs.problems import Place, Problem, Problems, SpecError, WeightsError, suggest
from netwright.specs.reading import read_file

_KEYS = ("about", "specs", "counts", "names", "optional", "ignored", "renamed")
_HOW = {"name": str, "part": int, "parts": int, "dim": int, "transposed": bool, "shape": list}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a tensor stands in another's file, and how it is made from what stands there."""

    name: str
    part: int = 0
    parts: int = 1
    dim: int = -1
    transposed: bool = False
    shape: tuple[int, ...] | None = None

    def stored(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """The sizes of their tensor, if ours has these."""
        theirs = [*sizes]
        if self.transposed and len(theirs) == 2:
            theirs.reverse()
        if self.parts > 1 and theirs:
            theirs[self.dim] *= self.parts
        if self.shape is None:
            return tuple(theirs)
        known = prod(each for each in self.shape if each != -1)
        return tuple(prod(theirs) // known if each == -1 else each for each in self.shape)

    def own(self, value: Any, sizes: Sequence[int]) -> Any:
        """Our tensor of these sizes, out of theirs."""
        if self.shape is not None:
            value = value.reshape(tuple(sizes))
        if self.parts > 1:
            value = value.chunk(self.parts, dim=self.dim)[self.part]
        return value.T if self.transposed and value.dim() == 2 else value

    def theirs(self, value: Any) -> Any:
        """What of their tensor ours is."""
        if self.transposed and value.dim() == 2:
            value = value.T
        return value if self.shape is None else value.reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Line:
    """One line under `names`."""

    ours: Pattern
    theirs: str
    how: Mapping[str, Any]
    place: Place | None = None


@dataclass(frozen=True)
class Table:
    """A table of names."""

    name: str
    lines: tuple[Line, ...] = ()
    counts: Mapping[str, tuple[Pattern, bool]] | None = None
    """Name -> what is counted, and whether for each of its numbers apart."""
    specs: tuple[str, ...] = ()
    about: str = ""
    optional: tuple[str, ...] = ()
    ignored: tuple[Pattern, ...] = ()
    renamed: tuple[tuple[Pattern, str], ...] = ()

    def sources(self, names: Sequence[str]) -> dict[str, Source]:
        """Where each tensor of a model stands; those that the table does not know are left out.

        Raises WeightsError if what a line computes is no name.
        """
        if not self.lines:
            return {name: Source(name) for name in names}
        known = {key: count(what, names, each) for key, (what, each) in (self.counts or {}).items()}
        found: dict[str, Source] = {}
        for name in names:
            for line in self.lines:
                fits = line.ours.match(name)
                if fits is not None:
                    found[name] = Source(_filled(line, *fits, known), **line.how)
                    break
        return found

    def current(self, name: str) -> str:
        """What a tensor of an older file is called today."""
        for old, new in self.renamed:
            fits = old.match(name)
            if fits is not None:
                return fits[0].fill(new, {})
        return name

    def spelling(self, stored: Iterable[str]) -> Callable[[str], str]:
        """How a file with these tensors spells a name: it may leave out a beginning."""
        names = tuple(stored)
        absent = [each for each in self.optional if not any(n.startswith(each) for n in names)]

        def spelt(name: str) -> str:
            for each in absent:
                name = name.removeprefix(each)
            return name

        return spelt

    def ignores(self, name: str) -> bool:
        """Whether a tensor of a file is none of the model's."""
        return any(each.match(name) for each in self.ignored)


def _filled(line: Line, match: Match, tail: str, known: Mapping[str, Any]) -> str:
    try:
        return match.fill(line.theirs, known) + tail
    except (ExpressionError, KeyError) as error:
        what = f"`{line.theirs}` cannot be computed: {error}"
        raise WeightsError(Problem("NW702", what, line.place)) from error


def tables() -> tuple[str, ...]:
    """The tables that come with netwright: `torchvision/resnet` and others."""
    return tuple(sorted(f"{path.parent.name}/{path.stem}" for path in NAMES.glob("*/*.yaml")))


OWN = Table("")
"""No table: a file with the names of the model itself."""


def table(name: str | None, catalogue: Catalogue | None = None) -> Table:
    """The table of a name, or in a YAML file. catalogue: of the plugins that may have it.

    Raises WeightsError if there is none, or it is wrong; PluginError if its plugin cannot be had.
    """
    if name is None:
        return OWN
    if name in tables():
        return _built_in(name)
    path = Path(name) if name.endswith((".yaml", ".yml")) else None
    if path is None and is_plugin_spec(name):
        path = (catalogue or Catalogue()).weight_names(name)
    if path is None or not path.is_file():
        known = (*tables(), *(catalogue.tables if catalogue else ()))
        near = suggest(name, known)
        help = f"did you mean {near}?" if near else "a path ends in .yaml"
        notes = (f"tables: {', '.join(known)}",)
        raise WeightsError(
            Problem("NW702", f"there is no table of names `{name}`", notes=notes, help=help)
        )
    return _read(name, path)


@cache
def _built_in(name: str) -> Table:
    return _read(name, NAMES / f"{name}.yaml")


def _read(name: str, path: Path) -> Table:
    problems = Problems()
    try:
        document = read_file(str(path), problems)
        problems.raise_if_any()
    except SpecError as error:
        raise WeightsError(error.problems, error.more) from error
    return _table(name, document)


def _table(name: str, document: trees.Mapping) -> Table:
    wrong: list[Problem] = []
    for key, entry in document.entries.items():
        if key not in _KEYS:
            near = suggest(key, _KEYS)
            help = f"did you mean `{near}`?" if near else f"keys are {', '.join(_KEYS)}"
            wrong.append(
                Problem("NW702", f"a table has no key `{key}`", entry.key_place, help=help)
            )
    plain = document.plain()
    lines = _lines(document, wrong)
    for key, kind in (("counts", dict), ("renamed", dict), ("optional", list), ("ignored", list)):
        if not isinstance(plain.get(key, kind()), kind):
            what = f"`{key}` is a {'mapping' if kind is dict else 'list'}"
            wrong.append(Problem("NW702", what, document.entries[key].place))
    if wrong:
        raise WeightsError(wrong)

    def listed(key: str) -> list[str]:
        found: Any = plain.get(key, [])
        return [str(each) for each in found]

    def mapped(key: str) -> dict[str, str]:
        found: Any = plain.get(key, {})
        return {str(each): str(value) for each, value in found.items()}

    return Table(
        name,
        lines,
        _counts(plain.get("counts", {})),
        tuple(listed("specs")),
        str(plain.get("about", "")),
        tuple(listed("optional")),
        tuple(map(pattern, listed("ignored"))),
        tuple((pattern(old), new) for old, new in mapped("renamed").items()),
    )


def _counts(written: Any) -> dict[str, tuple[Pattern, bool]]:
    return {
        str(name): (pattern(str(each[0])), True)
        if isinstance(each, list) and each
        else (pattern(str(each)), False)
        for name, each in written.items()
    }


def _lines(document: trees.Mapping, wrong: list[Problem]) -> tuple[Line, ...]:
    entry = document.entries.get("names")
    if entry is None or not isinstance(entry.node, trees.Mapping) or not entry.node.entries:
        place = document.place if entry is None else entry.place
        wrong.append(Problem("NW702", "a table has `names`: lines `ours: theirs`", place))
        return ()
    lines = []
    for ours, line in entry.node.entries.items():
        plain = line.node.plain()
        how: dict[str, Any] = {"name": plain} if isinstance(plain, str) else {}
        if isinstance(plain, dict):
            how = dict(plain)
        strange = [key for key, value in how.items() if type(value) is not _HOW.get(key)]
        if strange or not isinstance(how.get("name"), str):
            keys = ", ".join(_HOW)
            what = f"theirs is a name, or a mapping with {keys}"
            wrong.append(Problem("NW702", what, line.place, label=", ".join(strange)))
            continue
        if "shape" in how:
            how["shape"] = tuple(how["shape"])
        lines.append(Line(pattern(ours, tail=True), how.pop("name"), how, line.place))
    return tuple(lines)


def best(
    names: Sequence[str], stored: Iterable[str], catalogue: Catalogue | None = None
) -> str | None:
    """The table under which most of a model's tensors are in a file; None if no table fits half of them.

    Looked for among those that come with netwright, and with the plugins that were loaded.
    """
    there = set(stored)

    def found(name: str) -> int:
        candidate = table(name, catalogue)
        current = {candidate.current(each) for each in there}
        spelt = candidate.spelling(current)
        return sum(spelt(source.name) in current for source in candidate.sources(names).values())

    known = (*tables(), *(catalogue.tables if catalogue else ()))
    fits = {name: found(name) for name in known}
    name = max(fits, key=fits.__getitem__, default=None)
    return name if name is not None and 2 * fits[name] > len(names) else None
