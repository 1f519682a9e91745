"""Training: what is trained and how, and the loop."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

Batch = Mapping[str, Tensor]
"""The inputs of an objective, by name."""

Draw = Callable[[torch.Generator], Batch]
"""From a generator, a batch at random."""


@dataclass(frozen=True)
class Recipe:
    """Something that is trained, and the losses that are expected of it.

    objective: from a seed, the training objective as a module; its loss is its output, or the output
    called `loss`. batch: what it reads, at random. start: the loss of a model that knows nothing yet,
    such as the logarithm of the number of classes. tolerance: how far the first loss may be from that,
    as a share of it. by_heart: a loss that one batch, read again and again, must fall below, in
    so many `steps` at the learning rate `lr`.
    """

    objective: Callable[[int], nn.Module]
    batch: Draw
    start: float
    by_heart: float
    tolerance: float = 0.15
    steps: int = 200
    lr: float = 3e-3


@dataclass(frozen=True)
class Options:
    """How an example is run: shortened or not, and where its pictures go."""

    quick: bool
    out: Path


def options(description: str | None, arguments: Sequence[str] | None) -> Options:
    """The options on the command line, or in `arguments`; the folder for pictures is made."""
    parser = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="train for seconds, not minutes")
    parser.add_argument(
        "--out", type=Path, default=Path("build/examples"), help="where the pictures go"
    )
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    return Options(chosen.quick, chosen.out)


def loss_of(objective: nn.Module, batch: Batch) -> Tensor:
    """The loss of a batch, a single number."""
    output = objective(**batch)
    loss: Tensor = output["loss"] if isinstance(output, Mapping) else output
    return loss


def fit(
    objective: nn.Module,
    draw: Draw,
    steps: int,
    lr: float = 3e-3,
    decay: float = 0.01,
    seed: int = 0,
    title: str = "",
) -> list[float]:
    """Train by so many steps of AdamW, the rate first rising, then falling. Returns the loss of each."""
    torch.manual_seed(seed)  # for dropout
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(objective.parameters(), lr=lr, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps)
    objective.train()
    losses = []
    progress = tqdm(range(steps), desc=title, mininterval=1)
    for _ in progress:
        loss = loss_of(objective, draw(generator))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(objective.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        progress.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
    objective.eval()
    return losses


def rows(*tensors: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
    """The same rows of each tensor, so many at random."""
    chosen = torch.randint(len(tensors[0]), (count,), generator=generator)
    return tuple(each[chosen] for each in tensors)
