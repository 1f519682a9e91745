"""The tree of a document: mappings, sequences and scalars, each of which knows its place.

Nodes are made by :mod:`netwright.specs.reading` and are not changed afterwards.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

from netwright.specs.problems import Place, Source

#: What a scalar stands for.
Value: TypeAlias = bool | int | float | str | None
#: A tree without places.
Plain: TypeAlias = Value | list["Plain"] | dict[str, "Plain"]
#: Keys and indices from the root to a node.
Path: TypeAlias = tuple[str | int, ...]


class Mark(Protocol):
    """A position in a text, counted from 0; those of PyYAML are kept as they come."""

    @property
    def index(self) -> int:
        """Characters before it."""

    @property
    def line(self) -> int:
        """Lines before it."""

    @property
    def column(self) -> int:
        """Characters before it in its line."""


class _Node:
    """Something that stands in a source between two marks."""

    # Places are made when somebody asks: a tree has many nodes and few of them are complained of.
    # The constructors repeat the assignments because they run for every value of a file.
    __slots__ = ("end", "source", "start")

    source: Source
    start: Mark
    end: Mark

    @property
    def place(self) -> Place:
        """Where it stands; its length leaves out blank space after it."""
        start = self.start
        length = len(self.source.text[start.index : self.end.index].rstrip())
        return Place(self.source, start.line + 1, start.column + 1, length)


class Scalar(_Node):
    """A single value.

    Attributes:
        value: what it stands for.
        text: what is written, without quotes.
        quoted: whether it is quoted or a block of text, and so a text whatever it looks like.
    """

    __slots__ = ("quoted", "text", "value")

    def __init__(
        self, source: Source, start: Mark, end: Mark, value: Value, text: str, quoted: bool
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.value = value
        self.text = text
        self.quoted = quoted

    def plain(self) -> Value:
        """The value."""
        return self.value


class Sequence(_Node):
    """A list; ``items`` are its nodes."""

    __slots__ = ("items",)

    def __init__(self, source: Source, start: Mark, end: Mark, items: list[Node]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.items = items

    def plain(self) -> list[Plain]:
        """The list without places."""
        return [item.plain() for item in self.items]


class Entry(_Node):
    """A key of a mapping, and the ``node`` that belongs to it."""

    __slots__ = ("node",)

    def __init__(self, source: Source, start: Mark, end: Mark, node: Node) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.node = node

    @property
    def key_place(self) -> Place:
        """Where the key stands."""
        return self.place


class Mapping(_Node):
    """A mapping; ``entries`` are in the order in which they are written."""

    __slots__ = ("entries",)

    def __init__(self, source: Source, start: Mark, end: Mark, entries: dict[str, Entry]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.entries = entries

    def plain(self) -> dict[str, Plain]:
        """The mapping without places."""
        return {key: entry.node.plain() for key, entry in self.entries.items()}


Node: TypeAlias = Mapping | Sequence | Scalar


def _child(node: Node, step: str | int) -> tuple[Entry | None, Node] | None:
    """The entry, if it is one, and the node one step down."""
    if isinstance(node, Mapping):
        entry = node.entries.get(step) if isinstance(step, str) else None
        return None if entry is None else (entry, entry.node)
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return None, node.items[step]
    return None


def at(tree: Node, path: Path) -> Node:
    """The node at a path.

    Raises:
        LookupError: if there is none.
    """
    node = tree
    for step in path:
        found = _child(node, step)
        if found is None:
            raise LookupError(f"nothing at {step!r} of {path!r}")
        node = found[1]
    return node


def place_of(tree: Node, path: Path, key: bool = False) -> Place:
    """Where a path stands; of a path that does not exist, where its nearest ancestor stands.

    Args:
        tree: the root.
        path: keys and indices.
        key: the place of the key instead of the value, where there is a key.
    """
    node = tree
    last: Entry | None = None
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        last, node = found
    return last.key_place if key and last is not None else node.place
