"""Turn one sequence into another: words into their reverse, and dates into numbers.

Three models of the zoo by one objective (`translation.yaml`, beside this script): recurrent ones with
additive and with multiplicative attention, and a Transformer. What they look at while they write comes
out as a picture, of the Transformer by `taps`.

Takes about two minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import log
from pathlib import Path
from random import Random
from string import ascii_lowercase, digits

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from learning.decoding import greedy
from learning.figures import panels, save
from learning.training import Batch, Recipe, fit, options
from netwright import composer, specs

PICTURES = {
    "translate_attention.png": "What each model looks at (across) when it writes a letter (down): a word "
    "reversed by additive attention, by multiplicative attention, and by a head of a Transformer.",
    "translate_dates.png": "A date said in numbers: the year is read first, at the end of the source, then "
    "the month, then the day.",
}
HERE = Path(__file__).parent
MODELS = {"additive": "seq2seq_bahdanau", "multiplicative": "seq2seq_luong"}
MODELS |= {"transformer": "small_transformer.yaml"}
MONTHS = "january february march april may june july august september october november december"
STEPS = {"additive": 300, "multiplicative": 450, "transformer": 450, "dates": 150}
PADDING, BEGIN, END = 0, 1, 2
ALPHABET = ascii_lowercase + digits + " -"
VOCAB = 3 + len(ALPHABET)

Task = Callable[[Random], tuple[str, str]]
"""A pair of texts at random: what is read, and what is to be written."""


def reversal(random: Random) -> tuple[str, str]:
    """A word of three to eight letters, and its reverse."""
    word = "".join(random.choices(ascii_lowercase, k=random.randint(3, 8)))
    return word, word[::-1]


def date(random: Random) -> tuple[str, str]:
    """A date in words, and in numbers."""
    day, month, year = random.randint(1, 28), random.randint(1, 12), random.randint(1900, 2099)
    name = MONTHS.split()[month - 1]
    said = random.choice(
        [f"{day} {name} {year}", f"{name} {day} {year}", f"{day} {name[:3]} {year}"]
    )
    return said, f"{year}-{month:02}-{day:02}"


def encoded(text: str) -> Tensor:
    """A text as tokens."""
    return torch.tensor([3 + ALPHABET.index(letter) for letter in text])


def decoded(tokens: Tensor) -> str:
    """The text of tokens, up to its end."""
    listed = tokens.tolist()
    letters = listed[1 : listed.index(END) if END in listed else None]
    return "".join(ALPHABET[token - 3] if token > END else "?" for token in letters)


def batch_of(pairs: Sequence[tuple[str, str]]) -> Batch:
    """Pairs of texts as the objective takes them."""
    sources = [encoded(source) for source, _ in pairs]
    targets = [torch.tensor([BEGIN, *encoded(target), END]) for _, target in pairs]
    return {
        "source": pad_sequence(sources, batch_first=True),
        "lengths": torch.tensor([len(each) for each in sources]),
        "target": pad_sequence(targets, batch_first=True),
    }


def draw(task: Task, generator: torch.Generator) -> Batch:
    """64 pairs at random."""
    random = Random(int(torch.randint(2**31, (), generator=generator)))
    return batch_of([task(random) for _ in range(64)])


def objective(model: str, seed: int, taps: Sequence[str] = ()) -> nn.Module:
    """The training objective of a model of the zoo, or of one that stands beside this script."""
    spec = specs.load(HERE / "translation.yaml", set={"model": model, "vocab": VOCAB})
    return composer.compile(spec, seed=seed, taps=taps)


def recipes() -> dict[str, Recipe]:
    """All three reverse words, and the first reads dates; at first all letters are equally likely."""
    make = partial(Recipe, start=log(VOCAB), tolerance=0.25, by_heart=0.2, steps=100)
    rates = {"additive": 5e-3, "multiplicative": 1e-2, "transformer": 5e-3}
    words = {
        name: make(partial(objective, model), partial(draw, reversal), lr=rates[name])
        for name, model in MODELS.items()
    }
    dates = make(partial(objective, MODELS["additive"]), partial(draw, date), lr=1e-2)
    return {**words, "dates": dates}


def translated(trained: nn.Module, batch: Batch) -> list[str]:
    """What a model writes for the sources of a batch."""
    model = trained.get_submodule("model")

    @torch.no_grad()
    def scores(target: Tensor) -> Tensor:
        output = model(batch["source"], target, batch["lengths"])
        logits: Tensor = output[0] if isinstance(output, tuple) else output
        return logits[:, -1]

    begun = torch.full((len(batch["source"]), 1), BEGIN)
    longest = batch["target"].shape[1]
    return [decoded(tokens) for tokens in greedy(scores, begun, END, longest)]


def exact(trained: nn.Module, task: Task) -> float:
    """The share of 200 new texts that are translated without a mistake."""
    random = Random(-1)
    pairs = [task(random) for _ in range(200)]
    return sum(
        ours == target
        for ours, (_, target) in zip(translated(trained, batch_of(pairs)), pairs, strict=True)
    ) / len(pairs)


def looked_at(trained: nn.Module, source: str, target: str) -> Tensor:
    """How much is read of each letter of the source at each of the target [target, source]."""
    batch = batch_of([(source, target)])
    with torch.no_grad():
        if hasattr(trained.model, "transformer"):
            return looked_at_by_transformer(trained, batch)[:-1]
        before = batch["target"][:, :-1]
        _, attention = trained.get_submodule("model")(batch["source"], before, batch["lengths"])
    return torch.as_tensor(attention[0, :-1])


def looked_at_by_transformer(trained: nn.Module, batch: Batch) -> Tensor:
    """The same of the last layer, on average of its heads, from their queries and keys."""
    where = "model.transformer.decoder.1.read.read"
    tapped = objective(MODELS["transformer"], 0, [f"{where}.query_heads", f"{where}.key_heads"])
    tapped.load_state_dict(trained.state_dict())
    _, seen = tapped.eval()(**batch)
    query, key = (each[0] for each in seen.values())
    of_heads: Tensor = (query @ key.transpose(1, 2) / query.shape[-1] ** 0.5).softmax(-1)
    return of_heads.mean(0)


def picture(attention: dict[str, Tensor], source: str, target: str, out: Path, name: str) -> None:
    """A matrix for each model, letters of the source across, of the target down."""
    figure, (axes,) = panels(
        1, len(attention), (0.35 + 0.24 * len(source) * len(attention), 0.5 + 0.22 * len(target))
    )
    for axis, (title, weights) in zip(axes, attention.items(), strict=True):
        axis.imshow(weights.numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
        axis.set_xticks(range(len(source)), list(source))
        axis.set_yticks(range(len(target)), list(target))
        axis.tick_params(length=0, labeltop=True, labelbottom=False)
        axis.set_title(title)
    save(figure, out, name)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train all, draw what they look at, and say how many new texts come out exactly right."""
    chosen = options(__doc__, arguments)
    figures, trained = {}, {}
    for name, recipe in recipes().items():
        trained[name] = recipe.objective(0)
        steps = STEPS[name] * (1 if chosen.quick else 2)
        fit(trained[name], recipe.batch, steps, recipe.lr, title=name)
        figures[f"{name}_exact"] = exact(trained[name], date if name == "dates" else reversal)

    word, said = "learning", "3 march 1987"
    seen = {name: looked_at(trained[name], word, word[::-1]) for name in MODELS}
    picture(seen, word, word[::-1], chosen.out, "translate_attention.png")
    (numbers,) = translated(trained["dates"], batch_of([(said, "1987-03-03")]))
    seen = {"": looked_at(trained["dates"], said, numbers)}
    picture(seen, said, numbers, chosen.out, "translate_dates.png")
    shares = ", ".join(
        f"{name.removesuffix('_exact')} {share:.1%}" for name, share in figures.items()
    )
    print(f"new texts exactly right: {shares}\n{said} -> {numbers}")
    return figures


if __name__ == "__main__":
    main()
