"""Classes: drafts that are equal but for their literals become one, and the literals its arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netwright.composer.emission.drafts import Draft, skeleton
from netwright.composer.emission.names import Names, camel
from netwright.composer.emission.parts import Hole, Make, Part, Statement, key, literal
from netwright.composer.graph import Graph

# Arguments that say a size: they come first, and are passed without their name.
SIZES = frozenset({
    "in_features", "out_features", "in_channels", "out_channels", "num_features", "num_channels",
    "normalized_shape", "embedding_dim", "input_size", "hidden_size", "embed_dim",
})  # fmt: skip


@dataclass(slots=True)
class Argument:
    """An argument of a constructor, with its value for each draft of the class."""

    name: str
    values: tuple[Any, ...]
    size: bool = False
    stored: bool = False
    """Read in forward, so kept as an attribute."""


@dataclass(eq=False, slots=True)
class Class:
    """One class of the file."""

    number: int
    drafts: list[Draft] = field(default_factory=list)
    name: str = ""
    arguments: list[Argument] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    """What is written for each hole of the first draft, by its number."""

    @property
    def draft(self) -> Draft:
        return self.drafts[0]


class Classes:
    """All classes of a file, children before parents."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        """drafts: children before parents, the root last."""
        self.all: list[Class] = []
        self._of: dict[int, Class] = {}
        self._place: dict[int, int] = {}
        numbers: dict[int, int] = {}
        known: dict[Any, Class] = {}
        for draft in drafts:
            shape = id(draft) if draft is drafts[-1] else skeleton(draft, numbers)
            found = known.get(shape)
            if found is None:
                found = known[shape] = Class(len(self.all))
                self.all.append(found)
            self._place[id(draft)] = len(found.drafts)
            found.drafts.append(draft)
            numbers[id(draft)] = found.number
            self._of[id(draft)] = found
        self.root = self.all[-1]
        for each in self.all:
            self._find_arguments(each)

    def of(self, draft: Draft) -> Class:
        return self._of[id(draft)]

    # Arguments

    def _flat(self, draft: Draft) -> Iterator[Hole]:
        """The holes of a draft; for an object that it makes, the arguments of that."""
        for hole in draft.holes():
            if isinstance(hole, Make):
                made = self.of(hole.draft)
                place = self._place[id(hole.draft)]
                for argument in made.arguments:
                    yield Hole(argument.values[place], argument.name, argument.size)
            else:
                yield hole

    def _find_arguments(self, made: Class) -> None:
        if made is self.root:
            return
        columns = list(zip(*(self._flat(draft) for draft in made.drafts), strict=True))
        in_construct = sum(1 for _ in self._flat(_construct_only(made.draft)))
        named = _named(made.drafts)
        found: dict[Any, Argument] = {}
        taken = Names(_attributes(made.draft))
        plain = {tuple(key(hole.value) for hole in column) for column in columns}
        for number, column in enumerate(columns):
            first = column[0]
            values = tuple(hole.value for hole in column)
            kept = tuple(key(value) for value in values)
            forward = number >= in_construct
            size = first.name in SIZES or (first.tight and not forward)
            varies = len(set(kept)) > 1
            text = None
            if size and not forward:
                counts = None if varies else plain
                text = self._over_sizes(values, named, found, taken, counts)
            if text is None and varies:
                argument = found.get(kept)
                if argument is None:
                    # It varies with them, so that it is one of these is no coincidence.
                    known = (*named["params"].items(), *named["sizes"].items())
                    same = (name for name, each in known if tuple(map(key, each)) == kept)
                    name = next(same, first.name)
                    argument = found[kept] = Argument(taken.take(name), values, size)
                text = argument.name
                if forward:
                    argument.stored = True
                    text = f"self.{argument.name}"
            if text is not None:
                made.texts[number] = text
        made.arguments = sorted(found.values(), key=lambda each: not each.size)

    def _over_sizes(
        self,
        values: tuple[Any, ...],
        named: Mapping[str, Mapping[str, tuple[Any, ...]]],
        found: dict[Any, Argument],
        taken: Names,
        counts: Collection[Any] | None,
    ) -> str | None:
        """The values as a named size of the inputs, or a small multiple of one.

        counts: of which sizes there may be multiples, where chance could make one; None: of all.
        """
        if not all(type(value) is int for value in values):
            return None
        kept = tuple(key(value) for value in values)
        if kept in found:
            return found[kept].name
        for name, sizes in named["sizes"].items():
            for factor in (1, 2, 3, 4, 8):
                base = tuple(key(size) for size in sizes)
                if factor > 1 and (min(sizes) < 8 or (counts is not None and base not in counts)):
                    continue
                if all(value == factor * size for value, size in zip(values, sizes, strict=True)):
                    if base not in found:
                        found[base] = Argument(taken.take(name), sizes, size=True)
                    text = found[base].name
                    return text if factor == 1 else f"{factor} * {text}"
        return None

    # Text

    def resolved(self, made: Class) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        """The statements of `__init__` and of `forward`, as text."""
        counter = iter(range(1 << 60))
        construct = [self._line(made, statement, counter) for statement in made.draft.construct]
        forward = [self._line(made, statement, counter) for statement in made.draft.forward]
        return construct, forward

    def _line(self, made: Class, statement: Statement, counter: Iterator[int]) -> tuple[int, str]:
        depth, parts = statement
        if len(parts) == 1 and type(parts[0]) is str:
            return depth, parts[0]
        return depth, "".join(self._part(made, part, counter) for part in parts)

    def _part(self, made: Class, part: Part, counter: Iterator[int]) -> str:
        if type(part) is str:
            return part
        if isinstance(part, Hole):
            number = next(counter)
            if part.option and not part.given and number not in made.texts:
                return ""
            if part.less:
                text = made.texts.get(number)
                return f"{text} - {part.less}" if text else str(part.value - part.less)
            return part.option + self._value(made, number, part.value, part.tight)
        assert isinstance(part, Make)
        child = self.of(part.draft)
        place = self._place[id(part.draft)]
        written: list[str] = []
        for number, argument in enumerate(child.arguments):
            text = self._value(made, next(counter), argument.values[place], False)
            plain = argument.size or (number == 0 and len(child.arguments) == 1)
            written.append(text if plain else f"{argument.name}={text}")
        return f"{child.name}({', '.join(written)})"

    def _value(self, made: Class, number: int, value: Any, tight: bool) -> str:
        text = made.texts.get(number)
        if text is None:
            return literal(value)
        return f"({text})" if tight and " " in text else text

    def name_all(self, root: str, taken: Names) -> None:
        """Give every class its name: the block's, or where it stands, if blocks of a name differ."""
        self.root.name = taken.take(camel(root))
        first: dict[int, tuple[Class, str]] = {}
        for made in sorted(self.all, key=lambda each: (bool(each.draft.taps), -each.number)):
            for child, place in zip(made.draft.children, made.draft.places, strict=True):
                first.setdefault(self.of(child).number, (made, place))
        heights: dict[int, int] = {}
        alike: dict[tuple[str, bool], list[Class]] = {}
        for made in self.all[:-1]:
            alike.setdefault((camel(made.draft.base), bool(made.draft.taps)), []).append(made)
        # Parents first, as children may bear their names.
        for made in sorted(
            self.all[:-1], key=lambda each: (-self._height(each, heights), -each.number)
        ):
            base = camel(made.draft.base)
            others = alike[base, bool(made.draft.taps)]
            if len(others) > 1:
                base = self._distinct(made, base, others, first)
            wanted = f"{base}Tapped" if made.draft.taps else base
            number = 2
            made.name = wanted
            while made.name in taken:
                made.name = f"{wanted}{number}"
                number += 1
            taken.add(made.name)

    def _height(self, made: Class, known: dict[int, int]) -> int:
        """How many classes stand in one another below it."""
        if made.number not in known:
            below = [self._height(self.of(child), known) for child in made.draft.children]
            known[made.number] = 1 + max(below, default=0)
        return known[made.number]

    def _distinct(
        self,
        made: Class,
        base: str,
        others: Sequence[Class],
        first: Mapping[int, tuple[Class, str]],
    ) -> str:
        parent, node = first[made.number]
        here = [each for each in others if first[each.number] == (parent, node)]
        if len({(p.number, n) for p, n in (first[each.number] for each in others)}) > 1:
            prefix = "" if parent is self.root else parent.name.removesuffix("Tapped")
            base = f"{prefix}{camel(node)}"
        if len(here) > 1 and isinstance(made.draft.element, Graph):
            graphs = [each.draft.element for each in here if isinstance(each.draft.element, Graph)]
            common = set.intersection(*(set(_nodes(graph)) for graph in graphs))
            own = [name for name in _nodes(made.draft.element) if name not in common]
            if own:
                return f"{base}With{camel(own[0])}"
        return base


def _construct_only(draft: Draft) -> Draft:
    return Draft(draft.element, draft.base, draft.parameters, draft.ports, draft.construct)


def _named(drafts: Sequence[Draft]) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Names of sizes and params of the composite that have a value for every draft."""
    found: dict[str, dict[str, tuple[Any, ...]]] = {"sizes": {}, "params": {}}
    for name in drafts[0].scope:
        if all(name in draft.scope for draft in drafts):
            found["sizes"][name] = tuple(draft.scope[name] for draft in drafts)
    graphs = [draft.element for draft in drafts if isinstance(draft.element, Graph)]
    for name in graphs[0].params if graphs else ():
        if all(name in graph.params for graph in graphs):
            found["params"][name] = tuple(graph.params[name] for graph in graphs)
    return found


def _nodes(graph: Graph) -> dict[str, None]:
    """The names of all nodes below, nearest first."""
    found = dict.fromkeys(graph.nodes)
    for node in graph.nodes.values():
        element = node.runs[0].element
        if isinstance(element, Graph):
            found.update(dict.fromkeys(_nodes(element)))
    return found


def _attributes(draft: Draft) -> set[str]:
    """Names that an argument may not have: it may be kept as an attribute."""
    nodes = set(draft.element.nodes) if isinstance(draft.element, Graph) else set()
    return nodes | {"training", "forward", "index"}
