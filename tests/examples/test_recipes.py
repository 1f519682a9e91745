"""What holds of everything that the examples train, before any of it is trained for long."""

from __future__ import annotations

from functools import cache

import pytest
import torch

import checkout
import scripts
from learning.training import Recipe, fit, loss_of


@cache
def recipes() -> dict[str, Recipe]:
    return {
        f"{name}-{each}": recipe
        for name in scripts.names()
        for each, recipe in scripts.script(name).recipes().items()
    }


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", recipes())
def test_first_loss_is_that_of_knowing_nothing(name: str) -> None:
    recipe = recipes()[name]
    generator = torch.Generator().manual_seed(0)
    objective = recipe.objective(0).eval()
    with torch.no_grad():
        losses = [loss_of(objective, recipe.batch(generator)).item() for _ in range(3)]
    assert sum(losses) / 3 == pytest.approx(recipe.start, rel=recipe.tolerance)


@pytest.mark.parametrize("name", recipes())
def test_one_batch_is_learned_by_heart(name: str) -> None:
    recipe = recipes()[name]
    batch = recipe.batch(torch.Generator().manual_seed(0))
    objective = recipe.objective(0)
    fit(objective, lambda _: batch, recipe.steps, recipe.lr)
    with torch.no_grad():
        assert loss_of(objective, batch).item() < recipe.by_heart < recipe.start


@pytest.mark.parametrize("name", recipes())
def test_same_seed_is_the_same_training(name: str) -> None:
    recipe = recipes()[name]

    def losses(seed: int) -> list[float]:
        return fit(recipe.objective(seed), recipe.batch, 3, recipe.lr, seed=seed)

    assert losses(1) == losses(1) != losses(2)


def test_the_gallery_has_the_pictures_of_every_example() -> None:
    folder = checkout.ROOT / "docs/images/examples"
    kept = {path.name: path.stat().st_size for path in folder.iterdir()}
    made = {picture for name in scripts.names() for picture in scripts.script(name).PICTURES}
    assert set(kept) == made, "make them anew with `make examples`"
    assert max(kept.values()) <= scripts.LARGEST
