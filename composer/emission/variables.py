"""What the values of a forward method are called.

The main chain is `x`, a branch bears a name of its own, and a value that is read for the last time gives
its name to what is made of it, so that nothing is kept alive longer than by hand.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from netwright.composer.emission.names import Names

Id: TypeAlias = Hashable


@dataclass(slots=True)
class Step:
    """One node in the order of running: which values it reads and writes."""

    name: str
    reads: list[Id]
    writes: list[tuple[Id, str]]
    """Value and the name that it would like."""
    otherwise: dict[Id, Id] = field(default_factory=dict)
    """Value written -> value that stands for it where the node does not run."""
    stateful: bool = False
    loop: bool = False
    """Runs several times: its operands must outlive the first."""
    carried: dict[Id, Id] = field(default_factory=dict)
    """Of a loop: value written -> value that it starts from."""
    lists: frozenset[Id] = frozenset()
    """Values written that are lists: a list does not bear the name of a tensor."""


@dataclass(slots=True)
class _Segment:
    """Values under one name, each made from the one before."""

    start: int
    end: int
    main: bool
    steps: list[Step] = field(default_factory=list)
    wanted: str = ""
    fixed: bool = False
    is_list: bool = False


def variables(
    inputs: Mapping[Id, str],
    steps: Sequence[Step],
    results: Sequence[Id],
    names: Names,
    kept: Iterable[Id] = (),
) -> dict[Id, str]:
    """A name for every value. Values of `inputs` have theirs, those in `kept` to the end.

    `names` are taken throughout.
    """
    last: dict[Id, int] = {}
    count: dict[Id, int] = {}
    for number, step in enumerate(steps):
        for value in step.reads:
            last[value] = number
            count[value] = count.get(value, 0) + 1
    for value in results:
        last[value] = len(steps)
        count[value] = count.get(value, 0) + 1
    last.update(dict.fromkeys(kept, len(steps)))

    segments: list[_Segment] = []
    of: dict[Id, _Segment] = {}
    for value, name in inputs.items():
        of[value] = _Segment(-1, last.get(value, -1), True, wanted=name, fixed=True)
        segments.append(of[value])
    for number, step in enumerate(steps):
        for value, wanted in step.writes:
            end = last.get(value, number)
            old = _continued(number, step, value, of, last, count)
            if old is None:
                sources = step.reads
                branch = (
                    bool(sources) and all(count[each] > 1 for each in sources) and len(sources) == 1
                )
                is_list = value in step.lists
                main = not branch and bool(sources) and len(step.writes) == 1 and not is_list
                segment = _Segment(number, end, main, [step], wanted, is_list=is_list)
                segments.append(segment)
                of[value] = segment
            else:
                old.end = max(old.end, end)
                old.steps.append(step)
                of[value] = old

    busy: dict[str, int] = {}
    named: dict[int, str] = {}
    for segment in segments:
        if segment.fixed:
            busy[segment.wanted] = max(busy.get(segment.wanted, -2), segment.end)
            named[id(segment)] = segment.wanted
            continue
        for wanted in _wishes(segment):
            if wanted not in names and busy.get(wanted, -2) < segment.start:
                break
        else:
            wanted = _fresh(segment, names, busy)
        busy[wanted] = max(busy.get(wanted, -2), segment.end)
        named[id(segment)] = wanted
    return {value: named[id(segment)] for value, segment in of.items()}


def _continued(
    number: int,
    step: Step,
    written: Id,
    of: Mapping[Id, _Segment],
    last: Mapping[Id, int],
    count: Mapping[Id, int],
) -> _Segment | None:
    """The segment whose name a value takes over: of an operand that is read here for the last time."""
    if written in step.otherwise and len(step.writes) == 1 and not step.loop:
        stands = of[step.otherwise[written]]
        if last[step.otherwise[written]] == number == stands.end and _may_go_on(stands):
            return stands
    if step.loop:
        start = step.carried.get(written)
        if start is None or last[start] != number or step.reads.count(start) > 1:
            return None
        segment = of[start]
        given = segment.fixed and segment.wanted not in ("x", dict(step.writes)[written])
        return segment if segment.end == number and not given else None
    if len(step.writes) != 1:
        return None
    dying = [of[value] for value in step.reads if last[value] == number and of[value].end == number]
    dying = [each for each in dying if _may_go_on(each)]
    if not dying:
        return None
    distinct = {id(each): each for each in dying}
    if len(set(step.reads)) == 1:
        # A chain goes on; the last reader of a fork is a branch like the other readers.
        return dying[0] if count[step.reads[0]] == step.reads.count(step.reads[0]) else None
    main = [each for each in distinct.values() if each.main]
    if main:
        return min(main, key=lambda each: each.start)
    generic = [each for each in distinct.values() if _stateful(each) > 1]
    return generic[0] if generic else None


def _may_go_on(segment: _Segment) -> bool:
    """Whether another value may have the name: an input that is not `x` keeps its own."""
    return not (segment.is_list or (segment.fixed and segment.wanted != "x"))


def _stateful(segment: _Segment) -> int:
    return sum(step.stateful for step in segment.steps)


def _wishes(segment: _Segment) -> list[str]:
    if segment.main:
        return ["x", segment.wanted]
    stateful = [step for step in segment.steps if step.stateful]
    if len(segment.steps) == 1 or not stateful:
        return [segment.wanted]
    if len(stateful) == 1:
        return [stateful[0].name, segment.wanted]
    return ["y", "z", segment.wanted]


def _fresh(segment: _Segment, names: Names, busy: Mapping[str, int]) -> str:
    blocked = Names(name for name, end in busy.items() if end >= segment.start)
    number = 0
    while True:
        wanted = f"{segment.wanted}_{number}" if number else segment.wanted
        if wanted not in names and wanted not in blocked:
            return wanted
        number += 1
