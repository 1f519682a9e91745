"""A node and its copies: `when`, `repeat`, `for`; settings evaluated, equal copies elaborated once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate import recovery
from netwright.composer.elaborate.leaves import known_settings
from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import POISON, Poisoned, Scope, freeze, words
from netwright.composer.elaborate.targets import Target
from netwright.composer.elaborate.unknown import within
from netwright.composer.elaborate.values import block_value, constant, is_block, value_of
from netwright.composer.graph import Element, Node, Ref, Run
from netwright.plugins.block import shape_settings
from netwright.specs import tree as trees
from netwright.specs.document import NODE_KEYS
from netwright.specs.names import check_name
from netwright.specs.sizes import Undecided

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import Level, State

MAX_COPIES = 10_000
"""Copies that are not all equal; equal ones are counted, not listed."""

MAX_TIMES = 2**31 - 1


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
    refs: dict[str, Any] = {}
    types: dict[str, Any] = {}
    if state.feeds is None:  # a mistake in `from` that is reported
        types = {port.name: POISON for port in state.target.ports}
    for port, written in (state.feeds or {}).items():
        resolved = []
        for each in written:
            try:
                resolved.append(level.resolve(each, where, state.place))
            except Poisoned:
                resolved.append((Ref(each.name), POISON))
        declared = next(each for each in state.target.ports if each.name == port)
        is_list = declared.variadic
        if any(kind is None for _, kind in resolved):
            if not declared.optional:
                name = next(ref.node for ref, kind in resolved if kind is None)
                where.report(
                    "NW206",
                    f"{state.target.name}: the input {port} must be fed, and {name} may be left out",
                    state.from_place,
                    help=f"leave the node out with it: `when: $(given({name}))`",
                )
                raise Poisoned
            continue
        refs[port] = tuple(ref for ref, _ in resolved) if is_list else resolved[0][0]
        kinds = tuple(kind for _, kind in resolved)
        types[port] = POISON if POISON in kinds else kinds if is_list else kinds[0]
    variables, times = _variables(level, state, where)
    state.copies = times if variables is not None else 0
    if times == 0:
        _leave_out(level, state, where)
        return
    written_settings = _written(state, where)
    if variables is None and state.target.body is not None:
        captured = level.capture_sources({"": state.target.body})
        body = level.elaborator.body(state.target.body, types, level.where)
        level.splice(
            state, body, {**refs, **{name: ref for name, (ref, _) in captured.items()}}, where
        )
        return
    _copies(level, state, where, refs, types, variables, times, written_settings)
    if is_live is None:
        _perhaps(level, state, where)


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
    refs: dict[str, Any],
    types: dict[str, Any],
    variables: dict[str, list[Any]] | None,
    times: int,
    written: Mapping[str, tuple[trees.Entry, Scope | None]],
) -> None:
    target = state.target
    assert target is not None
    loop_names = {"index", *(variables or {})} if variables is not None else set()
    varying = any(
        loop_names & words(entry.node) for entry, scope in written.values() if scope is None
    )
    varying = (
        varying
        or bool(loop_names - {"index"} & set(target.known))
        or (target.body is not None and variables is not None)
    )
    runs: list[Run] = []
    is_lost = False
    number = 0
    sources = dict(refs)
    chain: dict[str, str] = {}
    values: dict[str, Any] = {}
    while number < times:
        if variables is not None and number >= MAX_COPIES:
            where.report(
                "NW406", f"more than {MAX_COPIES} copies that are not all equal", state.place
            )
            raise Poisoned
        here = where if variables is None else where.at(str(number))
        if varying or number == 0:
            scope = level.scope
            if variables is not None:
                private = {
                    "index": number,
                    **{name: each[number] for name, each in variables.items()},
                }
                scope = Scope(parent=level.scope, inline=True, private=private)
            values, nodes = _settings(level, target, written, scope, here)
            for name in set(variables or ()) & set(target.known) - values.keys():
                assert variables is not None and state.tree is not None
                values[name] = variables[name][number]
                nodes[name] = _loop_node(state.tree, name, number)
            captured = level.capture_sources({**values, "": target.body})
        if number == 0:
            sources.update({name: ref for name, (ref, _) in captured.items()})
        try:
            element = level.elaborator.element(
                target,
                values,
                nodes,
                types,
                {name: kind for name, (_, kind) in captured.items()},
                state,
                here,
            )
        except Poisoned:
            if not varying:
                raise
            is_lost = True  # the other copies may have mistakes of their own
            types = {**types, **{port.name: POISON for port in target.ports[:1]}}
            number += 1
            continue
        count = 1
        if variables is not None:
            chain = _chain(target, element)
            following = {**types, **{port: element.outputs[out] for out, port in chain.items()}}
            if not varying and (_are_same(following, types) or within(following.values())):
                count = times - number
            types = following
        if runs and runs[-1].element is element:
            runs[-1] = replace(runs[-1], times=runs[-1].times + count)
        else:
            runs.append(Run(count, element, values))
        number += count
    if is_lost:
        raise Poisoned
    node = Node(
        name=state.name,
        block=target.name,
        sources=sources,
        runs=tuple(runs),
        repeated=variables is not None,
        chained=chain if times > 1 else {},
        place=state.entry.key_place,
        note=state.decl.note,
    )
    level.nodes[state.name] = state.node = node
    state.outputs = {port: (Ref(state.name, port), kind) for port, kind in node.outputs.items()}


def _are_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether types are proved to be equal."""
    try:
        return freeze(one) == freeze(other)
    except Undecided:
        return False


def _chain(target: Target, element: Element) -> dict[str, str]:
    """Output of one copy -> input of the next."""
    if not target.ports:
        return {}
    if list(element.outputs) == [""]:
        return {} if target.ports[0].variadic else {"": target.ports[0].name}
    inputs = {port.name for port in target.ports}
    return {name: name for name in element.outputs if name in inputs}


def _variables(level: Level, state: State, where: Where) -> tuple[dict[str, list[Any]] | None, int]:
    """The loop variables of a repeated node with their values, and how many copies; None: not repeated."""
    tree = state.tree
    if tree is None or not {"repeat", "for"} & tree.entries.keys():
        return None, 1
    if "repeat" in tree.entries and "for" in tree.entries:
        where.report(
            "NW191", "a node has `repeat` or `for`, not both", tree.entries["for"].key_place
        )
        raise Poisoned
    if "repeat" in tree.entries:
        node = tree.entries["repeat"].node
        if isinstance(node, trees.Mapping):
            entry = node.entries.get("share")
            if entry is not None:
                where.report(
                    "NW190",
                    "`share` is part of the language, but this version does not know it yet",
                    entry.key_place,
                )
                raise Poisoned
            if "times" not in node.entries:
                where.report(
                    "NW103", "`repeat` has no `times`", node.place, help="write `repeat: 3`"
                )
                raise Poisoned
            node = node.entries["times"].node
        try:
            times = constant(node, level.scope, where, "`repeat`", int)
        except Poisoned:
            return {}, 1  # to find what else is wrong
        if not 0 <= times <= MAX_TIMES:
            where.report(
                "NW133", f"`repeat` must be from 0 to {MAX_TIMES}, got {times}", node.place
            )
            return {}, 1
        return {}, times
    node = tree.entries["for"].node
    if not isinstance(node, trees.Mapping) or not node.entries:
        where.report("NW104", "`for` is names with lists: {out_channels: [64, 128]}", node.place)
        raise Poisoned
    variables: dict[str, list[Any]] = {}
    for name, entry in node.entries.items():
        wrong = check_name(name, "size")
        if wrong is not None or name == "index":
            message = (
                wrong.message
                if wrong
                else "`index` is the copy's number; a name under `for` is another"
            )
            where.report("NW105", message, entry.key_place)
            raise Poisoned
        variables[name] = constant(entry.node, level.scope, where, f"`for` {name}", list)
    lengths = {name: len(values) for name, values in variables.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        where.report("NW192", f"the lists of `for` differ in length: {said}", node.place)
        raise Poisoned
    return variables, next(iter(lengths.values()))


def _loop_node(tree: trees.Mapping, name: str, number: int) -> trees.Node:
    """Where the value of a loop variable stands."""
    node = trees.at(tree, ("for", name))
    return (
        node.items[number]
        if isinstance(node, trees.Sequence) and number < len(node.items)
        else node
    )


def _written(state: State, where: Where) -> dict[str, tuple[trees.Entry, Scope | None]]:
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


def _settings(
    level: Level,
    target: Target,
    written: Mapping[str, tuple[trees.Entry, Scope | None]],
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
    read: dict[str, tuple[Ref, Any]] = {}
    for port, written in state.feeds.items():
        if written:
            read[port] = level.resolve(written[0], where, state.place)
    outputs = target.local.definition.outputs if target.local is not None else None
    if isinstance(outputs, dict):
        state.outputs = {name: read[name] for name in outputs if name in read}
    else:
        state.outputs = {"": next(iter(read.values()))} if read else {}
    state.live = False
