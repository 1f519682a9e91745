"""Our own formats: renderers as a plugin would register them, for one theme."""

from __future__ import annotations

from collections.abc import Mapping

from netwright.composer.diagram.dot import to_dot
from netwright.composer.diagram.html import to_html
from netwright.composer.diagram.mermaid import to_mermaid
from netwright.composer.diagram.painting import paint
from netwright.composer.diagram.pdf import to_pdf
from netwright.composer.diagram.png import to_png
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.svg import to_svg
from netwright.plugins.hooks import Renderer

FORMATS = ("svg", "png", "pdf", "html", "dot", "mmd")


def formats(theme: str, scale: float) -> Mapping[str, Renderer]:
    """Our renderers, by the endings of files."""

    def svg(scene: Scene) -> bytes:
        return to_svg(paint(scene), theme).encode()

    return {
        "svg": Renderer(svg, "layout"),
        "png": Renderer(
            lambda scene: to_png(to_svg(paint(scene), theme, styled=False), scale), "layout"
        ),
        "pdf": Renderer(lambda scene: to_pdf(paint(scene), theme), "layout"),
        "html": Renderer(lambda levels: to_html(levels, theme).encode(), "levels"),
        "dot": Renderer(lambda scene: to_dot(scene, theme).encode(), "scene"),
        "mmd": Renderer(lambda scene: to_mermaid(scene, theme).encode(), "scene"),
    }
