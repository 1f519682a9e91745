"""Two networks against each other: one makes digits of noise, one tells them from digits that were written.

A small DCGAN (`digit_generator.yaml`, `digit_discriminator.yaml`). What each is trained for is a spec of
the zoo, `gan_generator_loss` and `gan_discriminator_loss`; both are compiled, and then share the two
networks. Digits are enlarged to 16 × 16 pixels.

Takes about half a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from pathlib import Path

import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from tqdm import tqdm

from learning.digits import digits
from learning.figures import grid, panels, save
from learning.training import Batch, Recipe, loss_of, options, rows
from netwright import composer, specs

PICTURES = {
    "gan_samples.png": "What is made of the same noise in the course of training.",
    "gan_losses.png": "The losses of both. Neither wins: a discriminator that only guesses "
    "would stay at the dashed line.",
}
HERE = Path(__file__).parent
LATENT = 32
NETWORKS = {
    "generator": str(HERE / "digit_generator.yaml"),
    "discriminator": str(HERE / "digit_discriminator.yaml"),
    "latent": LATENT,
    "channels": 1,
}


def generating(seed: int) -> nn.Module:
    """The objective of the generator."""
    return composer.compile(specs.load("gan_generator_loss", set=NETWORKS), seed=seed)


def discriminating(seed: int) -> nn.Module:
    """The objective of the discriminator."""
    settings = {**NETWORKS, "size": 16}
    return composer.compile(specs.load("gan_discriminator_loss", set=settings), seed=seed)


def enlarged() -> Tensor:
    """The digits to learn from, [count, 1, 16, 16] with values from -1 to 1."""
    return nn.functional.interpolate(2 * digits()[0].images - 1, size=(16, 16), mode="bilinear")


def noise(generator: torch.Generator) -> Batch:
    """What 64 images are made of."""
    return {"noise": torch.randn(64, LATENT, 1, 1, generator=generator)}


def draw(generator: torch.Generator) -> Batch:
    """As many digits, moved by up to a pixel so that they are not known by heart, and noise."""
    (images,) = rows(enlarged(), count=64, generator=generator)
    row, column = torch.randint(3, (2,), generator=generator).tolist()
    wide = nn.functional.pad(images, (1, 1, 1, 1), value=-1.0)
    return {"image": wide[:, :, row : row + 16, column : column + 16], **noise(generator)}


def recipes() -> dict[str, Recipe]:
    """A discriminator that only guesses is surprised by each image as by a coin."""
    return {
        "generator": Recipe(generating, noise, log(2), by_heart=0.1, steps=100),
        "discriminator": Recipe(discriminating, draw, 2 * log(2), by_heart=0.1, steps=100),
    }


def joined(seed: int) -> tuple[nn.Module, nn.Module]:
    """Both objectives, of the same two networks."""
    of_generator, of_discriminator = generating(seed), discriminating(seed)
    of_discriminator.add_module("generator", of_generator.get_submodule("generator"))
    of_generator.add_module("discriminator", of_discriminator.get_submodule("discriminator"))
    return of_generator, of_discriminator


def calming(network: nn.Module, lr: float, steps: int) -> tuple[Optimizer, LRScheduler]:
    """Adam with a rate that falls to nothing, so that the two come to rest."""
    optimiser = torch.optim.Adam(network.parameters(), lr=lr, betas=(0.5, 0.999))
    return optimiser, torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps + 1)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train both in turn, and see which digits the generator makes."""
    chosen = options(__doc__, arguments)
    of_generator, of_discriminator = joined(0)
    made_by = of_generator.get_submodule("generator")
    told_by = of_discriminator.get_submodule("discriminator")
    steps = 400 if chosen.quick else 1500
    turns = [
        (of_discriminator, draw, *calming(told_by, 2e-4, steps)),
        (of_generator, noise, *calming(made_by, 4e-4, steps)),
    ]
    generator = torch.Generator().manual_seed(0)
    same_noise = torch.randn(14, LATENT, 1, 1, generator=generator)
    shots: dict[int, list[Tensor]] = {}
    losses: list[list[float]] = []
    for step in tqdm(range(steps + 1), desc="gan", mininterval=0.5):
        if step in {0, 50, 100, 200, 500, steps}:
            with torch.no_grad():
                shots[step] = list(made_by(same_noise)[:, 0])
        now = []
        for objective, batch, optimiser, schedule in turns:
            loss = loss_of(objective, batch(generator))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            now.append(loss.item())
        losses.append(now)
    names = [f"step {step}" for step in shots]
    save(grid(list(shots.values()), names, vmin=-1, vmax=1), chosen.out, "gan_samples.png")
    figure, [[axis]] = panels(size=(5.5, 2.6))
    smooth = torch.tensor(losses).unfold(0, 25, 5).mean(-1)
    for line, name in zip(smooth.T, ("discriminator", "generator"), strict=True):
        axis.plot(range(12, 12 + 5 * len(line), 5), line, label=name)
    axis.axhline(2 * log(2), ls="--", lw=0.8, color="grey")
    axis.set(xlabel="step", ylabel="loss", ylim=(0, None))
    axis.legend()
    save(figure, chosen.out, "gan_losses.png")

    made_by.eval()
    with torch.no_grad():
        made = made_by(torch.randn(300, LATENT, 1, 1, generator=generator)).flatten(1)
    written = enlarged().flatten(1)
    neighbours = KNeighborsClassifier(5).fit(written, digits()[0].labels)
    sure = neighbours.predict_proba(made.numpy())
    figures = {
        "first_discriminator_loss": losses[0][0],
        "first_generator_loss": losses[0][1],
        "recognised": float((sure.max(1) == 1).mean()),
        "distinct_digits": len(set(sure.argmax(1)[sure.max(1) == 1].tolist())),
        "spread_of_made": torch.pdist(made).mean().item(),
        "spread_of_written": torch.pdist(written).mean().item(),
    }
    print(
        f"of 300 digits that were made, {figures['recognised']:.0%} are taken for the same digit by all "
        f"five neighbours; {figures['distinct_digits']} different ones are among these"
    )
    return figures


if __name__ == "__main__":
    main()
