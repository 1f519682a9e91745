"""A graph as a picture in a file, or as the bytes of one."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard

from netwright.composer.diagram.dot import to_dot
from netwright.composer.diagram.layout import SECONDS, layout
from netwright.composer.diagram.png import to_png
from netwright.composer.diagram.scene import DIRECTIONS, Direction
from netwright.composer.diagram.staging import scene
from netwright.composer.diagram.svg import to_svg
from netwright.composer.graph import Graph
from netwright.composer.viewing import network
from netwright.composer.writing import write
from netwright.plugins.blame import broken, place_of, said
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.hooks import Renderer
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
    catalogue: Catalogue | None = None,
) -> bytes | None:
    """Draw a graph.

    path_or_format: one of FORMATS: the picture is returned; else a path that ends in one, or in a
    format of a plugin: it is written there, at once and whole. catalogue: where plugins are looked
    for. depth: how many levels of composites are opened (1: none).
    shapes: numbers for symbolic sizes. scale: pixels of a PNG for a point. seconds: the most that
    one layout may take.

    Raises RenderError if it cannot be drawn or written, SpecError for a shape that does not fit.
    """
    target = None if path_or_format in FORMATS else Path(path_or_format)
    form = str(path_or_format) if target is None else target.suffix.lower().removeprefix(".")
    own: dict[str, Renderer] = {
        "svg": Renderer(lambda scene: to_svg(scene).encode(), "layout"),
        "png": Renderer(lambda scene: to_png(to_svg(scene), scale), "layout"),
        "dot": Renderer(lambda scene: to_dot(scene).encode(), "scene"),
    }
    draw = _own(own[form]) if form in own else _of_plugin(form, path_or_format, catalogue)
    if not _is_direction(direction):
        known = ", ".join(DIRECTIONS)
        raise _refused(
            "NW604", f"there is no direction {shown(str(direction))}", f"use one of {known}"
        )
    if depth is not None and depth < 1:
        raise _refused("NW604", f"a depth of {depth} shows nothing", "use at least 1")

    def shown_as(kind: str) -> Any:
        if kind == "network":
            return network(graph)
        staged = scene(graph, depth, shapes, direction)
        return staged if kind == "scene" else layout(staged, seconds)

    picture = draw(shown_as)
    if target is None:
        return picture
    write(target, picture)
    return None


# Takes what makes a network, a scene or a layout of the graph, and returns the file's content.
_Draw: TypeAlias = Callable[[Callable[[str], Any]], bytes]


def _own(renderer: Renderer) -> _Draw:
    return lambda shown_as: renderer.draw(shown_as(renderer.of))


def _of_plugin(form: str, path: str | os.PathLike[str], catalogue: Catalogue | None) -> _Draw:
    """The renderer of a plugin, blamed if it fails. Raises RenderError if none has the format."""
    found = (catalogue or Catalogue()).renderer(form)
    if found is None:
        formats = ", ".join(f".{name}" for name in FORMATS)
        raise _refused("NW604", f"{shown(str(path))} is no picture", f"use one of {formats}")
    plugin, renderer = found

    def draw(shown_as: Callable[[str], Any]) -> bytes:
        content: object = None
        seen = shown_as(renderer.of)
        try:
            with contextlib.redirect_stdout(sys.stderr):
                content = renderer.draw(seen)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            what = f"has a renderer {form} that failed with {said(error)}"
            raise broken(plugin.namespace, plugin.origin, what, "NW513") from error
        if not isinstance(content, bytes):
            kind = type(content).__name__
            what = f"has a renderer {form} that gave {kind}, not bytes{place_of(renderer.draw)}"
            raise broken(plugin.namespace, plugin.origin, what, "NW513")
        return content

    return draw


def _is_direction(text: str) -> TypeGuard[Direction]:
    return text in DIRECTIONS


def _refused(code: str, message: str, help: str = "") -> RenderError:
    return RenderError(Problem(code, message, help=help))
