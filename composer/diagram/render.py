"""A graph as a picture in a file, or as the bytes of one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

from netwright.composer.diagram.dot import to_dot
from netwright.composer.diagram.layout import SECONDS, layout
from netwright.composer.diagram.png import to_png
from netwright.composer.diagram.scene import DIRECTIONS, Direction
from netwright.composer.diagram.staging import scene
from netwright.composer.diagram.svg import to_svg
from netwright.composer.graph import Graph
from netwright.composer.writing import write
from netwright.specs.problems import Problem, RenderError, shown

FORMATS = ("svg", "png", "dot")


def render_graph(
    graph: Graph,
    path_or_format: str | os.PathLike[str],
    *,
    depth: int | None = None,
    shapes: Mapping[str, int] | None = None,
    direction: str = "TB",
    scale: float = 2,
    seconds: float = SECONDS,
) -> bytes | None:
    """Draw a graph.

    path_or_format: one of FORMATS: the picture is returned; else a path that ends in one: it is
    written there, at once and whole. depth: how many levels of composites are opened (1: none).
    shapes: numbers for symbolic sizes. scale: pixels of a PNG for a point. seconds: the most that
    one layout may take.

    Raises RenderError if it cannot be drawn or written, SpecError for a shape that does not fit.
    """
    target = None if path_or_format in FORMATS else Path(path_or_format)
    form = str(path_or_format) if target is None else target.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        formats = ", ".join(f".{name}" for name in FORMATS)
        raise _refused(
            "NW604", f"{shown(str(path_or_format))} is no picture", f"use one of {formats}"
        )
    if not _is_direction(direction):
        known = ", ".join(DIRECTIONS)
        raise _refused(
            "NW604", f"there is no direction {shown(str(direction))}", f"use one of {known}"
        )
    if depth is not None and depth < 1:
        raise _refused("NW604", f"a depth of {depth} shows nothing", "use at least 1")
    staged = scene(graph, depth, shapes, direction)
    if form == "dot":
        picture = to_dot(staged).encode()
    else:
        svg = to_svg(layout(staged, seconds))
        picture = svg.encode() if form == "svg" else to_png(svg, scale)
    if target is None:
        return picture
    write(target, picture)
    return None


def _is_direction(text: str) -> TypeGuard[Direction]:
    return text in DIRECTIONS


def _refused(code: str, message: str, help: str = "") -> RenderError:
    return RenderError(Problem(code, message, help=help))
