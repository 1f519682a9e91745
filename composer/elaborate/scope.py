"""Scope: what a name means, by where it is written.

A local block sees the params and blocks of the specs around it, not their sizes, nodes or loop variables.
A body sees all of these. What depends on a scope is keyed by the values of the names that it may read.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from netwright.composer.graph import Fed, Ref
from netwright.specs import tree as trees
from netwright.specs.document import Definition
from netwright.specs.expressions import UnknownName
from netwright.specs.sizes import Symbolic
from netwright.specs.tensors import Tensor


class Poison:
    """What is not known because of a problem that was reported already."""

    def __repr__(self) -> str:
        return "POISON"


POISON = Poison()


class Poisoned(Exception):
    """A name without a value was read: say nothing, the problem behind it is reported."""


@dataclass(frozen=True, slots=True)
class Defined:
    """What stands under a name in `blocks`: a definition, or one that `use` brings in.

    preset: settings that come with it, each with the scope of its writing. used: it sees only its own.
    """

    definition: Definition
    tree: trees.Mapping | None
    """None: it could not be brought in, which is reported."""
    foreign: bool = False
    preset: Mapping[str, tuple[trees.Entry, Scope]] = field(default_factory=dict)
    used: bool = False


@dataclass(frozen=True, slots=True)
class Local:
    """A composite block as written, with the scope that it is written in (None: a file of its own)."""

    name: str
    definition: Definition
    tree: trees.Mapping
    scope: Scope | None
    foreign: bool = False
    """Comes with a plugin or with netwright: its mistakes are shown where it is used."""
    preset: Mapping[str, tuple[trees.Entry, Scope]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Scope:
    """Names and their values. params are seen by what is written inside, private ones by bodies only."""

    parent: Scope | None = None
    inline: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)
    blocks: Mapping[str, Defined] = field(default_factory=dict)
    fed: Mapping[str, bool] = field(default_factory=dict)
    """Input -> whether it is fed."""

    def given(self, name: str) -> bool:
        """Whether an input is fed, for `given(name)`. Raises UnknownName."""
        scope: Scope | None = self
        while scope is not None and scope.inline and name not in scope.fed:
            scope = scope.parent
        if scope is None or name not in scope.fed:
            raise UnknownName(name, tuple(scope.fed) if scope is not None else ())
        return scope.fed[name]

    def lookup(self, name: str) -> Any:
        """The value of a param, a size or a loop variable. Raises UnknownName, Poisoned."""
        for table in self._tables():
            if name in table:
                value = table[name]
                if value is POISON:
                    raise Poisoned
                return value
        raise UnknownName(name, tuple(self.names()))

    def names(self) -> Iterator[str]:
        """All names that can be read here."""
        for table in self._tables():
            yield from table

    def _tables(self) -> Iterator[Mapping[str, Any]]:
        scope: Scope | None = self
        near = True
        while scope is not None:
            yield scope.params
            if near:
                yield scope.private
            near = near and scope.inline
            scope = scope.parent

    def block(self, name: str) -> Local | None:
        """The composite block of this name that is defined here or around. Raises Poisoned."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.blocks:
                each = scope.blocks[name]
                if each.tree is None:
                    raise Poisoned
                around = None if each.used else scope
                return Local(name, each.definition, each.tree, around, each.foreign, each.preset)
            scope = scope.parent
        return None

    def block_names(self) -> Iterator[str]:
        scope: Scope | None = self
        while scope is not None:
            yield from scope.blocks
            scope = scope.parent


@dataclass(frozen=True, slots=True)
class Capture:
    """An outer value that a body reads: how it is written, how the graph calls it, where it comes from."""

    text: str
    name: str
    ref: Ref
    type: Fed | Poison
    level: object
    """The level in which the reference was written."""


@dataclass(frozen=True, eq=False)
class BlockValue:
    """A block as the value of a setting: a name, a node, or a body, with the scope of its writing."""

    tree: trees.Node
    scope: Scope
    captures: tuple[Capture, ...] = ()

    @property
    def is_body(self) -> bool:
        return isinstance(self.tree, trees.Mapping) and "block" not in self.tree.entries

    def __str__(self) -> str:
        """For display: the block's name, or the nodes of the body."""
        if isinstance(self.tree, trees.Mapping):
            block = self.tree.entries.get("block")
            return str(block.node.plain()) if block else f"{{{', '.join(self.tree.entries)}}}"
        return str(self.tree.plain())

    __repr__ = __str__

    def key(self, around: frozenset[int] = frozenset()) -> Hashable:
        """A key for the block with all that it may read; around: the trees of blocks that read this one."""
        if id(self.tree) in around:  # a word in it is its own name
            return id(self.tree)
        return (
            id(self.tree),
            free_values(self.tree, self.scope, around | {id(self.tree)}),
            tuple((capture.name, freeze(capture.type)) for capture in self.captures),
        )


def freeze(value: Any, around: frozenset[int] = frozenset()) -> Hashable:
    """A key for a value, in which 1, 1.0 and True differ; around: see `BlockValue.key`."""
    # The most frequent first: this runs for every setting and every input of every node.
    if isinstance(value, Symbolic):  # by its form: two sizes may be equal for some values only
        return ("size", value.polynomial)
    if isinstance(value, Tensor):
        bound = None if value.below is None else freeze(value.below)
        return ("tensor", freeze(value.sizes), value.dtype, bound, value.origin)
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, *(freeze(each, around) for each in value))
    if isinstance(value, BlockValue):
        return ("block", value.key(around))
    if isinstance(value, dict):
        return tuple((name, freeze(each, around)) for name, each in value.items())
    return (type(value).__name__, value)


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def free_values(
    tree: trees.Node, scope: Scope | None, readers: frozenset[int] = frozenset()
) -> Hashable:
    """The outer values that a tree may read, blocks that it names included: (name, value) of each.

    Any word in it counts as a name: too many make a key finer, never wrong.
    """
    if scope is None:
        return ()
    found: dict[str, Hashable] = {}
    for table in scope._tables():
        if "..." in table:
            found["..."] = freeze(table["..."], readers)
            break
    waiting: list[tuple[trees.Node, Scope]] = [(tree, scope)]
    seen: set[int] = set()
    while waiting:
        node, around = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        named = words(node)
        for word in named:
            local = around.block(word)
            if local is not None and local.scope is not None:
                waiting.append((local.tree, local.scope))
            for table in around._tables():
                if word in table:
                    found[word] = freeze(table[word], readers)
                    break
            if "given" in named:
                with suppress(UnknownName):
                    found[f"given({word})"] = around.given(word)
    return tuple(sorted(found.items(), key=lambda item: item[0]))


@lru_cache(maxsize=4096)
def words(tree: trees.Node) -> frozenset[str]:
    """All words in the scalars of a tree."""
    found: set[str] = set()
    stack: list[trees.Node] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, trees.Mapping):
            stack += [entry.node for entry in node.entries.values()]
        elif isinstance(node, trees.Sequence):
            stack += node.items
        elif isinstance(node.value, str):
            found.update(_NAME.findall(node.value))
    return frozenset(found)
