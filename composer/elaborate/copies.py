"""A node and its copies: settings evaluated for each, equal copies elaborated once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate import recovery, scans
from netwright.composer.elaborate.leaves import known_settings
from netwright.composer.elaborate.loops import Loop, loop
from netwright.composer.elaborate.reading import Reads, read
from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import POISON, Poisoned, Scope, freeze, words
from netwright.composer.elaborate.sharing import check_shared
from netwright.composer.elaborate.targets import Target
from netwright.composer.elaborate.unknown import within
from netwright.composer.elaborate.values import block_value, is_block, value_of
from netwright.composer.graph import Element, Node, Ref, Run
from netwright.plugins.block import shape_settings
from netwright.specs import tree as trees
from netwright.specs.document import NODE_KEYS

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import Level, State

MAX_COPIES = 10_000
"""Copies that are not all equal; equal ones are counted, not listed."""

Written = Mapping[str, tuple[trees.Entry, "Scope | None"]]


def elaborate(level: Level, state: State) -> None:
    """Make the node of a state, or leave it out, or splice it in. Raises Poisoned (reported)."""
    where = level.where.at(state.name)
    assert state.target is not None
    is_live: bool | None = None  # not known, because of a mistake that is reported
    with suppress(Poisoned):
        is_live = level.flag("when", state, level.scope, where)
    if is_live is None and state.target.local is not None:
        level.elaborator.refuse_recursion(state.target.local)
    if is_live is False:
        _leave_out(level, state, where)
        return
    if state.target.is_null:
        where.report("NW501", f"{state.target.name} is null, not a block", state.place)
        raise Poisoned
    repeated = loop(level, state, where)
    reads = read(level, state, where, parallel=repeated is not None and repeated.parallel)
    if repeated is not None and repeated.times is None:
        if state.feeds is not None and not reads.zipped:
            assert state.tree is not None
            message = "`parallel` stands beside `repeat` or `for`: nothing says how many copies"
            help = "add `repeat: 2`, or read each copy of another node: `from: layers.*`"
            where.report("NW191", message, state.tree.entries["parallel"].key_place, help=help)
            raise Poisoned
        repeated = replace(repeated, times=reads.copies)
    state.copies = repeated.times or 0 if repeated is not None else 0
    if repeated is not None and reads.zipped and repeated.times != reads.copies:
        message = f"{repeated.times} copies cannot each read one of {reads.copies}"
        where.report("NW192", message, state.from_place)
        raise Poisoned
    if repeated is not None and repeated.times == 0:
        _leave_out(level, state, where)
        return
    settings = _written(level.states[state.decl.share] if state.decl.share else state, where)
    if scans.is_scan(state):
        _finish(level, state, scans.scan(level, state, where, reads, settings))
        return
    if repeated is None and state.target.body is not None:
        captured = level.capture_sources({"": state.target.body})
        body = level.elaborator.body(state.target.body, reads.types, level.where)
        level.splice(
            state, body, {**reads.refs, **{name: ref for name, (ref, _) in captured.items()}}, where
        )
        return
    _finish(level, state, _copies(level, state, where, reads, repeated, settings))
    if is_live is None:
        _perhaps(level, state, where)


def _finish(level: Level, state: State, node: Node) -> None:
    level.nodes[state.name] = state.node = node
    state.outputs = {port: (Ref(state.name, port), kind) for port, kind in node.outputs.items()}


def _perhaps(level: Level, state: State, where: Where) -> None:
    """What comes out of a node of which it is not known whether it is left out."""
    there = state.outputs
    _leave_out(level, state, where)
    either = [
        {port: kind for port, (_, kind) in each.items()} for each in (there, state.outputs) if each
    ]
    types = recovery.merged(either)
    if there is None or types is None:
        raise Poisoned
    state.outputs = {port: (ref, types[port]) for port, (ref, _) in there.items()}


def _copies(
    level: Level,
    state: State,
    where: Where,
    reads: Reads,
    repeated: Loop | None,
    written: Written,
) -> Node:
    target = state.target
    assert target is not None
    times = 1 if repeated is None else repeated.times or 0
    varying = repeated is not None and _varies(target, repeated, written)
    types = dict(reads.types)
    sources = dict(reads.refs)
    runs: list[Run] = []
    is_lost = False
    chain: dict[str, str] = {}
    number = 0
    while number < times:
        if number >= MAX_COPIES:
            message = f"more than {MAX_COPIES} copies that are not all equal"
            where.report("NW406", message, state.place)
            raise Poisoned
        here = where if repeated is None else where.at(str(number))
        if varying or number == 0:
            values, nodes = settings(level, target, written, _scope(level, repeated, number), here)
            if repeated is not None:
                _take_variables(target, repeated, number, values, nodes)
            captured = level.capture_sources({**values, "": target.body})
        if number == 0:
            sources.update(
                {name: ref for name, (ref, kind) in captured.items() if kind is not None}
            )
        types.update({port: each[number] for port, each in reads.zipped.items()})
        try:
            element = level.elaborator.element(target, values, nodes, types, captured, state, here)
        except Poisoned:
            if not varying:
                raise
            is_lost = True  # the other copies may have mistakes of their own
            types = {**types, **{port.name: POISON for port in target.ports[:1]}}
            number += 1
            continue
        count = 1
        if repeated is not None:
            chain = {} if repeated.parallel else _chain(target, element)
            following = {**types, **{port: element.outputs[out] for out, port in chain.items()}}
            steady = freeze(following) == freeze(types) or within(following.values())
            if not varying and not reads.zipped and steady:
                count = times - number
            types = following
        if runs and runs[-1].element is element:
            runs[-1] = replace(runs[-1], times=runs[-1].times + count)
        else:
            runs.append(Run(count, element, values))
        number += count
    if is_lost:
        raise Poisoned
    share = state.decl.share or ""
    if share and not level.states[share].live:
        message = f"{share} is left out here, and its module with it"
        help = "share it from a node that is always there"
        where.report("NW202", message, state.entry.key_place, help=help)
        raise Poisoned
    if repeated is not None and repeated.shared:
        share = state.name
    for run in runs if share else ():
        first = runs[0].element if share == state.name else level.states[share].node
        check_shared(first, run.element, state, where)
    return Node(
        name=state.name,
        block=target.name,
        sources=sources,
        runs=tuple(runs),
        repeated=repeated is not None,
        chained=chain if times > 1 else {},
        parallel=repeated is not None and repeated.parallel,
        zipped=frozenset(reads.zipped),
        share=share,
        place=state.entry.key_place,
        note=state.decl.note,
    )


def _scope(level: Level, repeated: Loop | None, number: int) -> Scope:
    """The scope of a copy's settings: its number and loop variables beside what is around."""
    if repeated is None:
        return level.scope
    private = {"index": number, **{name: each[number] for name, each in repeated.variables.items()}}
    return Scope(parent=level.scope, inline=True, private=private)


def _varies(target: Target, repeated: Loop, written: Written) -> bool:
    """Whether the copies' settings may differ."""
    names = {"index", *repeated.variables}
    return (
        any(names & words(entry.node) for entry, scope in written.values() if scope is None)
        or bool(repeated.variables.keys() & set(target.known))
        or (target.body is not None and bool(names & words(target.body.tree)))
    )


def _take_variables(
    target: Target,
    repeated: Loop,
    number: int,
    values: dict[str, Any],
    nodes: dict[str, trees.Node],
) -> None:
    """A loop variable is a setting if the block has one so called."""
    for name in repeated.variables:  # in order: sets of texts differ from run to run
        if name in values or name not in target.known:
            continue
        values[name] = repeated.variables[name][number]
        node = repeated.nodes[name]
        if isinstance(node, trees.Sequence) and number < len(node.items):
            node = node.items[number]
        nodes[name] = node


def _chain(target: Target, element: Element) -> dict[str, str]:
    """Output of one copy -> input of the next."""
    if not target.ports:
        return {}
    if list(element.outputs) == [""]:
        return {} if target.ports[0].variadic else {"": target.ports[0].name}
    inputs = {port.name for port in target.ports}
    return {name: name for name in element.outputs if name in inputs}


def _written(state: State, where: Where) -> Written:
    """The settings written at a node (scope None: the node's own), those that came with its block below."""
    target = state.target
    assert target is not None
    entries: dict[str, trees.Entry] = {}
    if state.tree is not None:
        entries = {
            name: entry for name, entry in state.tree.entries.items() if name not in NODE_KEYS
        }
    own = known_settings(target.name, target.known, entries, where)
    preset = {name: (entry, scope) for name, (entry, scope) in target.preset.items()}
    known_settings(
        target.name, target.known, {name: entry for name, (entry, _) in preset.items()}, where
    )
    return {
        **{name: pair for name, pair in preset.items() if name in target.known},
        **{name: (entry, None) for name, entry in own.items()},
    }


def settings(
    level: Level,
    target: Target,
    written: Written,
    own: Scope,
    where: Where,
) -> tuple[dict[str, Any], dict[str, trees.Node]]:
    """The values of the settings, POISON where they are wrong (reported), and where each stands."""
    shapes = shape_settings(target.leaf) if target.leaf is not None else frozenset[str]()
    params = target.local.definition.params if target.local is not None else {}
    values: dict[str, Any] = {}
    for name, (entry, preset_scope) in written.items():
        scope = preset_scope or own
        try:
            if name in params and is_block(params[name]):
                values[name] = level.closed(block_value(entry.node, scope, where), where)
            else:
                values[name] = value_of(entry.node, scope, where, shape=name in shapes)
        except Poisoned:
            values[name] = POISON
    return values, {name: entry.node for name, (entry, _) in written.items()}


def _leave_out(level: Level, state: State, where: Where) -> None:
    """Outputs that bear an input's name are that input, a single output is the first input."""
    target = state.target
    assert target is not None
    if state.feeds is None:
        raise Poisoned
    found: dict[str, tuple[Ref, Any]] = {}
    for port in target.ports:  # in the block's order, not in that of `from`
        if written := state.feeds.get(port.name):
            found[port.name] = level.resolve(written[0], where, state.place)
    outputs = target.local.definition.outputs if target.local is not None else None
    if isinstance(outputs, dict):
        state.outputs = {name: found[name] for name in outputs if name in found}
    else:
        state.outputs = {"": next(iter(found.values()))} if found else {}
    state.live = False
