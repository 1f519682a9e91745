"""A scene as DOT, for whoever wants to go on with Graphviz: with its texts, without positions."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.composer.diagram.measure import legible
from netwright.composer.diagram.palette import FLOW, SKIP, TIE, box_paint, frame_paint
from netwright.composer.diagram.scene import Box, Cluster, Edge, EdgeKind, Scene

_FONT = 'fontname="Inter,Helvetica,Arial,sans-serif"'
_ROUND = ("input", "output", "port")
_STROKES: dict[EdgeKind, str] = {
    "flow": f'color="{FLOW}" weight=8',
    "side": f'color="{FLOW}"',
    "skip": f'color="{SKIP}"',
    "tie": f'color="{TIE}" style=dashed dir=none constraint=false',
}


def to_dot(scene: Scene) -> str:
    """DOT that `dot` lays out and draws. Nodes are named by their paths in the network."""
    return "\n".join(_statements(scene)) + "\n"


def quoted(text: str) -> str:
    r"""A DOT string that stands for this text, also as a label.

    Quotes and backslashes are escaped, so no text can end the string or be an escape such as `\N`;
    it is quoted even where it need not be, so none is taken for a keyword or for HTML.
    """
    lines = "\n".join(legible(line) for line in text.split("\n"))
    escaped = lines.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _statements(scene: Scene) -> Iterator[str]:
    title = "\n".join(filter(None, (scene.title, *scene.subtitles, scene.notice)))
    yield f"digraph {quoted(scene.title)} {{"
    yield f"  graph [rankdir={scene.direction} label={quoted(title)} labelloc=t {_FONT}]"
    yield f'  node [shape=box style="rounded,filled" fontsize=10 {_FONT}]'
    yield f"  edge [fontsize=8 arrowsize=0.6 {_FONT}]"
    boxes: dict[str, list[Box]] = {}
    for box in scene.boxes:
        boxes.setdefault(box.cluster, []).append(box)
    clusters: dict[str, list[Cluster]] = {}
    for cluster in scene.clusters:
        clusters.setdefault(cluster.parent, []).append(cluster)
    for box in boxes.get("", ()):
        yield f"  {_box(box)}"
    # Nested clusters, without recursion: what is still to be opened, and where one is to be closed.
    opened = 0
    left: list[Cluster | None] = [*reversed(clusters.get("", ()))]
    while left:
        item = left.pop()
        if item is None:
            opened -= 1
            yield f"{'  ' * (opened + 1)}}}"
            continue
        margin = "  " * (opened + 1)
        yield f"{margin}subgraph {quoted(f'cluster {item.id}')} {{"
        yield f"{margin}  graph [{_frame(item, opened)}]"
        opened += 1
        for box in boxes.get(item.id, ()):
            yield f"{margin}  {_box(box)}"
        left += [None, *reversed(clusters.get(item.id, ()))]
    for edge in scene.edges:
        yield f"  {_edge(edge)}"
    yield "}"


def _box(box: Box) -> str:
    paint = box_paint(box)
    label = "\n".join(" ".join(filter(None, (line.text, line.right))) for line in box.lines)
    shape = " shape=oval" if box.kind in _ROUND else ""
    return (
        f"{quoted(box.id)} [label={quoted(label)} tooltip={quoted(box.tooltip)}{shape} "
        f'fillcolor="{paint.fill}" color="{paint.border}"]'
    )


def _frame(cluster: Cluster, level: int) -> str:
    paint = frame_paint(level)
    title = "  ".join(filter(None, (cluster.title.text, cluster.title.right)))
    return (
        f"label={quoted(title)} tooltip={quoted(cluster.tooltip)} fontsize=10 "
        f'style="rounded,filled" fillcolor="{paint.fill}" color="{paint.border}"'
    )


def _edge(edge: Edge) -> str:
    label = f"label={quoted(edge.label)} " if edge.label else ""
    return f"{quoted(edge.source)} -> {quoted(edge.target)} [{label}{_STROKES[edge.kind]}]"
