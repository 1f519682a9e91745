"""Which composites are opened, which copies drawn one by one; and what is said of the others."""

from __future__ import annotations

from pathlib import PurePath

from netwright.composer.diagram.runs import Folder, Stretch
from netwright.composer.diagram.view import View, leads, matches
from netwright.composer.graph import Element, Graph, Node

MOST_BOXES = 2000
"""More than that are never drawn."""
READABLE = 48
"""Boxes that a page holds: to so many is opened what nobody asked for."""


class Openings:
    """Decides for each composite, and keeps what was left closed."""

    def __init__(self, graph: Graph, view: View, folder: Folder) -> None:
        self._graph = graph
        self._view = view
        self._folder = folder
        self._counts: dict[tuple[Element, int, bool], int] = {}
        self._depths: dict[Element, int] = {}
        self._own: dict[Element, bool] = {}
        self._used: dict[str, None] = {}
        self._closed: dict[str, None] = {}
        self._refused = False
        self._boxes = 0
        self._deepest = max(self._levels(graph), 1)
        asked = self._deepest if view.depth is None else min(view.depth, self._deepest)
        self._asked = asked
        most = READABLE if view.depth is None else MOST_BOXES
        while asked > 1 and self._count(graph, asked) > most:
            asked -= 1
        self._depth = asked
        self._boxes = self._count(graph, asked)

    def stretches(self, node: Node, prefix: str) -> tuple[Stretch, ...]:
        """The stretches of a node, folded unless the reader asked for each copy."""
        unfolded = node.copies > 1 and self._asks("unfold", f"{prefix}{node.name}")
        if unfolded:
            inner = max(self._count(run.element, self._depth) for run in node.runs)
            unfolded = self._admits(node.copies * inner)
        return self._folder.stretches(node, unfolded)

    def opens(self, element: Graph, path: str, block: str, level: int) -> bool:
        """Whether a composite at a level (1: the outermost) is drawn as a frame."""
        asked = leads(self._view.expand, path) or self._asks("expand", path)
        if level < self._depth and (self._view.depth is not None or self._is_own(element)):
            return True
        if asked:
            return self._admits(len(element.nodes))
        self._closed[block] = None
        return False

    @property
    def unused(self) -> tuple[str, ...]:
        """Patterns that meant nothing that is there."""
        return tuple(
            pattern
            for pattern in (*self._view.expand, *self._view.unfold)
            if pattern not in self._used
        )

    @property
    def notice(self) -> str:
        """What the reader must know of what is not shown; nothing if it is what was asked for."""
        if self._refused:
            return f"Not all that was asked for is opened: it would be over {MOST_BOXES:,} boxes."
        if self._view.depth is not None:
            if self._depth == self._asked:
                return ""
            all_of_it = self._count(self._graph, self._asked)
            return (
                f"Opened to depth {self._depth} of {self._asked}: all would be {all_of_it:,} boxes."
            )
        if not self._closed:
            return ""
        names = list(self._closed)
        listed = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
        boxes = self._count(self._graph, self._deepest, whole=True)
        return f"Not opened: {listed}. All of it would be {boxes:,} boxes."

    def _asks(self, what: str, path: str) -> bool:
        found = False
        for pattern in getattr(self._view, what):
            if matches((pattern,), path):
                self._used[pattern] = None
                found = True
        return found

    def _admits(self, boxes: int) -> bool:
        """Whether so many more boxes may be drawn."""
        if self._boxes + boxes > MOST_BOXES:
            self._refused = True
            return False
        self._boxes += boxes
        return True

    def _is_own(self, element: Graph) -> bool:
        """Whether any of it is written in the network's own files, not in those of a block."""
        known = self._own.get(element)
        if known is None:
            known = self._own[element] = (
                element.place is None
                or self._graph.place is None
                or within(element.place.source.name, self._graph.place.source.name)
                or any(
                    (
                        node.place is not None
                        and within(node.place.source.name, self._graph.place.source.name)
                    )
                    or any(
                        isinstance(run.element, Graph) and self._is_own(run.element)
                        for run in node.runs
                    )
                    for node in element.nodes.values()
                )
            )
        return known

    def _count(self, element: Element, depth: int, whole: bool = False) -> int:
        """Boxes where composites are opened to this depth (1: none inside this one).

        whole: also of those that are not opened unless asked for.
        """
        if not isinstance(element, Graph) or depth < 1:
            return 1
        whole = whole or self._view.depth is not None
        if element is not self._graph and not whole and not self._is_own(element):
            return 1
        key = (element, min(depth, self._levels(element)), whole)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = sum(
                self._count(stretch.runs[0].element, depth - 1, whole)
                for node in element.nodes.values()
                for stretch in self._folder.stretches(node)
            )
        return count

    def _levels(self, element: Element) -> int:
        if not isinstance(element, Graph):
            return 0
        levels = self._depths.get(element)
        if levels is None:
            inner = (
                self._levels(run.element) for node in element.nodes.values() for run in node.runs
            )
            levels = self._depths[element] = 1 + max(inner, default=0)
        return levels


def within(file: str, main: str) -> bool:
    """Whether a file is the main one, or stands in its folder or below."""
    return file == main or PurePath(main).parent in PurePath(file).parents
