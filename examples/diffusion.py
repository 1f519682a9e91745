"""Learn to take noise out of digits, and walk from pure noise to digits that nobody wrote.

A small U-Net (`digit_unet.yaml`) is trained by the spec `denoising_diffusion` of the zoo: it reads a digit
with noise, and is to say the noise. Walked backwards, step by step, that makes digits of nothing; begun
half-way, with one digit drowned in noise, it makes variations of that digit.

Takes about a minute and a half.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from learning.diffusing import denoise, noise_levels
from learning.digits import digits
from learning.figures import grid, save
from learning.training import Batch, Recipe, fit, options, rows
from netwright import composer, specs

PICTURES = {
    "diffusion_walk.png": "From noise to digits, a walk in each row; above it the steps that are left.",
    "diffusion_samples.png": "Digits made of noise, each another one.",
    "diffusion_variations.png": "A held-out digit, the same drowned in noise half-way, and what is found "
    "on the way back from there, each time with other noise.",
}
HERE = Path(__file__).parent
STEPS = 200


def objective(seed: int) -> nn.Module:
    """The training objective of diffusion, with a small U-Net."""
    settings = {
        "model": str(HERE / "digit_unet.yaml"),
        "schedule": "cosine",
        "steps": STEPS,
        "channels": 1,
        "multiple": 2,
    }
    return composer.compile(specs.load("denoising_diffusion", set=settings), seed=seed)


def draw(generator: torch.Generator) -> Batch:
    """64 digits, noise for each, and how many steps of it are added."""
    train, _ = digits()
    (images,) = rows(train.images, count=64, generator=generator)
    noise = torch.randn(images.shape, generator=generator)
    timestep = torch.randint(STEPS, (64,), generator=generator)
    return {"image": 2 * images - 1, "noise": noise, "timestep": timestep}


def recipes() -> dict[str, Recipe]:
    """The noise has a variance of 1: so large is the error of one that says nothing of it."""
    return {"unet": Recipe(objective, draw, start=1.0, by_heart=0.3, steps=80)}


def distance(images: Tensor, others: Tensor) -> float:
    """How far each image is from the nearest of the others, on average."""
    return torch.cdist(images.flatten(1), others.flatten(1)).min(1).values.mean().item()


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train, make digits of noise, and compare them with digits that were written."""
    chosen = options(__doc__, arguments)
    model = objective(0)
    losses = fit(model, draw, steps=150 if chosen.quick else 1200, title="unet")
    unet = model.get_submodule("model")

    levels, generator = noise_levels("cosine", STEPS), torch.Generator().manual_seed(1)
    noise = torch.randn(64, 1, 8, 8, generator=generator)
    walk = [noise, *denoise(unet, noise, levels, generator)]
    made = walk[-1]
    stops = [0, 40, 80, 100, 120, 140, 150, 160, 170, 185, STEPS]
    lines = [[walk[stop][row, 0] for stop in stops] for row in range(5)]
    left = [str(STEPS - stop) for stop in stops]
    save(grid(lines, columns=left, vmin=-1, vmax=1), chosen.out, "diffusion_walk.png")
    tiles = [list(made[row : row + 16, 0]) for row in range(0, 64, 16)]
    save(grid(tiles, vmin=-1, vmax=1, scale=0.4), chosen.out, "diffusion_samples.png")

    train, held_out = digits()
    written, half = 2 * held_out.one_of_each()[[2, 3, 5, 8]] - 1, STEPS // 2
    noise = torch.randn(8, 4, 1, 8, 8, generator=generator)
    noisy = levels[half].sqrt() * written + (1 - levels[half]).sqrt() * noise
    *_, found = denoise(unet, noisy.flatten(0, 1), levels, generator, start=half)
    varied = found.reshape(8, 4, 1, 8, 8)
    lines = [[written[n, 0], noisy[0, n, 0], *varied[:, n, 0]] for n in range(4)]
    names = ["written", "noisy", *[""] * 8]
    save(grid(lines, columns=names, vmin=-1, vmax=1), chosen.out, "diffusion_variations.png")

    known = 2 * train.images - 1
    figures = {
        "first_loss": losses[0],
        "last_loss": sum(losses[-50:]) / 50,
        "distance_of_made": distance(made, known),
        "distance_of_written": distance(2 * held_out.images - 1, known),
        "distance_of_noise": distance(noise.flatten(0, 1).clamp(-1, 1), known),
        "spread_of_made": torch.pdist(made.flatten(1)).mean().item(),
        "spread_of_written": torch.pdist(2 * held_out.images.flatten(1) - 1).mean().item(),
    }
    print(
        f"error in the noise: {figures['last_loss']:.2f} (knowing nothing: 1); to the nearest known digit: "
        f"made ones {figures['distance_of_made']:.2f}, written ones {figures['distance_of_written']:.2f}, "
        f"noise {figures['distance_of_noise']:.2f}"
    )
    return figures


if __name__ == "__main__":
    main()
