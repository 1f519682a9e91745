"""Absent blocks: a network drawn although a plugin is not there.

Nothing is known of what an absent block gives, and nothing of what reads it. Each such node becomes a
stand-in that shows where it stands and what it reads; nobody complains of it, and it is never compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate.scope import POISON
from netwright.composer.elaborate.unknown import UNKNOWN
from netwright.composer.elaborate.wiring import Written
from netwright.composer.graph import Leaf, Node, Ref, Run
from netwright.plugins.block import Block, Port
from netwright.specs import tree as trees
from netwright.specs.document import NODE_KEYS
from netwright.specs.tensors import Tensor

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import Level, State

ANY = Tensor((UNKNOWN,))
"""The type of what is not known; compared by identity."""


class Behind(Block):
    """A block behind an absent one: it is known, what comes into it is not."""

    def infer(self, *inputs: Tensor) -> dict[str, Tensor]:
        return {}

    def build(self, *inputs: Any) -> dict[str, Any]:
        return {}


class Absent(Behind):
    """A block of which only the name is known."""

    family = "unknown"


def ports_of(node: trees.Node) -> tuple[Port, ...]:
    """Inputs for an absent block, from what it reads."""
    entry = node.entries.get("from") if isinstance(node, trees.Mapping) else None
    if entry is not None and isinstance(entry.node, trees.Mapping):
        return tuple(Port(name, variadic=True) for name in entry.node.entries)
    return (Port("inputs", variadic=True),)


def settings_of(node: trees.Node) -> tuple[str, ...]:
    """The settings of an absent block: whatever is written."""
    entries = node.entries if isinstance(node, trees.Mapping) else {}
    return tuple(name for name in entries if name not in NODE_KEYS)


def is_unknown(types: Mapping[str, Any]) -> bool:
    """Whether one of these types is that of something unknown."""
    return any(
        each is ANY or (isinstance(each, tuple) and any(part is ANY for part in each))
        for each in types.values()
    )


def stand_in(level: Level, state: State) -> None:
    """Put a node in the place of one that cannot be worked out."""
    target = state.target
    if target is None or target.body is not None:
        return
    sources: dict[str, Ref | tuple[Ref, ...]] = {}
    for port, feeds in (state.feeds or {}).items():
        found = [ref for each in feeds if (ref := reference(level, each)) is not None]
        if found:
            sources[port] = found[0] if len(found) == 1 else tuple(found)
    leaf = target.leaf
    family = "composite" if leaf is None else leaf.family or leaf.__module__.rpartition(".")[2]
    block = Absent() if leaf is Absent else _behind(family)()
    fed = {
        port: ANY if isinstance(ref, Ref) else (ANY,) * len(ref) for port, ref in sources.items()
    }
    element = Leaf(target.name, block, fed, {"": ANY})
    plain = {
        name: entry.node.value
        for name, entry in (state.tree.entries if state.tree is not None else {}).items()
        if name not in NODE_KEYS and isinstance(entry.node, trees.Scalar)
    }
    node = Node(
        name=state.name,
        block=target.name,
        sources=sources,
        runs=(Run(max(state.copies, 1), element, plain),),
        repeated=state.copies > 0,
        place=state.entry.key_place,
        note=state.decl.note,
    )
    level.nodes[state.name] = state.node = node


@cache
def _behind(family: str) -> type[Behind]:
    """What stands for a known block: it is drawn in the colours of its family."""
    return type("Behind", (Behind,), {"family": family})


def reference(level: Level, written: Written) -> Ref | None:
    """What a reference reads, whether its type is known or not; None if it is not there to be drawn."""
    capture = level.captured.get(written.text)
    if capture is not None:
        return None if capture.type is POISON else Ref(capture.name)
    if written.name in level.inputs:
        return None if level.inputs[written.name] is POISON else Ref(written.name)
    state = level.states.get(written.name)
    if state is None or (state.outputs is None and state.node is None):
        return None
    if not state.outputs:
        return Ref(written.name)
    port = written.rest[0] if written.rest and written.rest[0] in state.outputs else None
    ref, _ = state.outputs[port if port is not None else next(iter(state.outputs))]
    return ref
