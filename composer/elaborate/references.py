"""References: what `name[.copy][.port]` means at one level, and what was meant by one that means nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate.absent import ANY
from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import POISON, Poisoned
from netwright.composer.elaborate.wiring import Written
from netwright.composer.graph import Ref
from netwright.specs.problems import Place, shown, suggest

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import Level, State

MAX_GUESSES = 40
"""Unknown references of one level for which what was meant is looked for: it takes its time."""


def resolve(
    level: Level, written: Written, where: Where, place: Place | None = None
) -> tuple[Ref, Any]:
    """What a reference means, and its type. Raises Poisoned (reported, or its node is poison)."""
    at = written.node.place if written.node is not None else place
    if written.text in level.captured:
        capture = level.captured[written.text]
        if capture.type is POISON:
            raise Poisoned
        return Ref(capture.name), capture.type
    if written.name in level.inputs:
        if written.rest:
            where.report(
                "NW205",
                f"{written.name} is an input: write `{written.name}`, not `{written.text}`",
                at,
                fix=fix_word(written.node, written.name) if written.node is not None else None,
            )
        if level.inputs[written.name] is POISON:
            raise Poisoned
        return Ref(written.name), level.inputs[written.name]  # None: an optional input, not fed
    state = level.states.get(written.name)
    if state is None:
        near = _unknown(level, written, where)
        if near is None:
            raise Poisoned
        return resolve(level, replace(written, name=near), where, place)
    if state.outputs is None:
        _check_copy(state, written, where)
        raise Poisoned
    rest = list(written.rest)
    outputs = state.outputs
    copy: int | None = None
    if rest and rest[0] == "*":
        message = f"{written.text} stands for several values, and one is read here"
        where.report("NW205", message, at, help=f"name one copy, such as {written.name}.0")
        raise Poisoned
    if state.node is not None and state.node.repeated and rest and rest[0].isdigit():
        copy = int(rest.pop(0))
        _check_copy(state, written, where)
        copy = min(copy, state.node.copies - 1)
        element = next(run for first, run in reversed(list(state.node.elements())) if first <= copy)
        outputs = {
            port: (Ref(state.name, port, copy), each) for port, each in element.outputs.items()
        }
    port = rest[0] if rest else next(iter(outputs), "")
    if port not in outputs or len(rest) > 1:
        port = _unknown_port(written, list(outputs), where, at)
    if outputs[port][1] is ANY:
        raise Poisoned
    return outputs[port]


def _check_copy(state: State, written: Written, where: Where) -> None:
    """Report a reference to a copy that is not there."""
    number = written.rest[0] if written.rest else ""
    if not state.copies or not number.isdigit() or int(number) < state.copies:
        return
    many = f"copies 0 to {state.copies - 1}" if state.copies > 1 else "one copy, 0"
    place = written.node.place if written.node is not None else None
    where.report("NW205", f"{written.name} has {many}, not {number}", place)


def _unknown(level: Level, written: Written, where: Where) -> str | None:
    """Report a reference to nothing; returns what was probably meant."""
    names = [*level.inputs, *level.states]
    near = _meant(level, written, names) if level.guesses < MAX_GUESSES else None
    level.guesses += 1
    # In a short name one letter says little: two that are as near are both told, and none is put in.
    others = [each for each in names if each != near] if near and len(written.name) <= 4 else []
    rival = suggest(written.name, others)
    node = written.node
    is_block = level.scope.block(written.name) is not None
    holders = [
        each
        for each in level.scope.block_names()
        if (local := level.scope.block(each)) and written.name in local.definition.nodes
    ]
    notes: tuple[str, ...] = ("it is a block; a reference names a node",) if is_block else ()
    if written.name in level.scope.names():
        notes += (f"it is a value, not a tensor: settings read it, as in `${written.name}`",)
    if holders:
        inside = f"`{holders[0]}`"
        notes += (
            f"it is a node inside the block {inside}: expose it under the outputs of {inside}",
        )
    where.report(
        "NW202",
        f"there is no node or input called {shown(written.name)} here",
        node.place if node is not None else None,
        notes=notes,
        help=f"did you mean `{near}`{f' or `{rival}`' if rival else ''}?"
        if near
        else f"known here: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}",
        fix=fix_word(node, ".".join((near, *written.rest)))
        if near and not rival and node is not None
        else None,
    )
    return near


def _meant(level: Level, written: Written, names: list[str]) -> str | None:
    """The name that was probably meant: rather one that has the copy or output that is read of it."""
    fitting = [
        name
        for name in names
        if written.rest and name in level.states and _has(level.states[name], written.rest[0])
    ]
    return suggest(written.name, fitting) or suggest(written.name, names)


def _has(state: State, part: str) -> bool:
    """Whether a node may have this copy, or this output."""
    if state.decl.repeat is not None or state.decl.for_ is not None:
        return part == "*" or (part.isdigit() and (not state.copies or int(part) < state.copies))
    return state.outputs is not None and part in state.outputs


def _unknown_port(written: Written, ports: list[str], where: Where, at: Place | None) -> str:
    """Report an output that is not there; returns the one that was probably meant, or Poisoned."""
    asked = ".".join(written.rest)
    near: str | None = ""
    fix = None
    if ports in ([""], []):
        message = f"{written.name} has one output: write `{written.name}`, not `{written.text}`"
        if written.node is not None:
            fix = fix_word(written.node, written.name)
    else:
        near = suggest(asked, ports)
        message = f"{written.name} has no output {asked}; its outputs are {', '.join(ports)}"
        if near and written.node is not None:
            fix = fix_word(written.node, f"{written.name}.{near}")
    where.report("NW205", message, at, help=f"did you mean `{near}`?" if near else "", fix=fix)
    if near is None or near not in ports:
        raise Poisoned
    return near
