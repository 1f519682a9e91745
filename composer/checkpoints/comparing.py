"""A model and a file of weights, compared by names, sizes and types: all that does not fit, at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netwright.composer.checkpoints.files import Stored
from netwright.composer.checkpoints.tables import Source, Table, best
from netwright.plugins.catalogue import Catalogue
from netwright.specs.problems import Problem, suggest

SHOWN = 20
"""Lines of names in one problem."""

COUNTER = "num_batches_tracked"
"""How many batches a norm has seen. Older files lack it, and it is nothing that a model computes with."""

_FLOATS = re.compile(r"b?float\d+(_\w+)?|bfloat16")


@dataclass(frozen=True)
class Owned:
    """The weights of a model. sizes, dtypes: by name. tied: name -> the one that stands for both.

    params: numbers of its spec, to tell which of them would have to be another.
    """

    sizes: Mapping[str, tuple[int, ...]]
    dtypes: Mapping[str, str]
    tied: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fit:
    """What fills a model: (name in the file, how it becomes ours) by our names; and what does not fit."""

    found: Mapping[str, tuple[str, Source]]
    problems: tuple[Problem, ...]


def compare(
    owned: Owned, stored: Mapping[str, Stored], table: Table, catalogue: Catalogue | None = None
) -> Fit:
    """Where each tensor of the model stands in the file. Raises WeightsError if the table is wrong.

    catalogue: of plugins, whose tables may be the ones that fit.
    """
    sources = table.sources([*owned.sizes])
    there = {table.current(name): name for name in stored}
    spelt = table.spelling(there)
    found: dict[str, tuple[str, Source]] = {}
    missing: dict[str, str] = {}
    unknown: list[str] = []
    for own in owned.sizes:
        source = sources.get(own)
        theirs = None if source is None else spelt(source.name)
        if source is not None and theirs in there:
            found[own] = (there[theirs], source)
        elif own.rpartition(".")[2] == COUNTER:
            continue
        elif theirs is None:
            unknown.append(own)
        else:
            missing[own] = theirs
    # One of several that are tied is enough.
    filled = {owned.tied.get(own, own) for own in found}
    missing = {own: each for own, each in missing.items() if owned.tied.get(own, own) not in filled}
    unknown = [own for own in unknown if owned.tied.get(own, own) not in filled]
    used = {name for name, _ in found.values()}
    extra = [
        name for current, name in there.items() if name not in used and not table.ignores(current)
    ]
    problems = _strangers(owned, stored, table, missing, found, catalogue) or [
        *_unknown(unknown, table),
        *_missing(missing, extra),
        *_extra(extra),
        *_unfit(owned, stored, found),
    ]
    return Fit(found, tuple(problems))


def _strangers(
    owned: Owned,
    stored: Mapping[str, Stored],
    table: Table,
    missing: Mapping[str, str],
    found: Mapping[str, tuple[str, Source]],
    catalogue: Catalogue | None,
) -> list[Problem]:
    """One problem where most is not there: these are the names of something else."""
    if len(missing) <= len(found) or not stored:
        return []
    better = best([*owned.sizes], stored, catalogue)
    if better is None or better == table.name:
        return []
    asked = f"those of {table.name}" if table.name else "those of the model"
    what = f"the names in the file are not {asked}"
    return [Problem("NW702", what, help=f'they are those of the table "{better}"')]


def _unknown(unknown: Sequence[str], table: Table) -> list[Problem]:
    help = f"it is for {', '.join(table.specs)}" if table.specs else ""
    return _listed("NW702", f"the table {table.name} does not say where {{}} stands", unknown, help)


def _missing(missing: Mapping[str, str], extra: Iterable[str]) -> list[Problem]:
    near = {own: suggest(theirs, extra) for own, theirs in list(missing.items())[:SHOWN]}
    help = next((f"the file has {each}" for each in near.values() if each), "")
    called = {own: theirs for own, theirs in missing.items() if own != theirs}
    return _listed("NW703", "the file lacks {}", [*missing], help, called)


def _extra(extra: Sequence[str]) -> list[Problem]:
    return _listed("NW704", "the model has no place for {}", extra, "is the model smaller?")


def _listed(
    code: str,
    text: str,
    names: Sequence[str],
    help: str = "",
    called: Mapping[str, str] | None = None,
) -> list[Problem]:
    """One problem for all names; in its notes those that differ in numbers only are one line."""
    if not names:
        return []
    lines = []
    for group in _alike(names):
        first = group[0]
        theirs = f", there {called[first]}" if called and first in called else ""
        alike = f", and {len(group) - 1} with other numbers" if len(group) > 1 else ""
        lines.append(f"{first}{theirs}{alike}")
    more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    what = text.format(lines[0] if len(names) == 1 else f"{len(names):,} tensors")
    notes = (*lines[:SHOWN], *more) if len(names) > 1 else ()
    return [Problem(code, what, notes=notes, help=help)]


def _unfit(
    owned: Owned, stored: Mapping[str, Stored], found: Mapping[str, tuple[str, Source]]
) -> list[Problem]:
    """Tensors of other sizes, and of types that do not stand for each other."""
    sized: dict[str, Problem] = {}
    typed: dict[str, Problem] = {}
    for own, (theirs, source) in found.items():
        sizes, given = owned.sizes[own], stored[theirs].sizes
        expected = source.stored(sizes)
        if given != expected:
            sized[own] = _sizes(own, theirs, expected, given, owned.params)
        dtype, other = owned.dtypes[own], stored[theirs].dtype
        if dtype != other and not (_FLOATS.fullmatch(dtype) and _FLOATS.fullmatch(other)):
            packed = "packed" if _FLOATS.fullmatch(dtype) else "rounded"
            typed[own] = Problem(
                "NW706",
                f"{theirs} is of {other} in the file, {own} of {dtype}",
                path=own,
                help=f"the file seems to be {packed}: unpack it with what packed it"
                if packed == "packed"
                else "",
            )
    kept = [*(group[0] for group in _alike(sized)), *(group[0] for group in _alike(typed))]
    counts = {group[0]: len(group) for each in (sized, typed) for group in _alike(each)}
    return [
        Problem(problem.code, problem.message, path=own, help=problem.help, uses=counts[own])
        for own in dict.fromkeys(kept)
        for problem in (each[own] for each in (sized, typed) if own in each)
    ]


def _sizes(
    own: str,
    theirs: str,
    expected: Sequence[int],
    given: Sequence[int],
    params: Mapping[str, Any],
) -> Problem:
    name = theirs if theirs == own else f"{theirs} (here {own})"
    what = f"{name} is {[*given]} in the file, and must be {[*expected]}"
    help = ""
    if len(given) == 2 and [*reversed(given)] == [*expected]:
        help = "it is transposed there: is it a table for this library?"
    elif len(given) == len(expected):
        pairs = [(a, b) for a, b in zip(expected, given, strict=True) if a != b]
        named = [
            f"{key}={there}"
            for here, there in pairs
            for key, value in params.items()
            if type(value) is int and value == here
        ]
        differ = ", ".join(f"{there} and not {here}" for here, there in pairs)
        help = f"set {' or '.join(dict.fromkeys(named))}" if named else differ
    return Problem("NW705", what, path=own, help=help)


def _alike(names: Iterable[str]) -> list[list[str]]:
    """Names that differ in numbers only, together."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(re.sub(r"\d+", "#", name), []).append(name)
    return list(groups.values())
