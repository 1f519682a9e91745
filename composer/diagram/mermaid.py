"""A scene as Mermaid, which is drawn where Markdown is shown."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.composer.diagram.measure import legible
from netwright.composer.diagram.scene import Box, Cluster, Edge, EdgeKind, Scene
from netwright.composer.diagram.themes import Theme, theme_of

# What joins two nodes; of the lines that are thick or thin, the style stands below the edges.
_LINKS: dict[EdgeKind, str] = {
    "flow": "-->",
    "side": "-->",
    "skip": "==>",
    "optional": "-.->",
    "tie": "-.-",
}
# Outside of these a character of a text is written as `#8364;`, so that none means anything.
_PLAIN = " .,:…×·→⌈⌉⌊⌋[](){}/+-=*%_|!?"


def to_mermaid(scene: Scene, theme: str = "light") -> str:
    """A flowchart. Nodes are numbered; their names, which may be anything, are texts."""
    return "\n".join(_statements(scene, theme_of(theme))) + "\n"


def quoted(text: str) -> str:
    """A text of Mermaid, in which nothing is markup."""
    lines = text.split("\n")
    return f'"{"<br/>".join("".join(map(_character, legible(line))) for line in lines)}"'


def _character(each: str) -> str:
    return each if each.isalnum() or each in _PLAIN else f"#{ord(each)};"


def _statements(scene: Scene, theme: Theme) -> Iterator[str]:
    yield "---"
    yield f"title: {_yaml(scene.title)}"
    yield "---"
    yield f"flowchart {scene.direction}"
    boxes: dict[str, list[str]] = {}
    ids = {box.id: f"n{number}" for number, box in enumerate(scene.boxes)}
    for box in scene.boxes:
        boxes.setdefault(box.cluster, []).append(f"{ids[box.id]}{_box(box)}")
    clusters: dict[str, list[Cluster]] = {}
    for cluster in scene.clusters:
        clusters.setdefault(cluster.parent, []).append(cluster)
    for line in boxes.get("", ()):
        yield f"  {line}"
    frames = {cluster.id: f"c{number}" for number, cluster in enumerate(scene.clusters)}
    # Nested frames, without recursion: what is still to be opened, and where one is to be closed.
    opened = 1
    left: list[Cluster | None] = [*reversed(clusters.get("", ()))]
    while left:
        item = left.pop()
        if item is None:
            opened -= 1
            yield f"{'  ' * opened}end"
            continue
        margin = "  " * opened
        title = "  ".join(filter(None, (item.title.text, item.title.right)))
        yield f"{margin}subgraph {frames[item.id]} [{quoted(title)}]"
        opened += 1
        for line in boxes.get(item.id, ()):
            yield f"{margin}  {line}"
        left += [None, *reversed(clusters.get(item.id, ()))]
    for edge in scene.edges:
        yield f"  {_edge(edge, ids)}"
    yield from _styles(scene, ids, frames, theme)


def _yaml(text: str) -> str:
    """A text of YAML; Mermaid reads the title as markup too."""
    return quoted(text).replace("\\", "\\\\")


def _box(box: Box) -> str:
    label = quoted("\n".join(" ".join(filter(None, (each.text, each.right))) for each in box.lines))
    if box.kind in ("input", "output", "port"):
        return f"([{label}])"
    return f"[[{label}]]" if box.kind == "composite" else f"[{label}]"


def _edge(edge: Edge, ids: dict[str, str]) -> str:
    label = f"|{quoted(edge.label)}|" if edge.label else ""
    return f"{ids[edge.source]} {_LINKS[edge.kind]}{label} {ids[edge.target]}"


def _styles(
    scene: Scene, ids: dict[str, str], frames: dict[str, str], theme: Theme
) -> Iterator[str]:
    """Classes for boxes and frames, and how lines are drawn that their link does not tell."""
    classes: dict[str, list[str]] = {}
    for box in scene.boxes:
        role = {"leaf": box.hue, "composite": "composite", "port": "port"}.get(box.kind, "terminal")
        fill = f"fill-{role}" if box.heat is None else f"heat-{box.heat}"
        line = "lit" if box.lit else f"line-{role}"
        more = "stroke-dasharray:2 3," if box.sometimes or box.unknown else ""
        style = f"fill:{theme[fill]},stroke:{theme[line]},{more}color:{theme['ink']}"
        classes.setdefault(style, []).append(ids[box.id])
    for cluster in scene.clusters:
        line = "lit" if cluster.lit else "line-frame"
        style = f"fill:{theme['fill-frame-0']},stroke:{theme[line]},color:{theme['ink']}"
        classes.setdefault(style, []).append(frames[cluster.id])
    for number, (style, members) in enumerate(classes.items()):
        yield f"  classDef s{number} {style}"
        yield f"  class {','.join(members)} s{number}"
    for kind, style in (("side", "stroke-width:1px"), ("tie", f"stroke:{theme['tie']}")):
        numbers = [str(number) for number, edge in enumerate(scene.edges) if edge.kind == kind]
        if numbers:
            yield f"  linkStyle {','.join(numbers)} {style}"
