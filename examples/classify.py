"""Classify handwritten digits by two networks, and look inside them.

A small residual network (`digits.yaml`) and one hidden layer (`digits_mlp.yaml`) are trained by the
same objective, the spec `classification` of the zoo. A third run, which sees blank images only, shows
what can be had without looking. What the convolutions make of an image comes out by `taps`.

Takes about half a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from pathlib import Path

import torch
from torch import Tensor, nn

from learning.digits import Digits, digits
from learning.figures import grid, save, show
from learning.training import Batch, Recipe, fit, options, rows
from netwright import composer, specs

PICTURES = {
    "classify_weights.png": "What each hidden unit of the perceptron looks for, its weights as an image: "
    "ink where it is red, paper where it is blue.",
    "classify_features.png": "A held-out three on its way through the residual network: eight channels "
    "of the first convolution, of the second residual unit and of the last one.",
    "classify_where.png": "Where in an image the residual network finds its class, in red: the channels "
    "before the pooling, weighted as the last layer weights them (a class activation map).",
}
HERE = Path(__file__).parent


def objective(model: str, seed: int, taps: Sequence[str] = ()) -> nn.Module:
    """The training objective of a classifier that stands beside this script."""
    settings = {"model": str(HERE / model), "classes": 10, "channels": 1, "height": 8, "width": 8}
    return composer.compile(specs.load("classification", set=settings), seed=seed, taps=taps)


def draw(generator: torch.Generator) -> Batch:
    """64 digits to learn from."""
    train, _ = digits()
    image, label = rows(train.images, train.labels, count=64, generator=generator)
    return {"image": image, "label": label}


def draw_blank(generator: torch.Generator) -> Batch:
    """As `draw`, without the ink."""
    batch = draw(generator)
    return {**batch, "image": torch.zeros_like(batch["image"])}


def recipes() -> dict[str, Recipe]:
    """Both networks; one that knows nothing finds all ten classes equally likely."""
    return {
        "cnn": Recipe(
            lambda seed: objective("digits.yaml", seed), draw, log(10), by_heart=0.05, steps=60
        ),
        "mlp": Recipe(
            lambda seed: objective("digits_mlp.yaml", seed), draw, log(10), by_heart=0.02, lr=1e-2
        ),
    }


def accuracy(model: nn.Module, images: Tensor, held_out: Digits) -> float:
    """The share of images whose likeliest class is their own."""
    with torch.no_grad():
        verdicts = model(images, held_out.labels)["logits"].argmax(1)
    share: float = (verdicts == held_out.labels).float().mean().item()
    return share


def picture_inside(cnn: nn.Module, held_out: Digits, out: Path) -> None:
    """The network once more, with its inner nodes as outputs; the weights bear the same names."""
    nodes = [f"classifier.{each}" for each in ("stem", "units.1", "units")]
    tapped = objective("digits.yaml", seed=0, taps=nodes).eval()
    tapped.load_state_dict(cnn.state_dict())
    images = held_out.one_of_each()
    with torch.no_grad():
        _, seen = tapped(images, torch.arange(10))
    stem, middle, last = (seen[node] for node in nodes)

    three = 3
    strongest = [each[three].amax((1, 2)).topk(8).indices for each in (stem, middle, last)]
    lines: list[list[Tensor | None]] = [
        [images[three, 0], *stem[three, strongest[0]]],
        [None, *middle[three, strongest[1]]],
        [None, *last[three, strongest[2]]],
    ]
    names = ["convolution", "unit 2", "unit 3"]
    save(grid(lines, names, vmin=None, vmax=None), out, "classify_features.png")

    weights = cnn.get_parameter("classifier.logits.weight")
    evidence = torch.einsum("dc,dchw->dhw", weights - weights.mean(0), last).clamp(min=0).detach()
    figure = grid([list(images[:, 0])], scale=0.75, cmap="Greys", vmax=1.6)
    for axis, map in zip(figure.axes, evidence / evidence.amax((1, 2), keepdim=True), strict=True):
        shading = {"cmap": "Reds", "alpha": 0.55 * map.numpy(), "interpolation": "bilinear"}
        show(axis, map, **shading)
    save(figure, out, "classify_where.png")


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train, look inside, and say how many held-out digits are recognised."""
    chosen = options(__doc__, arguments)
    _, held_out = digits()
    steps = {"cnn": 150, "mlp": 1000} if chosen.quick else {"cnn": 600, "mlp": 4000}
    figures = {}
    trained = {}
    for name, recipe in recipes().items():
        trained[name] = recipe.objective(0)
        figures[f"{name}_first_loss"] = fit(
            trained[name], draw, steps[name], lr=recipe.lr, decay=1.0, title=name
        )[0]
        figures[f"{name}_accuracy"] = accuracy(trained[name], held_out.images, held_out)
    blind = recipes()["mlp"].objective(0)
    figures["blind_loss"] = fit(blind, draw_blank, 100, title="mlp, blank images")[-1]
    figures["blind_accuracy"] = accuracy(blind, torch.zeros_like(held_out.images), held_out)

    weights = trained["mlp"].get_parameter("classifier.hidden.weight").reshape(64, 8, 8)
    strongest = weights[weights.flatten(1).norm(dim=1).topk(32).indices]
    limit = strongest.abs().max().item()
    tiles = [list(strongest[row : row + 8]) for row in range(0, 32, 8)]
    picture = grid(tiles, cmap="RdBu_r", vmin=-limit, vmax=limit)
    save(picture, chosen.out, "classify_weights.png")
    picture_inside(trained["cnn"], held_out, chosen.out)
    print(
        f"held-out digits: convolutions {figures['cnn_accuracy']:.1%}, one hidden layer "
        f"{figures['mlp_accuracy']:.1%}, without looking {figures['blind_accuracy']:.1%}"
    )
    return figures


if __name__ == "__main__":
    main()
