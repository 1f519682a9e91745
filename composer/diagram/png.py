"""SVG as PNG, in the bundled font."""

from __future__ import annotations

import math
import re
from importlib.resources import as_file, files

from netwright.composer.diagram.measure import covered
from netwright.specs.problems import Problem, RenderError

_SIZE = re.compile(r'^<svg [^>]*viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
# What a PNG may have: 800 MB while it is painted.
_PIXELS = 200_000_000


def to_png(svg: str, scale: float = 2) -> bytes:
    """The picture with `scale` pixels for a point. Raises RenderError if that are too many."""
    width, height = (float(size) for size in _SIZE.findall(svg)[0])
    if not 0 < scale < math.inf or width * height * scale * scale > _PIXELS:
        largest = math.floor(math.sqrt(_PIXELS / (width * height)) * 10) / 10
        raise RenderError(
            Problem(
                "NW605",
                f"a picture of {width:g} by {height:g} points cannot be scaled by {scale:g}",
                help=f"use a scale of at most {largest:g}, or write an .svg",
            )
        )
    try:
        import resvg_py
    except ImportError as error:
        raise RenderError(
            Problem(
                "NW602",
                f"a PNG cannot be made: {error}",
                help="pip install resvg-py, or write an .svg",
            )
        ) from None

    with as_file(files(__package__).joinpath("font")) as folder:
        return resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=scale,
            dpi=72,
            font_files=[str(path) for path in sorted(folder.glob("*.otf"))],
            # Only a text that the bundled font cannot show needs the fonts of this machine.
            skip_system_fonts=covered(svg.replace("\n", " ")),
        )
