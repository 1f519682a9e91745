"""Grids, draws and gradients that are turned round, against torch and the formulas."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.nn import functional

from netwright import composer, specs
from netwright.blocks.fourier import FourierMixing, LongConv1d
from netwright.blocks.modulated import ModulatedConv2d
from netwright.blocks.sampling import AffineGrid, GridSample
from netwright.specs.tensors import Refusal, Tensor


def compiled(node: dict[str, Any], inputs: dict[str, Any]) -> Any:
    document = {"netwright": 1, "name": "net", "inputs": inputs, "nodes": {"node": node}}
    return composer.compile(specs.load(document), seed=0).eval()


def test_a_spatial_transformer_bends_images_of_every_size() -> None:
    document = {
        "netwright": 1,
        "inputs": {"image": ["batch", 3, "height", "width"], "theta": ["batch", 2, 3]},
        "nodes": {
            "grid": {
                "block": "affine_grid",
                "from": "theta",
                "size": ["batch", 3, "height", "width"],
            },
            "bent": {"block": "grid_sample", "from": {"x": "image", "grid": "grid"}},
        },
    }
    model = composer.compile(specs.load(document))
    same = torch.tensor([[1.0, 0, 0], [0, 1, 0]]).expand(2, 2, 3)
    mirrored = torch.tensor([[-1.0, 0, 0], [0, 1, 0]]).expand(2, 2, 3)
    for sides in ((5, 4), (3, 7)):
        image = torch.randn(2, 3, *sides)
        torch.testing.assert_close(model(image, same), image)
        torch.testing.assert_close(model(image, mirrored), image.flip(-1))


@pytest.mark.parametrize(
    ("block", "types", "message"),
    [
        (GridSample(), [(2, 3, 4, 4), (3, 5, 5, 2)], "each of 2 images needs a grid of its own"),
        (GridSample(mode="bicubic"), [(2, 3, 4, 4, 4), (2, 5, 5, 5, 3)], "is for images"),
        (AffineGrid(size=[2, 3, 4]), [(2, 2, 3)], "size is that of images or volumes"),
        (AffineGrid(size=[3, 3, 4, 4]), [(2, 2, 3)], "bends 2 images, size has 3"),
        (AffineGrid(size=[2, 3, 0, 4]), [(2, 2, 3)], "is 0"),
    ],
)
def test_what_does_not_fit_is_said(block: Any, types: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        block.infer(*map(Tensor, types))


def test_halves_have_no_fourier_transform() -> None:
    with pytest.raises(Refusal, match="no Fourier transform of float16"):
        FourierMixing().infer(Tensor((2, 3, 4), "float16"))


def test_mixing_is_the_real_part_of_a_transform_over_two_dimensions() -> None:
    x = torch.randn(2, 5, 4)
    turns = [torch.outer(*[torch.arange(n)] * 2) * 2 * math.pi / n for n in (5, 4)]
    seq, features = (torch.complex(each.cos(), -each.sin()) for each in turns)
    expected = (seq @ x.to(torch.complex64) @ features).real
    torch.testing.assert_close(
        compiled({"block": "fourier_mixing"}, {"x": ["n", "s", 4]})(x), expected
    )


def test_a_draw_is_torchs_own() -> None:
    model = compiled({"block": "gumbel_softmax", "tau": 0.7, "hard": True}, {"x": ["n", 5]})
    x = torch.randn(9, 5)
    torch.manual_seed(1)
    found = model(x)
    torch.manual_seed(1)
    assert torch.equal(found, functional.gumbel_softmax(x, tau=0.7, hard=True))


def test_a_gradient_comes_back_with_the_other_sign() -> None:
    model = compiled({"block": "gradient_reversal", "factor": 0.3}, {"x": ["n", 4]})
    x = torch.randn(3, 4, requires_grad=True)
    found = model(x)
    torch.testing.assert_close(found, x)
    found.square().sum().backward()
    torch.testing.assert_close(x.grad, -0.3 * 2 * x.detach())


def test_coordinates_become_waves() -> None:
    node = {"block": "fourier_features", "num_frequencies": 3}
    model = compiled(node, {"x": ["n", 2]})
    x = torch.rand(4, 2)
    rows = [
        [
            wave(2**k * math.pi * each)
            for each in row
            for k in range(3)
            for wave in (math.sin, math.cos)
        ]
        for row in x.tolist()
    ]
    torch.testing.assert_close(model(x), torch.tensor(rows), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kernel_length", [1, 4, 9])
def test_a_long_kernel_reads_from_what_came_before(kernel_length: int) -> None:
    inputs = {"x": ["n", 3, "length"], "kernel": [3, kernel_length]}
    model = compiled({"block": "long_conv1d", "from": ["x", "kernel"]}, inputs)
    x, kernel = torch.randn(2, 3, 7), torch.randn(3, kernel_length)
    padded = functional.pad(x, (kernel_length - 1, 0))
    expected = functional.conv1d(padded, kernel.flip(-1)[:, None], groups=3)
    torch.testing.assert_close(model(x, kernel), expected)


def test_a_long_kernel_is_for_its_channels() -> None:
    with pytest.raises(Refusal, match="has 3 channels, and kernel"):
        LongConv1d().infer(Tensor((2, 3, 7)), Tensor((4, 7)))


@pytest.mark.parametrize("demodulate", [False, True])
@pytest.mark.parametrize("kernel_size", [1, 3])
def test_a_style_scales_the_weight_of_each_sample(demodulate: bool, kernel_size: int) -> None:
    node = {
        "block": "modulated_conv2d",
        "from": ["x", "style"],
        "out_channels": 4,
        "kernel_size": kernel_size,
        "demodulate": demodulate,
    }
    model = compiled(node, {"x": ["n", 3, "h", "w"], "style": ["n", 3]})
    x, style = torch.randn(2, 3, 5, 6), torch.randn(2, 3)
    (weight,) = model.parameters()
    rows = []
    for sample, scales in zip(x, style, strict=True):
        own = weight * scales[:, None, None]
        if demodulate:
            own = own / (own.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        rows.append(functional.conv2d(sample[None], own, padding="same")[0])
    torch.testing.assert_close(model(x, style), torch.stack(rows))


def test_a_style_is_for_its_channels() -> None:
    with pytest.raises(Refusal, match="kernel_size 2 has no middle"):
        ModulatedConv2d(out_channels=4, kernel_size=2).infer(Tensor((2, 3, 5, 5)), Tensor((2, 3)))
    with pytest.raises(Refusal, match=r"needs a style \[2, 3\], got \[2, 4\]"):
        ModulatedConv2d(out_channels=4, kernel_size=3).infer(Tensor((2, 3, 5, 5)), Tensor((2, 4)))
