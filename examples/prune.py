"""Take most of the weights out of a network, and see how little it minds.

A perceptron (`digits_mlp.yaml`) learns to read digits. Then each weight gets a score, the lowest are set
to zero, and what is left is trained on for a little. Three scores: how large a weight is, how much the
loss would change without it (by its gradient), and, to compare, a number at random.

Takes about fifteen seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from math import log
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from learning.digits import digits
from learning.figures import BLUE, GREY, RED, grid, panels, save
from learning.training import Batch, Recipe, fit, loss_of, options, rows
from netwright import composer, specs

PICTURES = {
    "prune_accuracy.png": "Held-out digits that are read, over the share of weights that are gone: by each "
    "score, trained on afterwards; and by size without that (dashed).",
    "prune_weights.png": "What 16 hidden units look at: before, and with 80% of all weights gone.",
}
HERE = Path(__file__).parent


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


def draw(count: int, generator: torch.Generator) -> Batch:
    """So many digits to learn from."""
    train, _ = digits()
    image, label = rows(train.images, train.labels, count=count, generator=generator)
    return {"image": image, "label": label}


def recipes() -> dict[str, Recipe]:
    """One that knows nothing finds all ten classes equally likely."""
    return {"mlp": Recipe(objective, partial(draw, 64), log(10), by_heart=0.02, lr=1e-2)}


def accuracy(model: nn.Module) -> float:
    """The share of held-out digits that are read."""
    _, held_out = digits()
    with torch.no_grad():
        verdicts = model(held_out.images, held_out.labels)["logits"].argmax(1)
    share: float = (verdicts == held_out.labels).float().mean().item()
    return share


def prunable(model: nn.Module) -> list[tuple[nn.Linear, str]]:
    """Each linear layer, and the name of its weight."""
    return [(layer, "weight") for layer in model.modules() if isinstance(layer, nn.Linear)]


def by_size(weight: Tensor) -> Tensor:
    """How far it is from being gone already."""
    return weight.detach().abs()


def by_gradient(weight: Tensor) -> Tensor:
    """The loss without a weight is, to first order, another by the weight times its gradient."""
    assert weight.grad is not None
    return (weight.grad * weight).detach().abs()


def by_chance(weight: Tensor) -> Tensor:
    """Whatever."""
    return torch.rand_like(weight)


SCORES = {"size": by_size, "gradient": by_gradient, "chance": by_chance}


def pruned(trained: nn.Module, score: str, share: float) -> nn.Module:
    """A copy in which this share of the weights, those with the lowest scores, stays zero."""
    model = deepcopy(trained)
    torch.manual_seed(0)
    loss_of(model, draw(1024, torch.Generator().manual_seed(0))).backward()  # type: ignore[no-untyped-call]
    scores = {(layer, name): SCORES[score](getattr(layer, name)) for layer, name in prunable(model)}
    prune.global_unstructured(
        prunable(model), prune.L1Unstructured, importance_scores=scores, amount=share
    )
    return model


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train once; prune by each score, more and more; train on."""
    chosen = options(__doc__, arguments)
    trained = objective(0)
    draw_some = partial(draw, 64)
    fit(trained, draw_some, steps=1000 if chosen.quick else 3000, lr=1e-2, title="mlp")
    shares = (0.0, 0.8, 0.95) if chosen.quick else (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
    steps = 200 if chosen.quick else 400
    bare: list[float] = [accuracy(pruned(trained, "size", share)) for share in shares]
    tuned: dict[str, list[float]] = {score: [] for score in SCORES}
    sparse = {}
    for score, line in tuned.items():
        for share in shares:
            model = pruned(trained, score, share)
            fit(model, draw_some, steps, lr=3e-3, title=f"{share:.0%} gone, by {score}")
            line.append(accuracy(model))
            sparse[score, share] = model

    figure, [[axis]] = panels(size=(5.2, 3.0))
    gone = [100 * share for share in shares]
    for (score, line), colour in zip(tuned.items(), (BLUE, RED, GREY), strict=True):
        axis.plot(gone, line, "o-", ms=3, color=colour, label=f"by {score}")
    axis.plot(gone, bare, "--", lw=1, color=BLUE, label="by size, not trained on")
    axis.set(xlabel="weights that are gone, %", ylabel="accuracy on held-out digits")
    axis.legend(loc="lower left")
    save(figure, chosen.out, "prune_accuracy.png")

    left = prunable(sparse["size", 0.8])
    first = [prunable(trained)[0][0].weight, left[0][0].weight]
    strongest = first[0].norm(dim=1).topk(16).indices
    lines = [list(weight[strongest].reshape(-1, 8, 8)) for weight in first]
    limit = first[0].abs().max().item() / 1.5
    picture = grid(
        lines, ["before", "80% gone"], scale=0.45, cmap="RdBu_r", vmin=-limit, vmax=limit
    )
    save(picture, chosen.out, "prune_weights.png")

    masks = torch.cat([layer.get_buffer("weight_mask").flatten() for layer, _ in left])
    at = shares.index(0.8)
    figures = {
        "dense": accuracy(trained),
        "sparsity": 1 - masks.mean().item(),
        "not_trained_on": bare[at],
        **{f"by_{score}": line[at] for score, line in tuned.items()},
    }
    print(
        f"{figures['dense']:.1%} of held-out digits are read; with {figures['sparsity']:.0%} of "
        f"{len(masks):,} weights gone {figures['not_trained_on']:.1%}, and trained on "
        f"{figures['by_size']:.1%} (by gradient {figures['by_gradient']:.1%}, by chance "
        f"{figures['by_chance']:.1%})"
    )
    return figures


if __name__ == "__main__":
    main()
