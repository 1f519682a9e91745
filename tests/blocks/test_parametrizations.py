"""Weights that are computed from others: torch's own parametrisations around the layer."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from netwright import composer, specs
from netwright.specs.problems import SpecError

X: list[str | int] = ["batch", 3, 8, 8]


def document(node: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"netwright": 1, "name": "net", "inputs": {"x": X}, "nodes": {"node": node}, **more}


def compiled(node: dict[str, Any], **more: Any) -> Any:
    return composer.compile(specs.load(document(node, **more)), seed=0)


CONV = {"block": "conv2d", "out_channels": 4, "kernel_size": 3}
CASES = [
    (CONV, nn.Conv2d(3, 4, 3)),
    ({**CONV, "block": "conv_transpose2d"}, nn.ConvTranspose2d(3, 4, 3)),
    ({"block": "linear", "out_features": 5}, nn.Linear(8, 5)),
]


@pytest.mark.parametrize(("node", "own"), CASES)
@pytest.mark.parametrize("around", [weight_norm, spectral_norm])
def test_layer_is_torchs_own(node: dict[str, Any], own: nn.Module, around: Any) -> None:
    model = compiled({**node, "parametrization": around.__name__})
    theirs = around(copy.deepcopy(own))
    theirs.load_state_dict(model.node.state_dict())
    x = torch.randn(2, 3, 8, 8)
    for mode in (False, True):  # a spectral norm takes a step in training
        torch.testing.assert_close(model.train(mode)(x), theirs.train(mode)(x))
    assert model.node.state_dict().keys() == theirs.state_dict().keys()
    for name, each in model.node.state_dict().items():
        torch.testing.assert_close(each, theirs.state_dict()[name])


def test_first_weights_are_torchs() -> None:
    model = compiled({**CONV, "parametrization": "spectral_norm"})
    torch.manual_seed(0)
    own = spectral_norm(nn.Conv2d(3, 4, 3))
    for name, each in own.state_dict().items():
        assert torch.equal(model.node.state_dict()[name], each)
    largest = torch.linalg.matrix_norm(model.eval().node.weight.flatten(1), 2)
    torch.testing.assert_close(largest, torch.tensor(1.0), rtol=0.15, atol=0)


def test_weights_go_on_by_their_own_names() -> None:
    node = {
        **CONV,
        "parametrization": "weight_norm",
        "init": {"*.original0": {"constant": {"val": 2.0}}},
    }
    lengths = compiled(node).node.weight.flatten(1).norm(dim=1)
    torch.testing.assert_close(lengths, torch.full((4,), 2.0))


def test_copies_stand_for_themselves() -> None:
    model = compiled({**CONV, "parametrization": "spectral_norm"}).eval()
    x = torch.randn(2, 3, 8, 8)
    other = copy.deepcopy(model)
    assert torch.equal(other(x), model(x))
    other.node.parametrizations.weight.original.data.zero_()
    assert model(x).abs().max() > 0.1


def test_on_meta_nothing_is_computed() -> None:
    spec = specs.load(document({**CONV, "parametrization": "spectral_norm"}))
    model = composer.compile(spec, device="meta")
    assert all(each.is_meta for each in model.state_dict().values())


def test_parametrization_is_one_of_two() -> None:
    with pytest.raises(SpecError, match="weight_norm"):
        compiled({**CONV, "parametrization": "weight"})


def test_source_wraps_the_layer() -> None:
    node = {"block": "linear", "out_features": 5, "bias": False, "parametrization": "weight_norm"}
    source = composer.emit(specs.load(document(node)))
    made = "nn.utils.parametrizations.weight_norm(nn.Linear(8, 5, bias=False))"
    assert f"self.node = {made}\n" in source
