"""From a graph to a scene: which boxes, clusters and edges there are, and what they say."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from netwright.composer.counting import Counter, Fix, fixing
from netwright.composer.diagram.ascent import climbing
from netwright.composer.diagram.boxes import Maker, evened
from netwright.composer.diagram.describe import Words, long_count, prose, short_count
from netwright.composer.diagram.heats import Warmth
from netwright.composer.diagram.legend import legend
from netwright.composer.diagram.measure import legible, shorten, width
from netwright.composer.diagram.openings import Openings
from netwright.composer.diagram.pointing import pointed_out
from netwright.composer.diagram.runs import Folder, Stretch, tensor_of
from netwright.composer.diagram.scene import EDGE, Box, Cluster, Edge, EdgeKind, Scene
from netwright.composer.diagram.view import View
from netwright.composer.diagram.wires import (
    Key,
    Wire,
    jumps,
    key,
    merged,
    output_of,
    passes,
    seen,
    standing,
    wires,
)
from netwright.composer.graph import Graph, Leaf, Node, Ref, Run
from netwright.specs.problems import Problem, RenderError, shown
from netwright.specs.tensors import FLOATING, Tensor

LONGEST_LABEL = 150.0

# Of an element that is drawn: input -> the boxes that read it, or output -> the boxes that make it.
_Ends = Mapping[str, tuple[str, ...]]


def scene(graph: Graph, view: View | None = None) -> Scene:
    """What a diagram of the graph shows.

    Where that would be more boxes than can be drawn, fewer composites are opened; `notice` says
    what is not shown. Raises SpecError for a shape that does not fit, RenderError for a pattern
    that means nothing in this network, or for a heat that cannot be computed.
    """
    view = view or View()
    return staged((graph,), view, fixing(graph, view.shapes)).scene


@dataclass(frozen=True, slots=True)
class Closed:
    """What a box stands for: the stretch of its node, and the runs that are drawn as one with it."""

    stretch: Stretch
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Staged:
    """A scene, what its boxes stand for, and what was counted for their heat, by their ids."""

    scene: Scene
    boxes: Mapping[str, Closed]
    counts: Mapping[str, int]


def staged(graphs: Sequence[Graph], view: View, fix: Fix, times: int = 1) -> Staged:
    """The scene of a graph, and of those that differ from it in numbers only; errors as of `scene`.

    fix: puts the view's numbers for symbolic sizes. times: how often all of it is there.
    """
    graph = graphs[0]
    folder = Folder()
    counter = Counter()
    openings = Openings(graph, view, folder)
    warmth = Warmth(graph, view.heat, counter, fix)
    make = Maker(Words(fix), counter, fix, view.flops)
    stage = _Stage(Words(fix), make, openings, warmth, view.is_across)
    stage.network(graphs, times)
    stage.tie()
    if openings.unused:
        raise _nothing_there(openings.unused[0], stage)
    boxes, clusters = pointed_out(view.highlight, stage.boxes, stage.clusters)
    boxes = warmth.shown(boxes)
    numbers = ", ".join(f"{legible(name)}={size}" for name, size in view.shapes.items())
    totals = counter.totals(graph)
    flops = short_count(fix(totals.flops)) if view.flops or view.heat == "flops" else ""
    unknown = _unknown(boxes)
    count = long_count(totals.parameters)
    facts = (
        f"at least {count}" if unknown and count else count,
        f"{flops} FLOPs" if flops else "",
        numbers,
    )
    summary = prose(graph.description).partition("\n")[0]
    edges = tuple(stage.edges)
    if not view.is_across:
        edges = climbing(stage.boxes, edges, stage.tensors)
    found = Scene(
        title=legible(graph.name),
        subtitles=tuple(line for line in (summary, " · ".join(filter(None, facts))) if line),
        description=prose(graph.description),
        notice=" ".join(filter(None, (unknown, openings.notice))),
        direction=view.direction,
        boxes=boxes if view.is_across else evened(boxes),
        clusters=clusters,
        edges=edges,
        legend=legend(boxes, clusters, edges, warmth),
    )
    return Staged(found, stage.closed, warmth.counts)


def _unknown(boxes: Sequence[Box]) -> str:
    """What is said of a network of which parts are not known."""
    paths = [box.id for box in boxes if box.unknown]
    listed = ", ".join(paths[:4]) + (", …" if len(paths) > 4 else "")
    return f"Not known, with all that reads them: {listed}." if paths else ""


def _nothing_there(pattern: str, stage: _Stage) -> RenderError:
    opened = [box.id for box in stage.boxes if box.kind == "composite"]
    opened += [cluster.id for cluster in stage.clusters]
    listed = ", ".join(opened[:8]) + (", …" if len(opened) > 8 else "")
    return RenderError(
        Problem(
            "NW606",
            f"{shown(pattern)} is no composite or repeated node of what is drawn",
            help=f"there are {listed}" if opened else "there are none",
        )
    )


class _Stage:
    """Boxes, clusters and edges while they are gathered."""

    def __init__(
        self, words: Words, make: Maker, openings: Openings, warmth: Warmth, is_across: bool
    ) -> None:
        self.boxes: list[Box] = []
        self.clusters: list[Cluster] = []
        self.edges: list[Edge] = []
        self.tensors: list[Tensor | None] = []
        """What goes along each edge; None where it is a tie."""
        self.closed: dict[str, Closed] = {}
        self._make = make
        self._words = words
        self._openings = openings
        self._warmth = warmth
        self._is_across = is_across
        self._ties: list[tuple[str, Graph, str, str]] = []
        self._shares: list[tuple[str, str]] = []
        """Where a module is used again, and the node that has it."""

    def network(self, graphs: Sequence[Graph], times: int) -> None:
        """The whole network, with boxes for its inputs and outputs."""
        graph = graphs[0]
        for name, fed in graph.inputs.items():
            if fed is not None:
                note = "optional" if name in graph.optional else ""
                feds = [each.inputs[name] for each in graphs]
                self.boxes.append(self._make.terminal("input", name, name, feds, note))
        _, exits = self._level(graphs, "", "", 1, times)
        for name, result in graph.results.items():
            box = f"output {name or 'output'}"
            made = [
                tuple(tensor_of(each, ref) for ref in seen(each, each.results[name]))
                for each in graphs
            ]
            self.boxes.append(self._make.terminal("output", box, name or "output", made))
            for ref, may_lack in standing(graph, result):
                kind: EdgeKind = "optional" if may_lack else "flow"
                label = self._tensors([tensor_of(each, ref) for each in graphs])
                for source in exits[ref]:
                    self._edge(source, box, kind, label, tensor=tensor_of(graph, ref))

    def tie(self) -> None:
        """Edges between the boxes that hold tied parameters, once all boxes are known."""
        drawn: set[tuple[str, str]] = set()
        known = {box.id for box in self.boxes}
        for prefix, graph, own, other in self._ties:
            ends = (
                self._box_of(known, prefix, graph, own),
                self._box_of(known, prefix, graph, other),
            )
            if ends[0] != ends[1] and ends not in drawn:
                drawn.add(ends)
                self._edge(*ends, "tie", "tied", tooltip=f"{prefix}{own} is {prefix}{other}")
        for own, other in self._shares:
            at: str | None = other
            if other not in known:
                at = next((box.id for box in self.boxes if box.id.startswith(f"{other}.")), None)
            if at is not None:
                self._edge(own, at, "tie", "shared", tooltip=f"{own} is the module of {other}")

    def _level(
        self, graphs: Sequence[Graph], prefix: str, cluster: str, level: int, times: int
    ) -> tuple[_Ends, Mapping[Ref, tuple[str, ...]]]:
        """The nodes of a graph and the edges between them.

        graphs: it and those that differ from it in numbers only, which are drawn as one with it.
        times: how often all of it is there. Returns what reads each input from outside, and what
        makes whatever `results` refer to.
        """
        graph = graphs[0]
        folded = [
            {
                name: () if passes(node) else self._openings.stretches(node, prefix)
                for name, node in each.nodes.items()
            }
            for each in graphs
        ]
        here = list(wires(graph, folded[0]))
        found_jumps = jumps(here)
        alike = [list(wires(*each)) for each in zip(graphs[1:], folded[1:], strict=True)]
        tensors = {
            replace(wire, copy=None): [
                tensor
                for each in (wire, *(row[at] for row in alike))
                for tensor in (each.tensor, *each.more)
            ]
            for at, wire in enumerate(here)
        }
        readers = collections.Counter(wire.source for wire in here)
        results = [
            ref
            for result in graph.results.values()
            for ref, may_lack in standing(graph, result)
            if not cluster or not may_lack or ref in seen(graph, result)
        ]
        readers.update(key(graph, folded[0], ref) for ref in results if ref.node in graph.inputs)

        makes: dict[Key, _Ends] = {}
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

        reads: dict[Key, _Ends] = {}
        for name, stretches in folded[0].items():
            for number, stretch in enumerate(stretches):
                runs = [run for each in folded for run in each[name][number].runs]
                ends = self._stretch(stretch, runs, prefix, cluster, level, times)
                reads[name, number], makes[name, number] = ends

        for wire, copies in merged(here).items():
            targets = reads[wire.target].get(wire.input, ())
            if wire.source not in makes:  # drawn from further out, straight to its only reader
                entries[wire.source[0]] = targets
                continue
            kind: EdgeKind = "skip" if (wire.source, wire.target) in found_jumps else "flow"
            if wire.tensor.dtype not in FLOATING:
                kind = "side"
            if wire.optional or wire.source[0] in graph.optional:
                kind = "optional"
            label = ""
            if wire.source[0] not in entries:
                stretches = folded[0].get(wire.source[0], ())
                label = self._label(stretches, wire, copies, tensors[wire])
            for source in makes[wire.source].get(wire.output, ()):
                for target in targets:
                    self._edge(source, target, kind, label, tensor=wire.tensor)

        self._ties += [(prefix, graph, own, other) for own, other in graph.ties]
        made = {
            ref: makes[key(graph, folded[0], ref)].get(output_of(graph, ref), ()) for ref in results
        }
        return entries, made

    def _stretch(
        self,
        stretch: Stretch,
        runs: Sequence[Run],
        prefix: str,
        cluster: str,
        level: int,
        times: int,
    ) -> tuple[_Ends, _Ends]:
        """A stretch of a node: a box, or a cluster and what is in it. Returns inputs and outputs."""
        node, element = stretch.node, runs[0].element
        path = f"{prefix}{stretch.name}"
        again = node.share not in ("", node.name)
        if again:
            self._shares.append((path, f"{prefix}{node.share}"))
        copies = times * (stretch.times if len(stretch.runs) == 1 else 1)
        if (
            isinstance(element, Leaf)
            or again
            or not self._openings.opens(element, path, node.block, level)
        ):
            box = self._make.box(stretch, runs, path, cluster)
            self.boxes.append(box)
            self.closed[path] = Closed(stretch, tuple(runs))
            self._warmth.add(box, stretch, runs, copies)
            return (
                dict.fromkeys(element.inputs, (path,)),
                dict.fromkeys(element.outputs, (path,)),
            )
        self.clusters.append(self._make.cluster(stretch, runs, path, cluster))
        graphs = [run.element for run in runs if isinstance(run.element, Graph)]
        entries, made = self._level(graphs, f"{path}.", path, level + 1, copies)
        exits = {
            name: tuple(box for ref in seen(element, result) for box in made[ref])
            for name, result in element.results.items()
        }
        return entries, exits

    def _label(
        self,
        stretches: Sequence[Stretch],
        wire: Wire,
        copies: Sequence[int | None],
        tensors: Sequence[Tensor],
    ) -> str:
        """The sizes, and which copies of a stretch are read if it is not the last one."""
        label = self._tensors(tensors)
        joint = "\n" if self._is_across else " "
        if any(copy is not None for copy in copies):
            stretch = stretches[wire.source[1]]
            if len(set(copies)) < stretch.times:
                last = stretch.stop - 1
                listed = ", ".join(str(last if copy is None else copy) for copy in copies)
                return f"{'copy' if len(copies) == 1 else 'copies'} {listed}:{joint}{label}"
        return label if len(copies) == 1 else f"{len(copies)} ×{joint}{label}"

    def _tensors(self, tensors: Sequence[Tensor]) -> str:
        return self._words.tensors(tensors, 0 if self._is_across else LONGEST_LABEL, EDGE.size)

    def _edge(
        self,
        source: str,
        target: str,
        kind: EdgeKind,
        label: str,
        tooltip: str = "",
        tensor: Tensor | None = None,
    ) -> None:
        lines = [shorten(line, 2 * LONGEST_LABEL, EDGE.size) for line in label.split("\n")]
        whole = label.replace("\n", ", ")
        tooltip = tooltip or "\n".join(filter(None, (f"{source} → {target}", whole)))
        wide = max(width(line, EDGE.size) for line in lines)
        self.edges.append(Edge(source, target, kind, "\n".join(lines), wide, tooltip))
        self.tensors.append(tensor)

    def _box_of(self, known: set[str], prefix: str, graph: Graph, path: str) -> str:
        """The box that holds the parameter at this path from a graph."""
        names = path.split(".")
        while True:
            node = graph.nodes[names.pop(0)]
            stretch = self._with(node, prefix, names)
            box = f"{prefix}{stretch.name}"
            element = stretch.runs[0].element
            if box in known or isinstance(element, Leaf):
                return box
            prefix, graph = f"{box}.", element

    def _with(self, node: Node, prefix: str, names: list[str]) -> Stretch:
        """The stretch of the copy that comes first in the names, which is taken from them."""
        copy = int(names.pop(0)) if node.repeated and not node.share else 0
        stretches = self._openings.stretches(node, prefix)
        return next(each for each in stretches if copy < each.stop)
