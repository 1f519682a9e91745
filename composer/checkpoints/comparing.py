"""A model and a file of weights, compared by names, sizes and types: all that does not fit, at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netwright.composer.checkpoints.files import Stored
from netwright.composer.checkpoints.tables import Source, Table, best
from netwright.specs.problems import Problem, suggest

SHOWN = 8
"""Names that one problem lists."""

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


def compare(owned: Owned, stored: Mapping[str, Stored], table: Table) -> Fit:
    """Where each tensor of the model stands in the file. Raises WeightsError if the table is wrong."""
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
    problems = [
        *_strangers(owned, stored, table, missing, found),
        *_unknown(unknown, table),
        *_missing(missing, extra),
        *_extra(extra, [*missing.values()] if found else []),
        *_unfit(owned, stored, found),
    ]
    return Fit(found, tuple(problems))


def _strangers(
    owned: Owned,
    stored: Mapping[str, Stored],
    table: Table,
    missing: Mapping[str, str],
    found: Mapping[str, tuple[str, Source]],
) -> list[Problem]:
    """One problem first where most is not there: these are the names of something else."""
    if len(missing) <= len(found) or not stored:
        return []
    better = best([*owned.sizes], stored)
    if better is None or better == table.name:
        return []
    asked = f"those of {table.name}" if table.name else "those of the model"
    what = f"the names in the file are not {asked}"
    return [Problem("NW702", what, help=f'they are those of the table "{better}"')]


def _unknown(unknown: Sequence[str], table: Table) -> list[Problem]:
    what = f"the table {table.name} does not say where {{}} stands"
    about = f"it is for {', '.join(table.specs)}" if table.specs else ""
    return [_group("NW702", what, group, help=about) for group in _alike(unknown)]


def _missing(missing: Mapping[str, str], extra: Iterable[str]) -> list[Problem]:
    others = list(extra)
    problems = []
    for group in _alike(missing):
        theirs = missing[group[0]]
        near = suggest(theirs, others)
        also = f", where {theirs} should stand" if theirs != group[0] else ""
        help = f"the file has {near}" if near else ""
        problems.append(_group("NW703", f"the file lacks {{}}{also}", group, help=help))
    return problems


def _extra(extra: Sequence[str], wanted: Sequence[str]) -> list[Problem]:
    problems = []
    for group in _alike(extra):
        near = suggest(group[0], wanted)
        help = f"the model wants {near}" if near else "the model is smaller, or another one"
        problems.append(_group("NW704", "the model has no place for {}", group, help=help))
    return problems


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


def _group(code: str, text: str, group: Sequence[str], help: str = "") -> Problem:
    """One problem for names that differ in numbers only."""
    more = len(group) - 1
    rest = group[1 : 1 + SHOWN]
    listed = ", ".join(rest) + (f", … ({more - SHOWN} more)" if more > SHOWN else "")
    return Problem(
        code,
        text.format(group[0]),
        path=group[0],
        notes=(f"and {listed}",) if more else (),
        help=help,
        uses=len(group),
    )
