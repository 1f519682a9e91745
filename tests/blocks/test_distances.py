"""Distances, losses over them, and the softmax over very many classes, against torch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from netwright import composer, specs
from netwright.blocks.adaptive_softmax import AdaptiveLogSoftmaxWithLoss
from netwright.blocks.distance import Cdist, CosineSimilarity
from netwright.specs.tensors import Refusal, Tensor

TRIPLET = {name: ["batch", 4] for name in ("anchor", "positive", "negative")}


def compiled(node: dict[str, Any], inputs: dict[str, Any], blocks: Any = None) -> Any:
    document = {"netwright": 1, "name": "net", "inputs": inputs, "nodes": {"node": node}}
    if blocks is not None:
        document["blocks"] = blocks
    return composer.compile(specs.load(document), seed=0).eval()


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("p", [None, 1])
def test_triplets_by_a_distance_of_ones_own(reduction: str, swap: bool, p: int | None) -> None:
    node: dict[str, Any] = {
        "block": "triplet_margin_with_distance_loss",
        "from": list(TRIPLET),
        "margin": 0.7,
        "swap": swap,
        "reduction": reduction,
    }
    distance = None
    if p is not None:
        node["distance"] = {"block": "pairwise_distance", "p": p}

        def distance(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return nn.functional.pairwise_distance(x, y, p=1.0)

    model = compiled(node, dict(TRIPLET))
    own = nn.TripletMarginWithDistanceLoss(
        distance_function=distance, margin=0.7, swap=swap, reduction=reduction
    )
    tensors = [torch.randn(6, 4) for _ in TRIPLET]
    torch.testing.assert_close(model(*tensors), own(*tensors))


def test_a_distance_with_weights_has_them_once() -> None:
    distance = {
        "inputs": {"one": ["n", "d"], "other": ["n", "d"]},
        "nodes": {
            "difference": {"block": "sub", "from": ["one", "other"]},
            "map": {"block": "linear", "out_features": 3, "bias": False},
            "length": {"block": "vector_norm", "dim": -1},
        },
    }
    node = {
        "block": "triplet_margin_with_distance_loss",
        "from": list(TRIPLET),
        "distance": "learned",
        "swap": True,
    }
    model = compiled(node, dict(TRIPLET), {"learned": distance})
    (weight,) = model.parameters()

    def learned(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return ((x - y) @ weight.T).norm(dim=-1)

    own = nn.TripletMarginWithDistanceLoss(distance_function=learned, swap=True)
    tensors = [torch.randn(6, 4) for _ in TRIPLET]
    torch.testing.assert_close(model(*tensors), own(*tensors))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cutoffs": []}, "cutoffs are []: they ascend, and stay below n_classes 20"),
        ({"cutoffs": [5, 5]}, "cutoffs are [5, 5]: they ascend, and stay below n_classes 20"),
        ({"cutoffs": [5, 3]}, "cutoffs are [5, 3]: they ascend, and stay below n_classes 20"),
        ({"cutoffs": [5, 20]}, "cutoffs are [5, 20]: they ascend, and stay below n_classes 20"),
        (
            {"cutoffs": [5, 10], "div_value": 4},
            "div_value 4 leaves the last of 2 clusters no feature of 8",
        ),
    ],
)
def test_clusters_are_what_they_can_be(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal) as refused:
        AdaptiveLogSoftmaxWithLoss(n_classes=20, **settings).infer(
            Tensor((3, 8)), Tensor((3,), "int64", 20)
        )
    assert refused.value.message == message
    assert refused.value.help


def test_targets_of_an_adaptive_softmax_are_its_classes() -> None:
    block = AdaptiveLogSoftmaxWithLoss(n_classes=20, cutoffs=[5])
    with pytest.raises(Refusal, match="targets go up to 20, but there are 20 classes"):
        block.infer(Tensor((3, 8)), Tensor((3,), "int64", 21))
    with pytest.raises(Refusal, match="needs targets"):
        block.infer(Tensor((3, 8)), Tensor((4,), "int64", 20))
    assert list(block.cautions(Tensor((3, 8)), Tensor((3,), "int64")))


def test_adaptive_softmax_learns_what_torchs_does() -> None:
    inputs = {"x": ["n", 8], "target": {"shape": ["n"], "dtype": "int64", "below": 20}}
    node = {
        "block": "adaptive_log_softmax_with_loss",
        "from": ["x", "target"],
        "n_classes": 20,
        "cutoffs": [4, 10],
        "div_value": 2.0,
        "head_bias": True,
    }
    model = compiled(node, inputs)
    own = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], div_value=2.0, head_bias=True)
    own.load_state_dict(model.node.state_dict())
    x, target = torch.randn(50, 8), torch.randint(0, 20, (50,))
    output, loss = own(x, target)
    torch.testing.assert_close(model.node(x, target), own(x, target))
    assert output.shape == (50,)
    assert not loss.shape
    model.node(x, target).loss.backward()
    loss.backward()
    for one, other in zip(model.parameters(), own.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_vectors_that_differ_in_size_have_no_distance() -> None:
    with pytest.raises(Refusal, match="last sizes are 3 of x1 and 4 of x2"):
        Cdist().infer(Tensor((2, 3)), Tensor((5, 4)))
    with pytest.raises(Refusal, match="dim 1"):
        CosineSimilarity().infer(Tensor((3,)), Tensor((3,)))


def partially(
    x: torch.Tensor, mask: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, **own: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Formula 1 and 2 of Liu et al. 2018, window by window."""
    size = weight.shape[-1]
    columns = nn.functional.unfold(x * mask, size, **own)
    known = nn.functional.unfold(mask, size, **own).sum(1, keepdim=True)
    ratio = torch.where(known > 0, size**2 / known.clamp(min=1), 0.0)
    found = weight.flatten(1) @ columns * ratio
    if bias is not None:
        found = torch.where(known > 0, found + bias.flatten()[:, None], 0.0)
    sides = [(s + 2 * own["padding"] - size) // own["stride"] + 1 for s in x.shape[2:]]
    return found.unflatten(2, sides), (known > 0).float().unflatten(2, sides)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (2, 1)])
def test_holes_are_left_out_of_a_convolution(bias: bool, stride: int, padding: int) -> None:
    inputs = {"x": ["n", 3, "h", "w"], "mask": ["n", 1, "h", "w"]}
    node = {
        "block": "partial_conv2d",
        "from": ["x", "mask"],
        "out_channels": 4,
        "kernel_size": 3,
        "stride": stride,
        "padding": padding,
        "bias": bias,
    }
    document = {
        "netwright": 1,
        "dims": {"h": {"min": 3}, "w": {"min": 3}},
        "inputs": inputs,
        "nodes": {"node": node},
        "outputs": {"x": "node.x", "mask": "node.mask"},
    }
    model: Any = composer.compile(specs.load(document), seed=0)
    x, mask = torch.randn(2, 3, 9, 8), (torch.rand(2, 1, 9, 8) > 0.3).float()
    mask[:, :, :4, :5] = 0  # a hole larger than a window
    x[mask.expand_as(x) == 0] = 100.0
    own = model.node.bias if bias else None
    found = model(x, mask)
    expected = partially(x, mask, model.node.conv.weight, own, stride=stride, padding=padding)
    torch.testing.assert_close(found["mask"], expected[1])
    torch.testing.assert_close(found["x"], expected[0])
    assert not found["mask"].all()
