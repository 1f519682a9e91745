"""Learn how masses on springs move from small systems, and foretell larger ones.

`springs.yaml` puts a graph network around what is known of each mass, each spring and each system as a
whole (gravity, friction), and compares the accelerations that it says with the true ones. It learns from
single moments of systems of 3 to 6 masses. Then a bridge of 12 is let go, and the network is asked again
and again where its own answers have led.

Takes about half a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from learning.figures import GREY, RED, panels, save
from learning.training import Batch, Recipe, fit, options
from netwright import composer, specs

PICTURES = {
    "springs.png": "A bridge that is let go, as it moves (grey) and as the network foretells it from the "
    "first moment alone (red).",
}
SYSTEMS = 48
TICK = 0.02
"""Seconds."""


def objective(seed: int) -> nn.Module:
    """The graph network with its loss."""
    return composer.compile(specs.load(Path(__file__).with_name("springs.yaml")), seed=seed)


def moment(
    position: Tensor, velocity: Tensor, ends: Tensor, kinds: Tensor, around: Tensor, system: Tensor
) -> Batch:
    """What the objective reads at a moment, and the true acceleration, of masses [masses, 2].

    ends: [2, springs], each spring once in each direction. kinds: stiffness and length at rest of each.
    around: gravity and friction of each system. system: that of each mass.
    """
    apart = position[ends[0]] - position[ends[1]]
    length = apart.norm(dim=1, keepdim=True)
    pull = kinds[:, :1] * (1 - kinds[:, 1:] / length) * apart
    gravity, friction = around[system].unsqueeze(2).unbind(1)
    falling = torch.cat([torch.zeros_like(gravity), -gravity], dim=1)
    return {
        "velocity": velocity,
        "ends": ends,
        "spring": torch.cat([apart, kinds], dim=1),
        "surroundings": around,
        "system": system,
        "acceleration": falling.index_add(0, ends[1], pull) - friction * velocity,
    }


def draw(generator: torch.Generator) -> Batch:
    """Systems of 3 to 6 masses at any moment; each mass hangs on one before it, the last on the first too."""

    def uniform(least: float, most: float, *shape: int) -> Tensor:
        return least + (most - least) * torch.rand(shape, generator=generator)

    pairs: list[tuple[int, int]] = []
    system: list[int] = []
    for number in range(SYSTEMS):
        first = len(system)
        size = int(torch.randint(3, 7, (), generator=generator))
        others = [int(torch.randint(each, (), generator=generator)) for each in range(1, size)]
        pairs += [(first + own, first + other) for own, other in enumerate(others, 1)]
        if others[-1]:
            pairs.append((first + size - 1, first))
        system += [number] * size
    kinds = torch.stack([uniform(0.5, 4, len(pairs)), uniform(0.2, 1.2, len(pairs))], dim=1)
    around = torch.stack([uniform(0, 1, SYSTEMS), uniform(0, 1, SYSTEMS)], dim=1)
    return moment(
        position=uniform(-1, 1, len(system), 2),
        velocity=uniform(-1.5, 1.5, len(system), 2),
        ends=torch.tensor([*pairs, *[(other, own) for own, other in pairs]]).T,
        kinds=kinds.repeat(2, 1),
        around=around,
        system=torch.tensor(system),
    )


def recipes() -> dict[str, Recipe]:
    """One that says almost nothing is wrong by the mean square of the accelerations."""
    sample = [draw(torch.Generator().manual_seed(seed))["acceleration"] for seed in range(20)]
    square = torch.cat(sample).square().mean().item()
    return {
        "graph_network": Recipe(objective, draw, square, by_heart=0.02 * square, steps=400, lr=1e-2)
    }


def bridge(accelerate: Callable[[Batch], Tensor], ticks: int) -> Tensor:
    """Where 12 masses in a row are that hang between two walls, [ticks, 12, 2], from a straight line on."""
    row = torch.arange(11)
    ends = torch.stack([row, row + 1])
    both = torch.cat([ends, ends.flip(0)], dim=1)
    kinds = torch.tensor([4.0, 0.6]).expand(22, 2)
    around, system = torch.tensor([[0.6, 0.3]]), torch.zeros(12, dtype=torch.int64)
    position = torch.stack([torch.linspace(-4, 4, 12), torch.zeros(12)], dim=1)
    velocity = torch.zeros_like(position)
    free = torch.ones(12, 1)
    free[[0, -1]] = 0
    walk = []
    for _ in range(ticks):
        walk.append(position)
        now = moment(position, velocity, both, kinds, around, system)
        velocity = velocity + TICK * free * accelerate(now)
        position = position + TICK * velocity
    return torch.stack(walk)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train, then let the bridge go, once by the laws and once by what was learned of them."""
    chosen = options(__doc__, arguments)
    network = objective(0)
    losses = fit(
        network, draw, steps=1000 if chosen.quick else 4000, lr=5e-3, title="graph network"
    )

    def learned(now: Batch) -> Tensor:
        with torch.no_grad():
            found: Tensor = network(**now)["acceleration"]
        return found

    ticks = 301
    true, foretold = bridge(lambda now: now["acceleration"], ticks), bridge(learned, ticks)
    figure, [axes] = panels(1, 4, size=(8.4, 2.1), sharey=True)
    for axis, tick in zip(axes, (0, 100, 200, 300), strict=True):
        axis.plot(*true[tick].T, "o-", color=GREY, ms=7, lw=2.5, alpha=0.6)
        axis.plot(*foretold[tick].T, "o--", color=RED, ms=3, lw=0.9)
        axis.set(title=f"after {tick * TICK:.0f} s", xticks=[], yticks=[], aspect="equal")
        axis.spines[:].set_visible(False)
    save(figure, chosen.out, "springs.png")

    away = (foretold - true).norm(dim=-1)[:, 1:-1]
    come = (true - true[0]).norm(dim=-1)[:, 1:-1]
    figures = {
        "first_loss": losses[0],
        "last_loss": sum(losses[-50:]) / 50,
        "start": recipes()["graph_network"].start,
        "way_foretold": 1 - (away.mean() / come.mean()).item(),
    }
    print(
        f"error of accelerations: {figures['last_loss'] / figures['start']:.2%} of their mean square; over "
        f"{ticks * TICK:.0f} s the bridge is foretold up to {1 - figures['way_foretold']:.1%} of its way"
    )
    return figures


if __name__ == "__main__":
    main()
