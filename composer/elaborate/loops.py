"""Loops: how often a node stands, by `repeat`, `for` and `parallel`, and the variables of its copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import Poisoned
from netwright.composer.elaborate.values import constant
from netwright.specs import tree as trees
from netwright.specs.names import check_name

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import Level, State

MAX_TIMES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Loop:
    """The copies of a node.

    times: how many; None: as many as the node whose copies are read. variables: name -> value for each
    copy; nodes: name -> where that list stands. parallel: the copies do not read one another. shared:
    they are one module.
    """

    times: int | None
    variables: Mapping[str, list[Any]] = field(default_factory=dict)
    nodes: Mapping[str, trees.Node] = field(default_factory=dict)
    parallel: bool = False
    shared: bool = False


def loop(level: Level, state: State, where: Where) -> Loop | None:
    """How the copies of a node are written; None if it is not repeated. Raises Poisoned (reported)."""
    tree = state.tree
    if tree is None or not {"repeat", "for", "parallel"} & tree.entries.keys():
        return None
    both = [key for key in ("repeat", "for", "scan") if key in tree.entries]
    if len(both) > 1:
        message = f"a node has `{both[0]}` or `{both[1]}`, not both"
        where.report("NW191", message, tree.entries[both[1]].key_place)
        raise Poisoned
    parallel = False
    if "parallel" in tree.entries:
        entry = tree.entries["parallel"]
        parallel = constant(entry.node, level.scope, where, "`parallel`", bool)
        if "scan" in tree.entries:
            where.report("NW191", "the steps of a `scan` cannot be parallel", entry.key_place)
            raise Poisoned
    if "repeat" in tree.entries:
        return _repeat(level, tree.entries["repeat"].node, where, parallel)
    if "for" in tree.entries:
        return _for(level, tree.entries["for"].node, where, parallel)
    return Loop(None, parallel=True) if parallel else None


def _repeat(level: Level, node: trees.Node, where: Where, parallel: bool) -> Loop:
    shared = False
    if isinstance(node, trees.Mapping):
        unknown = [name for name in node.entries if name not in ("times", "share")]
        if unknown or "times" not in node.entries:
            message = f"`repeat` has no {unknown[0]}" if unknown else "`repeat` has no `times`"
            help = "write `repeat: 3`, or `repeat: {times: 3, share: true}`"
            where.report("NW103", message, node.place, help=help)
            raise Poisoned
        if "share" in node.entries:
            shared = constant(node.entries["share"].node, level.scope, where, "`share`", bool)
        node = node.entries["times"].node
    try:
        times = constant(node, level.scope, where, "`repeat`", int)
    except Poisoned:
        return Loop(1, parallel=parallel)  # to find what else is wrong
    if not 0 <= times <= MAX_TIMES:
        message = f"`repeat` must be from 0 to {MAX_TIMES}, got {times}"
        where.report("NW133", message, node.place)
        times = 1
    return Loop(times, parallel=parallel, shared=shared)


def _for(level: Level, node: trees.Node, where: Where, parallel: bool) -> Loop:
    if not isinstance(node, trees.Mapping) or not node.entries:
        message = "`for` is names with lists: {out_channels: [64, 128]}"
        where.report("NW104", message, node.place)
        raise Poisoned
    variables: dict[str, list[Any]] = {}
    for name, entry in node.entries.items():
        wrong = check_name(name, "size")
        if wrong is not None or name == "index":
            index = "`index` is the copy's number; a name under `for` is another"
            where.report("NW105", wrong.message if wrong else index, entry.key_place)
            raise Poisoned
        variables[name] = constant(entry.node, level.scope, where, f"`for` {name}", list)
    lengths = {name: len(values) for name, values in variables.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        where.report("NW192", f"the lists of `for` differ in length: {said}", node.place)
        raise Poisoned
    nodes = {name: entry.node for name, entry in node.entries.items()}
    return Loop(next(iter(lengths.values())), variables, nodes, parallel)
