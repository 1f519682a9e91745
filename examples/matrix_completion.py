"""Fill in a matrix of which a third is known, and one of which half is known and some entries are wrong.

The matrix is a sum of three patterns, so its rank is 3; nobody tells the network, which is nothing but a
product of square matrices (`deep_linear` of the zoo, trained by its spec `matrix_completion`). A single
matrix learns the known entries and nothing else; the more factors there are, the better is the guess at
the others. Where known entries may be wrong, the same network with another loss (`loss: l1_loss`) lets
them be wrong.

Takes about ten seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from pathlib import Path

import torch
from torch import Tensor, nn

from learning.figures import panels, save, show
from learning.training import Batch, Recipe, fit, options
from netwright import composer, specs

PICTURES = {
    "matrix_completion_depth.png": "What is known of the matrix (30%), what products of one to four factors "
    "make of it, and the matrix.",
    "matrix_completion_loss.png": "Half is known, but of that a tenth is wrong: by squared error, by "
    "absolute error, and the matrix.",
}
SIZE = 48


def waves(*terms: tuple[float, float]) -> Tensor:
    """A column for each term (how many waves, where they begin), [SIZE, terms]."""
    place = torch.linspace(0, 1, SIZE).unsqueeze(1)
    count, shift = torch.tensor(terms).T
    return torch.cos(2 * pi * (count * place + shift))


def matrix() -> Tensor:
    """The whole, [SIZE, SIZE], of rank 3, values from -1 to 1."""
    down = waves((1, 0.1), (2.5, 0.6), (3.7, 0.2))
    across = waves((2, 0.3), (1.2, 0.0), (3, 0.8))
    whole = down @ across.T
    return whole / whole.abs().max()


def known(share: float, wrong: float = 0.0) -> Batch:
    """So many of the entries, of which so many are replaced by others."""
    generator = torch.Generator().manual_seed(0)
    rows, columns = (torch.rand(SIZE, SIZE, generator=generator) < share).nonzero().T
    entries = matrix()[rows, columns]
    replaced = torch.rand(len(entries), generator=generator) < wrong
    others = 2 * torch.rand(len(entries), generator=generator) - 1
    return {"rows": rows, "columns": columns, "entries": torch.where(replaced, others, entries)}


def objective(seed: int, inner: Sequence[int] = (SIZE,) * 3, loss: str = "mse_loss") -> nn.Module:
    """The training objective of a product; `inner` are the sizes between its factors."""
    settings = {"sizes": [SIZE, *inner, SIZE], "loss": loss}
    return composer.compile(specs.load("matrix_completion", set=settings), seed=seed)


def recipes() -> dict[str, Recipe]:
    """A product of small factors is almost nothing: its error is the mean square of the entries."""
    batch = known(0.3)
    square = batch["entries"].square().mean().item()
    return {
        "four_factors": Recipe(
            objective, lambda _: batch, square, by_heart=0.05 * square, steps=300, lr=1e-2
        )
    }


def error(found: Tensor) -> float:
    """How far a matrix is from the whole one, as a share of that."""
    apart = nn.functional.mse_loss(found, matrix()).sqrt().item()
    return apart / matrix().square().mean().sqrt().item()


def filled(objective: nn.Module, batch: Batch, lr: float, title: str) -> Tensor:
    """The matrix that is learned from these entries."""
    fit(objective, lambda _: batch, steps=2500, lr=lr, decay=0.0, title=title)
    with torch.no_grad():
        found: Tensor = objective(**batch)["matrix"]
    return found


def picture(name: str, batch: Batch, found: dict[str, Tensor], out: Path) -> None:
    """What is known, what was found with its error, and the matrix."""
    given = torch.full((SIZE, SIZE), torch.nan)
    given[batch["rows"], batch["columns"]] = batch["entries"]
    figure, [axes] = panels(1, len(found) + 2, size=(1.5 * (len(found) + 2), 1.75))
    titled = {f"{title}\n{error(each):.1%} off": each for title, each in found.items()}
    images = {"known\n": given, **titled, "the matrix\n": matrix()}
    for axis, (title, image) in zip(axes, images.items(), strict=True):
        show(axis, image, vmin=-1, vmax=1, cmap="RdBu_r")
        axis.set_title(title, fontsize=8)
    save(figure, out, name)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Fill in both, with more and more factors, and with either loss."""
    chosen = options(__doc__, arguments)
    third, half = known(0.3), known(0.5, wrong=0.1)
    by_depth = {
        f"{factors} factor{'s' * (factors > 1)}": filled(
            objective(0, (SIZE,) * (factors - 1)), third, 3e-3, f"{factors} factors"
        )
        for factors in ((1, 4) if chosen.quick else (1, 2, 3, 4))
    }
    picture("matrix_completion_depth.png", third, by_depth, chosen.out)
    by_loss = {
        title: filled(objective(0, (6, 6), loss), half, 1e-3, loss)
        for title, loss in (("squared error", "mse_loss"), ("absolute error", "l1_loss"))
    }
    picture("matrix_completion_loss.png", half, by_loss, chosen.out)
    figures = {title.replace(" ", "_"): error(each) for title, each in (by_depth | by_loss).items()}
    print(
        f"30% known: one factor is {figures['1_factor']:.0%} off, four are {figures['4_factors']:.2%} off"
    )
    print(
        f"50% known, a tenth of it wrong: squared error {figures['squared_error']:.0%} off, "
        f"absolute error {figures['absolute_error']:.2%} off"
    )
    return figures


if __name__ == "__main__":
    main()
