"""How many boxes a diagram would have, before it is made."""

from __future__ import annotations

from netwright.composer.graph import Element, Graph


class Census:
    """Numbers of boxes at each depth, and how deep the graph is. Equal elements count once."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._counts: dict[tuple[Element, int], int] = {}
        self._depths: dict[Element, int] = {}
        self.deepest = max(self._levels(graph), 1)

    def boxes(self, depth: int) -> int:
        """Boxes of nodes where composites are opened to this depth (1: none)."""
        return self._boxes(self._graph, depth)

    def depth(self, wanted: int | None, most: int) -> int:
        """The depth to draw: the one wanted, or the greatest below it with few enough boxes."""
        depth = self.deepest if wanted is None else min(max(wanted, 1), self.deepest)
        while depth > 1 and self.boxes(depth) > most:
            depth -= 1
        return depth

    def notice(self, wanted: int | None, drawn: int) -> str:
        """What to tell the reader if fewer composites were opened than was wanted; else nothing."""
        asked = self.deepest if wanted is None else min(max(wanted, 1), self.deepest)
        if drawn == asked:
            return ""
        return f"Opened to depth {drawn} of {asked}: all would be {self.boxes(asked):,} boxes."

    def _boxes(self, element: Element, depth: int) -> int:
        if not isinstance(element, Graph) or depth < 1:
            return 1
        key = (element, min(depth, self._levels(element)))
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = sum(
                self._boxes(run.element, depth - 1)
                for node in element.nodes.values()
                for run in node.runs
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
