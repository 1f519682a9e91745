"""The sampler of diffusion, on distributions of which the noise is known exactly."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from learning.diffusing import denoise, noise_levels


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_levels_are_those_of_the_published_schedules() -> None:
    linear = noise_levels("linear", 1000)
    assert linear.shape == (1000,)
    expected = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)
    assert torch.allclose(linear.double(), expected, rtol=1e-3)
    cosine = noise_levels("cosine", 50)
    angle = (25 / 50 + 0.008) / 1.008 * math.pi / 2
    start = 0.008 / 1.008 * math.pi / 2
    assert cosine[24].item() == pytest.approx((math.cos(angle) / math.cos(start)) ** 2, rel=1e-4)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
@pytest.mark.parametrize("start", [None, 20])
def test_one_image_is_found_from_any_noise(schedule: str, start: int | None) -> None:
    levels = noise_levels(schedule, 50)
    image = noise(1, 1, 4, 4, seed=1).clamp(-1, 1)
    asked = []

    def predict(noisy: Tensor, timestep: Tensor) -> Tensor:
        asked.append(timestep.tolist())
        level = levels[timestep].reshape(-1, 1, 1, 1)
        return (noisy - level.sqrt() * image) / (1 - level).sqrt()

    walk = list(denoise(predict, noise(3, 1, 4, 4), levels, torch.Generator(), start))
    first = 49 if start is None else start
    assert len(walk) == first + 1
    assert asked == [[step] * 3 for step in reversed(range(first + 1))]
    assert torch.allclose(walk[-1], image.expand(3, 1, 4, 4), atol=1e-4)
    assert not torch.allclose(walk[0], image.expand(3, 1, 4, 4), atol=0.1)


def test_spread_of_what_was_learned_comes_back() -> None:
    """Pixels that are normal with a mean of 0.1 and a deviation of 0.2: the best guess is linear."""
    levels = noise_levels("linear", 1000)
    mean, deviation = 0.1, 0.2

    def predict(noisy: Tensor, timestep: Tensor) -> Tensor:
        level = levels[timestep].reshape(-1, 1, 1, 1)
        variance = level * deviation**2 + 1 - level
        return (1 - level).sqrt() / variance * (noisy - level.sqrt() * mean)

    *_, last = denoise(predict, noise(64, 1, 8, 8), levels, torch.Generator().manual_seed(0))
    assert last.mean().item() == pytest.approx(mean, abs=0.01)
    assert last.std().item() == pytest.approx(deviation, abs=0.01)


def test_the_walk_is_seeded() -> None:
    levels = noise_levels("cosine", 10)

    def last(seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        *_, image = denoise(lambda x, _: x / 2, noise(2, 1, 2, 2), levels, generator)
        return image

    assert torch.equal(last(1), last(1))
    assert not torch.equal(last(1), last(2))
