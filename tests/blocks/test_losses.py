"""Losses: what they refuse, and the composites against torch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from netwright import composer, specs
from netwright.specs.problems import SpecError


def loaded(inputs: dict[str, Any], node: dict[str, Any]) -> specs.Spec:
    node = {**node, "from": {name: name for name in inputs}}
    return specs.load({"netwright": 1, "name": "one", "inputs": inputs, "nodes": {"loss": node}})


def compiled(inputs: dict[str, Any], node: dict[str, Any]) -> nn.Module:
    return composer.compile(loaded(inputs, node))


def refusal(inputs: dict[str, Any], node: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        composer.check(loaded(inputs, node))
    return str(caught.value)


def test_a_column_is_not_compared_with_a_row() -> None:
    said = refusal({"x": ["batch", 1], "target": ["batch"]}, {"block": "mse_loss"})
    assert "a loss compares equal shapes, got [batch, 1] and [batch]" in said


def test_classes_of_images_are_dim_1() -> None:
    label = {"shape": ["batch", 8, 9], "dtype": "int64", "below": 4}
    said = refusal({"x": ["batch", 8, 9, 4], "target": label}, {"block": "cross_entropy"})
    assert "permute or transpose brings them there" in said


def test_a_target_beyond_the_classes_is_refused_unless_it_is_ignored() -> None:
    label = {"shape": ["batch"], "dtype": "int64", "below": 256}
    inputs = {"x": ["batch", 21], "target": label}
    assert "targets go up to 255, but there are 21 classes" in refusal(
        inputs, {"block": "cross_entropy"}
    )
    model = compiled(inputs, {"block": "cross_entropy", "ignore_index": 255})
    scores, labels = torch.randn(3, 21), torch.tensor([255, 3, 255])
    torch.testing.assert_close(
        model(scores, labels), functional.cross_entropy(scores[1:2], labels[1:2])
    )


def test_lengths_of_sequences_are_bounded() -> None:
    inputs = {
        "log_probs": [8, "batch", 5],
        "targets": {"shape": ["batch", 3], "dtype": "int64", "below": 5},
        "input_lengths": {"shape": ["batch"], "dtype": "int64", "below": 10},
        "target_lengths": {"shape": ["batch"], "dtype": "int64", "below": 4},
    }
    assert "lengths go up to 9, there are only 8" in refusal(inputs, {"block": "ctc_loss"})


def test_a_weight_from_the_network_does_not_stop_training() -> None:
    model = compiled({"x": [5, 4], "target": {"shape": [5], "dtype": "int64", "below": 4}, "weight": [4]},
                     {"block": "cross_entropy"})  # fmt: skip
    x, weight = torch.randn(5, 4, requires_grad=True), torch.rand(4, requires_grad=True)
    model(x, torch.arange(5) % 4, weight).backward()
    assert x.grad is not None
    assert weight.grad is None


def test_masked_mean_is_the_mean_of_what_is_kept() -> None:
    model = compiled(
        {"x": ["n", "m"], "mask": {"shape": ["n", "m"], "dtype": "bool"}}, {"block": "masked_mean"}
    )
    x, mask = torch.randn(5, 7), torch.rand(5, 7) > 0.4
    x[~mask] = float("nan")
    torch.testing.assert_close(model(x, mask), x[mask].mean())
    assert model(x, torch.zeros(5, 7, dtype=torch.bool)) == 0


def test_weighted_mean_divides_by_the_weights_of_all_elements() -> None:
    model = compiled({"x": ["n", "m"], "weight": ["m"]}, {"block": "weighted_mean"})
    x, weight = torch.randn(5, 7), torch.rand(7)
    torch.testing.assert_close(model(x, weight), (x * weight).sum() / (5 * weight.sum()))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_gaussian_nll_is_torchs(reduction: str, full: bool) -> None:
    node = {"block": "gaussian_nll_loss", "reduction": reduction, "full": full}
    model = compiled({"x": ["n", 3], "target": ["n", 3], "var": ["n", 3]}, node)
    x, target, var = torch.randn(5, 3), torch.randn(5, 3), torch.rand(5, 3)
    expected = functional.gaussian_nll_loss(x, target, var, full=full, reduction=reduction)
    torch.testing.assert_close(model(x, target, var), expected)


@pytest.mark.parametrize("reduction", ["batchmean", "sum", "none"])
def test_gaussian_kl_is_the_divergence_from_the_standard_normal(reduction: str) -> None:
    node = {"block": "gaussian_kl", "reduction": reduction}
    model = compiled({"mean": ["n", 3], "logvar": ["n", 3]}, node)
    mean, logvar = torch.randn(5, 3), torch.randn(5, 3)
    each = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, (logvar / 2).exp()), torch.distributions.Normal(0.0, 1.0)
    )
    expected = {"batchmean": each.sum() / 5, "sum": each.sum(), "none": each}[reduction]
    torch.testing.assert_close(model(mean, logvar), expected)


def test_a_sample_has_the_mean_and_the_deviation_that_are_said() -> None:
    model = compiled({"mean": ["n"], "logvar": ["n"], "noise": ["n"]}, {"block": "reparameterize"})
    mean, logvar, noise = torch.randn(3, 5)
    torch.testing.assert_close(model(mean, logvar, noise), mean + noise * logvar.exp().sqrt())
