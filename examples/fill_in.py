"""Hide words of sentences and have a small BERT say what stood there.

The sentences are made up, and some of their words follow from others, before them or behind: verbs
and animals go with numbers, and every animal has its food. A fifth of all sentences is held out. The
objective is `masked_language_modelling` of the zoo, with BERT's own preset `bert_tiny`.

Takes about a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from math import log
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn

from learning.figures import panels, save
from learning.training import Batch, Recipe, fit, options, rows
from netwright import composer, specs

PICTURES = {
    "fill_in_guesses.png": "Sentences with a word hidden, and the words that the model thinks likeliest. "
    "Where several would be right, it is undecided among these.",
}
MASK = 0
SHARE = 0.2
"""Of the words, how many are asked for."""
FOOD = {
    "cow cows": "grass",
    "horse horses": "hay",
    "cat cats": "fish",
    "dog dogs": "meat",
    "mouse mice": "cheese",
    "rabbit rabbits": "carrots",
    "bear bears": "honey",
    "monkey monkeys": "bananas",
}
QUESTIONS = (
    "two small ? eat grass in the morning",
    "one old monkey ? bananas in the summer",
    "? young mice eat cheese in the winter",
    "? young mouse eats cheese in the winter",
    "three big bears eat ? in the evening",
    "one ? rabbit eats carrots in the summer",
    "two old dogs eat meat in the ?",
)


@cache
def sentences() -> tuple[list[str], list[str]]:
    """Those to learn from, and those held out."""
    every = [
        f"{number} {age} {animals.split()[number != 'one']} {'eats' if number == 'one' else 'eat'} "
        f"{food} in the {time}"
        for number, age, (animals, food), time in product(
            ("one", "two", "three"),
            ("young", "old", "small", "big"),
            FOOD.items(),
            ("morning", "evening", "summer", "winter"),
        )
    ]
    Random(0).shuffle(every)
    return every[len(every) // 5 :], every[: len(every) // 5]


@cache
def words() -> list[str]:
    """By their tokens; the first stands for a hidden word."""
    return ["?", *sorted({word for part in sentences() for text in part for word in text.split()})]


def encoded(texts: Sequence[str]) -> Tensor:
    """Texts as rows of tokens."""
    return torch.tensor([[words().index(word) for word in text.split()] for text in texts])


def batch_of(tokens: Tensor, labels: Tensor, asked: Tensor) -> Batch:
    """Tokens [batch, seq], what stood there, and what is asked for, as the objective takes them."""
    every = torch.ones_like(labels)
    return {
        "tokens": tokens,
        "mask": every,
        "token_types": every - 1,
        "labels": labels,
        "asked": asked,
    }


def draw(generator: torch.Generator) -> Batch:
    """64 sentences. Of the words asked for most are hidden, some changed, and some left alone."""
    (labels,) = rows(encoded(sentences()[0]), count=64, generator=generator)
    asked = torch.rand(labels.shape, generator=generator) < SHARE
    fate = torch.rand(labels.shape, generator=generator)
    others = torch.randint(1, len(words()), labels.shape, generator=generator)
    tokens = labels.masked_fill(asked & (fate < 0.8), MASK)
    return batch_of(torch.where(asked & (fate > 0.9), others, tokens), labels, asked)


def objective(seed: int) -> nn.Module:
    """The training objective of BERT for these words."""
    settings = {"preset": "bert_tiny", "vocab": len(words()), "context": 8}
    return composer.compile(specs.load("masked_language_modelling", set=settings), seed=seed)


def recipes() -> dict[str, Recipe]:
    """At first all words are equally likely."""
    start = log(len(words()))
    return {"bert": Recipe(objective, draw, start, by_heart=0.3, steps=100, lr=2e-3)}


def guesses(bert: nn.Module, texts: Sequence[str]) -> Tensor:
    """How likely each word is where a text has a question mark [texts, vocab]."""
    tokens = encoded(texts)
    with torch.no_grad():
        logits = bert(**batch_of(tokens, tokens, tokens == MASK))["logits"]
    likely: Tensor = logits[tokens == MASK].softmax(-1)
    return likely


def right(bert: nn.Module, place: int) -> float:
    """The share of held-out sentences whose word at a place is guessed."""
    labels = encoded(sentences()[1])[:, place]
    texts = [text.split() for text in sentences()[1]]
    asked = [" ".join([*text[:place], "?", *text[place + 1 :]]) for text in texts]
    return (guesses(bert, asked).argmax(-1) == labels).float().mean().item()


def picture(bert: nn.Module, out: Path) -> None:
    """For every question the four likeliest words, shaded by how likely they are."""
    likely, best = guesses(bert, QUESTIONS).topk(4)
    figure, ((axis,),) = panels(size=(7.4, 2.4))
    axis.imshow(likely.numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in product(range(len(QUESTIONS)), range(4)):
        share = likely[row, column].item()
        text = f"{words()[int(best[row, column])]}  {share:.0%}"
        colour = "white" if share > 0.6 else "black"
        axis.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
    axis.set_yticks(range(len(QUESTIONS)), QUESTIONS, fontsize=8)
    axis.set(xticks=[])
    axis.tick_params(length=0)
    save(figure, out, "fill_in_guesses.png")


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train, ask, and say how often held-out words are guessed that follow from the others."""
    chosen = options(__doc__, arguments)
    ((name, recipe),) = recipes().items()
    bert = recipe.objective(0)
    fit(bert, draw, 300 if chosen.quick else 1000, recipe.lr, title=name)
    places = {"number": 0, "age": 1, "animal": 2, "verb": 3, "food": 4}
    figures = {name: right(bert, place) for name, place in places.items()}
    picture(bert, chosen.out)
    shares = ", ".join(f"{name} {share:.0%}" for name, share in figures.items())
    print(
        f"words of held-out sentences guessed: {shares}; one in four ages is all there is to know"
    )
    return figures


if __name__ == "__main__":
    main()
