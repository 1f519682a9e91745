"""Split a karate club as it split, from who meets whom and the two leaders' choices.

The club has 34 members, of whom one knows only who meets whom outside. It broke in two over a quarrel
between two of them. A graph convolutional network and a graph attention network, both of the zoo, learn
by its spec `node_classification` from these two alone, and say where each of the others went.

Both are wrong about number 8, and so was the theory of the man who watched the club (Zachary 1977): that
member stayed for an examination that was three weeks away.

Takes about ten seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import log

import networkx as nx
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from torch import Tensor, nn

from learning.figures import BLUE, RED, panels, save
from learning.training import Batch, Recipe, fit, options
from netwright import composer, specs

PICTURES = {
    "karate_club.png": "The club: on the left as it split, then as each network says, from the two members "
    "with a ring; the paler, the less sure. On the right, lines are as thick as the network attends.",
}
CLUB = nx.karate_club_graph()
LEADERS = [0, 33]


def objective(model: str, seed: int, taps: Sequence[str] = ()) -> nn.Module:
    """The training objective of a network that classifies members."""
    settings = {"model": model, "features": len(CLUB), "classes": 2}
    return composer.compile(specs.load("node_classification", set=settings), seed=seed, taps=taps)


def club(_: torch.Generator) -> Batch:
    """The whole club: each member is known by a number only, each meeting goes both ways."""
    meetings = torch.tensor(list(CLUB.edges)).T
    sides = [CLUB.nodes[member]["club"] != "Mr. Hi" for member in CLUB]
    learned = torch.zeros(len(CLUB), dtype=torch.bool)
    learned[LEADERS] = True
    return {
        "x": torch.eye(len(CLUB)),
        "edge_index": torch.cat([meetings, meetings.flip(0)], dim=1),
        "label": torch.tensor(sides, dtype=torch.int64),
        "learned": learned,
    }


def recipes() -> dict[str, Recipe]:
    """One that knows nothing finds both sides equally likely."""
    return {
        "gcn": Recipe(partial(objective, "gcn"), club, log(2), by_heart=0.1, steps=400, lr=1e-2),
        "gat": Recipe(
            partial(objective, "gat"), club, log(2), 0.1, tolerance=0.25, steps=400, lr=1e-2
        ),
    }


def belief(trained: Sequence[nn.Module], batch: Batch) -> Tensor:
    """How likely each member goes with the officer, the mean of what several networks say."""
    with torch.no_grad():
        said = [model(**batch)["logits"].softmax(1)[:, 1] for model in trained]
    return torch.stack(said).mean(0)


def attention(gat: nn.Module, batch: Batch) -> list[float]:
    """How much the ends of each meeting attend to each other in the first layer, the mean of its heads."""
    tapped = objective("gat", seed=0, taps=["model.conv1.attention"]).eval()
    tapped.load_state_dict(gat.state_dict())
    with torch.no_grad():
        _, seen = tapped(**batch)
    both_ways = seen["model.conv1.attention"].mean(1)[: 2 * CLUB.number_of_edges()]
    weights: list[float] = both_ways.reshape(2, -1).mean(0).tolist()
    return weights


def paint(axis: Axes, title: str, of_members: Tensor, widths: float | list[float] = 0.6) -> None:
    """The club with its members coloured from blue to red."""
    places = nx.kamada_kawai_layout(CLUB, weight=None)
    colours = LinearSegmentedColormap.from_list("sides", [BLUE, "white", RED])
    rings = ["black" if member in LEADERS else "none" for member in CLUB]
    nx.draw_networkx_edges(CLUB, places, ax=axis, edge_color="#b0b4ba", width=widths)
    nx.draw_networkx_nodes(
        CLUB, places, node_size=110, ax=axis, node_color=of_members.tolist(), cmap=colours,
        vmin=0, vmax=1, edgecolors=rings, linewidths=1.5,
    )  # fmt: skip
    nx.draw_networkx_labels(CLUB, places, ax=axis, font_size=6)
    axis.set_title(title)
    axis.axis("off")


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train each network five times from other weights, and count whom they put on the wrong side."""
    chosen = options(__doc__, arguments)
    batch = club(torch.Generator())
    truth = batch["label"]
    figure, [axes] = panels(1, 3, size=(9.6, 3.2))
    paint(axes[0], "as it split", truth)
    figures: dict[str, float] = {}
    for name, axis in zip(("gcn", "gat"), axes[1:], strict=True):
        trained = [objective(name, seed) for seed in range(5)]
        losses = [
            fit(
                model,
                club,
                100 if chosen.quick else 300,
                lr=1e-2,
                seed=seed,
                title=f"{name} {seed}",
            )
            for seed, model in enumerate(trained)
        ]
        said = belief(trained, batch)
        wrong = [member for member in CLUB if (said[member] > 0.5).item() != truth[member].item()]
        widths = [6 * each for each in attention(trained[1], batch)] if name == "gat" else 0.6
        paint(axis, f"{name}, {len(wrong)} wrong", said, widths)
        figures[f"{name}_wrong"] = len(wrong)
        figures[f"{name}_last_loss"] = sum(each[-1] for each in losses) / len(losses)
        print(f"{name}: of 34 members, on the wrong side: {wrong or 'none'}")
    save(figure, chosen.out, "karate_club.png")
    return figures


if __name__ == "__main__":
    main()
