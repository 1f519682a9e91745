"""Boxes and clusters: what stands in them, and how large that makes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from netwright.composer.counting import Counter
from netwright.composer.diagram.describe import Words, long_count, prose, short_count
from netwright.composer.diagram.measure import legible, shorten, width, wrap
from netwright.composer.diagram.runs import run_name
from netwright.composer.diagram.scene import (
    COUNT,
    DETAIL,
    NAME,
    PORT,
    Box,
    Cluster,
    Line,
)
from netwright.composer.graph import Fed, Graph, Leaf, Node

# Points. The limit keeps a column of boxes within a column of a paper.
WIDEST = 168.0
NARROWEST = 84.0
PADDING = 8.0
ABOVE = 4.0
GAP = 10.0


class Maker:
    """Makes boxes; holds how sizes are written and what was counted so far."""

    def __init__(self, words: Words, counter: Counter) -> None:
        self._words = words
        self._counter = counter

    def box(self, node: Node, number: int, path: str, cluster: str) -> Box:
        """A run of a node that is drawn as one box."""
        element = node.runs[number].element
        settings = self._words.settings(node.runs[number])
        lines = [self._heading(node, number)]
        if node.block != node.name:
            lines.append(Line(shorten(legible(node.block), WIDEST, DETAIL.size), DETAIL))
        lines += [Line(text, COUNT) for text in wrap(settings, WIDEST, COUNT.size, 2)]
        return _boxed(
            Box(
                id=path,
                kind="leaf" if isinstance(element, Leaf) else "composite",
                family=_family(element) if isinstance(element, Leaf) else "",
                lines=tuple(lines),
                tooltip=self._tooltip(node, number, path, settings),
                cluster=cluster,
                width=0,
                height=0,
                times=node.runs[number].times,
            )
        )

    def cluster(self, node: Node, number: int, path: str, parent: str) -> Cluster:
        """A run of a node that is drawn as a cluster."""
        title = self._heading(node, number)
        right = [] if node.block == node.name else [legible(node.block)]
        right += [title.right] if title.right else []
        title = replace(title, right=shorten(" · ".join(right), WIDEST, COUNT.size))
        settings = self._words.settings(node.runs[number])
        return Cluster(
            id=path,
            parent=parent,
            title=title,
            tooltip=self._tooltip(node, number, path, settings),
            title_width=_line_width(title),
            times=node.runs[number].times,
        )

    def terminal(self, kind: Literal["input", "output"], id: str, name: str, fed: Fed) -> Box:
        """An input or an output of the network."""
        tensors = fed if isinstance(fed, tuple) else () if fed is None else (fed,)
        texts = list(dict.fromkeys(self._words.tensor(tensor) for tensor in tensors))
        if len(tensors) > 1 and len(texts) == 1:
            texts = [f"{len(tensors)} × {texts[0]}"]
        title = f"{kind} {name}" if name.isdigit() else legible(name)
        lines = [Line(shorten(title, WIDEST, NAME.size, NAME.weight), NAME)]
        lines += [Line(shorten(text, WIDEST, DETAIL.size), DETAIL) for text in texts[:4]]
        tooltip = "\n".join([f"{kind} {legible(name)}", *texts])
        return _boxed(Box(id, kind, "", tuple(lines), tooltip, "", 0, 0))

    def port(self, id: str, name: str, cluster: str) -> Box:
        """An input of an opened composite that several of its nodes read."""
        line = Line(shorten(legible(name), WIDEST, PORT.size), PORT)
        box = Box(id, "port", "", (line,), f"input {id}", cluster, 0, 0)
        return replace(box, width=round(_line_width(line) + 12, 2), height=14)

    def _heading(self, node: Node, number: int) -> Line:
        times = node.runs[number].times
        name = legible(run_name(node, number, spaced=True))
        copies = f" ×{times:,}" if times > 1 else ""
        copies += " parallel" if node.parallel and times > 1 else ""
        if node.scan is not None:
            copies += f" · scan over {self._words.size(node.scan.steps)}"
        count = self._counter.totals(node.runs[number].element).parameters
        counted = short_count(count if not node.share or owns(node, number) else 0)
        right = f"{times:,} × {counted}" if counted and times > 1 and not node.share else counted
        if node.share:
            right = " · ".join(filter(None, (right, "shared")))
        room = WIDEST - width(right, COUNT.size) - GAP - width(copies, NAME.size, NAME.weight)
        return Line(shorten(name, room, NAME.size, NAME.weight) + copies, NAME, right)

    def _tooltip(self, node: Node, number: int, path: str, settings: Sequence[str]) -> str:
        run = node.runs[number]
        count = long_count(self._counter.totals(run.element).parameters)
        copies = f", {run.times:,} {'parallel copies' if node.parallel else 'copies'}"
        parts = [
            f"{path}: {node.block}" + (copies if run.times > 1 else ""),
            ", ".join(settings),
            f"{count} each" if count and run.times > 1 and not node.share else count,
            _said(node),
            run.element.description if isinstance(run.element, Graph) else "",
            node.note,
        ]
        return prose("\n".join(part for part in parts if part))


def owns(node: Node, number: int) -> bool:
    """Whether a run of a shared node is where its parameters are counted."""
    return node.share == node.name and number == 0


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


def _family(leaf: Leaf) -> str:
    block = type(leaf.block)
    return block.family or block.__module__.rpartition(".")[2]


def _boxed(box: Box) -> Box:
    inner = max(_line_width(line) for line in box.lines)
    height = sum(line.style.height for line in box.lines) + 2 * ABOVE
    return replace(box, width=round(inner + 2 * PADDING, 2), height=round(height, 2))


def _line_width(line: Line) -> float:
    text = width(line.text, line.style.size, line.style.weight)
    right = width(line.right, line.right_style.size, line.right_style.weight)
    return text + (GAP + right if line.right else 0)
