"""Hide words of sentences and have a small BERT say what stood there.

The sentences are made up of facts: sums, days and months, opposites, capitals, the young of animals. Each
combines two of them, so the sentences that are asked about at the end were never seen. The objective is
`masked_language_modelling` of the zoo, with BERT's own preset `bert_tiny`.

Takes about a minute.
"""

from __future__ import annotations

from functools import cache
from math import log
from random import Random

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from learning.training import Batch, Recipe
from netwright import composer, specs

PICTURES = {
    "fill_in_guesses.png": "Sentences with a word hidden, and the words that the model thinks likeliest. "
    "Where several would be right, it says so.",
}
PADDING, MASK = 0, 1
SHARE = 0.2
"""Of the words, how many are asked for."""
DAYS = "monday tuesday wednesday thursday friday saturday sunday"
NUMBERS = "zero one two three four five six seven eight nine ten"
CAPITALS = "france paris italy rome spain madrid greece athens egypt cairo japan tokyo norway oslo"
OPPOSITES = "hot cold big small old new day night high low good bad fast slow wet dry"
YOUNG = "cow calf dog puppy cat kitten sheep lamb horse foal pig piglet goose gosling"


def pairs(listed: str) -> list[tuple[str, str]]:
    """The first word with the second, the third with the fourth, and so on."""
    return list(zip(listed.split()[::2], listed.split()[1::2], strict=True))


@cache
def facts() -> tuple[list[str], ...]:
    """Every fact; those of a list are about the same."""
    days, numbers = DAYS.split(), NUMBERS.split()
    both_ways = [each for pair in pairs(OPPOSITES) for each in (pair, pair[::-1])]
    return (
        [f"the day after {days[each - 1]} is {days[each]}" for each in range(7)],
        [
            f"{numbers[one]} plus {numbers[other]} is {numbers[one + other]}"
            for one in range(6)
            for other in range(6)
        ],
        [f"the capital of {land} is {city}" for land, city in pairs(CAPITALS)],
        [f"the opposite of {one} is {other}" for one, other in both_ways],
        [f"a young {animal} is a {young}" for animal, young in pairs(YOUNG)],
    )


def sentence(random: Random) -> str:
    """Two facts at random."""
    one, other = (random.choice(random.choice(facts())) for _ in range(2))
    return f"{one} {random.choice(['and', 'but', 'so'])} {other}"


@cache
def words() -> list[str]:
    """By their tokens; the first two are padding and what stands for a hidden word."""
    known = {word for each in facts() for fact in each for word in fact.split()}
    return ["", "?", *sorted(known | {"and", "but", "so"})]


def encoded(text: str) -> Tensor:
    """A text as tokens."""
    return torch.tensor([words().index(word) for word in text.split()])


def batch_of(tokens: Tensor, labels: Tensor, asked: Tensor) -> Batch:
    """Tokens [batch, seq], of which some are asked for, as the objective takes them."""
    return {
        "tokens": tokens,
        "mask": (labels != PADDING).long(),
        "token_types": torch.zeros_like(labels),
        "labels": labels,
        "asked": asked,
    }


def draw(generator: torch.Generator, count: int = 32) -> Batch:
    """Sentences at random. Of the words asked for most are hidden, some changed, and some left alone."""
    random = Random(int(torch.randint(2**31, (), generator=generator)))
    labels = pad_sequence([encoded(sentence(random)) for _ in range(count)], batch_first=True)
    is_word = labels != PADDING
    asked = is_word & (torch.rand(labels.shape, generator=generator) < SHARE)
    asked[:, 0] |= ~asked.any(1)
    fate = torch.rand(labels.shape, generator=generator)
    others = torch.randint(2, len(words()), labels.shape, generator=generator)
    tokens = labels.masked_fill(asked & (fate < 0.8), MASK)
    return batch_of(torch.where(asked & (fate > 0.9), others, tokens), labels, asked)


def objective(seed: int) -> nn.Module:
    """The training objective of BERT for these words."""
    settings = {"preset": "bert_tiny", "vocab": len(words()), "context": 16}
    return composer.compile(specs.load("masked_language_modelling", set=settings), seed=seed)


def recipes() -> dict[str, Recipe]:
    """At first all words are equally likely."""
    start = log(len(words()))
    return {"bert": Recipe(objective, draw, start, by_heart=0.1, steps=100, lr=2e-3)}


def guesses(bert: nn.Module, text: str) -> Tensor:
    """How likely each word is where a text has a question mark [vocab]."""
    tokens = encoded(text).unsqueeze(0)
    with torch.no_grad():
        logits = bert(**batch_of(tokens, tokens, tokens == MASK))["logits"]
    likely: Tensor = logits[tokens == MASK][0].softmax(-1)
    return likely
