"""Sequences from a model that scores the next token: the likeliest, sampled, and by beam search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Scores = Callable[[Tensor], Tensor]
"""From sequences so far [rows, length] to scores (logits) of the token that comes next [rows, vocab]."""


@dataclass(frozen=True)
class Found:
    """A sequence, the tokens it began with included, and the logarithm of its probability after these."""

    tokens: tuple[int, ...]
    log_probability: float


def greedy(scores: Scores, begun: Tensor, end: int, longest: int) -> Tensor:
    """Each time the likeliest token, for every row of `begun` [rows, length] by itself.

    A row ends with the token `end`, or after `longest` new ones; behind its end it is filled with `end`.
    """
    return _extend(scores, begun, end, longest, lambda logits: logits.argmax(-1))


def sample(
    scores: Scores,
    begun: Tensor,
    end: int,
    longest: int,
    generator: torch.Generator,
    temperature: float = 1.0,
    best: int | None = None,
) -> Tensor:
    """As `greedy`, but each token is drawn by its probability, among the `best` ones if given.

    temperature: below 1 what is likely becomes likelier, above 1 less so.
    """

    def drawn(logits: Tensor) -> Tensor:
        scaled = logits / temperature
        if best is not None:
            least = scaled.topk(min(best, scaled.shape[-1]), dim=-1).values[:, -1:]
            scaled = scaled.masked_fill(scaled < least, -torch.inf)
        return torch.multinomial(scaled.softmax(-1), 1, generator=generator).squeeze(1)

    return _extend(scores, begun, end, longest, drawn)


def beam_search(scores: Scores, begun: Tensor, end: int, longest: int, width: int) -> list[Found]:
    """At most `width` sequences that continue `begun` [length], the likeliest first.

    At each length the `width` likeliest are kept, so with a width of 1 this is `greedy`, and with
    all that there is room for it leaves nothing out. What is unfinished after `longest` tokens counts too.
    """
    sequences, totals = begun.unsqueeze(0), torch.zeros(1, dtype=torch.float64)
    found: list[Found] = []
    for _ in range(longest):
        each = totals.unsqueeze(1) + scores(sequences).double().log_softmax(-1)
        totals, chosen = each.flatten().topk(min(width, each.numel()))
        row, token = chosen // each.shape[1], chosen % each.shape[1]
        sequences = torch.cat([sequences[row], token.unsqueeze(1)], dim=1)
        ended = token == end
        found = _best([*found, *_listed(sequences[ended], totals[ended])], width)
        sequences, totals = sequences[~ended], totals[~ended]
        # What goes on never becomes likelier.
        if not len(totals) or (len(found) == width and found[-1].log_probability >= totals.max()):
            return found
    return _best([*found, *_listed(sequences, totals)], width)


def _extend(
    scores: Scores, begun: Tensor, end: int, longest: int, choose: Callable[[Tensor], Tensor]
) -> Tensor:
    tokens = begun
    ended = torch.zeros(len(begun), dtype=torch.bool)
    for _ in range(longest):
        chosen = choose(scores(tokens)).masked_fill(ended, end)
        tokens = torch.cat([tokens, chosen.unsqueeze(1)], dim=1)
        ended = ended | (chosen == end)
        if ended.all():
            break
    return tokens


def _listed(sequences: Tensor, totals: Tensor) -> list[Found]:
    return [
        Found(tuple(tokens), total)
        for tokens, total in zip(sequences.tolist(), totals.tolist(), strict=True)
        if total > -torch.inf
    ]


def _best(found: list[Found], width: int) -> list[Found]:
    return sorted(found, key=lambda each: -each.log_probability)[:width]
