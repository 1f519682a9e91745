"""Copies of a node, cut into loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from netwright.composer.emission.drafts import Draft
from netwright.composer.emission.leaves import sample
from netwright.composer.emission.taps import Taps, inner, of_copy
from netwright.composer.graph import Element, Leaf, Node


@dataclass(slots=True)
class Copies:
    """Copies that one loop runs: from `first` to before `end`."""

    first: int
    end: int
    element: Element
    taps: Taps
    draft: Draft | None

    def slice(self, copies: int) -> str:
        """`2:5`, an end at the end left out."""
        return f"{self.first or ''}:{self.end if self.end != copies else ''}"

    def bounds(self) -> str:
        """The arguments of `range`."""
        return f"{self.first}, {self.end}" if self.first else f"{self.end}"


def cut(
    node: Node, taps: Taps, kept: list[int], draft_of: Callable[[Element, Taps], Draft | None]
) -> list[Copies]:
    """The copies, cut where the element changes, and where one copy is tapped or kept by itself."""
    numbered = [int(tap[0]) for tap in taps if tap and tap[0].isdigit()]
    cuts = {*numbered, *(number + 1 for number in (*numbered, *kept))}
    found: list[Copies] = []
    first = 0
    for run in node.runs:
        end = first + run.times
        edges = sorted({first, end, *(each for each in cuts if first < each < end)})
        for start, stop in pairwise(edges):
            own = of_copy(taps, start)
            draft = draft_of(run.element, inner(run.element, own))
            found.append(Copies(start, stop, run.element, own, draft))
        first = end
    return found


def loops(groups: list[Copies], taps: Taps, kept: list[int]) -> list[Copies]:
    """Neighbours that one loop body does for, joined."""
    numbered = [int(tap[0]) for tap in taps if tap and tap[0].isdigit()]
    cuts = {*numbered, *(number + 1 for number in (*numbered, *kept))}
    joined: list[Copies] = []
    for group in groups:
        before = joined[-1] if joined else None
        apart = before is None or group.first in cuts or before.taps != group.taps
        if before is None or apart or not _alike(before, group):
            joined.append(group)
        else:
            whole = Copies(before.first, group.end, before.element, before.taps, before.draft)
            joined[-1] = whole
    return joined


def _alike(a: Copies, b: Copies) -> bool:
    """Whether one loop body does for both."""
    if a.draft is not None and b.draft is not None:
        called = (a.draft.parameters, a.draft.taps) == (b.draft.parameters, b.draft.taps)
        return called and not (a.draft.extra or b.draft.extra)
    if a.draft is not None or b.draft is not None:
        return False
    assert isinstance(a.element, Leaf)
    assert isinstance(b.element, Leaf)
    return bool(sample(a.element) == sample(b.element))
