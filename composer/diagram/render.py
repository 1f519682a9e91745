"""A graph as a picture in a file, or as the bytes of one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.composer.diagram.dot import to_dot
from netwright.composer.diagram.layout import SECONDS, layout
from netwright.composer.diagram.painting import paint
from netwright.composer.diagram.pdf import to_pdf
from netwright.composer.diagram.png import to_png
from netwright.composer.diagram.staging import scene
from netwright.composer.diagram.svg import to_svg
from netwright.composer.diagram.themes import AUTO, THEMES
from netwright.composer.diagram.view import View
from netwright.composer.graph import Graph
from netwright.composer.writing import write
from netwright.specs.problems import Problem, RenderError, shown

FORMATS = ("svg", "png", "pdf", "dot")


def render_graph(
    graph: Graph,
    path_or_format: str | os.PathLike[str],
    *,
    theme: str = AUTO,
    scale: float = 2,
    seconds: float = SECONDS,
    shapes: Mapping[str, int] | None = None,
    expand: Sequence[str] = (),
    unfold: Sequence[str] = (),
    highlight: Sequence[str] = (),
    **view: Any,
) -> bytes | None:
    """Draw a graph.

    path_or_format: one of FORMATS: the picture is returned; else a path that ends in one: it is
    written there, at once and whole. theme: one of THEMES, or AUTO, which is light, and in an SVG
    dark where whoever looks prefers that. scale: pixels of a PNG for a point. seconds: the most
    that one layout may take. The others are those of `View`.

    Raises RenderError if it cannot be drawn or written, SpecError for a shape that does not fit.
    """
    target = None if path_or_format in FORMATS else Path(path_or_format)
    form = str(path_or_format) if target is None else target.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        formats = ", ".join(f".{name}" for name in FORMATS)
        raise _refused(f"{shown(str(path_or_format))} is no picture", f"use one of {formats}")
    if theme != AUTO and theme not in THEMES:
        known = ", ".join((AUTO, *THEMES))
        raise _refused(f"there is no theme {shown(str(theme))}", f"use one of {known}")
    asked = View(
        shapes=dict(shapes or {}),
        expand=tuple(expand),
        unfold=tuple(unfold),
        highlight=tuple(highlight),
        **view,
    )
    staged = scene(graph, asked)
    if form == "dot":
        picture = to_dot(staged, theme).encode()
    else:
        drawing = paint(layout(staged, seconds))
        match form:
            case "svg":
                picture = to_svg(drawing, theme).encode()
            case "pdf":
                picture = to_pdf(drawing, theme)
            case _:
                picture = to_png(to_svg(drawing, theme, styled=False), scale)
    if target is None:
        return picture
    write(target, picture)
    return None


def _refused(message: str, help: str) -> RenderError:
    return RenderError(Problem("NW604", message, help=help))
