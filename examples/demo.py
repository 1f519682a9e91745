"""Compile two architectures of the zoo, run them on real tensors, and draw them.

Usage: python examples/demo.py [FOLDER]        (the pictures go there; by default to build/demo)
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from netwright import composer, specs


def main(folder: Path) -> None:
    """Run both, one line each, and write their pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(2, 3, 224, 224, generator=generator)
    tokens = torch.randint(50257, (2, 64), generator=generator)
    for title, spec, example in (
        ("resnet18", specs.load("resnet", preset="resnet18"), image),
        ("gpt", specs.load("gpt"), tokens),
    ):
        model = composer.compile(spec, seed=0).eval()
        with torch.inference_mode():
            output = model(example)
        parameters = sum(each.numel() for each in model.parameters())
        print(f"{title}: {list(example.shape)} -> {list(output.shape)}, {parameters:,} parameters")
        for ending in ("svg", "png"):
            picture = folder / f"{title}.{ending}"
            composer.render(spec, picture)
            print(f"  {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/demo"))
