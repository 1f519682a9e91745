"""From a graph to a scene: which boxes, clusters and edges there are, and what they say."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netwright.composer.counting import Counter, fixing
from netwright.composer.diagram.boxes import Maker, evened
from netwright.composer.diagram.census import Census
from netwright.composer.diagram.describe import Words, long_count, prose
from netwright.composer.diagram.measure import legible, shorten, width
from netwright.composer.diagram.runs import run_name, run_of, tensor_of
from netwright.composer.diagram.scene import EDGE, Box, Cluster, Direction, Edge, EdgeKind, Scene
from netwright.composer.graph import Graph, Leaf, Node, Ref
from netwright.specs.tensors import FLOATING, Tensor

MOST_BOXES = 2000
LONGEST_LABEL = 200.0

# Of an element that is drawn: input -> the boxes that read it, or output -> the boxes that make it.
_Ends = Mapping[str, tuple[str, ...]]

# Where a wire ends at one level: an input (run -1), or a run of a node.
_Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Wire:
    """What one input of one run of a node reads, at one level of the graph."""

    source: _Key
    output: str
    target: _Key
    input: str
    tensor: Tensor
    copy: int | None
    """The copy that is read, where it is not the last of its run."""


def scene(
    graph: Graph,
    depth: int | None = None,
    shapes: Mapping[str, int] | None = None,
    direction: Direction = "TB",
) -> Scene:
    """What a diagram of the graph shows.

    depth: how many levels of composites are opened (1: none); None: all. Where that makes more than
    MOST_BOXES boxes, fewer are, and the notice says so. shapes: numbers for symbolic sizes.
    Raises SpecError for a name or a number that does not fit.
    """
    census = Census(graph)
    opened = census.depth(depth, MOST_BOXES)
    counter = Counter()
    stage = _Stage(Words(fixing(graph, shapes or {})), counter, opened)
    stage.network(graph)
    stage.tie()
    numbers = ", ".join(f"{legible(name)} = {size}" for name, size in (shapes or {}).items())
    facts = (long_count(counter.totals(graph).parameters), numbers)
    summary = prose(graph.description).partition("\n")[0]
    return Scene(
        title=legible(graph.name),
        subtitles=tuple(line for line in (summary, " · ".join(filter(None, facts))) if line),
        description=prose(graph.description),
        notice=census.notice(depth, opened),
        direction=direction,
        boxes=evened(stage.boxes),
        clusters=tuple(stage.clusters),
        edges=tuple(stage.edges),
    )


class _Stage:
    """Boxes, clusters and edges while they are gathered."""

    def __init__(self, words: Words, counter: Counter, depth: int) -> None:
        self.boxes: list[Box] = []
        self.clusters: list[Cluster] = []
        self.edges: list[Edge] = []
        self._make = Maker(words, counter)
        self._words = words
        self._depth = depth
        self._ties: list[tuple[str, Graph, str, str]] = []
        self._shares: list[tuple[str, str]] = []
        """Where a module is used again, and the node that has it."""

    def network(self, graph: Graph) -> None:
        """The whole network, with boxes for its inputs and outputs."""
        for name, fed in graph.inputs.items():
            if fed is not None:
                self.boxes.append(self._make.terminal("input", name, name, fed))
        _, exits = self._level(graph, "", "", 1)
        for name, result in graph.results.items():
            refs = _seen(graph, result)
            name = name or "output"
            box = f"output {name}"
            tensors = tuple(tensor_of(graph, ref) for ref in refs)
            self.boxes.append(self._make.terminal("output", box, name, tensors))
            for ref, tensor in zip(refs, tensors, strict=True):
                for source in exits[ref]:
                    self._edge(source, box, "flow", self._words.tensor(tensor))

    def tie(self) -> None:
        """Edges between the boxes that hold tied parameters, once all boxes are known."""
        known = {box.id for box in self.boxes}
        drawn: set[tuple[str, str]] = set()
        for prefix, graph, own, other in self._ties:
            ends = (_box_of(known, prefix, graph, own), _box_of(known, prefix, graph, other))
            if ends[0] != ends[1] and ends not in drawn:
                drawn.add(ends)
                self._edge(*ends, "tie", "tied", tooltip=f"{prefix}{own} is {prefix}{other}")
        for own, other in self._shares:
            at = next((each for each in known if each == other), None) or next(
                (box.id for box in self.boxes if box.id.startswith(f"{other}.")), None
            )
            if at is not None:
                self._edge(own, at, "tie", "shared", tooltip=f"{own} is the module of {other}")

    def _level(
        self, graph: Graph, prefix: str, cluster: str, level: int
    ) -> tuple[_Ends, Mapping[Ref, tuple[str, ...]]]:
        """The nodes of a graph and the edges between them.

        Returns what reads each input from outside, and what makes whatever `results` refer to.
        """
        wires = list(_wires(graph))
        jumps = _jumps(wires)
        readers = collections.Counter(wire.source for wire in wires)
        results = [ref for result in graph.results.values() for ref in _seen(graph, result)]
        readers.update(_key(graph, ref) for ref in results if ref.node in graph.inputs)

        makes: dict[_Key, _Ends] = {}
        entries: dict[str, tuple[str, ...]] = {}
        for name, fed in graph.inputs.items():
            if not cluster and fed is not None:
                makes[name, -1] = {"": (name,)}
            elif (fed is not None and readers[name, -1] != 1) or any(
                ref.node == name for ref in results
            ):
                port = self._make.port(f"{prefix}{name}", name, cluster)
                self.boxes.append(port)
                makes[name, -1] = {"": (port.id,)}
                entries[name] = (port.id,)

        reads: dict[_Key, _Ends] = {}
        for node in graph.nodes.values():
            for number in range(0 if _passes(node) else len(node.runs)):
                key = (node.name, number)
                reads[key], makes[key] = self._run(node, number, prefix, cluster, level)

        for wire, copies in _merged(wires).items():
            targets = reads[wire.target].get(wire.input, ())
            if wire.source not in makes:  # drawn from further out, straight to its only reader
                entries[wire.source[0]] = targets
                continue
            kind: EdgeKind = "skip" if (wire.source, wire.target) in jumps else "flow"
            if wire.tensor.dtype not in FLOATING:
                kind = "side"
            label = "" if wire.source[0] in entries else self._label(graph, wire, copies)
            for source in makes[wire.source].get(wire.output, ()):
                for target in targets:
                    self._edge(source, target, kind, label)

        self._ties += [(prefix, graph, own, other) for own, other in graph.ties]
        made = {ref: makes[_key(graph, ref)].get(_output(graph, ref), ()) for ref in results}
        return entries, made

    def _run(
        self, node: Node, number: int, prefix: str, cluster: str, level: int
    ) -> tuple[_Ends, _Ends]:
        """A run of a node: a box, or a cluster and what is in it. Returns inputs and outputs."""
        element = node.runs[number].element
        path = f"{prefix}{run_name(node, number)}"
        again = node.share not in ("", node.name)
        if again:
            self._shares.append((path, f"{prefix}{node.share}"))
        if isinstance(element, Leaf) or again or level >= self._depth:
            self.boxes.append(self._make.box(node, number, path, cluster))
            return (
                dict.fromkeys(element.inputs, (path,)),
                dict.fromkeys(element.outputs, (path,)),
            )
        self.clusters.append(self._make.cluster(node, number, path, cluster))
        entries, made = self._level(element, f"{path}.", path, level + 1)
        exits = {
            name: tuple(box for ref in _seen(element, result) for box in made[ref])
            for name, result in element.results.items()
        }
        return entries, exits

    def _label(self, graph: Graph, wire: _Wire, copies: Sequence[int | None]) -> str:
        """The sizes, and which copies of a run are read if it is not the last one."""
        label = self._words.tensor(wire.tensor)
        if any(copy is not None for copy in copies):
            runs = graph.nodes[wire.source[0]].runs[: wire.source[1] + 1]
            if len(set(copies)) < runs[-1].times:
                last = sum(run.times for run in runs) - 1
                listed = ", ".join(str(last if copy is None else copy) for copy in copies)
                return f"{'copy' if len(copies) == 1 else 'copies'} {listed}: {label}"
        return label if len(copies) == 1 else f"{len(copies)} × {label}"

    def _edge(
        self, source: str, target: str, kind: EdgeKind, label: str, tooltip: str = ""
    ) -> None:
        label = shorten(label, LONGEST_LABEL, EDGE.size)
        tooltip = tooltip or f"{source} → {target}"
        self.edges.append(Edge(source, target, kind, label, width(label, EDGE.size), tooltip))


def _wires(graph: Graph) -> Iterator[_Wire]:
    for node in graph.nodes.values():
        if _passes(node):
            continue
        carried = {port: output for output, port in node.chained.items()}
        for number in range(len(node.runs)):
            target = (node.name, number)
            for port, source in node.sources.items():
                if number and port in carried:
                    output = carried[port]
                    tensor = node.runs[number - 1].element.outputs[output]
                    yield _Wire((node.name, number - 1), output, target, port, tensor, None)
                    continue
                if port in node.zipped and isinstance(source, Ref):
                    yield from _zipped(graph.nodes[source.node], source.port, node, number, port)
                    continue
                for ref in _seen(graph, source):
                    if ref.node in graph.inputs or ref.node in graph.nodes:
                        yield _Wire(
                            _key(graph, ref),
                            _output(graph, ref),
                            target,
                            port,
                            tensor_of(graph, ref),
                            _picked(graph, ref),
                        )


def _zipped(source: Node, output: str, node: Node, number: int, port: str) -> Iterator[_Wire]:
    """What the copies of one run read, each of the copy of its number: one wire for each run read."""
    first = sum(run.times for run in node.runs[:number])
    end = first + node.runs[number].times
    start = 0
    for at, run in enumerate(source.runs):
        if start < end and first < start + run.times:
            tensor = run.element.outputs[output]
            yield _Wire((source.name, at), output, (node.name, number), port, tensor, None)
        start += run.times


def _merged(wires: Iterable[_Wire]) -> dict[_Wire, list[int | None]]:
    """Wires that differ only in the copy that is read, as one with all those copies."""
    merged: dict[_Wire, list[int | None]] = {}
    for wire in wires:
        merged.setdefault(replace(wire, copy=None), []).append(wire.copy)
    return merged


def _seen(graph: Graph, source: Ref | tuple[Ref, ...]) -> tuple[Ref, ...]:
    """What is read there, seen through nodes that only pass on what they are given."""
    refs = (source,) if isinstance(source, Ref) else source
    return tuple(each for ref in refs for each in _through(graph, ref))


def _through(graph: Graph, ref: Ref) -> tuple[Ref, ...]:
    node = graph.nodes.get(ref.node)
    if node is None or not _passes(node):
        return (ref,)
    element = node.runs[0].element
    assert isinstance(element, Graph)
    result = element.results[ref.port]
    inputs = (result,) if isinstance(result, Ref) else result
    read = [node.sources[each.node] for each in inputs if each.node in node.sources]
    return tuple(each for source in read for each in _seen(graph, source))


def _passes(node: Node) -> bool:
    """Whether a node has nothing inside, such as a shortcut that keeps the shape."""
    element = node.runs[0].element
    return node.copies == 1 and isinstance(element, Graph) and not element.nodes


def _key(graph: Graph, ref: Ref) -> _Key:
    if ref.node in graph.inputs:
        return ref.node, -1
    node = graph.nodes[ref.node]
    return ref.node, len(node.runs) - 1 if ref.copy is None else run_of(node, ref.copy)


def _output(graph: Graph, ref: Ref) -> str:
    return "" if ref.node in graph.inputs else ref.port


def _picked(graph: Graph, ref: Ref) -> int | None:
    """The copy that is read, if it is one inside a run: the picture does not show which."""
    if ref.copy is None or ref.node in graph.inputs:
        return None
    node = graph.nodes[ref.node]
    last = sum(run.times for run in node.runs[: run_of(node, ref.copy) + 1]) - 1
    return None if ref.copy == last else ref.copy


def _jumps(wires: Iterable[_Wire]) -> set[tuple[_Key, _Key]]:
    """Of the pairs of ends, those with another way from the one to the other.

    Sets of ancestors are bits of an integer, so that a network of thousands of nodes costs nothing.
    Wires come in an order in which the nodes can run.
    """
    before: dict[_Key, dict[_Key, None]] = {}
    for wire in wires:
        before.setdefault(wire.target, {})[wire.source] = None
    bit: dict[_Key, int] = {}
    above: dict[_Key, int] = {}  # itself and all its ancestors
    jumps: set[tuple[_Key, _Key]] = set()
    for target, sources in before.items():
        for source in sources:
            if source not in above:
                bit[source] = above[source] = 1 << len(bit)
        once = twice = 0  # reached from one source, from several
        for source in sources:
            twice |= once & above[source]
            once |= above[source]
        jumps |= {(source, target) for source in sources if twice & bit[source]}
        bit[target] = 1 << len(bit)
        above[target] = once | bit[target]
    return jumps


def _box_of(known: set[str], prefix: str, graph: Graph, path: str) -> str:
    """The box that holds the parameter at this path from a graph."""
    names = path.split(".")
    while True:
        node = graph.nodes[names.pop(0)]
        number = run_of(node, int(names.pop(0))) if node.repeated and not node.share else 0
        box = f"{prefix}{run_name(node, number)}"
        element = node.runs[number].element
        if box in known or isinstance(element, Leaf):
            return box
        prefix, graph = f"{box}.", element
