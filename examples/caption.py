"""Say in words what an image shows: digits, how bold they are, and which way they lean.

The captioner of the zoo reads an image as if it were the first word, and goes on from there; its eye is
the network of `digits.yaml`, by way of `digits_eye.yaml`; the objective stands in `captioning.yaml`. The
captions to learn from are made of the labels and of what can be measured in the images.

Takes about half a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import log
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from learning.decoding import greedy
from learning.digits import NAMES, Digits, digits
from learning.figures import panels, save, show
from learning.training import Batch, Recipe, fit, options, rows
from netwright import composer, specs

PICTURES = {
    "caption_digits.png": "Held-out digits, and what the captioner says of them, word by word until it "
    "says that it is done.",
}
HERE = Path(__file__).parent
BEGIN, END = 1, 2
WORDS = ("", "", "", *NAMES, "thin", "bold", "leaning left", "leaning right")
"""By their tokens; the first three are padding, the begin and the end."""


def descriptions(shown: Digits) -> list[list[str]]:
    """A caption for each digit: whether it has little ink or much, and its slant, as measured."""
    ink = shown.images[:, 0]
    weight = ink.sum((1, 2))
    down, across = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
    share = ink / weight[:, None, None]
    down = down - (share * down).sum((1, 2))[:, None, None]
    across = across - (share * across).sum((1, 2))[:, None, None]
    slant = (share * down * across).sum((1, 2)) / (share * down.square()).sum((1, 2))
    captions = []
    for digit, of_ink, of_slant in zip(shown.labels, weight, slant, strict=True):
        caption = [NAMES[digit]]
        caption += ["thin"] if of_ink < 17 else ["bold"] if of_ink > 22 else []
        caption += ["leaning right"] if of_slant < -0.1 else []
        caption += ["leaning left"] if of_slant > 0.15 else []
        captions.append(caption)
    return captions


def encoded(captions: Sequence[Sequence[str]]) -> Tensor:
    """Captions as rows of tokens."""
    tokens = [
        torch.tensor([BEGIN, *(WORDS.index(word) for word in caption), END]) for caption in captions
    ]
    return pad_sequence(tokens, batch_first=True)


@cache
def learned() -> tuple[Tensor, Tensor]:
    """Images to learn from, and their captions as tokens."""
    train, _ = digits()
    return train.images, encoded(descriptions(train))


def draw(generator: torch.Generator) -> Batch:
    """64 digits and their captions."""
    image, caption = rows(*learned(), count=64, generator=generator)
    return {"image": image, "caption": caption}


def objective(seed: int) -> nn.Module:
    """The training objective of the captioner."""
    spec = specs.load(HERE / "captioning.yaml", set={"vocab": len(WORDS)})
    return composer.compile(spec, seed=seed)


def recipes() -> dict[str, Recipe]:
    """At first all words are equally likely."""
    return {"captioner": Recipe(objective, draw, log(len(WORDS)), by_heart=0.3, steps=120, lr=1e-2)}


def captions(captioner: nn.Module, images: Tensor) -> list[list[str]]:
    """What the model says of images [count, 1, 8, 8]."""

    @torch.no_grad()
    def scores(tokens: Tensor) -> Tensor:
        of_all: Tensor = captioner(images, tokens)
        return of_all[:, -1]

    begun = torch.full((len(images), 1), BEGIN)
    lines = greedy(scores, begun, END, longest=6).tolist()
    return [[WORDS[token] for token in line if token > END] for line in lines]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train, draw held-out digits with what is said of them, and say how much of it is right."""
    chosen = options(__doc__, arguments)
    trained = objective(0)
    fit(trained, draw, 600 if chosen.quick else 1500, lr=1e-2, title="captioner")
    _, held_out = digits()
    said = captions(trained.get_submodule("captioner"), held_out.images)
    true = descriptions(held_out)
    named = [NAMES[digit] in caption for digit, caption in zip(held_out.labels, said, strict=True)]
    exact = [ours == theirs for ours, theirs in zip(said, true, strict=True)]

    figure, axes = panels(3, 5, (7.5, 4.2))
    generator = torch.Generator().manual_seed(3)
    some = torch.randperm(len(held_out), generator=generator)[:15].tolist()
    for axis, which in zip((axis for row in axes for axis in row), some, strict=True):
        show(axis, held_out.images[which, 0])
        axis.set_xlabel(", ".join(said[which]), fontsize=7.5)
    save(figure, chosen.out, "caption_digits.png")
    figures = {"named": sum(named) / len(named), "exact": sum(exact) / len(exact)}
    print(
        f"held-out digits named {figures['named']:.1%}, described to the word {figures['exact']:.1%}"
    )
    return figures


if __name__ == "__main__":
    main()
