"""Train the example `classify` under Hugging Face's accelerate, without a change to it.

What a spec becomes is an ordinary module, and what a training objective returns is an ordinary loss, so the
library that spreads training over processes and devices takes them as they are. Without more it runs in one
process, on the accelerator if there is one; on all of them, or in two processes on a CPU, it runs by

    accelerate launch examples/accelerated.py
    ACCELERATE_USE_CPU=true torchrun --nproc-per-node 2 examples/accelerated.py

Takes about ten seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader
from tqdm import tqdm

import classify
from learning.digits import digits
from learning.training import Batch, loss_of, options


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the convolutions of `classify`, and say how many held-out digits are recognised."""
    chosen = options(__doc__, arguments)
    set_seed(0)
    train, held_out = digits()
    pairs = zip(train.images, train.labels, strict=True)
    data: Any = [{"image": image, "label": label} for image, label in pairs]
    batches: DataLoader[Batch] = DataLoader(data, batch_size=32, shuffle=True)
    epochs = 5 if chosen.quick else 15
    model = classify.recipes()["cnn"].objective(0)
    adam = torch.optim.AdamW(model.parameters(), lr=1e-2)
    rising_and_falling = torch.optim.lr_scheduler.OneCycleLR(adam, 1e-2, epochs * len(batches))

    accelerator = Accelerator()
    objective, optimiser, schedule, loader = accelerator.prepare(
        model, adam, rising_and_falling, batches
    )
    for _ in tqdm(range(epochs), desc="epochs", disable=not accelerator.is_main_process):
        for batch in loader:
            loss = loss_of(objective, batch)
            optimiser.zero_grad()
            accelerator.backward(loss)
            optimiser.step()
            schedule.step()
    trained = accelerator.unwrap_model(objective).eval()
    device = accelerator.device
    with torch.no_grad():
        verdicts = trained(held_out.images.to(device), held_out.labels.to(device))["logits"].argmax(
            1
        )
    figures = {"accuracy": (verdicts.cpu() == held_out.labels).float().mean().item()}
    accelerator.print(
        f"{accelerator.num_processes} process(es) on {device.type}: {figures['accuracy']:.1%} of held-out "
        "digits are recognised"
    )
    accelerator.end_training()
    return figures


if __name__ == "__main__":
    main()
