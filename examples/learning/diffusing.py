"""From noise back to images: the noising process of the spec `noising`, walked the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from netwright import composer, specs

Predict = Callable[[Tensor, Tensor], Tensor]
"""From noisy images [batch, channels, height, width] and their time steps [batch] to the noise in them."""


def noise_levels(schedule: str, steps: int) -> Tensor:
    """How much of the variance is image after each step [steps], read off the spec `noising`."""
    spec = specs.load("noising", set={"schedule": schedule, "steps": steps, "channels": 1})
    noising = composer.compile(spec, taps=["levels"])
    image = torch.zeros(1, 1, 1, 1)
    _, seen = noising(image, image, torch.zeros(1, dtype=torch.int64))
    levels: Tensor = seen["levels"]
    return levels


@torch.no_grad()
def denoise(
    predict: Predict,
    noisy: Tensor,
    levels: Tensor,
    generator: torch.Generator,
    start: int | None = None,
) -> Iterator[Tensor]:
    """Walk images back to where there is no noise; yields them after each step.

    noisy: [batch, channels, height, width], as at the step `start` of the process; by default its
    last, where they are standard normal. levels: see `noise_levels`. Images are thought to have
    values from -1 to 1. (Ho, Jain, Abbeel 2020, arXiv:2006.11239, algorithm 2.)
    """
    image = noisy
    for step in reversed(range(len(levels) if start is None else start + 1)):
        level = levels[step]
        before = levels[step - 1] if step else torch.ones(())
        noise = predict(image, torch.full((len(image),), step))
        clean = ((image - (1 - level).sqrt() * noise) / level.sqrt()).clamp(-1, 1)
        kept = level / before
        # The mean and variance of the step before, given this one and the clean image.
        image = (before.sqrt() * (1 - kept) * clean + kept.sqrt() * (1 - before) * image) / (
            1 - level
        )
        if step:
            variance = (1 - before) / (1 - level) * (1 - kept)
            image = image + variance.sqrt() * torch.randn(image.shape, generator=generator)
        yield image
