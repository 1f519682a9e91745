"""Heat: boxes coloured by their share of the network's parameters, operations or activations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from netwright.composer.counting import Counter, Fix
from netwright.composer.diagram.describe import short_count
from netwright.composer.diagram.runs import Stretch
from netwright.composer.diagram.scene import Box, Entry
from netwright.composer.diagram.themes import HEATS
from netwright.composer.diagram.view import Heat
from netwright.composer.graph import Element, Graph, Run
from netwright.specs.problems import Problem, RenderError
from netwright.specs.sizes import Size, product, symbols

NAMES: dict[Heat, str] = {
    "parameters": "parameters",
    "flops": "FLOPs",
    "activations": "values that come out",
}


class Warmth:
    """What was counted for each box that can be coloured."""

    def __init__(self, graph: Graph, heat: Heat | None, counter: Counter, fix: Fix) -> None:
        self.heat = heat
        self._graph = graph
        self._counter = counter
        self._fix = fix
        self._counts: dict[str, int] = {}

    @property
    def counts(self) -> Mapping[str, int]:
        """What was counted, by the ids of boxes."""
        return self._counts

    @property
    def most(self) -> int:
        """The greatest count of a box."""
        return max(self._counts.values(), default=0)

    def add(self, box: Box, stretch: Stretch, runs: Sequence[Run], times: int) -> None:
        """Count what a box stands for, in all copies. Raises RenderError if symbols stand open."""
        if self.heat is None:
            return
        node = stretch.node
        steps: Size = 1 if node.scan is None else node.scan.steps
        count: Size = 0
        for run in runs:
            if self.heat == "parameters":
                held = self._counter.totals(run.element).parameters
                count += held if not node.share or stretch.owns else 0
            elif self.heat == "flops":
                count += self._counter.totals(run.element).flops * steps
            else:
                count += _values(run.element) * steps
        shared = self.heat == "parameters" and node.share
        count = self._fix(count)
        if not isinstance(count, int):
            raise self._open(count)
        self._counts[box.id] = count * (times // stretch.times if shared else times)

    def shown(self, boxes: Iterable[Box]) -> tuple[Box, ...]:
        """The boxes with their heat, and what was counted at the right of their names."""
        if self.heat is None:
            return tuple(boxes)
        return tuple(self._warm(box) for box in boxes)

    def _warm(self, box: Box) -> Box:
        count = self._counts.get(box.id)
        if count is None:
            return box
        first, *rest = box.lines
        first = replace(first, right=short_count(count))
        return replace(box, heat=level_of(count, self.most), lines=(first, *rest))

    def _open(self, count: Size) -> RenderError:
        names = sorted({each.name for each in symbols(count)})
        given = ",".join(f"{name}=…" for name in names)
        return RenderError(
            Problem(
                "NW606",
                f"the {self.heat} of {self._graph.name} depend on {', '.join(names)}",
                help=f"give numbers: --shapes {given}",
            )
        )


def level_of(count: int, most: int) -> int:
    """The level of heat of a count, where so many are the most."""
    return min(count * HEATS // most, HEATS - 1) if most else 0


def scale(heat: Heat, most: int) -> Entry:
    """The line of the legend that says what the colours mean."""
    return Entry("heat", f"0 {short_count(most) or '0'}", NAMES[heat])


def _values(element: Element) -> Size:
    return sum((product(each.sizes) for each in element.outputs.values()), start=0)
