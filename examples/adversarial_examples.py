"""Change a digit so little that nobody minds, and it is read as another one.

A perceptron (`digits_mlp.yaml`) learns to read digits; as its training objective is a spec, the gradient
of its loss by the image is at hand too. Following that for a few small steps gives the image that fools it
most, no pixel changed by more than a limit. Noise of the same size does nothing. A second network is
trained on images that fool it (adversarial training), and is hardened by it.

Takes about half a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import log
from pathlib import Path

import torch
from torch import Tensor, nn

from learning.digits import Digits, digits
from learning.figures import BLUE, GREY, RED, panels, save, show
from learning.training import Batch, Recipe, fit, options, rows
from netwright import composer, specs

PICTURES = {
    "adversarial_examples.png": "Held-out digits, what is added to them (at most 0.15 of the way from paper "
    "to ink), and the sum; above the digits, how they are read.",
    "adversarial_examples_accuracy.png": "How many held-out digits are read, over how much a "
    "pixel may change: by noise, and on purpose, before and after hardening.",
}
HERE = Path(__file__).parent
LIMIT = 0.15


def objective(seed: int) -> nn.Module:
    """The training objective of a classifier of digits."""
    settings = {
        "model": str(HERE / "digits_mlp.yaml"),
        "classes": 10,
        "channels": 1,
        "height": 8,
        "width": 8,
    }
    return composer.compile(specs.load("classification", set=settings), seed=seed)


def fooling(
    model: nn.Module, image: Tensor, label: Tensor, limit: float, steps: int = 10
) -> Tensor:
    """Images near these for which the loss is as large as it gets, no pixel further than `limit`.

    (Madry et al. 2018, arXiv:1706.06083: projected gradient descent.)
    """
    changed = image
    for _ in range(steps):
        changed = changed.detach().requires_grad_()
        loss = model(changed, label)["loss"]
        (gradient,) = torch.autograd.grad(loss, changed)
        changed = changed + 2.5 * limit / steps * gradient.sign()
        changed = changed.clamp(image - limit, image + limit).clamp(0, 1)
    return changed.detach()


def draw(generator: torch.Generator) -> Batch:
    """64 digits to learn from."""
    train, _ = digits()
    image, label = rows(train.images, train.labels, count=64, generator=generator)
    return {"image": image, "label": label}


def draw_fooling(model: nn.Module, generator: torch.Generator) -> Batch:
    """As `draw`, changed so that they fool the model as it is now."""
    batch = draw(generator)
    return {**batch, "image": fooling(model, batch["image"], batch["label"], LIMIT, steps=4)}


def recipes() -> dict[str, Recipe]:
    """One that knows nothing finds all ten classes equally likely."""
    return {"mlp": Recipe(objective, draw, log(10), by_heart=0.02, lr=1e-2)}


def verdicts(model: nn.Module, images: Tensor) -> Tensor:
    """The likeliest digit of each image."""
    with torch.no_grad():
        logits: Tensor = model(images, torch.zeros(len(images), dtype=torch.int64))["logits"]
    return logits.argmax(1)


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of images that are read."""
    return (verdicts(model, images) == labels).float().mean().item()


def picture_fooled(model: nn.Module, held_out: Digits, out: Path) -> None:
    """One of each digit, what is added, and the sum."""
    images, labels = held_out.one_of_each(), torch.arange(10)
    changed = fooling(model, images, labels, LIMIT)
    figure, axes = panels(3, 10, size=(7.6, 2.9))
    for column, (before, after) in enumerate(
        zip(verdicts(model, images).tolist(), verdicts(model, changed).tolist(), strict=True)
    ):
        show(axes[0][column], images[column, 0])
        show(axes[1][column], (changed - images)[column, 0], cmap="RdBu_r", vmin=-1, vmax=1)
        show(axes[2][column], changed[column, 0])
        axes[0][column].set_title(str(before))
        fooled = after != column
        axes[2][column].set_title(str(after), color=RED if fooled else "black", weight="bold")
    for row, name in zip(axes, ("digit", "added", "sum"), strict=True):
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    save(figure, out, "adversarial_examples.png")


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train one network on digits and one on digits that fool it; then fool both, more and more."""
    chosen = options(__doc__, arguments)
    plain, hardened = objective(0), objective(0)
    steps = 600 if chosen.quick else 3000
    fit(plain, draw, steps, lr=1e-2, title="on digits")
    fit(hardened, partial(draw_fooling, hardened), steps, lr=1e-2, title="on fooling ones")

    _, held_out = digits()
    images, labels = held_out.images, held_out.labels
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0)).sign()
    limits = [0.0, 0.05, 0.1, LIMIT, 0.2, 0.25, 0.3]
    lines = {
        "noise": [
            accuracy(plain, (images + limit * noise).clamp(0, 1), labels) for limit in limits
        ],
        "fooled, hardened": [
            accuracy(hardened, fooling(hardened, images, labels, limit), labels) for limit in limits
        ],
        "fooled": [
            accuracy(plain, fooling(plain, images, labels, limit), labels) for limit in limits
        ],
    }
    figure, [[axis]] = panels(size=(6.2, 2.8))
    for (name, line), colour in zip(lines.items(), (GREY, BLUE, RED), strict=True):
        axis.plot(limits, line, "o-", ms=3, color=colour, label=name)
    axis.set(
        xlabel="largest change of a pixel (paper is 0, ink is 1)", ylabel="accuracy", ylim=(0, 1.02)
    )
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, chosen.out, "adversarial_examples_accuracy.png")
    picture_fooled(plain, held_out, chosen.out)

    at = limits.index(LIMIT)
    noisy, hard, fooled = (line[at] for line in lines.values())
    figures = {"clean": lines["fooled"][0], "noisy": noisy, "fooled": fooled, "hardened": hard}
    figures["hardened_clean"] = lines["fooled, hardened"][0]
    print(
        f"{figures['clean']:.1%} of held-out digits are read; with noise of {LIMIT} {noisy:.1%}, changed on "
        f"purpose by as much {fooled:.1%}; trained against that {hard:.1%}"
    )
    return figures


if __name__ == "__main__":
    main()
