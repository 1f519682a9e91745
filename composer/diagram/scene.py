"""The scene: what a diagram shows, as frozen values. Painters need nothing else.

Lengths are points (1/72 inch); y grows downwards. Positions are 0 until `layout` has filled them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from netwright.composer.diagram.measure import Weight

Direction: TypeAlias = Literal["TB", "BT", "LR", "RL"]
DIRECTIONS: tuple[Direction, ...] = ("TB", "BT", "LR", "RL")

EdgeKind: TypeAlias = Literal["flow", "side", "skip", "tie"]

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """How a line of text is set: size in points, weight, colour."""

    size: float
    weight: Weight
    color: str

    @property
    def height(self) -> float:
        """From one line to the next."""
        return round(self.size * 1.32, 2)


TITLE = Style(14, "semibold", "#1b1f24")
SUBTITLE = Style(9.5, "regular", "#57606a")
NAME = Style(10.5, "semibold", "#1b1f24")
DETAIL = Style(8.5, "regular", "#424a53")
COUNT = Style(8.5, "regular", "#6e7781")
EDGE = Style(8, "regular", "#57606a")
PORT = Style(8, "regular", "#424a53")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in a box, with a second one at its right end."""

    text: str
    style: Style
    right: str = ""
    right_style: Style = COUNT


@dataclass(frozen=True, slots=True)
class Box:
    """A leaf, a composite that is not opened, an input, an output, or a port. x, y: its centre.

    A port is an input of an opened composite that several nodes read.
    """

    id: str
    """Its path, such as `layers.0-11.attend.norm`; unique among boxes and clusters."""
    kind: Literal["leaf", "composite", "input", "output", "port"]
    family: str
    lines: tuple[Line, ...]
    tooltip: str
    cluster: str
    """Id of the cluster in which it stands; empty for none."""
    width: float
    height: float
    times: int = 1
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class Cluster:
    """An opened composite; of equal copies in a row, one for all. left to bottom: its frame.

    title_at, right_at: left end and middle of the height of its title and of what stands at the
    right.
    """

    id: str
    parent: str
    title: Line
    tooltip: str
    title_width: float
    times: int = 1
    left: float = 0
    top: float = 0
    right: float = 0
    bottom: float = 0
    title_at: Point = (0, 0)
    right_at: Point = (0, 0)
    room: float = 0
    """The width to ask of the layout, if what is in it needs more than was given."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A tensor on its way, or (kind "tie") a parameter that two nodes share.

    kind: "skip" jumps over nodes that lie between its ends.
    label: the tensor's sizes; empty where an edge goes on from a port, whose own edge says them.
    curve: start and control points of cubic Bézier curves. tip: where the arrow's point is.
    """

    source: str
    target: str
    kind: EdgeKind
    label: str = ""
    label_width: float = 0
    tooltip: str = ""
    curve: tuple[Point, ...] = ()
    tip: Point | None = None
    label_at: Point = (0, 0)


@dataclass(frozen=True, slots=True)
class Scene:
    """A diagram. notice: what the reader must know of the drawing, such as that it was folded."""

    title: str
    subtitles: tuple[str, ...]
    description: str
    notice: str
    direction: Direction
    boxes: tuple[Box, ...]
    clusters: tuple[Cluster, ...]
    """Each after the one it stands in."""
    edges: tuple[Edge, ...]
    width: float = 0
    height: float = 0
