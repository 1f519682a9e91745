"""Boxes and clusters: what stands in them, and how large that makes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf
from pathlib import PurePath
from typing import Literal, TypeAlias

from netwright.composer.counting import Counter, Fix
from netwright.composer.diagram.describe import Words, long_count, prose, ranged, short_count
from netwright.composer.diagram.measure import legible, shorten, width, wrap
from netwright.composer.diagram.palette import hue
from netwright.composer.diagram.runs import Stretch
from netwright.composer.diagram.scene import (
    COUNT,
    DETAIL,
    EDGE,
    NAME,
    PORT,
    Box,
    Cluster,
    Line,
)
from netwright.composer.elaborate.absent import Absent
from netwright.composer.graph import Fed, Graph, Leaf, Node, Run

# Points. The limit keeps a column of boxes within a column of a paper.
WIDEST = 168.0
NARROWEST = 84.0
PADDING = 9.0
ABOVE = 4.0
GAP = 10.0


class Maker:
    """Makes boxes; holds how sizes are written and what was counted and made so far."""

    def __init__(self, words: Words, counter: Counter, fix: Fix, flops: bool) -> None:
        self._words = words
        self._counter = counter
        self._fix = fix
        self._flops = flops
        self._boxes: dict[_Key, tuple[Box, str]] = {}
        self._clusters: dict[_Key, tuple[Cluster, str]] = {}

    def box(self, stretch: Stretch, runs: Sequence[Run], path: str, cluster: str) -> Box:
        """A stretch of a node that is drawn as one box; runs: with those that it stands for."""
        key = _key(stretch, runs)
        known = self._boxes.get(key)
        if known is None:
            known = self._boxes[key] = self._new_box(stretch, runs)
        box, told = known
        return replace(box, id=path, tooltip=prose(f"{path}{told}"), cluster=cluster)

    def _new_box(self, stretch: Stretch, runs: Sequence[Run]) -> tuple[Box, str]:
        """The box, wherever it stands, and what its tooltip says after its path."""
        node, element = stretch.node, runs[0].element
        settings = self._words.settings(runs)
        lines = [self._heading(stretch, runs)]
        if node.block != node.name:
            lines.append(Line(shorten(legible(node.block), WIDEST, DETAIL.size), DETAIL))
        lines += [Line(text, COUNT) for text in wrap(settings, WIDEST, COUNT.size, 2)]
        flops = self._operations(runs) if self._flops else ""
        if flops:
            lines.append(Line(shorten(flops, WIDEST, COUNT.size), COUNT))
        unknown = isinstance(element, Leaf) and isinstance(element.block, Absent)
        family = family_of(element) if isinstance(element, Leaf) and not unknown else ""
        box = boxed(
            Box(
                id="",
                kind="leaf" if isinstance(element, Leaf) else "composite",
                family=family,
                lines=tuple(lines),
                tooltip="",
                cluster="",
                width=0,
                height=0,
                times=stretch.times,
                differs=len(stretch.runs) > 1,
                hue=hue(family),
                scan=node.scan is not None,
                unknown=unknown,
                sometimes=node.when is not None,
                place=_place(node),
            )
        )
        return box, self._told(stretch, runs, settings)

    def cluster(self, stretch: Stretch, runs: Sequence[Run], path: str, parent: str) -> Cluster:
        """A stretch of a node that is drawn as a cluster."""
        key = _key(stretch, runs)
        known = self._clusters.get(key)
        if known is None:
            known = self._clusters[key] = self._new_cluster(stretch, runs)
        cluster, told = known
        return replace(cluster, id=path, parent=parent, tooltip=prose(f"{path}{told}"))

    def _new_cluster(self, stretch: Stretch, runs: Sequence[Run]) -> tuple[Cluster, str]:
        node = stretch.node
        title = self._heading(stretch, runs)
        right = [] if node.block == node.name else [legible(node.block)]
        settings = self._words.settings(runs)
        differs = [each for each in settings if " … " in each][:1] if len(stretch.runs) > 1 else []
        count = [title.right] if title.right else []
        text = " · ".join([*right, *differs, *count])
        if width(text, COUNT.size) > WIDEST:  # of these the setting stands in the boxes, too
            text = " · ".join([*right, *count])
        title = replace(title, right=shorten(text, WIDEST, COUNT.size))
        cluster = Cluster(
            id="",
            parent="",
            title=title,
            tooltip="",
            title_width=line_width(title),
            times=stretch.times,
            differs=len(stretch.runs) > 1,
            scan=node.scan is not None,
            sometimes=node.when is not None,
        )
        return cluster, self._told(stretch, runs, settings)

    def terminal(
        self,
        kind: Literal["input", "output"],
        id: str,
        name: str,
        feds: Sequence[Fed],
        note: str = "",
    ) -> Box:
        """An input or an output of what is drawn; feds: of each graph that is drawn as one."""
        each = [fed if isinstance(fed, tuple) else () if fed is None else (fed,) for fed in feds]
        tensors = list(zip(*each, strict=True))
        texts = list(dict.fromkeys(self._words.tensors(row, inf, EDGE.size) for row in tensors))
        if len(tensors) > 1 and len(texts) == 1:
            texts = [f"{len(tensors)} × {texts[0]}"]
        title = f"{kind} {name}" if name.isdigit() else legible(name)
        lines = [Line(shorten(title, WIDEST, NAME.size, NAME.weight), NAME)]
        texts += [note] if note else []
        lines += [Line(shorten(text, WIDEST, DETAIL.size), DETAIL) for text in texts[:4]]
        tooltip = "\n".join([f"{kind} {legible(name)}", *texts])
        return boxed(Box(id, kind, "", tuple(lines), tooltip, "", 0, 0))

    def port(self, id: str, name: str, cluster: str) -> Box:
        """An input of an opened composite that several of its nodes read."""
        line = Line(shorten(legible(name), WIDEST, PORT.size), PORT)
        box = Box(id, "port", "", (line,), f"input {id}", cluster, 0, 0)
        return replace(box, width=round(line_width(line) + 12, 2), height=14)

    def _heading(self, stretch: Stretch, runs: Sequence[Run]) -> Line:
        node, times = stretch.node, stretch.times
        name = legible(stretch.title)
        copies = f" ×{times:,}" if times > 1 else ""
        copies += " parallel" if node.parallel and times > 1 else ""
        counted = ""
        if not node.share or stretch.owns:
            counted = ranged(
                short_count(self._counter.totals(run.element).parameters) for run in runs
            )
        equal = len(runs) == 1
        right = f"{times:,} × {counted}" if counted and times > 1 and equal else counted
        if node.share:
            right = " · ".join(filter(None, (counted, "shared")))
        if node.scan is not None:
            right = " · ".join(
                filter(None, (f"scan over {self._words.size(node.scan.steps)}", right))
            )
        room = WIDEST - GAP - width(copies, NAME.size, NAME.weight)
        room -= 0 if node.scan is not None else width(right, COUNT.size)
        return Line(shorten(name, room, NAME.size, NAME.weight) + copies, NAME, right)

    def _operations(self, runs: Sequence[Run]) -> str:
        counts = [self._fix(self._counter.totals(run.element).flops) for run in runs]
        told = ranged(short_count(count) for count in counts)
        return f"{told} FLOPs" if told else ""

    def _told(self, stretch: Stretch, runs: Sequence[Run], settings: Sequence[str]) -> str:
        """What a tooltip says after the path."""
        node, element = stretch.node, runs[0].element
        times = stretch.times
        count = ranged(long_count(self._counter.totals(run.element).parameters) for run in runs)
        copies = f", {times:,} {'parallel copies' if node.parallel else 'copies'}"
        flops = self._operations(runs)
        parts = [
            f": {node.block}" + (copies if times > 1 else ""),
            ", ".join(settings),
            f"{count} each" if count and times > 1 and not node.share else count,
            f"{flops} each" if flops and times > 1 else flops,
            _said(node),
            "runs only where an optional input is given" if node.when is not None else "",
            element.description if isinstance(element, Graph) else "",
            node.note,
        ]
        return "\n".join(part for part in parts if part)


_Key: TypeAlias = tuple[int, int, int, tuple[int, ...]]
"""What two stretches share that look alike: the node, which copies of it, and what stands there."""


def _key(stretch: Stretch, runs: Sequence[Run]) -> _Key:
    return id(stretch.node), stretch.start, stretch.stop, tuple(id(run.element) for run in runs)


def _place(node: Node) -> str:
    """The file and the line in which a node is written: `gpt.yaml:41`."""
    place = node.place
    return f"{legible(PurePath(place.source.name).name)}:{place.line}" if place else ""


def _said(node: Node) -> str:
    """How the copies or steps of a node hang together, for a tooltip."""
    if node.scan is not None:
        return f"a scan over dim {node.scan.dim} of {', '.join(node.scan.over)}"
    if node.share == node.name:
        return "one module for all copies"
    return f"the module of {node.share}" if node.share else ""


def evened(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """With the boxes of nodes that stand together made equally wide."""
    boxes = tuple(boxes)
    widest: dict[str, float] = {}
    for box in boxes:
        if box.kind in ("leaf", "composite"):
            widest[box.cluster] = max(widest.get(box.cluster, NARROWEST), box.width)
    return tuple(
        replace(box, width=widest[box.cluster]) if box.kind in ("leaf", "composite") else box
        for box in boxes
    )


def family_of(leaf: Leaf) -> str:
    """The family of a leaf's block; of one that names none, the file it stands in."""
    block = type(leaf.block)
    return block.family or block.__module__.rpartition(".")[2]


def boxed(box: Box) -> Box:
    """The box, as large as its lines need."""
    inner = max(line_width(line) for line in box.lines)
    height = sum(line.style.height for line in box.lines) + 2 * ABOVE
    return replace(box, width=round(inner + 2 * PADDING, 2), height=round(height, 2))


def line_width(line: Line) -> float:
    """How wide a line is with what stands at its right end."""
    text = width(line.text, line.style.size, line.style.weight)
    right = width(line.right, line.right_style.size, line.right_style.weight)
    return text + (GAP + right if line.right else 0)
