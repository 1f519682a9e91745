"""A drawing: shapes with the roles of their colours, ready for any format. Lengths are points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from netwright.composer.diagram.measure import width
from netwright.composer.diagram.scene import Point, Style


@dataclass(frozen=True, slots=True)
class Rectangle:
    """With rounded corners. fill, line: roles of a theme; empty for none."""

    left: float
    top: float
    right: float
    bottom: float
    radius: float = 0
    fill: str = ""
    line: str = ""
    thickness: float = 0.9
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Stroke:
    """A chain of cubic Bézier curves: where it starts, then three points for each."""

    curve: tuple[Point, ...]
    line: str
    thickness: float = 1
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled shape with straight sides."""

    corners: tuple[Point, ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text. x: its left end; y: its baseline."""

    text: str
    style: Style
    x: float
    y: float

    @property
    def width(self) -> float:
        return width(self.text, self.style.size, self.style.weight)


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that belong to one thing of the network. path: whose; tooltip: what is said of it."""

    kind: Literal["node", "frame", "edge"]
    path: str
    tooltip: str
    shapes: tuple[Shape, ...]


Shape: TypeAlias = Rectangle | Stroke | Polygon | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture: its size, its words for those who do not see it, and its shapes from the back."""

    width: float
    height: float
    title: str
    description: str
    shapes: tuple[Group | Shape, ...]
