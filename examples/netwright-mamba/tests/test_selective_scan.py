"""The selective scan against the recurrence written out, and how its weights begin."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from netwright_mamba.scanning import s4d_real_, selective_scan, time_step_

from netwright import composer, specs


def written_out(
    x: torch.Tensor,
    step: torch.Tensor,
    b: torch.Tensor,
    c: torch.Tensor,
    a_log: torch.Tensor,
    d: torch.Tensor,
) -> torch.Tensor:
    """Every number by itself, as the paper's equations have it."""
    out = torch.zeros_like(x)
    for n in range(x.shape[0]):
        for channel in range(x.shape[2]):
            state = [0.0] * b.shape[2]
            for t in range(x.shape[1]):
                size, fed = float(step[n, t, channel]), float(x[n, t, channel])
                for k in range(len(state)):
                    decay = math.exp(-size * math.exp(float(a_log[channel, k])))
                    state[k] = decay * state[k] + size * float(b[n, t, k]) * fed
                read = sum(float(c[n, t, k]) * each for k, each in enumerate(state))
                out[n, t, channel] = read + float(d[channel]) * fed
    return out


@pytest.mark.parametrize(("seq", "state"), [(1, 1), (1, 3), (5, 1), (7, 4)])
def test_it_is_the_recurrence_of_the_paper(seq: int, state: int) -> None:
    noise = torch.Generator().manual_seed(seq)

    def drawn(*sizes: int) -> torch.Tensor:
        return torch.randn(sizes, generator=noise, dtype=torch.float64)

    given = (drawn(2, seq, 3), drawn(2, seq, 3).exp(), drawn(2, seq, state), drawn(2, seq, state))
    weights = (drawn(3, state), drawn(3))
    found = selective_scan(*given, *weights)
    torch.testing.assert_close(found, written_out(*given, *weights))


def test_in_bfloat16_the_state_does_not_forget() -> None:
    """1,000 steps of 1/1000 each: in bfloat16 the state would stop growing at an eighth of their sum."""
    x = torch.ones(1, 1000, 1, dtype=torch.bfloat16)
    step = torch.full_like(x, 1e-3)
    slow = torch.full((1, 1), -20.0, dtype=torch.bfloat16)
    out = selective_scan(x, step, x, x, slow, torch.zeros(1, dtype=torch.bfloat16))
    assert out.dtype == torch.bfloat16
    assert abs(float(out[0, -1, 0]) - 1) < 0.01


def test_time_steps_begin_between_their_bounds() -> None:
    torch.manual_seed(0)
    steps = torch.nn.functional.softplus(time_step_(torch.empty(4096), min=0.001, max=0.1))
    assert 0.00099 < float(steps.min()) < 0.0011
    assert 0.09 < float(steps.max()) < 0.1001
    assert abs(float(steps.log().mean()) - math.log(0.01)) < 0.1


def test_a_compiled_model_begins_as_the_paper_says() -> None:
    small = {"vocab": 5, "width": 16, "layers": 2, "state": 3}
    model = composer.compile(specs.load("mamba/lm", set=small), seed=0)
    mixer: Any = model.get_submodule("layers.1.mixer")
    rates = torch.arange(1.0, 4.0).log().expand(32, 3)
    torch.testing.assert_close(mixer.scan.A_log.detach(), rates)
    torch.testing.assert_close(s4d_real_(torch.empty(32, 3)), rates)
    assert mixer.scan.D.eq(1).all()
    steps = torch.nn.functional.softplus(mixer.dt_proj.bias.detach())
    assert 0.0009 < float(steps.min()) < float(steps.max()) < 0.11
    assert 0.5 < float(mixer.out_proj.weight.detach().abs().max()) * math.sqrt(32 * 2) <= 1


@pytest.mark.parametrize(
    ("input", "shape", "message"),
    [
        ("time_step", ["batch", 7, 5], "time_step is [batch, 7, 5], must be [batch, 7, 6]"),
        ("b", ["batch", 5, 4], "b is [batch, 5, 4], must be [batch, 7, 4]"),
        ("c", ["batch", 7, 3], "c is [batch, 7, 3], must be [batch, 7, 4]"),
    ],
)
def test_what_does_not_fit_is_refused(input: str, shape: list[str | int], message: str) -> None:
    inputs = {"x": ["batch", 7, 6], "time_step": ["batch", 7, 6]}
    inputs |= {"b": ["batch", 7, 4], "c": ["batch", 7, 4]}
    node = {"block": "mamba/selective_scan", "from": {name: name for name in inputs}}
    document = {"netwright": 1, "inputs": inputs | {input: shape}, "nodes": {"scan": node}}
    spec = specs.load(document)
    with pytest.raises(specs.SpecError) as refused:
        composer.check(spec)
    assert message in str(refused.value)
