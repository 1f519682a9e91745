"""What differs between two networks, node by node, by the names along their paths.

Equal elements are one object, so that what is the same is never looked into, and a pair of
composites that differ is compared once, however many copies of it there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from netwright.composer.counting import Counter
from netwright.composer.diagram.describe import long_count, prose, value_text
from netwright.composer.diagram.openings import within
from netwright.composer.graph import Element, Fed, Graph, Leaf, Node, Ref, Run
from netwright.plugins.block import Block
from netwright.specs.sizes import Size, Symbolic, pretty
from netwright.specs.tensors import Tensor

Kind: TypeAlias = Literal[
    "added", "removed", "renamed", "block", "setting", "copies", "wiring", "size"
]

MOST = 2000
"""More changes than that are counted, not listed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. path: of the node, as in weights; of a removed one, where it was.

    what: the setting, the input that reads something else, or the output whose size it is.
    before, after: what was there and what is, as texts; empty for nothing.
    """

    kind: Kind
    path: str
    before: str = ""
    after: str = ""
    what: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "added":
                return f"+ {self.path}: {self.after}"
            case "removed":
                return f"- {self.path}: {self.before}"
            case "renamed":
                return f"> {self.path}: was called {self.before}"
            case "block":
                return f"~ {self.path}: {self.before} became {self.after}"
            case "copies":
                return f"~ {self.path}: {self.before} copies became {self.after}"
            case "wiring":
                now, then = self.after or "nothing", self.before or "nothing"
                return f"~ {self.path}: {self.what} reads {now}, not {then}"
            case "size":
                return f"~ {self.path}: {self.what or 'output'} {self.before} became {self.after}"
            case _:
                return f"~ {self.path}: {self.what} {self.before or 'unset'} became {self.after or 'unset'}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two networks; false if nothing does."""

    names: tuple[str, str]
    changes: tuple[Change, ...]
    parameters: tuple[Size, Size]
    more: int = 0
    """Changes that are not listed."""

    def __bool__(self) -> bool:
        return bool(self.changes) or (
            self.parameters[0] is not self.parameters[1] and not _equal(*self.parameters)
        )

    def __str__(self) -> str:
        if not self:
            return f"{self.names[0]} and {self.names[1]} are the same network"
        before, after = (long_count(each) or "0 parameters" for each in self.parameters)
        count = f"parameters: {before.removesuffix(' parameters')}"
        count += "" if before == after else f" became {after.removesuffix(' parameters')}"
        more = [f"and {self.more:,} more"] if self.more else []
        told = [str(each) for each in self.changes if each.kind != "size"]
        title = f"{self.names[0]} -> {self.names[1]}"
        return "\n".join([title, *told, *self._sizes(), *more, count])

    def _sizes(self) -> Iterator[str]:
        """Sizes that change alike, together."""
        places: dict[tuple[str, str], dict[str, None]] = {}
        for each in self.changes:
            if each.kind == "size":
                places.setdefault((each.before, each.after), {})[each.path] = None
        for (before, after), paths in places.items():
            listed = ", ".join([*paths][:3]) + (f" and {len(paths) - 3} more" * (len(paths) > 3))
            yield f"~ {before} became {after}: {listed}"

    def as_json(self) -> Mapping[str, Any]:
        """The same for a program."""
        return {
            "same": not self,
            "names": list(self.names),
            "changes": [
                {
                    "kind": each.kind,
                    "path": each.path,
                    "what": each.what,
                    "before": each.before,
                    "after": each.after,
                }
                for each in self.changes
            ],
            "more": self.more,
            "parameters": [
                each if isinstance(each, int) else pretty(each) for each in self.parameters
            ],
        }


def difference(before: Graph, after: Graph, names: tuple[str, str] | None = None) -> Difference:
    """What differs between two graphs. names: what they are called, else their own names."""
    comparison = _Comparison(before, after)
    changes = comparison.graphs(before, after)
    counter = Counter()
    totals = tuple(counter.totals(each).parameters for each in (before, after))
    return Difference(
        names or (before.name, after.name),
        tuple(changes[:MOST]),
        (totals[0], totals[1]),
        max(len(changes) - MOST, 0),
    )


class _Comparison:
    """Compares, and keeps what it found for each pair."""

    def __init__(self, *roots: Graph) -> None:
        self._roots = roots
        self._counter = Counter()
        self._known: dict[tuple[int, int], list[Change]] = {}

    def graphs(self, before: Graph, after: Graph) -> list[Change]:
        """Paths begin at the graphs."""
        known = self._known.get((id(before), id(after)))
        if known is None:
            known = self._known[id(before), id(after)] = list(self._graphs(before, after))
        return known

    def _graphs(self, before: Graph, after: Graph) -> Iterator[Change]:
        if before is after:
            return
        renamed = dict(self._renamed(before, after))
        old_of = {new: old for old, new in renamed.items()}
        yield from self._inputs(before, after)
        for name, node in before.nodes.items():
            if name not in after.nodes and name not in renamed:
                yield Change("removed", name, before=self._said(node))
        for name, node in after.nodes.items():
            old = before.nodes.get(old_of.get(name, name))
            if old is None or (name not in before.nodes and name not in old_of):
                yield Change("added", name, after=self._said(node))
                continue
            if name in old_of:
                yield Change("renamed", name, before=old_of[name], after=name)
            yield from self._nodes(old, node, renamed)
        for own in dict.fromkeys(own for each in (before, after) for own, _ in each.ties):
            yield from _changed(
                own, "tied to", *(dict(each.ties).get(own, "") for each in (before, after))
            )
        inits = [
            {pattern: _init(name, arguments) for pattern, name, arguments in each.inits}
            for each in (before, after)
        ]
        for pattern in dict.fromkeys((*inits[0], *inits[1])):
            yield from _changed(pattern, "init", *(each.get(pattern, "") for each in inits))
        for name in dict.fromkeys((*before.results, *after.results)):
            was, now = _refs(before.results.get(name), renamed), _refs(after.results.get(name), {})
            if was != now:
                yield Change("wiring", f"output {name or 'output'}", was, now, "it")

    def _inputs(self, before: Graph, after: Graph) -> Iterator[Change]:
        for name in dict.fromkeys((*before.inputs, *after.inputs)):
            was, now = _fed(before.inputs.get(name)), _fed(after.inputs.get(name))
            if not was and now:
                yield Change("added", name, after=f"an input {now}")
            elif was and not now:
                yield Change("removed", name, before=f"an input {was}")
            elif was != now:
                yield Change("size", name, was, now, "input")

    def _nodes(self, before: Node, after: Node, renamed: Mapping[str, str]) -> Iterator[Change]:
        name = after.name
        if before.block != after.block:
            yield Change("block", name, before.block, after.block)
        if before.copies != after.copies or before.repeated != after.repeated:
            yield Change("copies", name, f"{before.copies:,}", f"{after.copies:,}")
        for port in dict.fromkeys((*before.sources, *after.sources)):
            was, now = _refs(before.sources.get(port), renamed), _refs(after.sources.get(port), {})
            if was != now:
                yield Change("wiring", name, was, now, port)
        yield from _changed(name, "share", before.share, after.share)
        yield from _changed(
            name, "parallel", *(str(each.parallel).lower() for each in (before, after))
        )
        yield from _changed(name, "scan", _scanned(before), _scanned(after))
        for start, stop, old, new in _aligned(before.runs, after.runs):
            path = name
            if after.repeated and before.repeated:
                path = f"{name}.{start}" + (f"-{stop - 1}" if stop - start > 1 else "")
            yield from self._runs(path, old, new, before.block == after.block)

    def _runs(self, path: str, before: Run, after: Run, is_one_block: bool) -> Iterator[Change]:
        told: list[Change] = []
        if is_one_block:
            told = [
                Change("setting", path, texts[0], texts[1], setting)
                for setting in dict.fromkeys((*before.settings, *after.settings))
                if (texts := _texts(setting, before, after))
            ]
        yield from told
        old, new = before.element, after.element
        if old is new:
            return
        if isinstance(old, Graph) and isinstance(new, Graph):
            # What its settings make of a block's inside is known to who knows the block.
            if told and self._is_shipped(old) and self._is_shipped(new):
                return
            if is_one_block or set(old.nodes) & set(new.nodes):
                for each in self.graphs(old, new):
                    is_input = each.path in new.inputs or each.path in old.inputs
                    if not (is_input and "." not in each.path and each.kind == "size"):
                        yield Change(
                            each.kind, f"{path}.{each.path}", each.before, each.after, each.what
                        )
            return
        for port in dict.fromkeys((*old.outputs, *new.outputs)):
            sizes = _fed(old.outputs.get(port)), _fed(new.outputs.get(port))
            if sizes[0] != sizes[1] and all(sizes):
                yield Change("size", path, *sizes, what=port)

    def _is_shipped(self, graph: Graph) -> bool:
        """Whether a composite is a block of netwright or of a plugin, in a file of its own."""
        files = [root.place.source.name for root in self._roots if root.place is not None]
        place = graph.place
        return place is not None and not any(within(place.source.name, each) for each in files)

    def _renamed(self, before: Graph, after: Graph) -> Iterator[tuple[str, str]]:
        """Nodes that only bear another name: alike, beside the same, and no other is like them."""
        lost = [each for name, each in before.nodes.items() if name not in after.nodes]
        found = [each for name, each in after.nodes.items() if name not in before.nodes]
        kinds = [[_kind(each) for each in group] for group in (lost, found)]
        for node, kind in zip(lost, kinds[0], strict=True):
            if kinds[0].count(kind) == 1 == kinds[1].count(kind):
                other = found[kinds[1].index(kind)].name
                if _around(before, node.name) & _around(after, other):
                    yield node.name, other

    def _said(self, node: Node) -> str:
        parts = [f"{node.copies:,} × {node.block}" if node.copies > 1 else node.block]
        parts += [
            f"{name} {text}"
            for name, value in node.runs[0].settings.items()
            if (text := value_text(value))
        ]
        parts.append(long_count(self._counter.node(node).parameters))
        return prose(", ".join(filter(None, parts)), 200)


def _kind(node: Node) -> object:
    """What two nodes have in common that are the same but for their names, and for sizes."""
    return (
        node.block,
        node.copies,
        tuple(
            (
                tuple((name, value_text(value)) for name, value in run.settings.items()),
                tuple(name for name, fed in run.element.inputs.items() if fed is not None),
                tuple(run.element.nodes) if isinstance(run.element, Graph) else (),
            )
            for run in node.runs
        ),
    )


def _around(graph: Graph, name: str) -> set[tuple[str, str]]:
    """What a node reads, and what reads it."""
    reads = {("reads", each) for each in _names(graph.nodes[name].sources)}
    return (
        reads
        | {
            ("read by", other)
            for other, node in graph.nodes.items()
            if name in _names(node.sources)
        }
        | {("read by", "") for result in graph.results.values() if name in _names({"": result})}
    )


def _names(sources: Mapping[str, Ref | tuple[Ref, ...]]) -> set[str]:
    refs = (source if isinstance(source, tuple) else (source,) for source in sources.values())
    return {ref.node for each in refs for ref in each}


def _aligned(before: Sequence[Run], after: Sequence[Run]) -> Iterator[tuple[int, int, Run, Run]]:
    """Copies of the same numbers: from, to, and the runs in which both stand."""
    left, right = list(before), list(after)
    start = ends_left = ends_right = 0
    at_left = at_right = -1
    while True:
        if ends_left == start:
            at_left += 1
            if at_left == len(left):
                return
            ends_left += left[at_left].times
        if ends_right == start:
            at_right += 1
            if at_right == len(right):
                return
            ends_right += right[at_right].times
        stop = min(ends_left, ends_right)
        yield start, stop, left[at_left], right[at_right]
        start = stop


def _texts(setting: str, before: Run, after: Run) -> tuple[str, str] | None:
    """A setting in both, as it works: one that is not written has its default. None if equal."""
    values = [_worth(setting, each) for each in (before, after)]
    texts = value_text(values[0]), value_text(values[1])
    return texts if texts[0] != texts[1] else None


def _changed(path: str, what: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change("setting", path, before, after, what)


def _init(name: str, arguments: Sequence[tuple[str, Any]]) -> str:
    return " ".join([name, *(f"{key} {value_text(value)}" for key, value in arguments)])


def _scanned(node: Node) -> str:
    scan = node.scan
    return "" if scan is None else f"over {', '.join(scan.over)} along dim {scan.dim}"


def _worth(setting: str, run: Run) -> Any:
    if setting in run.settings:
        return run.settings[setting]
    block: Block | None = run.element.block if isinstance(run.element, Leaf) else None
    if block is not None:
        return block.settings().get(setting)
    element: Element = run.element
    return element.params.get(setting) if isinstance(element, Graph) else None


def _refs(source: Ref | tuple[Ref, ...] | None, renamed: Mapping[str, str]) -> str:
    if source is None:
        return ""
    refs = source if isinstance(source, tuple) else (source,)
    return ", ".join(
        ".".join(
            filter(
                None,
                (
                    renamed.get(each.node, each.node),
                    "" if each.copy is None else str(each.copy),
                    each.port,
                ),
            )
        )
        for each in refs
    )


def _fed(fed: Fed) -> str:
    if fed is None:
        return ""
    if isinstance(fed, Tensor):
        shape = f"[{', '.join(map(pretty, fed.sizes))}]"
        return shape if fed.dtype == "float" else f"{shape} {fed.dtype}"
    return ", ".join(map(_fed, fed))


def _equal(before: Size, after: Size) -> bool:
    # Comparing symbolic sizes may be undecided, which raises.
    if isinstance(before, Symbolic) or isinstance(after, Symbolic):
        return pretty(before) == pretty(after)
    return before == after
