"""The legend: what the marks in a diagram mean, of those that occur in it."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.composer.diagram.heats import Warmth, scale
from netwright.composer.diagram.palette import BANDS, OTHER_OPERATIONS, called
from netwright.composer.diagram.scene import Box, Cluster, Edge, EdgeKind, Entry

_EDGES: dict[EdgeKind, str] = {
    "skip": "skip: jumps over what is between",
    "side": "indices or a mask",
    "optional": "may be left out",
    "tie": "one parameter",
}


def legend(
    boxes: Sequence[Box],
    clusters: Sequence[Cluster],
    edges: Sequence[Edge],
    warmth: Warmth,
) -> tuple[Entry, ...]:
    """The entries, in the order in which they are drawn."""
    found: list[Entry] = []
    if warmth.heat is not None:
        found.append(scale(warmth.heat, warmth.most))
    else:
        names: dict[str, dict[str, None]] = {}
        for box in boxes:
            if box.kind == "leaf" and not box.unknown:
                names.setdefault(box.hue, {})[called(box.family)] = None
        found += [
            Entry("hue", each, ", ".join(_first(names[each])))
            for each in (*BANDS, "slate")
            if each in names
        ]
    if any(box.kind == "composite" for box in boxes):
        found.append(Entry("composite", "", "composite, not opened"))
    drawn: list[Box | Cluster] = [*boxes, *clusters]
    kinds = {edge.kind for edge in edges}
    found += [Entry("edge", kind, text) for kind, text in _EDGES.items() if kind in kinds]
    if any(each.times > 1 for each in drawn):
        text = "×N: so many equal copies"
        if any(each.differs for each in drawn):
            text = "×N: so many copies; a … b: from the first to the last"
        found.append(Entry("copies", "", text))
    if any(each.scan for each in drawn):
        found.append(Entry("scan", "", "scan: run step by step"))
    if any(box.unknown for box in boxes):
        found.append(Entry("unknown", "", "unknown block: its plugin is not there"))
    if any(each.sometimes for each in drawn):
        found.append(Entry("sometimes", "", "runs only where an optional input is given"))
    if any(each.lit for each in drawn):
        found.append(Entry("lit", "", "pointed out"))
    return tuple(found)


def _first(names: dict[str, None]) -> list[str]:
    """Names of families; what has none of its own comes last, and only where nothing else is."""
    listed = [name for name in names if name != OTHER_OPERATIONS]
    return listed or [OTHER_OPERATIONS]
