"""Where everything stands: Graphviz gets the scene as empty boxes and returns positions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from netwright.composer.diagram.ascent import stacked
from netwright.composer.diagram.engines import lay_out
from netwright.composer.diagram.frames import bounded, framed
from netwright.composer.diagram.labels import crowded, relabelled
from netwright.composer.diagram.rows import broken
from netwright.composer.diagram.scene import EDGE, Box, Cluster, Edge, Point, Scene
from netwright.composer.diagram.skips import sidelined
from netwright.composer.diagram.standing import going, standing
from netwright.composer.diagram.straight import straighten
from netwright.composer.diagram.ties import tied
from netwright.composer.diagram.titles import TITLE_INSET, entitle

SECONDS = 30.0
# How often room is made for what the layout knows nothing of.
_LAYOUTS = 3
# What has more boxes than that nobody reads label by label.
_READ = 200

# Graphviz measures the texts it is given, so a label is handed over as a text that is as large as
# the label: in this font and size it counts 6 points for a character and 12 for a line.
_STAND_IN = 'fontname="Courier" fontsize=10'
_COLUMN = 6.0
_LINE = 12.0


def layout(scene: Scene, seconds: float = SECONDS, in_rows: bool = True) -> Scene:
    """The scene with all positions filled.

    in_rows: whether a long strip is broken into rows.

    Raises RenderError if no layout engine works, or if it needs longer than that many seconds.
    """
    asked = scene
    tight: frozenset[int] = frozenset()
    for _ in range(_LAYOUTS):
        placed = _finished(asked, lay_out(to_dot(asked, tight), seconds))
        found = crowded(placed) if len(scene.boxes) <= _READ else frozenset()
        wishes = tuple(
            replace(each, room=wish.room, rows=wish.rows)
            for each, wish in zip(asked.clusters, placed.clusters, strict=True)
        )
        if wishes == asked.clusters and found <= tight:
            break
        # Labels stick out of a frame or stand on a line, or an edge runs through a title: once more,
        # with room for them.
        asked = replace(asked, clusters=wishes)
        tight |= found
    drawn = tied(placed)
    if any(edge.kind == "tie" and edge.source != edge.target for edge in drawn.edges):
        drawn = relabelled(drawn)  # labels off the lines of ties, and theirs off the others
    placed = bounded(drawn)
    return broken(placed) if in_rows else placed


def _finished(scene: Scene, found: dict[str, Any]) -> Scene:
    return relabelled(entitle(framed(relabelled(sidelined(straighten(_placed(scene, found)))))))


def _placed(scene: Scene, found: dict[str, Any]) -> Scene:
    left, bottom, right, top = _numbers(found["bb"])

    def point(text: str) -> Point:
        x, y = _numbers(text)
        return round(x - left, 2), round(top - y, 2)

    boxes = list(scene.boxes)
    clusters = list(scene.clusters)
    for item in found.get("objects", ()):
        number = item["name"]
        if number.startswith("n"):
            x, y = point(item["pos"])
            boxes[int(number[1:])] = standing(boxes[int(number[1:])], x, y)
        elif number.startswith("cluster"):
            a, b, c, d = _numbers(item["bb"])
            index = int(number[len("cluster") :])
            clusters[index] = replace(
                clusters[index],
                left=round(a - left, 2),
                top=round(top - d, 2),
                right=round(c - left, 2),
                bottom=round(top - b, 2),
            )
    edges = list(scene.edges)
    for item in found.get("edges", ()):
        if "class" not in item:  # holds boxes apart, and is not drawn
            continue
        index = int(item["class"])
        curve, tip = _curve(item["pos"], point)
        at = point(item["lp"]) if "lp" in item else (0.0, 0.0)
        edges[index] = going(edges[index], curve, tip, at, False)
    return replace(
        scene,
        boxes=tuple(boxes),
        clusters=tuple(clusters),
        edges=tuple(edges),
        width=round(right - left, 2),
        height=round(top - bottom, 2),
    )


def to_dot(scene: Scene, tight: Collection[int] = ()) -> str:
    """What Graphviz is given: boxes of fixed size, labels by their size only.

    tight: numbers of edges whose labels need more room than that.
    """
    return "\n".join(_statements(scene, tight)) + "\n"


def _statements(scene: Scene, tight: Collection[int]) -> Iterator[str]:
    numbers = {box.id: number for number, box in enumerate(scene.boxes)}
    groups = _groups(scene)
    yield "digraph {"
    over = tuple(dict.fromkeys(stacked(scene)))
    # By its newer way of ranking alone Graphviz keeps a box over one of another cluster.
    ranking = " newrank=true" if over else ""
    spaces = f"nodesep=0.25 ranksep=0.22{ranking}"
    yield f'graph [rankdir={scene.direction} {spaces} labeljust="l" {_STAND_IN}]'
    yield 'node [shape=box fixedsize=true label=""]'
    yield f"edge [arrowsize=0.6 {_STAND_IN}]"
    inside: dict[str, list[str]] = {}
    for number, box in enumerate(scene.boxes):
        inside.setdefault(box.cluster, []).append(_node(number, box, groups.get(box.id)))
    children: dict[str, list[int]] = {}
    for number, cluster in enumerate(scene.clusters):
        children.setdefault(cluster.parent, []).append(number)
    # Nested clusters, without recursion: what is still to be opened, and what closes it.
    yield from inside.get("", ())
    left: list[int | None] = [*reversed(children.get("", ()))]
    while left:
        item = left.pop()
        if item is None:
            yield "}"
            continue
        cluster = scene.clusters[item]
        yield f"subgraph cluster{item} {{ {_title(cluster)}"
        yield from inside.get(cluster.id, ())
        left += [None, *reversed(children.get(cluster.id, ()))]
    for number, edge in enumerate(scene.edges):
        if edge.kind != "tie":
            yield _edge(number, edge, numbers, number in tight)
    for upper, lower in over:
        yield f"n{numbers[upper]} -> n{numbers[lower]} [style=invis weight=0]"
    yield "}"


def _groups(scene: Scene) -> dict[str, int]:
    """Chains of boxes that are drawn straight: those between which nothing branches or joins."""
    onward = Counter(edge.source for edge in scene.edges if edge.kind == "flow")
    inward = Counter(edge.target for edge in scene.edges if edge.kind == "flow")
    groups: dict[str, int] = {}
    for edge in scene.edges:
        if edge.kind != "flow" or edge.climb == "turn":
            continue
        if onward[edge.source] == 1 and inward[edge.target] == 1:
            groups[edge.target] = groups.setdefault(edge.source, len(groups))
    return groups


def _node(number: int, box: Box, group: int | None) -> str:
    chain = "" if group is None else f" group={group}"
    return f"n{number} [width={box.width / 72:.4f} height={box.height / 72:.4f}{chain}]"


def _title(cluster: Cluster) -> str:
    room = max(cluster.title_width + 2 * TITLE_INSET, cluster.room)
    lines = "\\n".join([_stand_in(room)] * cluster.rows)
    return f'label="{lines}" margin=10'


def _edge(number: int, edge: Edge, numbers: dict[str, int], is_tight: bool) -> str:
    attributes = [f"class={number}"]
    if edge.label:
        lines = math.ceil(EDGE.height * len(edge.label_lines) / _LINE) + is_tight
        label = "\\n".join([_stand_in(edge.label_width + 6)] * lines)
        attributes.append(f'label="{label}"')
    attributes.append("weight=1000" if edge.kind == "flow" else "weight=1")
    ends = numbers[edge.source], numbers[edge.target]
    if edge.climb in ("up", "turn"):
        attributes.append("dir=back")
        ends = ends[1], ends[0]
    return f"n{ends[0]} -> n{ends[1]} [{' '.join(attributes)}]"


def _stand_in(width: float) -> str:
    return "x" * math.ceil(width / _COLUMN)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def _curve(text: str, point: Any) -> tuple[tuple[Point, ...], Point | None]:
    """Graphviz's `e,x,y x,y x,y …`: a spline, and where its arrow's point is.

    Of an edge that was given from its target to its source, it is `s,x,y` and runs against it.
    """
    tip = None
    is_back = False
    points = []
    for part in text.split():
        if part.startswith(("e,", "s,")):
            tip = point(part[2:])
            is_back = part.startswith("s,")
        else:
            points.append(point(part))
    return tuple(reversed(points) if is_back else points), tip
