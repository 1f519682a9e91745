"""The scene: what a diagram shows, as frozen values. Painters need nothing else.

Lengths are points (1/72 inch); y grows downwards. Positions are 0 until `layout` has filled them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from netwright.composer.diagram.measure import Weight
from netwright.composer.diagram.palette import Hue
from netwright.composer.diagram.view import Direction

EdgeKind: TypeAlias = Literal["flow", "side", "skip", "optional", "tie"]

Climb: TypeAlias = Literal["", "up", "turn"]
"""Of a network that is drawn as a U: on its way back, and from its way down over to that."""

Mark: TypeAlias = Literal["", "added", "removed", "changed"]
"""Where two networks are compared: what became of something."""

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """How a line of text is set: size in points, weight, and the role of its colour in a theme."""

    size: float
    weight: Weight
    tone: Literal["ink", "text", "soft"]

    @property
    def height(self) -> float:
        """From one line to the next."""
        return round(self.size * 1.32, 2)


TITLE = Style(14, "semibold", "ink")
SUBTITLE = Style(9.5, "regular", "soft")
NAME = Style(10.5, "semibold", "ink")
DETAIL = Style(8.5, "regular", "text")
COUNT = Style(8.5, "regular", "soft")
EDGE = Style(8, "regular", "soft")
PORT = Style(8, "regular", "text")


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
    differs: bool = False
    """Whether its copies differ in numbers."""
    hue: Hue = "slate"
    heat: int | None = None
    """Its share of what the heat shows, from 0 to themes.HEATS - 1; None where none is shown."""
    lit: bool = False
    """Whether the reader asked to have it pointed out."""
    scan: bool = False
    """Whether it runs step by step."""
    unknown: bool = False
    """Whether it is a block whose plugin is not there."""
    sometimes: bool = False
    """Whether it runs only where an optional input of the network is given."""
    place: str = ""
    """The file and the line in which its node is written: `gpt.yaml:41`."""
    mark: Mark = ""
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
    differs: bool = False
    lit: bool = False
    scan: bool = False
    sometimes: bool = False
    mark: Mark = ""
    rows: int = 1
    """Of the title: 2 where what is right of the name stands under it."""
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

    kind: "skip" jumps over nodes that lie between its ends; "side" is no floating-point tensor;
    "optional" goes to an input that need not be given.
    label: the tensor's sizes, which may stand one under the other; empty where an edge goes on from
    a port, whose own edge says them.
    curve: start and control points of cubic Bézier curves. tip: where the arrow's point is.
    """

    source: str
    target: str
    kind: EdgeKind
    label: str = ""
    label_width: float = 0
    tooltip: str = ""
    mark: Mark = ""
    climb: Climb = ""
    curve: tuple[Point, ...] = ()
    tip: Point | None = None
    label_at: Point = (0, 0)
    label_on: bool = False
    """Whether the label covers what is under it, such as a frame: no place was free."""

    @property
    def label_lines(self) -> tuple[str, ...]:
        """The label's lines, from the top."""
        return tuple(self.label.split("\n")) if self.label else ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the legend: a sample of something that occurs, and what it means."""

    sample: Literal[
        "hue", "composite", "edge", "copies", "scan", "sometimes", "heat", "lit", "unknown", "mark"
    ]
    key: str
    """Which hue, which kind of edge, which mark; of a heat, the least and the most that it shows."""
    text: str


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
    legend: tuple[Entry, ...] = ()
    width: float = 0
    height: float = 0
