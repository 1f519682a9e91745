"""Parts of a scene with other positions, made several times as fast as `replace` makes them.

A picture of a deep network has thousands, and each is moved some times before it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from netwright.composer.diagram.geometry import Frame
from netwright.composer.diagram.scene import Box, Cluster, Edge, Point


def _others(kind: type[Any], *last: str) -> Callable[[Any], Any]:
    """All fields but these, which must be the last, in order."""
    names = [field.name for field in fields(kind)]
    assert tuple(names[-len(last) :]) == last
    return attrgetter(*names[: -len(last)])


# Called with fields that are told by no type.
_box: Callable[..., Box] = Box
_edge: Callable[..., Edge] = Edge
_cluster: Callable[..., Cluster] = Cluster

_BOX = _others(Box, "x", "y")
_EDGE = _others(Edge, "curve", "tip", "label_at", "label_on")
_CLUSTER = _others(Cluster, "left", "top", "right", "bottom", "title_at", "right_at", "room")


def standing(box: Box, x: float, y: float) -> Box:
    """The box, with its centre there."""
    return _box(*_BOX(box), x, y)


def going(
    edge: Edge, curve: tuple[Point, ...], tip: Point | None, label_at: Point, label_on: bool
) -> Edge:
    """The edge, along that curve."""
    return _edge(*_EDGE(edge), curve, tip, label_at, label_on)


def framing(cluster: Cluster, at: Frame, title_at: Point, right_at: Point) -> Cluster:
    """The cluster, with that frame."""
    return _cluster(*_CLUSTER(cluster), *at, title_at, right_at, cluster.room)
