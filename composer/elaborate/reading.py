"""Reading: what the inputs of a node receive, with `node.*` for the outputs of every copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import POISON, Poisoned
from netwright.composer.elaborate.wiring import Written
from netwright.composer.graph import Ref
from netwright.plugins.block import Port

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import Level, State

MAX_COPIES = 10_000
"""Copies that are read one by one."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What a node reads: input -> where it is, and its type (POISON where it is not known).

    zipped: input of which each copy reads the copy of its number -> the type for each copy.
    """

    refs: dict[str, Any]
    types: dict[str, Any]
    zipped: Mapping[str, list[Any]]

    @property
    def copies(self) -> int:
        """How many copies the zipped inputs have."""
        return min((len(each) for each in self.zipped.values()), default=1)


def read(level: Level, state: State, where: Where, parallel: bool) -> Reads:
    """Resolve the references of a node. Raises Poisoned (reported) if an input cannot be fed at all."""
    assert state.target is not None
    if state.feeds is None:  # a mistake in `from` that is reported
        return Reads({}, {port.name: POISON for port in state.target.ports}, {})
    refs: dict[str, Any] = {}
    types: dict[str, Any] = {}
    zipped: dict[str, list[Any]] = {}
    for port in state.target.ports:
        written = state.feeds.get(port.name)
        if written is None:
            continue
        if parallel and len(written) == 1 and is_star(written[0]):
            if written[0].name not in level.states and each_copy(level, written[0]) != [written[0]]:
                message = f"{written[0].text} are copies outside of this body"
                help = "read one of them, or write `parallel` on a node beside them"
                where.report("NW204", message, state.from_place, help=help)
                raise Poisoned
            every = starred(level, written[0], where)
            zipped[port.name] = [kind for _, kind in every]
            refs[port.name] = Ref(written[0].name, every[0][0].port)
            types[port.name] = every[0][1]
            continue
        resolved = _resolved(level, state, written, port, where)
        if any(kind is None for _, kind in resolved):
            _left_out(state, port, next(ref.node for ref, kind in resolved if kind is None), where)
            continue
        kinds = tuple(kind for _, kind in resolved)
        refs[port.name] = tuple(ref for ref, _ in resolved) if port.variadic else resolved[0][0]
        types[port.name] = POISON if POISON in kinds else kinds if port.variadic else kinds[0]
    if zipped and len({len(each) for each in zipped.values()}) > 1:
        where.report("NW192", "the nodes whose copies are read differ in number", state.from_place)
        raise Poisoned
    return Reads(refs, types, zipped)


def is_star(written: Written) -> bool:
    """Whether a reference means the outputs of every copy."""
    return written.rest[:1] == ("*",)


def starred(level: Level, written: Written, where: Where) -> list[tuple[Ref, Any]]:
    """What `node.*` means: the output of every copy, in order. Raises Poisoned (reported)."""
    state = level.states.get(written.name)
    if state is None:
        return [level.resolve(each, where) for each in each_copy(level, written)]
    if state.outputs is not None and (state.node is None or not state.node.repeated):
        at = written.node.place if written.node is not None else None
        where.report("NW205", f"{written.name} is not repeated: it has no copies", at)
        raise Poisoned
    return [level.resolve(each, where) for each in each_copy(level, written)]


def each_copy(level: Level, written: Written) -> list[Written]:
    """The references that `node.*` means, for every copy; another means itself."""
    if not is_star(written):
        return [written]
    state = level.states.get(written.name)
    count = MAX_COPIES if state is None else state.node.copies if state.node is not None else 0
    found: list[Written] = []
    for number in range(min(count, MAX_COPIES)):
        each = Written(written.name, (str(number), *written.rest[1:]), written.node)
        if state is None and each.text not in level.captured:
            break  # in a body, the copies outside of it that it reads
        found.append(each)
    return found or [written]


def _resolved(
    level: Level, state: State, written: list[Written], port: Port, where: Where
) -> list[tuple[Ref, Any]]:
    resolved: list[tuple[Ref, Any]] = []
    for each in written:
        try:
            if is_star(each):
                if not port.variadic:
                    message = (
                        f"the input {port.name} takes one reference, and {each.text} are several"
                    )
                    help = (
                        "name one copy, or write `parallel: true` for a copy of this node for each"
                    )
                    where.report("NW204", message, state.from_place, help=help)
                    raise Poisoned
                resolved += starred(level, each, where)
            else:
                resolved.append(level.resolve(each, where, state.place))
        except Poisoned:
            resolved.append((Ref(each.name), POISON))
    return resolved


def _left_out(state: State, port: Port, name: str, where: Where) -> None:
    """An input that its block's user did not feed goes to inputs that may be left out, and no others."""
    if port.optional:
        return
    assert state.target is not None
    where.report(
        "NW206",
        f"{state.target.name}: the input {port.name} must be fed, and {name} may be left out",
        state.from_place,
        help=f"leave the node out with it: `when: $(given({name}))`",
    )
    raise Poisoned
