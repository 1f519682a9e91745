"""A graph as a picture in a file, or as the bytes of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from netwright.composer.diagram.dot import to_dot
from netwright.composer.diagram.layout import SECONDS, layout
from netwright.composer.diagram.png import to_png
from netwright.composer.diagram.scene import DIRECTIONS, Direction
from netwright.composer.diagram.staging import scene
from netwright.composer.diagram.svg import to_svg
from netwright.composer.graph import Graph
from netwright.specs.problems import Problem, RenderError, shown

FORMATS = ("svg", "png", "dot")


def render_graph(
    graph: Graph,
    path_or_format: str | os.PathLike[str],
    *,
    depth: int | None = None,
    shapes: Mapping[str, int] | None = None,
    direction: Direction = "TB",
    scale: float = 2,
    seconds: float = SECONDS,
) -> bytes | None:
    """Draw a graph.

    path_or_format: one of FORMATS: the picture is returned; else a path that ends in one: it is written
    there, at once and whole. depth: how many levels of composites are opened (1: none). shapes: numbers
    for symbolic sizes. scale: pixels of a PNG for a point. seconds: the most that one layout may take.

    Raises RenderError if it cannot be drawn or written, SpecError for a shape that does not fit.
    """
    target = None if path_or_format in FORMATS else Path(path_or_format)
    form = str(path_or_format) if target is None else target.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        formats = ", ".join(f".{name}" for name in FORMATS)
        raise _refused("NW603", f"{shown(str(path_or_format))} is no picture", f"use one of {formats}")
    if direction not in DIRECTIONS:
        known = ", ".join(DIRECTIONS)
        raise _refused("NW603", f"there is no direction {shown(str(direction))}", f"use one of {known}")
    if depth is not None and depth < 1:
        raise _refused("NW603", f"a depth of {depth} shows nothing", "use at least 1")
    staged = scene(graph, depth, shapes, direction)
    if form == "dot":
        picture = to_dot(staged).encode()
    else:
        svg = to_svg(layout(staged, seconds))
        picture = svg.encode() if form == "svg" else to_png(svg, scale)
    if target is None:
        return picture
    _write(target, picture)
    return None


def _write(path: Path, data: bytes) -> None:
    """Write beside the file, then put it in its place: whoever reads sees the old one or the new one."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.chmod(temporary, _mode(path))
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refused("NW604", f"{shown(str(path))} cannot be written: {reason}") from None


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced; of a new one, what is usual here."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _refused(code: str, message: str, help: str = "") -> RenderError:
    return RenderError(Problem(code, message, help=help))
