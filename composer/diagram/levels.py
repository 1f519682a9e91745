"""A picture that is opened and closed while it is looked at: each composite, laid out by itself.

Whoever shows it puts the inside of a composite where its box stands, and moves the rest away. Equal
composites are one level, so that a network has few of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from netwright.composer.counting import fixing
from netwright.composer.diagram.changes import changed_scene, merged
from netwright.composer.diagram.heats import level_of, scale
from netwright.composer.diagram.layout import SECONDS, layout
from netwright.composer.diagram.scene import Box, Cluster, Entry, Scene
from netwright.composer.diagram.staging import Closed, Staged, staged
from netwright.composer.diagram.view import View
from netwright.composer.differing import difference
from netwright.composer.graph import Graph, Ref

MOST_LEVELS = 400
"""Composites that are found first are there to be opened, deeper ones of larger networks are not."""
MOST_COPIES = 64
"""More copies than that are not shown one by one."""


@dataclass(frozen=True, slots=True)
class Level:
    """The inside of a composite, or the copies of a node one by one.

    scene: laid out; the ids in it are paths from the composite. opens: box -> the level that is
    its inside. copies: box -> the level that shows its copies, whose ids begin where the box's do.
    """

    scene: Scene
    opens: dict[str, int]
    copies: dict[str, int]


@dataclass(frozen=True, slots=True)
class Levels:
    """All levels, the network first. opened, unfolded, lit: what is shown so at first, by path."""

    levels: tuple[Level, ...]
    legend: tuple[Entry, ...]
    opened: tuple[str, ...]
    unfolded: tuple[str, ...]
    lit: tuple[str, ...]


def levels_of(
    graph: Graph, view: View, seconds: float = SECONDS, since: Graph | None = None
) -> Levels:
    """The levels of a network. At first it is shown as the view asks. Errors are those of `scene`.

    since: another network, from which the differences are marked.
    """
    if since is None:
        first = staged((graph,), view, fixing(graph, view.shapes)).scene
    else:
        first = changed_scene(since, graph, view)
    made = _Making(graph, view, seconds, since).all()
    opened = {cluster.id for cluster in first.clusters}
    copies = {box.id for box in first.boxes} | opened
    unfolded: list[str] = []
    waiting = [(made[0], "")]
    while waiting:
        level, prefix = waiting.pop()
        for box in level.scene.boxes:
            path = f"{prefix}{box.id}"
            head, _, last = path.rpartition(".")
            first_copy = f"{head}.{last.partition('-')[0]}"
            if box.id in level.copies and path not in copies and first_copy in copies:
                unfolded.append(path)
                waiting.append((made[level.copies[box.id]], prefix))
            elif box.id in level.opens and path in opened:
                waiting.append((made[level.opens[box.id]], f"{path}."))
    entries: dict[tuple[str, str], Entry] = {}
    for level in made:
        for entry in level.scene.legend:
            entries.setdefault((entry.sample, entry.key), entry)
    for entry in first.legend:
        if entry.sample == "lit":
            entries[entry.sample, entry.key] = entry
    drawn: list[Box | Cluster] = [*first.boxes, *first.clusters]
    lit = [each.id for each in drawn if each.lit]
    listed = tuple(sorted(entries.values(), key=lambda entry: _ORDER.index(entry.sample)))
    return Levels(tuple(made), listed, tuple(sorted(opened)), tuple(unfolded), tuple(lit))


_ORDER = (
    "mark",
    "heat",
    "hue",
    "composite",
    "edge",
    "copies",
    "scan",
    "unknown",
    "sometimes",
    "lit",
)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A composite that differs from what it was."""

    olds: tuple[Graph, ...]
    news: tuple[Graph, ...]


_Asked: TypeAlias = "tuple[Graph, ...] | Closed | _Pair"


class _Making:
    """Makes levels, and keeps those that were made or are waited for.

    Equal composites are one level, but with heat only where they are there equally often.
    """

    def __init__(self, graph: Graph, view: View, seconds: float, since: Graph | None) -> None:
        self._view = replace(view, depth=1, expand=(), unfold=(), highlight=())
        self._seconds = seconds
        self._fix = fixing(graph, view.shapes)
        self._known: dict[tuple[int, ...], int] = {}
        self._waiting: list[tuple[_Asked, int]] = []
        if since is None:
            self._number((id(graph),), (graph,), 1)
        else:
            self._fix_old = fixing(since, view.shapes)
            self._pair((since,), (graph,), 1)

    def all(self) -> list[Level]:
        made: list[Level] = []
        counts: list[Mapping[str, int]] = []
        while len(made) < len(self._waiting):
            asked, times = self._waiting[len(made)]
            is_copies = isinstance(asked, Closed)
            before: Mapping[str, Closed] = {}
            match asked:
                case Closed():
                    found = self._one_by_one(asked, times)
                case _Pair():
                    found, before = self._compared(asked, times)
                case _:
                    found = staged(asked, self._view, self._fix, times)
            made.append(self._level(found, before, times, is_copies))
            counts.append(found.counts)
        if self._view.heat is not None:
            most = max((each for level in counts for each in level.values()), default=0)
            shown = scale(self._view.heat, most)
            made = [_warmed(*each, most, shown) for each in zip(made, counts, strict=True)]
        return [
            replace(each, scene=layout(each.scene, self._seconds, in_rows=False)) for each in made
        ]

    def _compared(self, pair: _Pair, times: int) -> tuple[Staged, Mapping[str, Closed]]:
        """A composite with its differences, and what its boxes stood for before."""
        old = staged(pair.olds, self._view, self._fix_old, times)
        new = staged(pair.news, self._view, self._fix, times)
        changes = difference(pair.olds[0], pair.news[0]).changes
        scene, theirs = merged(old.scene, new.scene, changes)
        before = {theirs[box]: closed for box, closed in old.boxes.items() if box in theirs}
        return Staged(scene, new.boxes, new.counts), before

    def _pair(self, olds: tuple[Graph, ...], news: tuple[Graph, ...], times: int) -> int | None:
        key = (-1, *map(id, olds), -1, *map(id, news))
        return self._number(key, _Pair(olds, news), times)

    def _level(
        self, found: Staged, before: Mapping[str, Closed], times: int, is_copies: bool
    ) -> Level:
        """A level that is not laid out yet. before: what boxes were, where that is compared."""
        opens: dict[str, int | None] = {}
        copies: dict[str, int | None] = {}
        for box in found.scene.boxes:
            was = before.get(box.id)
            stands = found.boxes.get(box.id, was)
            if stands is None:
                continue
            node = stands.stretch.node
            inner = _graphs(stands)
            if inner and node.share in ("", node.name):
                each = times * (box.times if len(inner) == 1 else 1)
                olds = _graphs(was) if was is not None and was is not stands else ()
                if olds and difference(olds[0], inner[0]):
                    opens[box.id] = self._pair(olds, inner, each)
                    continue  # of copies that differ from what they were, none is shown by itself
                opens[box.id] = self._number(tuple(map(id, inner)), inner, each)
            if not is_copies and box.times > 1 and node.copies <= MOST_COPIES and not node.share:
                key = (id(node), stands.stretch.start)
                copies[box.id] = self._number(key, stands, times)
        return Level(
            found.scene,
            {box: level for box, level in opens.items() if level is not None},
            {box: level for box, level in copies.items() if level is not None},
        )

    def _number(self, key: tuple[int, ...], asked: _Asked, times: int) -> int | None:
        key = (*key, -times) if self._view.heat is not None else key
        if key not in self._known:
            if len(self._waiting) == MOST_LEVELS:
                return None
            self._known[key] = len(self._waiting)
            self._waiting.append((asked, times))  # kept, so that no other has its id
        return self._known[key]

    def _one_by_one(self, closed: Closed, times: int) -> Staged:
        """The copies of a stretch: of a network of nothing but its node, those boxes."""
        node = closed.stretch.node
        element = node.runs[0].element
        # No node is called so: names have no space.
        inputs = {f"input {port}": fed for port, fed in element.inputs.items() if fed is not None}
        alone = replace(
            node,
            sources={
                port: Ref(f"input {port}") for port in node.sources if f"input {port}" in inputs
            },
            zipped=frozenset(),
            when=None,
            otherwise={},
        )
        graph = Graph(
            name=node.name,
            title="",
            description="",
            inputs=inputs,
            nodes={node.name: alone},
            results={port: Ref(node.name, port) for port in alone.outputs},
            form="dict",
            outputs=alone.outputs,
            place=node.place,
        )
        found = staged((graph,), replace(self._view, unfold=(node.name,)), self._fix, times)
        here = range(closed.stretch.start, closed.stretch.stop)
        copies = {box: each for box, each in found.boxes.items() if each.stretch.start in here}
        read = {edge.source for edge in found.scene.edges if edge.target in copies}
        made = {edge.target for edge in found.scene.edges if edge.source in copies}
        boxes = tuple(
            box
            for box in found.scene.boxes
            if box.id in copies or (box.id not in found.boxes and box.id in read | made)
        )
        ids = {box.id for box in boxes}
        edges = tuple(
            edge for edge in found.scene.edges if edge.source in ids and edge.target in ids
        )
        counts = {box: found.counts[box] for box in copies if box in found.counts}
        return Staged(replace(found.scene, boxes=boxes, edges=edges), copies, counts)


def _graphs(closed: Closed) -> tuple[Graph, ...]:
    return tuple(run.element for run in closed.runs if isinstance(run.element, Graph))


def _warmed(level: Level, counts: Mapping[str, int], most: int, shown: Entry) -> Level:
    """With colours that compare boxes over the whole network."""
    boxes = tuple(
        replace(box, heat=level_of(counts[box.id], most)) if box.id in counts else box
        for box in level.scene.boxes
    )
    legend = tuple(shown if entry.sample == "heat" else entry for entry in level.scene.legend)
    return replace(level, scene=replace(level.scene, boxes=boxes, legend=legend))
