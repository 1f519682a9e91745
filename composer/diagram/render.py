"""A graph as a picture in a file, or as the bytes of one."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.composer.diagram.formats import FORMATS, formats
from netwright.composer.diagram.layout import SECONDS, layout
from netwright.composer.diagram.staging import scene
from netwright.composer.diagram.themes import AUTO, THEMES
from netwright.composer.diagram.view import View
from netwright.composer.graph import Graph
from netwright.composer.viewing import network
from netwright.composer.writing import write
from netwright.plugins.blame import broken, place_of, said
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.hooks import Renderer
from netwright.plugins.staging import Plugin
from netwright.specs.problems import Problem, RenderError, shown


def render_graph(
    graph: Graph,
    path_or_format: str | os.PathLike[str],
    *,
    theme: str = AUTO,
    scale: float = 2,
    seconds: float = SECONDS,
    catalogue: Catalogue | None = None,
    shapes: Mapping[str, int] | None = None,
    expand: Sequence[str] = (),
    unfold: Sequence[str] = (),
    highlight: Sequence[str] = (),
    since: Graph | None = None,
    **view: Any,
) -> bytes | None:
    """Draw a graph.

    path_or_format: one of FORMATS: the picture is returned; else a path that ends in one, or in a
    format of a plugin: it is written there, at once and whole. theme: one of THEMES, or AUTO, which
    is light, and in an SVG dark where whoever looks prefers that. scale: pixels of a PNG for a
    point. since: another network, whose differences are marked. seconds: the most that one layout
    may take. catalogue: where plugins are looked for. The others are those of `View`.

    Raises RenderError if it cannot be drawn or written, SpecError for a shape that does not fit.
    """
    target = None if path_or_format in FORMATS else Path(path_or_format)
    form = str(path_or_format) if target is None else target.suffix.lower().removeprefix(".")
    plugin: Plugin | None = None
    if form in FORMATS:
        renderer = formats(theme, scale)[form]
    else:
        plugin, renderer = _of_plugin(form, path_or_format, catalogue)
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

    def shown_as(kind: str) -> Any:
        if kind == "network":
            return network(graph)
        # What compares networks needs this package, and is imported late.
        if kind == "levels":
            from netwright.composer.diagram.levels import levels_of

            return levels_of(graph, asked, seconds, since)
        if since is None:
            staged = scene(graph, asked)
        else:
            from netwright.composer.diagram.changes import changed_scene

            staged = changed_scene(since, graph, asked)
        return staged if kind == "scene" else layout(staged, seconds)

    seen = shown_as(renderer.of)
    picture = renderer.draw(seen) if plugin is None else _drawn(plugin, form, renderer, seen)
    if target is None:
        return picture
    write(target, picture)
    return None


def _of_plugin(
    form: str, path: str | os.PathLike[str], catalogue: Catalogue | None
) -> tuple[Plugin, Renderer]:
    """The renderer of a plugin. Raises RenderError if none has the format."""
    found = (catalogue or Catalogue()).renderer(form)
    if found is None:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise _refused(f"{shown(str(path))} is no picture", f"use one of {known}")
    return found


def _drawn(plugin: Plugin, form: str, renderer: Renderer, seen: Any) -> bytes:
    """What a plugin's renderer makes; the plugin is blamed if that fails."""
    content: object = None
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


def _refused(message: str, help: str) -> RenderError:
    return RenderError(Problem("NW604", message, help=help))
