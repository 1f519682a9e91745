"""Beam search, greedy and sampled decoding, against all sequences there are."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from learning.decoding import Found, Scores, beam_search, greedy, sample


def table(seed: int, vocab: int) -> Scores:
    """A model whose scores depend on the last two tokens, by a table of random numbers."""
    numbers = torch.randn(
        vocab, vocab, vocab, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )

    def scores(tokens: Tensor) -> Tensor:
        return 2 * numbers[tokens[:, -2], tokens[:, -1]]

    return scores


def log_probability(scores: Scores, tokens: tuple[int, ...], begun: int) -> float:
    return sum(
        scores(torch.tensor([tokens[:place]])).log_softmax(-1)[0, tokens[place]].item()
        for place in range(begun, len(tokens))
    )


def exhaustive(
    scores: Scores, begun: tuple[int, ...], end: int, longest: int, vocab: int
) -> list[Found]:
    """Every sequence that ends, or is as long as may be, the likeliest first."""
    found = [
        (*begun, *rest)
        for length in range(1, longest + 1)
        for rest in itertools.product(range(vocab), repeat=length)
        if end not in rest[:-1] and (rest[-1] == end or length == longest)
    ]
    every = [Found(tokens, log_probability(scores, tokens, len(begun))) for tokens in found]
    return sorted(every, key=lambda each: -each.log_probability)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 4))
def test_wide_beam_search_is_exhaustive(seed: int, vocab: int, longest: int) -> None:
    scores = table(seed, vocab)
    every = exhaustive(scores, (1, 0), 0, longest, vocab)
    found = beam_search(scores, torch.tensor([1, 0]), 0, longest, vocab**longest)
    assert [each.tokens for each in found] == [each.tokens for each in every]
    for ours, theirs in zip(found, every, strict=True):
        assert ours.log_probability == pytest.approx(theirs.log_probability)
    assert sum(math.exp(each.log_probability) for each in found) == pytest.approx(1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_narrow_beams_say_true_probabilities_and_never_beat_the_best(seed: int, width: int) -> None:
    scores = table(seed, 5)
    found = beam_search(scores, torch.tensor([1, 2]), 0, 4, width)
    assert 1 <= len(found) <= width
    assert found == sorted(found, key=lambda each: -each.log_probability)
    for each in found:
        assert each.log_probability == pytest.approx(log_probability(scores, each.tokens, 2))
    best = exhaustive(scores, (1, 2), 0, 4, 5)[0]
    assert found[0].log_probability <= best.log_probability + 1e-9


def test_beam_search_finds_what_greedy_misses() -> None:
    """The likeliest first token leads nowhere: 0.6 * 0.5 is less than 0.4 * 1."""
    chances = torch.tensor([[0.0, 0.6, 0.4, 0.0], [0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 1.0]])

    def scores(tokens: Tensor) -> Tensor:
        return chances[tokens[:, -1]].log()

    begun = torch.tensor([0])
    assert greedy(scores, begun.unsqueeze(0), 3, 2).tolist()[0][:2] == [0, 1]
    best = beam_search(scores, begun, 3, 2, 2)[0]
    assert best.tokens == (0, 2, 3)
    assert math.exp(best.log_probability) == pytest.approx(0.4)


def test_what_is_impossible_is_not_found() -> None:
    def scores(tokens: Tensor) -> Tensor:
        return torch.tensor([[0.0, -math.inf, -math.inf]]).expand(len(tokens), 3)

    assert [each.tokens for each in beam_search(scores, torch.tensor([2]), 0, 3, 9)] == [(2, 0)]


@pytest.mark.parametrize("seed", range(10))
def test_greedy_is_a_beam_of_one(seed: int) -> None:
    scores = table(seed, 6)
    begun = torch.tensor([[1, 2], [3, 4], [5, 5]])
    lines = greedy(scores, begun, 0, 8).tolist()
    for line, start in zip(lines, begun, strict=True):
        found = beam_search(scores, start, 0, 8, 1)
        assert len(found) == 1
        tokens = list(found[0].tokens)
        assert line == tokens + [0] * (len(line) - len(tokens))


@pytest.mark.parametrize("seed", range(5))
def test_sampling_is_seeded_and_cold_sampling_is_greedy(seed: int) -> None:
    scores = table(seed, 6)
    begun = torch.tensor([[1, 2], [3, 4]]).repeat(50, 1)

    def drawn(seed: int, **options: float) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed)
        return sample(scores, begun, 0, 8, generator, **options).tolist()  # type: ignore[arg-type]

    assert drawn(1) == drawn(1) != drawn(2)
    likeliest = greedy(scores, begun, 0, 8).tolist()
    assert drawn(1, temperature=1e-4) == likeliest
    assert drawn(1, best=1) == likeliest


def test_samples_are_as_frequent_as_they_are_likely() -> None:
    chances = torch.tensor([0.5, 0.3, 0.15, 0.05])

    def scores(tokens: Tensor) -> Tensor:
        return chances.log().expand(len(tokens), 4)

    def shares(**options: float) -> list[float]:
        begun = torch.zeros(20_000, 1, dtype=torch.int64)
        generator = torch.Generator().manual_seed(0)
        drawn = sample(scores, begun, 0, 1, generator, **options)[:, 1]  # type: ignore[arg-type]
        return (drawn.bincount(minlength=4) / len(drawn)).tolist()

    assert shares() == pytest.approx(chances.tolist(), abs=0.01)
    assert shares(best=2) == pytest.approx([0.625, 0.375, 0, 0], abs=0.01)
    warm = chances**0.5 / (chances**0.5).sum()
    assert shares(temperature=2) == pytest.approx(warm.tolist(), abs=0.01)


def test_what_has_ended_is_filled_with_the_end() -> None:
    def scores(tokens: Tensor) -> Tensor:
        """The first row ends at once, the second counts up to 3 and then ends."""
        following = torch.where(tokens[:, -1] == 3, 0, tokens[:, -1] + 1)
        return torch.nn.functional.one_hot(following.where(tokens[:, 0] != 3, 0), 4).float()

    lines = greedy(scores, torch.tensor([[3], [1]]), 0, 10)
    assert lines.tolist() == [[3, 0, 0, 0], [1, 2, 3, 0]]
