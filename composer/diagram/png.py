"""SVG as PNG, in the bundled font."""

from __future__ import annotations

from importlib.resources import as_file, files

from netwright.composer.diagram.measure import covered


def to_png(svg: str, scale: float = 2) -> bytes:
    """The picture with `scale` pixels for a point."""
    import resvg_py

    with as_file(files(__package__).joinpath("font")) as folder:
        return resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=scale,
            dpi=72,
            font_files=[str(path) for path in sorted(folder.glob("*.otf"))],
            # Only a text that the bundled font cannot show needs the fonts of this machine.
            skip_system_fonts=covered(svg.replace("\n", " ")),
        )
