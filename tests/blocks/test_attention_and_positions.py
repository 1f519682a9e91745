"""Attention's rule against torch, and positions against the formula."""

from __future__ import annotations

import math
import random

import pytest
import torch
from torch.nn import functional

from netwright.blocks.attention import ScaledDotProductAttention
from netwright.blocks.torch.position import sinusoidal_embedding, sinusoidal_position
from netwright.specs.tensors import Refusal, Tensor


def _near(chance: random.Random, base: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that often broadcasts to the base."""
    kept = base[chance.choice([0, 0, 0, 1]) :]
    return tuple(chance.choice([size, size, size, 1, 2]) for size in kept)


def test_shapes_masks_and_refusals_are_those_of_torch() -> None:
    chance = random.Random(7)
    seen = {True: 0, False: 0}
    for _ in range(1500):
        base = tuple(chance.choice([1, 2, 2, 4]) for _ in range(chance.randint(0, 2)))
        queries, keys, features, out = (chance.randint(1, 3) for _ in range(4))
        shapes = [
            (*_near(chance, base), queries, features),
            (*_near(chance, base), keys, features),
            (*_near(chance, base), keys, out),
        ]
        mask = (*_near(chance, base), *(chance.choice([n, n, 1, 2]) for n in (queries, keys)))
        dtype = chance.choice(["bool", "float", "float16", "int64"])
        masked, shared = chance.random() < 0.4, chance.random() < 0.3
        try:
            said = (
                ScaledDotProductAttention(enable_gqa=shared)
                .infer(*map(Tensor, shapes), Tensor(mask, dtype) if masked else None)
                .sizes
            )
        except Refusal:
            said = None
        own = torch.float32 if dtype == "float" else getattr(torch, dtype)
        try:
            expected = functional.scaled_dot_product_attention(
                *(torch.rand(shape) for shape in shapes),
                attn_mask=torch.ones(mask).to(own) if masked else None,
                enable_gqa=shared,
            ).shape
        except (RuntimeError, IndexError):
            expected = None
        assert said == expected, (shapes, masked and (mask, dtype), shared)
        seen[expected is None] += 1
    assert min(seen.values()) > 100


def test_a_value_for_each_key() -> None:
    # torch's fused kernel reads past such a value without complaint
    with pytest.raises(Refusal, match="positions of key are 6"):
        ScaledDotProductAttention().infer(
            Tensor((2, 3, 5, 4)), Tensor((2, 3, 6, 4)), Tensor((2, 3, 7, 4))
        )


def test_a_mask_excludes_is_causal() -> None:
    x = Tensor((2, 3, 4))
    with pytest.raises(Refusal, match="exclude each other"):
        ScaledDotProductAttention(is_causal=True).infer(x, x, x, Tensor((3, 3), "bool"))


@pytest.mark.parametrize("interleaved", [True, False])
def test_sinusoidal_position_is_the_formula(interleaved: bool) -> None:
    got = sinusoidal_position(torch.ones(2, 5, 6), 100.0, interleaved)
    for position in range(5):
        for wave in range(3):
            angle = position / 100 ** (2 * wave / 6)
            sine, cosine = (2 * wave, 2 * wave + 1) if interleaved else (wave, 3 + wave)
            assert got[1, position, sine].item() == pytest.approx(1 + math.sin(angle), abs=1e-6)
            assert got[1, position, cosine].item() == pytest.approx(1 + math.cos(angle), abs=1e-6)


@pytest.mark.parametrize(("flip", "shift"), [(False, 1.0), (True, 0.0)])
def test_sinusoidal_embedding_is_the_formula(flip: bool, shift: float) -> None:
    got = sinusoidal_embedding(torch.tensor([0, 7]), 8, 50.0, flip, shift)
    assert got.dtype == torch.float32
    for wave in range(4):
        angle = 7 / 50 ** (wave / (4 - shift))
        sine, cosine = (4 + wave, wave) if flip else (wave, 4 + wave)
        assert got[1, sine].item() == pytest.approx(math.sin(angle), abs=1e-6)
        assert got[1, cosine].item() == pytest.approx(math.cos(angle), abs=1e-6)
