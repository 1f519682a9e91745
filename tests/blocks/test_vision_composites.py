"""Composites of vision, diffusion and audio, against their formulas in plain torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from netwright import composer, specs


def compiled(inputs: Mapping[str, Any], node: Mapping[str, Any], *outputs: str) -> Any:
    own = {**node, "from": {name: name for name in inputs}}
    document = {"netwright": 1, "name": "one", "inputs": inputs, "nodes": {"node": own}}
    if outputs:
        document["outputs"] = {f"o_{name}": f"node.{name}" for name in outputs}
    model = composer.compile(specs.load(document), seed=0).eval()
    return model if outputs else getattr(model, "node", model)


IMAGE = {"x": ["batch", 6, "height", "width"]}


def test_conv_norm_act_keeps_the_size_under_dilation_too() -> None:
    node = {"block": "conv_norm_act", "out_channels": 4, "dilation": 3, "act": "silu"}
    own = compiled({"x": [2, 6, "height", "width"]}, node)
    x = torch.randn(2, 6, 9, 7)
    expected = functional.silu(own.norm(functional.conv2d(x, own.conv.weight, None, 1, 3, 3)))
    torch.testing.assert_close(own(x), expected)


def test_squeeze_excite_weighs_channels_by_their_means() -> None:
    own = compiled(IMAGE, {"block": "squeeze_excite", "squeeze_channels": 2})
    x = torch.randn(3, 6, 4, 5)
    weights = own.excite(own.squeeze(x.mean((2, 3), keepdim=True)).relu()).sigmoid()
    torch.testing.assert_close(own(x), x * weights)


def test_inverted_residual_adds_where_shapes_agree_only() -> None:
    inputs = {"x": [2, 6, "height", "width"]}
    node = {"block": "inverted_residual", "out_channels": 6, "expand_channels": 12}
    x = torch.randn(2, 6, 8, 8)
    own = compiled(inputs, node)
    assert own.depthwise.conv.groups == 12
    torch.testing.assert_close(own(x), x + own.project(own.depthwise(own.expand(x))))
    own = compiled(inputs, {**node, "stride": 2, "expand_channels": 6})
    assert not hasattr(own, "expand")
    torch.testing.assert_close(own(x), own.project(own.depthwise(x)))


def test_layer_norm2d_normalises_the_channels_at_each_place() -> None:
    own = compiled(IMAGE, {"block": "layer_norm2d"})
    x = torch.randn(2, 6, 4, 5)
    expected = (x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, correction=0) + 1e-6).sqrt()
    torch.testing.assert_close(own(x), expected)


def test_convnext_block_begins_near_the_identity_and_is_an_mlp_at_each_place() -> None:
    own = compiled(IMAGE, {"block": "convnext_block"})
    x = torch.randn(2, 6, 9, 8)
    assert 0 < float((own(x) - x).detach().abs().max()) < 1e-4
    own = compiled(IMAGE, {"block": "convnext_block", "init_value": 2.0})
    y = functional.conv2d(x, own.depthwise.weight, own.depthwise.bias, padding=3, groups=6)
    y = functional.layer_norm(y.movedim(1, -1), [6], eps=1e-6)
    y = own.down(functional.gelu(own.up(y))).movedim(-1, 1)
    torch.testing.assert_close(own(x), x + 2 * y)


def test_windows_hold_neighbours_and_go_back() -> None:
    inputs = {"x": ["batch", "height", "width", 3]}
    dims = {"height": {"multiple_of": 2}, "width": {"multiple_of": 2}}
    nodes = {
        "cut": {"block": "window_partition", "window_size": 2},
        "back": {"block": "window_reverse", "window_size": 2, "from": {"x": "cut", "like": "x"}},
    }
    document = {"netwright": 1, "name": "both", "inputs": inputs, "dims": dims, "nodes": nodes}
    model = composer.compile(specs.load({**document, "outputs": ["cut", "back"]}))
    x = torch.arange(2 * 4 * 6 * 3.0).reshape(2, 4, 6, 3)
    windows, back = model(x)
    assert windows.shape == (12, 4, 3)
    # The second window of the first row of windows: rows 0-1, columns 2-3.
    torch.testing.assert_close(windows[1], x[0, :2, 2:4].reshape(4, 3))
    assert torch.equal(back, x)


def test_shifted_windows_see_only_what_was_near_before_the_roll() -> None:
    node = {"block": "shifted_window_mask", "window_size": 4, "shift": 1}
    own = compiled({"x": ["batch", 8, 12, 3]}, node)
    # As Swin itself does: nine regions, painted with slices.
    painted = torch.zeros(8, 12)
    number = 0
    for rows in (slice(0, -4), slice(-4, -1), slice(-1, None)):
        for columns in (slice(0, -4), slice(-4, -1), slice(-1, None)):
            painted[rows, columns] = number
            number += 1
    windows = painted.reshape(2, 4, 3, 4).transpose(1, 2).reshape(6, 16)
    expected = (windows[:, None] == windows[:, :, None])[:, None].repeat(2, 1, 1, 1)
    assert torch.equal(own(torch.zeros(2, 8, 12, 3)), expected)


def test_patch_merging_puts_four_neighbours_side_by_side_as_swin_does() -> None:
    own = compiled({"x": ["batch", 4, 6, 3]}, {"block": "patch_merging"})
    x = torch.randn(2, 4, 6, 3)
    corners = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
    torch.testing.assert_close(own(x), own.reduction(own.norm(torch.cat(corners, -1))))


def test_aspp_reads_near_far_and_the_whole() -> None:
    node = {"block": "aspp", "out_channels": 4, "dilations": [2, 3]}
    own = compiled({"x": [2, 6, "height", "width"]}, node)
    x = torch.randn(2, 6, 9, 8)
    whole = own.whole(x.mean((2, 3), keepdim=True)).expand(-1, -1, 9, 8)
    parts = [own.near(x), own.far[0](x), own.far[1](x), whole]
    torch.testing.assert_close(own(x), own.project(torch.cat(parts, 1)))
    assert [each.conv.dilation for each in own.far] == [(2, 2), (3, 3)]


def test_scaled_subsample_learns_a_gain_and_a_bias_for_each_channel() -> None:
    own = compiled({"x": ["batch", 6, 4, 6]}, {"block": "scaled_subsample"})
    x = torch.randn(2, 6, 4, 6)
    torch.testing.assert_close(own(x), functional.avg_pool2d(x, 2))
    nn.init.normal_(own.gain), nn.init.normal_(own.bias)
    torch.testing.assert_close(own(x), functional.avg_pool2d(x, 2) * own.gain + own.bias)
    assert sum(each.numel() for each in own.parameters()) == 12


def test_spatial_attention_is_attention_over_places() -> None:
    own = compiled(IMAGE, {"block": "spatial_attention", "num_heads": 2})
    x = torch.randn(2, 6, 3, 4)
    expected = own.attention(x.flatten(2).mT).mT.reshape(2, 6, 3, 4)
    torch.testing.assert_close(own(x), expected)


def test_timestep_embedding_is_waves_through_two_layers() -> None:
    steps = {"x": {"shape": ["batch"], "dtype": "int64", "below": 100}}
    own = compiled(steps, {"block": "timestep_embedding", "embedding_dim": 8})
    x = torch.tensor([0, 7, 99])
    angles = x[:, None] * 10000 ** (-torch.arange(4) / 3)
    waves = torch.cat([angles.sin(), angles.cos()], 1)
    torch.testing.assert_close(own(x), own.linear2(functional.silu(own.linear1(waves))))


def test_vector_quantizer_takes_the_nearest_code_and_passes_gradients_on() -> None:
    node = {"block": "vector_quantizer", "codes": 5}
    model = compiled({"x": ["batch", "seq", 3]}, node, "x", "code", "loss")
    book = model.node.codebook
    x = (torch.randn(2, 4, 3) * 0.2).requires_grad_()
    found = model(x)
    distances = torch.cdist(x.detach().flatten(0, 1), book.detach())
    assert torch.equal(found["o_code"].flatten(), distances.argmin(1))
    quantized = book[found["o_code"]]
    torch.testing.assert_close(found["o_x"], quantized)
    torch.testing.assert_close(found["o_loss"], 1.25 * functional.mse_loss(quantized, x))
    found["o_x"].sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, torch.ones_like(x))
    assert book.grad is None or not book.grad.any()


def test_a_causal_convolution_reads_no_later_step() -> None:
    node = {"block": "causal_conv1d", "out_channels": 4, "kernel_size": 3, "dilation": 2}
    own = compiled({"x": ["batch", 3, "length"]}, node)
    x = torch.randn(2, 3, 9)
    changed = x.clone()
    changed[:, :, 5] += 1
    moved = (own(x) - own(changed)).abs().amax((0, 1)) > 1e-6
    assert moved.tolist() == [False] * 5 + [True, False, True, False]


def test_gated_conv1d_is_the_layer_of_wavenet() -> None:
    node = {"block": "gated_conv1d", "hidden_channels": 4, "skip_channels": 5, "dilation": 2}
    model = compiled({"x": ["batch", 3, "length"]}, node, "x", "skip")
    own, x = model.node, torch.randn(2, 3, 9)
    filtered, gate = own.conv(x).chunk(2, 1)
    gated = filtered.tanh() * gate.sigmoid()
    found = model(x)
    torch.testing.assert_close(found["o_x"], x + own.change(gated))
    torch.testing.assert_close(found["o_skip"], own.skip(gated))


def test_adaptive_instance_norm_takes_scale_and_shift_from_the_style() -> None:
    inputs = {"x": ["batch", 6, 4, 5], "style": ["batch", 3]}
    own = compiled(inputs, {"block": "adaptive_instance_norm"})
    x, style = torch.randn(2, 6, 4, 5), torch.randn(2, 3)
    scale, shift = own.modulation(style)[:, :, None, None].chunk(2, 1)
    expected = functional.instance_norm(x) * (1 + scale) + shift
    torch.testing.assert_close(own(x, style), expected)


def test_layer_scale_multiplies_each_feature() -> None:
    own = compiled({"x": ["batch", 4]}, {"block": "layer_scale", "init_value": 0.5})
    x = torch.randn(3, 4)
    torch.testing.assert_close(own(x), x * 0.5)
    nn.init.normal_(own.gamma)
    torch.testing.assert_close(own(x), x * own.gamma)


def test_class_tokens_stand_in_front_and_patches_are_rows() -> None:
    own = compiled({"x": ["batch", "seq", 4]}, {"block": "class_token", "count": 2})
    x = torch.randn(3, 5, 4)
    found = own(x)
    torch.testing.assert_close(found[:, :2], own.token.expand(3, -1, -1))
    torch.testing.assert_close(found[:, 2:], x)
    node = {"block": "patch_embed", "embed_dim": 7, "patch_size": 2}
    own = compiled({"x": ["batch", 3, 4, 6]}, node)
    x = torch.randn(2, 3, 4, 6)
    patch = x[:, :, 2:4, 0:2].flatten(1)  # row 1, column 0: token 3
    expected = patch @ own.proj.weight.flatten(1).T + own.proj.bias
    torch.testing.assert_close(own(x)[:, 3], expected)
