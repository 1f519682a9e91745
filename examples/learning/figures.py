"""Pictures of what was learned, alike in all examples: small, plain, labelled."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

BLUE, RED, GREEN, GREY = "#3b6ea8", "#c1553b", "#4f8f5b", "#8a8f98"
"""Colours of lines and bars, told apart by the colour-blind too."""

STYLE: dict[Any, Any] = {
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=[BLUE, RED, GREEN, GREY]),
    "legend.frameon": False,
    "image.cmap": "gray_r",
    "image.interpolation": "nearest",
}


def panels(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (5.0, 3.2), **options: Any
) -> tuple[Figure, list[list[Axes]]]:
    """A figure of so many inches, and its axes, row by row. `options` are those of `Figure.subplots`."""
    mpl.rcParams.update(STYLE)
    figure = Figure(figsize=size)
    return figure, figure.subplots(rows, columns, squeeze=False, **options).tolist()


def grid(
    images: Sequence[Sequence[Tensor | None]],
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    title: str = "",
    scale: float = 0.62,
    **options: Any,
) -> Figure:
    """Images [height, width] in rows, with a name for each row and each column if given.

    None leaves a place empty. scale: inches for an image. `options` are those of `Axes.imshow`.
    """
    across = max(map(len, images))
    names = 0.075 * max(map(len, rows), default=0)
    height = scale * len(images) + 0.25 * bool(columns) + 0.3 * bool(title)
    figure, axes = panels(len(images), across, (scale * across + names + 0.1, height))
    for row, (line, of_row) in enumerate(zip(axes, images, strict=True)):
        for column, axis in enumerate(line):
            image = of_row[column] if column < len(of_row) else None
            show(axis, image, **options)
            if row == 0 and columns:
                axis.set_title(columns[column], fontsize=8)
            if column == 0 and rows:
                axis.set_ylabel(rows[row], rotation=0, ha="right", va="center", fontsize=8)
    if title:
        figure.suptitle(title, fontsize=9)
    return figure


def show(axis: Axes, image: Tensor | None, **options: Any) -> None:
    """An image [height, width] without ticks or a frame; nothing for None."""
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)
    if image is not None:
        axis.imshow(image.detach().numpy(), **({"vmin": 0, "vmax": 1} | options))


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write `folder/name` as a PNG of at most 256 colours, which is a third of the size."""
    painted = BytesIO()
    figure.savefig(painted, format="png")
    picture = Image.open(painted).convert("RGB")
    picture.quantize(256).save(folder / name, optimize=True)
