"""A scene as DOT, for whoever wants to go on with Graphviz: with its texts, without positions."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.composer.diagram.measure import legible
from netwright.composer.diagram.scene import Box, Cluster, Edge, EdgeKind, Scene
from netwright.composer.diagram.themes import Theme, theme_of

_FONT = 'fontname="Inter,Helvetica,Arial,sans-serif"'
_ROUND = ("input", "output", "port")
# Role of the colour, and what else an edge has.
_STROKES: dict[EdgeKind, tuple[str, str]] = {
    "flow": ("flow", "weight=8"),
    "side": ("flow", "penwidth=0.6"),
    "skip": ("skip", "penwidth=1.5"),
    "optional": ("flow", "style=dotted"),
    "tie": ("tie", "style=dashed dir=none constraint=false"),
}


def to_dot(scene: Scene, theme: str = "light") -> str:
    """DOT that `dot` lays out and draws. Nodes are named by their paths in the network."""
    return "\n".join(_statements(scene, theme_of(theme))) + "\n"


def quoted(text: str) -> str:
    r"""A DOT string that stands for this text, also as a label.

    Quotes and backslashes are escaped, so no text can end the string or be an escape such as `\N`;
    it is quoted even where it need not be, so none is taken for a keyword or for HTML.
    """
    lines = "\n".join(legible(line) for line in text.split("\n"))
    escaped = lines.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _statements(scene: Scene, theme: Theme) -> Iterator[str]:
    title = "\n".join(filter(None, (scene.title, *scene.subtitles, scene.notice)))
    yield f"digraph {quoted(scene.title)} {{"
    yield f"  graph [rankdir={scene.direction} label={quoted(title)} labelloc=t {_FONT} "
    yield f'    bgcolor="{theme["paper"]}" fontcolor="{theme["ink"]}"]'
    ink, soft = theme["ink"], theme["soft"]
    yield f'  node [shape=box style="rounded,filled" fontsize=10 fontcolor="{ink}" {_FONT}]'
    yield f'  edge [fontsize=8 arrowsize=0.6 fontcolor="{soft}" {_FONT}]'
    boxes: dict[str, list[Box]] = {}
    for box in scene.boxes:
        boxes.setdefault(box.cluster, []).append(box)
    clusters: dict[str, list[Cluster]] = {}
    for cluster in scene.clusters:
        clusters.setdefault(cluster.parent, []).append(cluster)
    for box in boxes.get("", ()):
        yield f"  {_box(box, theme)}"
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
        yield f"{margin}  graph [{_frame(item, opened, theme)}]"
        opened += 1
        for box in boxes.get(item.id, ()):
            yield f"{margin}  {_box(box, theme)}"
        left += [None, *reversed(clusters.get(item.id, ()))]
    for edge in scene.edges:
        yield f"  {_edge(edge, theme)}"
    yield "}"


def _box(box: Box, theme: Theme) -> str:
    role = {"leaf": box.hue, "composite": "composite", "port": "port"}.get(box.kind, "terminal")
    fill = theme[f"fill-{role}" if box.heat is None else f"heat-{box.heat}"]
    line = theme["lit" if box.lit else f"line-{role}"]
    label = "\n".join(" ".join(filter(None, (line.text, line.right))) for line in box.lines)
    shape = " shape=oval" if box.kind in _ROUND else ""
    shape += " peripheries=2" if box.kind == "composite" else ""
    shape += " penwidth=2.4" if box.lit else ""
    shape += ' style="rounded,filled,dashed"' if box.unknown else ""
    shape += ' style="rounded,filled,dotted"' if box.sometimes else ""
    return (
        f"{quoted(box.id)} [label={quoted(label)} tooltip={quoted(box.tooltip)}{shape} "
        f'fillcolor="{fill}" color="{line}"]'
    )


def _frame(cluster: Cluster, level: int, theme: Theme) -> str:
    fill = theme[f"fill-frame-{min(level, 2)}"]
    line = theme["lit" if cluster.lit else "line-frame"]
    title = "  ".join(filter(None, (cluster.title.text, cluster.title.right)))
    return (
        f"label={quoted(title)} tooltip={quoted(cluster.tooltip)} fontsize=10 "
        f'style="rounded,filled" fillcolor="{fill}" color="{line}"'
    )


def _edge(edge: Edge, theme: Theme) -> str:
    role, more = _STROKES[edge.kind]
    label = f"label={quoted(edge.label)} " if edge.label else ""
    ends = f"{quoted(edge.source)} -> {quoted(edge.target)}"
    return f'{ends} [{label}color="{theme[role]}" {more}]'
