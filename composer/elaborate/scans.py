"""Scans: one copy run along a dimension of its inputs, step by step; recurrent decoders as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate.reading import Reads
from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import POISON, Poisoned
from netwright.composer.elaborate.values import constant, value_of
from netwright.composer.graph import Element, Node, Run, Scan
from netwright.specs import tree as trees
from netwright.specs.problems import shown, suggest
from netwright.specs.sizes import Size, decide
from netwright.specs.tensors import Tensor

if TYPE_CHECKING:
    from netwright.composer.elaborate.copies import Written
    from netwright.composer.elaborate.level import Level, State


def is_scan(state: State) -> bool:
    """Whether a node is run step by step."""
    return state.tree is not None and "scan" in state.tree.entries


def scan(level: Level, state: State, where: Where, reads: Reads, written: Written) -> Node:
    """The node of a scan. Raises Poisoned (reported)."""
    from netwright.composer.elaborate.copies import settings

    target = state.target
    assert target is not None and state.tree is not None
    over, dim = _over(level, state, where)
    types = dict(reads.types)
    length = _length(over, dim, types, state, where)
    for name in over:
        if types[name] is not POISON:
            types[name] = types[name].resized(dim)
    values, nodes = settings(level, target, written, level.scope, where)
    captured = level.capture_sources({**values, "": target.body})
    element = level.elaborator.element(target, values, nodes, types, captured, state, where)
    carried = _carried(element, over, types, state, where)
    ran: dict[str, Tensor] = {}
    for name, tensor in element.outputs.items():
        if name in carried:
            ran[name] = tensor
        elif dim > tensor.rank:
            message = f"the output {name or 'of a step'} is {tensor}: it cannot be stacked along dim {dim}"
            where.report("NW302", message, state.place)
            raise Poisoned
        else:
            ran[name] = tensor.with_sizes(*tensor.sizes[:dim], length, *tensor.sizes[dim:])
    return Node(
        name=state.name,
        block=target.name,
        sources={
            **reads.refs,
            **{name: ref for name, (ref, kind) in captured.items() if kind is not None},
        },
        runs=(Run(1, element, values),),
        scan=Scan(tuple(over), dim, carried, length),
        ran=ran,
        place=state.entry.key_place,
        note=state.decl.note,
    )


def _over(level: Level, state: State, where: Where) -> tuple[list[str], int]:
    """The inputs that are cut, and the dimension."""
    assert state.tree is not None and state.target is not None
    node = state.tree.entries["scan"].node
    dim = 1
    names = node
    if isinstance(node, trees.Mapping):
        for key, entry in node.entries.items():
            if key not in ("over", "dim"):
                where.report(
                    "NW102",
                    f"`scan` has no key {shown(key)}",
                    entry.key_place,
                    help="it has `over` and `dim`",
                )
                raise Poisoned
        if "over" not in node.entries:
            where.report("NW103", "`scan` has no `over`", node.place, help="write `scan: [x]`")
            raise Poisoned
        names = node.entries["over"].node
        if "dim" in node.entries:
            dim = constant(node.entries["dim"].node, level.scope, where, "`dim`", int)
            if dim < 0:
                message = "`dim` is counted from the front of the whole input: 0 or more"
                where.report("NW132", message, node.entries["dim"].node.place)
                raise Poisoned
    found = value_of(names, level.scope, where)
    found = [found] if isinstance(found, str) else found
    ports = [port.name for port in state.target.ports if not port.variadic]
    if not isinstance(found, list) or not found:
        where.report("NW104", f"`scan` names inputs of {state.target.name}", names.place)
        raise Poisoned
    for name in found:
        if name not in ports:
            near = suggest(str(name), ports)
            listed = ", ".join(ports) or "none"
            where.report(
                "NW204",
                f"{state.target.name} has no input {shown(name)}",
                names.place,
                help=f"did you mean {near}?" if near else f"its inputs are {listed}",
            )
            raise Poisoned
    return [str(name) for name in found], dim


def _length(over: list[str], dim: int, types: dict[str, Any], state: State, where: Where) -> Size:
    """The number of steps, proved equal for all inputs that are cut."""
    length: Size | None = None
    for name in over:
        fed = types.get(name)
        if fed is POISON:
            continue
        if fed is None:
            where.report(
                "NW206",
                f"nothing feeds {name}, so there is nothing to scan over",
                state.from_place,
                help="what is cut is always given; leave the node out with it, or do not scan over it",
            )
            raise Poisoned
        if not isinstance(fed, Tensor) or dim >= fed.rank:
            where.report(
                "NW302", f"{name} is {fed}: it has no dim {dim} to scan over", state.from_place
            )
            raise Poisoned
        size = fed.sizes[dim]
        if length is None:
            length = size
        elif decide("==", length, size) is not True:
            message = (
                f"the inputs of a scan have one length: {over[0]} has {length}, {name} has {size}"
            )
            where.report("NW301", message, state.from_place)
            raise Poisoned
    if length is None:
        raise Poisoned
    return length


def _carried(
    element: Element, over: list[str], types: dict[str, Any], state: State, where: Where
) -> tuple[str, ...]:
    """Outputs that bear an input's name; their type is the same at each step."""
    carried: list[str] = []
    for name, tensor in element.outputs.items():
        if name not in types:
            continue
        before = types[name]
        if name in over:
            where.report(
                "NW204", f"{name} is cut by the scan and cannot be carried as well", state.place
            )
            raise Poisoned
        equal = (
            isinstance(before, Tensor)
            and before.rank == tensor.rank
            and all(
                decide("==", a, b) is True for a, b in zip(before.sizes, tensor.sizes, strict=True)
            )
        )
        if not equal or before.dtype != tensor.dtype:
            message = (
                f"{name} begins as {before} and is {tensor} after a step: it must keep its type"
            )
            where.report("NW301", message, state.from_place)
            raise Poisoned
        carried.append(name)
    return tuple(carried)


__all__ = ["is_scan", "scan"]
