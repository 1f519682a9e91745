"""Learn to write from eighteen sonnets, letter by letter, and go on from a beginning.

A recurrent network (`small_lstm.yaml`) and a Transformer (`small_gpt.yaml`) learn which letter comes next,
by the objective `language_modelling` of the zoo. A line begins and ends with a token of its own, so
each can be asked for a line: the likeliest letter each time, letters drawn by their probability,
and beam search.

Takes about two minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from math import log
from pathlib import Path

import torch
from torch import Tensor, nn

from learning.decoding import Scores, beam_search, greedy, sample
from learning.figures import GREY, panels, save
from learning.training import Batch, Recipe, fit, loss_of, options, rows
from netwright import composer, specs

PICTURES = {
    "write_lines.png": "Lines that go on from `When I`, from `Time` and from nothing. The darker a letter "
    "is shaded, the less the recurrent network expected it.",
    "write_losses.png": "What the next letter costs on average while training, beside what it costs "
    "one who knows how frequent letters are, and one who knows which follows which.",
}
HERE = Path(__file__).parent
CONTEXT = 64
LONGEST = 56
"""Letters that a line goes on for."""
STEPS = {"lstm": 600, "gpt": 1000}
BEGIN, END = 0, 1
BEGINNINGS = ("When I", "Time", "")
HELD_OUT = 28
"""Lines, the last two sonnets."""


@cache
def lines() -> list[str]:
    """Those of the sonnets, in order."""
    return [line for line in (HERE / "sonnets.txt").read_text().splitlines() if line]


@cache
def letters() -> list[str]:
    """By their tokens; the first two are the begin and the end of a line."""
    return ["", "", *sorted(set("".join(lines())))]


def encoded(line: str) -> list[int]:
    """A line or the first part of one as tokens, behind the token that begins it."""
    return [BEGIN, *map(letters().index, line)]


@cache
def texts() -> tuple[Tensor, Tensor]:
    """Lines to learn from and those held out, one behind the other."""
    learned, held_out = (
        [token for line in part for token in [*encoded(line), END]]
        for part in (lines()[:-HELD_OUT], lines()[-HELD_OUT:])
    )
    return torch.tensor(learned), torch.tensor(held_out)


def objective(model: str, seed: int) -> nn.Module:
    """The training objective of a language model that stands beside this script."""
    settings = {"model": str(HERE / model), "vocab": len(letters()), "context": CONTEXT}
    return composer.compile(specs.load("language_modelling", set=settings), seed=seed)


def pieces(text: Tensor) -> Tensor:
    """From each beginning of a line, a piece that is one token longer than what is read of it."""
    starts = (text[:-CONTEXT] == BEGIN).nonzero()
    return text[starts + torch.arange(CONTEXT + 1)]


def draw(generator: torch.Generator) -> Batch:
    """24 pieces of the text to learn from."""
    (tokens,) = rows(pieces(texts()[0]), count=24, generator=generator)
    return {"tokens": tokens}


def recipes() -> dict[str, Recipe]:
    """Both models; one that knows nothing finds all letters equally likely."""
    make = partial(Recipe, batch=draw, start=log(len(letters())), tolerance=0.05)
    return {
        "lstm": make(partial(objective, "small_lstm.yaml"), by_heart=0.8, steps=160, lr=2e-2),
        "gpt": make(partial(objective, "small_gpt.yaml"), by_heart=0.7, steps=100, lr=1e-2),
    }


def held_out_loss(objective: nn.Module) -> float:
    """What a letter of the held-out lines costs, in nats."""
    with torch.no_grad():
        return loss_of(objective, {"tokens": pieces(texts()[1])}).item()


def counted_losses() -> dict[str, float]:
    """The same if only frequencies are known: of single letters, and of pairs."""
    text, held_out = texts()
    count = torch.zeros(len(letters()), len(letters())) + 0.1
    count.index_put_((text[:-1], text[1:]), torch.ones(len(text) - 1), accumulate=True)
    single, pairs = count.sum(0) / count.sum(), count / count.sum(1, keepdim=True)
    return {
        "letters_loss": -single[held_out[1:]].log().mean().item(),
        "pairs_loss": -pairs[held_out[:-1], held_out[1:]].log().mean().item(),
    }


def next_scores(model: nn.Module) -> Scores:
    """The scores of the next letter, as decoding takes them."""

    @torch.no_grad()
    def scores(tokens: Tensor) -> Tensor:
        of_all: Tensor = model(tokens[:, -CONTEXT:])
        return of_all[:, -1]

    return scores


def written(model: nn.Module, beginning: str) -> dict[str, str]:
    """Lines that go on from a beginning, by how their letters are chosen."""
    scores, begun = next_scores(model), torch.tensor([encoded(beginning)])
    generator = torch.Generator().manual_seed(len(beginning))
    choices = {
        "likeliest letters": greedy(scores, begun, END, LONGEST)[0].tolist(),
        "beam search, width 10": beam_search(scores, begun[0], END, LONGEST, 10)[0].tokens,
    }
    for temperature in (0.5, 0.8, 1.1):
        drawn = sample(scores, begun, END, LONGEST, generator, temperature)[0].tolist()
        choices[f"drawn, temperature {temperature}"] = drawn
    return {way: "".join(letters()[token] for token in tokens) for way, tokens in choices.items()}


def picture_lines(model: nn.Module, out: Path) -> list[str]:
    """Lines from three beginnings, each letter shaded by its surprise, minus the log of its probability."""
    found = [(way, line) for start in BEGINNINGS for way, line in written(model, start).items()]
    surprise = torch.zeros(len(found), LONGEST + 8)
    figure, ((axis,),) = panels(size=(8.2, 3.6))
    for row, (_, line) in enumerate(found):
        tokens = torch.tensor([[*encoded(line), END]])[:, : CONTEXT + 1]
        with torch.no_grad():
            chances = model(tokens[:, :-1])[0].log_softmax(-1)
        each = -chances.gather(1, tokens[0, 1:, None])[: len(line), 0]
        surprise[row, : len(each)] = each
        for place, letter in enumerate(line):
            axis.text(place, row, letter, ha="center", va="center", fontsize=7, family="monospace")
    axis.imshow(surprise.numpy(), cmap="Oranges", vmin=0, vmax=7, aspect="auto")
    axis.set_yticks(range(len(found)), [way for way, _ in found], fontsize=7)
    for row in range(0, len(found), len(found) // len(BEGINNINGS)):
        axis.axhline(row - 0.5, color=GREY, linewidth=0.8)
    axis.set(xticks=[])
    axis.tick_params(length=0)
    save(figure, out, "write_lines.png")
    return [line for _, line in found]


def picture_losses(losses: dict[str, list[float]], figures: dict[str, float], out: Path) -> None:
    """The losses of both while training, smoothed, and what counting comes to."""
    figure, ((axis,),) = panels(size=(5, 3.2))
    longest = max(map(len, losses.values()))
    for name, each in losses.items():
        smooth = torch.tensor(each).unfold(0, 20, 1).mean(1)
        line = axis.plot(range(20, len(each) + 1), smooth, label=f"{name}, while learning")[0]
        place, label = ([len(each)], [figures[f"{name}_loss"]]), f"{name}, held-out lines"
        axis.plot(*place, label=label, color=line.get_color(), marker="o", linestyle="")
    for name in ("letters", "pairs"):
        cost = figures[f"{name}_loss"]
        axis.axhline(cost, color=GREY, linestyle=":")
        axis.text(longest / 3, cost, f"{name} counted", color=GREY, va="bottom", fontsize=8)
    axis.set(xlabel="steps", ylabel="nats per letter")
    figure.legend(loc="outside upper center", ncols=2, fontsize=8)
    save(figure, out, "write_losses.png")


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train both, have the recurrent one write, and say what a letter costs."""
    chosen = options(__doc__, arguments)
    figures, losses, trained = counted_losses(), {}, {}
    for name, recipe in recipes().items():
        trained[name] = recipe.objective(0)
        steps = 300 if chosen.quick else STEPS[name]
        losses[name] = fit(trained[name], draw, steps, recipe.lr, decay=0.1, title=name)
        figures[f"{name}_loss"] = held_out_loss(trained[name])
    lines = picture_lines(trained["lstm"].get_submodule("model"), chosen.out)
    picture_losses(losses, figures, chosen.out)
    costs = ", ".join(
        f"{name} {figures[f'{name}_loss']:.2f}" for name in ("letters", "pairs", *trained)
    )
    print(f"nats for a held-out letter: {costs}", *lines, sep="\n")
    return figures


if __name__ == "__main__":
    main()
