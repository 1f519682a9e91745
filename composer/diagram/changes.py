"""The picture of what differs between two networks: the later one, with what is gone drawn in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from netwright.composer.diagram.boxes import WIDEST, boxed, evened
from netwright.composer.diagram.measure import shorten
from netwright.composer.diagram.scene import COUNT, Box, Cluster, Edge, Entry, Line, Mark, Scene
from netwright.composer.diagram.staging import scene
from netwright.composer.diagram.view import View
from netwright.composer.differing import Change, difference
from netwright.composer.graph import Graph

# Changes that are written into a box; the others stand in its tooltip.
_TOLD = 3
_MEANING: dict[Mark, str] = {"added": "added", "removed": "removed", "changed": "changed"}


def changed_scene(before: Graph, after: Graph, view: View) -> Scene:
    """The scene of `after`, with what was added, removed and changed since `before` marked.

    Sizes that follow from other changes are not marked. Errors are those of `scene`.
    """
    changes = difference(before, after).changes
    return merged(scene(before, view), scene(after, view), changes)[0]


def merged(old: Scene, new: Scene, changes: Sequence[Change]) -> tuple[Scene, dict[str, str]]:
    """Two scenes as one: what differs, marked; and the ids in it of what was in the old one."""
    theirs: dict[str, str] = {}  # ids in the old scene -> in the new one
    pairs = list(_pairs(old, new, changes))
    for was, now in pairs:
        theirs.setdefault(was, now)
    known = {now for _, now in pairs}
    # What was added or removed has a box of its own, what reads something else an edge.
    marked = [each for each in changes if each.kind in ("setting", "block", "copies", "renamed")]
    boxes = [_marked_box(box, known, marked) for box in new.boxes]
    clusters = [_marked_frame(cluster, known, marked) for cluster in new.clusters]
    frames = {cluster.id for cluster in new.clusters}
    ids = {box.id for box in new.boxes}
    for cluster in old.clusters:
        if cluster.id not in theirs and theirs.get(cluster.parent, "") in {"", *frames}:
            gone = _gone(cluster.id, ids | frames)
            theirs[cluster.id] = gone
            frames.add(gone)
            parent = theirs.get(cluster.parent, "")
            clusters.append(replace(cluster, id=gone, parent=parent, mark="removed"))
    for box in old.boxes:
        if (
            box.id not in theirs
            and theirs.get(box.cluster, "") in {"", *frames}
            and (not box.cluster or box.cluster in theirs)
        ):
            gone = _gone(box.id, ids | frames)
            theirs[box.id] = gone
            ids.add(gone)
            cluster_id = theirs.get(box.cluster, "")
            boxes.append(replace(box, id=gone, cluster=cluster_id, mark="removed"))
    edges = list(_edges(old, new, theirs, pairs, ids))
    count = len(changes) - len(marked)
    legend = [
        Entry("mark", mark, text)
        for mark, text in _MEANING.items()
        if mark in _marks(boxes, clusters)
    ]
    found = replace(
        new,
        boxes=tuple(boxes) if new.direction in ("LR", "RL") else evened(boxes),
        clusters=tuple(clusters),
        edges=tuple(edges),
        subtitles=(f"{old.title} -> {new.title}: {_counted(boxes, clusters, count)}",),
        legend=(*legend, *new.legend),
    )
    return found, theirs


def _counted(boxes: Sequence[Box], clusters: Sequence[Cluster], others: int) -> str:
    marks = _marks(boxes, clusters)
    told = [f"{marks.count(mark)} {text}" for mark, text in _MEANING.items() if mark in marks]
    if told or not others:
        return ", ".join(told) or "the same"
    return f"{others} change{'s' * (others > 1)}, none of a box"


def _marks(boxes: Sequence[Box], clusters: Sequence[Cluster]) -> list[Mark]:
    return [*(box.mark for box in boxes), *(cluster.mark for cluster in clusters)]


def _pairs(old: Scene, new: Scene, changes: Sequence[Change]) -> Iterator[tuple[str, str]]:
    """What is one thing in both: of one name, or copies of that name of which some are the same."""
    renamed = {
        _bare(f"{_head(each.path)}{each.before}"): each.path.rpartition(".")[2]
        for each in changes
        if each.kind == "renamed"
    }
    found: dict[str, list[str]] = {}
    for id in _ids(new):
        found.setdefault(_bare(id), []).append(id)
    for was in _ids(old):
        name = _under_new_names(was, renamed)
        for id in found.get(_bare(name), ()):
            if all(map(_meets, name.split("."), id.split("."))):
                yield was, id


def _ids(found: Scene) -> list[str]:
    return [*(cluster.id for cluster in found.clusters), *(box.id for box in found.boxes)]


def _head(path: str) -> str:
    head = path.rpartition(".")[0]
    return f"{head}." if head else ""


def _bare(path: str) -> str:
    """A path without the numbers of copies."""
    return ".".join("#" if part[:1].isdigit() else part for part in path.split("."))


def _under_new_names(path: str, renamed: dict[str, str]) -> str:
    parts = path.split(".")
    return ".".join(
        renamed.get(_bare(".".join(parts[: number + 1])), part) for number, part in enumerate(parts)
    )


def _gone(id: str, taken: set[str]) -> str:
    """The id of something removed, which may be that of something that is there."""
    return id if id not in taken else f"{id} (before)"


def _marked_frame(frame: Cluster, known: set[str], changes: Sequence[Change]) -> Cluster:
    own = [each for each in changes if _is_at(each.path, frame.id)]
    if frame.id not in known:
        return replace(frame, mark="added")
    if not own:
        return frame
    return replace(frame, mark="changed", tooltip="\n".join([frame.tooltip, *_said(own)]))


def _marked_box(box: Box, known: set[str], changes: Sequence[Change]) -> Box:
    if box.id not in known:
        return replace(box, mark="added")
    own = [each for each in changes if _is_at(each.path, box.id)]
    inside = _inside(box, [each for each in changes if each not in own])
    if not own and not inside:
        return box
    within = [f"{inside} change{'s' * (inside > 1)} inside"] if inside else []
    told = [f"{each.what or each.kind} {each.before or '–'} → {each.after or '–'}" for each in own]
    lines = [Line(shorten(text, WIDEST, COUNT.size), COUNT) for text in (*told[:_TOLD], *within)]
    # The settings that changed are told once, as they were and as they are.
    names = {each.what for each in own}
    kept = [line for line in box.lines if not names & set(line.text.split(" ")[:1])]
    tooltip = "\n".join([box.tooltip, *_said(own), *within])
    return boxed(replace(box, mark="changed", tooltip=tooltip, lines=(*kept, *lines)))


def _said(changes: Sequence[Change]) -> list[str]:
    return [str(each).partition(": ")[2] for each in changes]


def _inside(box: Box, changes: Sequence[Change]) -> int:
    """How many changes are inside of a composite that is not opened."""
    if box.kind != "composite":
        return 0
    own = box.id.split(".")
    paths = (each.path.split(".") for each in changes)
    return sum(len(path) > len(own) and all(map(_meets, path, own)) for path in paths)


def _is_at(path: str, id: str) -> bool:
    """Whether a change is one of what has this id."""
    parts, own = path.split("."), id.split(".")
    if len(own) == len(parts) + 1 and own[-1][:1].isdigit():
        own = own[:-1]  # the number of copies itself
    return len(parts) == len(own) and all(map(_meets, parts, own))


def _meets(one: str, other: str) -> bool:
    """Whether two parts of paths mean the same, or copies of which some are the same."""
    if not (one[:1].isdigit() and other[:1].isdigit()):
        return one == other
    ranges = [[int(each) for each in part.split("-")] for part in (one, other)]
    return ranges[0][0] <= ranges[1][-1] and ranges[1][0] <= ranges[0][-1]


def _edges(
    old: Scene,
    new: Scene,
    theirs: dict[str, str],
    pairs: Sequence[tuple[str, str]],
    ids: set[str],
) -> Iterator[Edge]:
    """The edges of both. Copies may be drawn together in one and apart in the other."""
    origins: dict[str, set[str]] = {}
    followers: dict[str, set[str]] = {}
    for was, now in pairs:
        origins.setdefault(now, set()).add(was)
        followers.setdefault(was, set()).add(now)
    were = {(each.source, each.target) for each in old.edges}
    are = {(each.source, each.target) for each in new.edges}
    for edge in new.edges:
        ends = [origins.get(each, set()) for each in (edge.source, edge.target)]
        known = bool(ends[0] & ends[1]) or any(each in were for each in product(*ends))
        yield edge if known else replace(edge, mark="added")
    for edge in old.edges:
        ends = [followers.get(each, set()) for each in (edge.source, edge.target)]
        kept = bool(ends[0] & ends[1]) or any(each in are for each in product(*ends))
        source, target = theirs.get(edge.source, ""), theirs.get(edge.target, "")
        if not kept and {source, target} <= ids and edge.kind != "tie":
            yield replace(
                edge, source=source, target=target, mark="removed", label="", label_width=0
            )
