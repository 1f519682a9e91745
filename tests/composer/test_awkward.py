"""Architectures that are awkward to say: each as a spec, compiled, and compared with plain torch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright import composer
from netwright.composer.graph import Graph
from netwright.specs.load import loads


def checked(text: str, **settings: Any) -> Graph:
    return composer.check(loads("netwright: 1\nname: awkward\n" + text, set=settings))


def compiled(text: str, **settings: Any) -> nn.Module:
    return composer.compile(checked(text, **settings), seed=0).eval()


def same(found: Any, expected: Any) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def heads(x: Tensor, count: int) -> Tensor:
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def attended(at: nn.Module, x: Tensor, count: int, mask: Tensor | None = None) -> Tensor:
    """Self-attention by the four projections of a module."""
    projected = [heads(getattr(at, name)(x), count) for name in ("query", "key", "value")]
    mixed = functional.scaled_dot_product_attention(*projected, attn_mask=mask)
    output: Tensor = at.output(mixed.transpose(1, 2).flatten(2))  # type: ignore[operator]
    return output


BIAS_FOR_ALL = """
inputs: {x: [batch, seq, 8]}
blocks:
  relative_bias:
    params: {furthest: 3}
    inputs: {x: [batch, seq, _]}
    nodes:
      key: {block: arange, end: $seq, from: x}
      query: {block: unsqueeze, dim: 1}
      distance: {block: sub, from: [key, query]}
      near: {block: clamp, min: $(-furthest), max: $furthest}
      bucket: {block: add, other: $furthest}
      table: {block: embedding, num_embeddings: $(2 * furthest + 1), embedding_dim: 2}
      bias: {block: permute, dims: [2, 0, 1]}
  layer:
    inputs: {x: [_, _, _], bias: [_, _, _]}
    nodes:
      attention: {block: attention, num_heads: 2, from: {x: x, mask: bias}}
      sum: {block: add, from: [attention, x]}
nodes:
  bias: {block: relative_bias, from: x}
  layers: {block: layer, repeat: 3, from: [x, bias]}
"""


def test_a_bias_is_computed_once_and_given_to_every_layer() -> None:
    model = compiled(BIAS_FOR_ALL)
    calls = []
    model.bias.table.register_forward_hook(lambda *_: calls.append(1))
    x = torch.randn(2, 6, 8)
    found = model(x)
    assert len(calls) == 1
    place = torch.arange(6)
    bias = model.bias.table.weight[(place - place[:, None]).clamp(-3, 3) + 3].permute(2, 0, 1)
    for layer in model.layers:
        x = x + attended(layer.attention, x, 2, bias)
    same(found, x)


SHARED_LAYERS = """
params: {vocab: 50, narrow: 4, width: 8, layers: 4}
inputs: {tokens: {shape: [batch, seq], dtype: int64, below: $vocab}}
blocks:
  layer:
    nodes:
      attend: {block: residual, body: {attention: {block: attention, num_heads: 2}}}
      norm: layer_norm
nodes:
  embed: {block: embedding, num_embeddings: $vocab, embedding_dim: $narrow}
  widen: {block: linear, out_features: $width, bias: false}
  layers: {block: layer, repeat: {times: $layers, share: true}}
  narrow: {block: linear, out_features: $narrow, bias: false}
  logits: {block: linear, out_features: $vocab, tie: {weight: embed.weight}}
"""


def test_layers_share_their_parameters() -> None:
    one, four = compiled(SHARED_LAYERS, layers=1), compiled(SHARED_LAYERS)
    assert four.state_dict().keys() == one.state_dict().keys()
    count = 50 * 4 + 4 * 8 + (4 * (64 + 8) + 16) + 8 * 4 + 50
    assert sum(each.numel() for each in four.parameters()) == count
    tokens = torch.randint(0, 50, (2, 5))
    x = four.widen(four.embed(tokens))
    for _ in range(4):
        x = four.layers.norm(x + attended(four.layers.attend.attention, x, 2))
    same(four(tokens), functional.linear(four.narrow(x), four.embed.weight, four.logits.bias))


STOCHASTIC_DEPTH = """
params: {layers: 3, rate: 1.0}
inputs: {x: [batch, 4]}
blocks:
  layer:
    params: {p: float}
    nodes:
      branch: {block: linear, out_features: 4, from: x}
      drop: {block: stochastic_depth, p: $p}
      sum: {block: add, from: [drop, x]}
nodes:
  layers: {block: layer, repeat: $layers, p: $(rate * index / (layers - 1))}
"""


def test_stochastic_depth_grows_with_the_number_of_the_layer() -> None:
    model, x = compiled(STOCHASTIC_DEPTH).train(), torch.randn(64, 4)
    shares: list[float] = []  # of the rows that are not left out
    for layer in model.layers:
        before, x = x, layer(x)
        shares.append(float((x != before).any(1).float().mean()))
    assert shares[0] == 1
    assert 0.1 < shares[1] < 0.9
    assert shares[2] == 0


DENSE = """
params: {layers: 3, growth: 5}
inputs: {x: [batch, 4, height, width]}
blocks:
  layer:
    inputs: {x: [_, channels, _, _]}
    nodes:
      norm: {block: group_norm, num_groups: 1}
      conv: {block: conv2d, out_channels: $growth, kernel_size: 3, padding: 1}
      grown: {block: cat, from: [x, conv], dim: 1}
nodes:
  layers: {block: layer, repeat: $layers}
"""


def test_concatenation_grows() -> None:
    assert str(checked(DENSE).outputs[""]) == "[batch, 19, height, width]"
    model, x = compiled(DENSE), torch.randn(2, 4, 5, 6)
    found = model(x)
    assert [layer.conv.in_channels for layer in model.layers] == [4, 9, 14]
    for layer in model.layers:
        x = torch.cat([x, layer.conv(layer.norm(x))], 1)
    same(found, x)


MASK_LEFT_OUT = """
inputs: {x: [batch, seq, 8], seen: {shape: [seq, seq], dtype: bool}}
blocks:
  layer:
    inputs: {x: [_, _, _], mask: {shape: [...], dtype: bool, optional: true}}
    nodes:
      attention: {block: attention, num_heads: 2, from: {x: x, mask: mask}}
      sum: {block: add, from: [attention, x]}
      scale: {block: mul, other: 0.5, when: $(given(mask))}
nodes:
  free: layer
  masked: {block: layer, from: {mask: seen}}
outputs: [free, masked]
"""


def test_a_mask_may_be_left_out() -> None:
    model, x = compiled(MASK_LEFT_OUT), torch.randn(2, 5, 8)
    seen = torch.ones(5, 5, dtype=torch.bool).tril()
    free = x + attended(model.free.attention, x, 2)
    masked = (free + attended(model.masked.attention, free, 2, seen)) / 2
    same(model(x, seen), (free, masked))


MASK_OF_THE_NETWORK = """
inputs: {x: [batch, seq, 8], mask: {shape: [seq, seq], dtype: bool, optional: true}}
nodes:
  layers:
    block: residual
    repeat: 2
    body:
      norm: layer_norm
      attention: {block: attention, num_heads: 2, from: {mask: mask}}
      scale: {block: mul, other: 0.5, when: $(given(mask))}
"""


def test_the_mask_of_a_network_may_be_left_out() -> None:
    def run(x: Tensor, mask: Tensor | None) -> Tensor:
        for layer in model.layers:
            x = x + attended(layer.attention, layer.norm(x), 2, mask) * (1 if mask is None else 0.5)
        return x

    model, x = compiled(MASK_OF_THE_NETWORK), torch.randn(2, 5, 8)
    mask = torch.ones(5, 5, dtype=torch.bool).tril()
    same((model(x), model(x, mask), model(x, mask=mask)), (run(x, None), *[run(x, mask)] * 2))


DEEP_SUPERVISION = """
params: {widths: [6, 8, 10], classes: 3}
inputs: {x: [batch, 4]}
blocks:
  stage:
    params: {out_features: int}
    nodes: {linear: {block: linear, out_features: $out_features}, act: relu}
nodes:
  stages: {block: stage, for: {out_features: $widths}}
  heads: {block: linear, from: stages.*, parallel: true, out_features: $classes}
outputs: [heads.*]
"""


def test_every_stage_has_a_head() -> None:
    model, x = compiled(DEEP_SUPERVISION), torch.randn(2, 4)
    found = model(x)
    expected = []
    for stage, head in zip(model.stages, model.heads, strict=True):
        x = stage.linear(x).relu()
        expected.append(head(x))
    assert [head.in_features for head in model.heads] == [6, 8, 10]
    same(found, tuple(expected))


KERNELS = """
params: {kernels: [3, 5, 1]}
inputs: {x: [batch, 2, height, width]}
nodes:
  convs:
    block: conv2d
    for: {kernel_size: $kernels}
    out_channels: $(4 + index)
    padding: $(kernel_size // 2)
"""


def test_every_copy_has_its_kernel() -> None:
    model, x = compiled(KERNELS), torch.randn(2, 2, 5, 6)
    assert [conv.kernel_size[0] for conv in model.convs] == [3, 5, 1]
    assert [conv.out_channels for conv in model.convs] == [4, 5, 6]
    same(model(x), model.convs[2](model.convs[1](model.convs[0](x))))


U_NET = """
params: {depth: 2, width: 4}
dims: {height: {multiple_of: $(2 ** depth)}, wide: {multiple_of: $(2 ** depth)}}
inputs: {x: [batch, 3, height, wide]}
blocks:
  level:
    params: {left: int, channels: int}
    inputs: {x: [_, _, _, _]}
    nodes:
      down: {block: conv2d, out_channels: $channels, kernel_size: 3, padding: 1}
      halve: {block: max_pool2d, kernel_size: 2, when: $(left > 0)}
      inner: {block: level, left: $(left - 1), channels: $(2 * channels), when: $(left > 0)}
      enlarge: {block: interpolate, scale_factor: 2, when: $(left > 0)}
      join: {block: cat, from: [down, enlarge], dim: 1, when: $(left > 0)}
      up: {block: conv2d, out_channels: $channels, kernel_size: 3, padding: 1, when: $(left > 0)}
nodes:
  level: {block: level, left: $depth, channels: $width}
"""


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_one_param_is_the_depth_of_a_u_net(depth: int) -> None:
    def run(level: Any, x: Tensor) -> Tensor:
        down: Tensor = level.down(x)
        if not hasattr(level, "inner"):
            return down
        inner = functional.interpolate(
            run(level.inner, functional.max_pool2d(down, 2)), scale_factor=2
        )
        up: Tensor = level.up(torch.cat([down, inner], 1))
        return up

    model, x = compiled(U_NET, depth=depth), torch.randn(2, 3, 16, 8)
    assert max(name.count("inner") for name in model.state_dict()) == depth
    same(model(x), run(model.level, x))


TIED = """
inputs: {tokens: {shape: [batch, seq], dtype: int64, below: 20}}
blocks:
  encoder:
    nodes:
      embed: {block: embedding, num_embeddings: 20, embedding_dim: 6}
      norm: layer_norm
  decoder:
    nodes:
      hidden: {block: linear, out_features: 6}
      out: {block: linear, out_features: 20, bias: false}
nodes:
  encoder: encoder
  decoder: {block: decoder, tie: {out.weight: encoder.embed.weight}}
"""


def test_weights_are_tied_across_composites() -> None:
    model, tokens = compiled(TIED), torch.randint(0, 20, (2, 5))
    assert model.decoder.out.weight is model.encoder.embed.weight
    hidden = model.decoder.hidden(model.encoder.norm(model.encoder.embed(tokens)))
    same(model(tokens), hidden @ model.encoder.embed.weight.T)
    emptied = model.to("meta").to_empty(device="cpu")
    assert emptied.decoder.out.weight is emptied.encoder.embed.weight


SIAMESE = """
dims: {h1: {min: 3}, w1: {min: 3}, h2: {min: 3}, w2: {min: 3}}
inputs: {one: [batch, 3, h1, w1], other: [batch, 3, h2, w2]}
blocks:
  trunk:
    inputs: {x: [_, _, _, _]}
    nodes:
      conv: {block: conv2d, out_channels: 4, kernel_size: 3}
      act: relu
      mean: {block: mean, dim: [2, 3]}
nodes:
  first: {block: trunk, from: one}
  second: {share: first, from: other}
  difference: {block: sub, from: [first, second]}
  distance: {block: vector_norm, dim: -1}
"""


def test_one_trunk_sees_two_image_sizes() -> None:
    model = compiled(SIAMESE)
    assert list(model.state_dict()) == ["first.conv.weight", "first.conv.bias"]
    one, other = torch.randn(2, 3, 7, 9), torch.randn(2, 3, 12, 5)
    means = [model.first.conv(each).relu().mean((2, 3)) for each in (one, other)]
    same(model(one, other), (means[0] - means[1]).norm(dim=-1))


FED_BACK = """
inputs: {x: [batch, steps, 5], memory: [batch, source, 6]}
blocks:
  step:
    inputs: {x: [_, _], h: [_, _], seen: [_, _], memory: [_, _, _]}
    nodes:
      cell: {block: gru_cell, hidden_size: 6, from: {x: x, h: h}}
      column: {block: unsqueeze, dim: -1, from: cell}
      match: {block: matmul, from: [memory, column]}
      scores: {block: squeeze, dim: -1}
      fresh: {block: sub, from: [scores, seen]}
      weights: {block: softmax, dim: -1}
      now: {block: add, from: [seen, weights]}
    outputs: {h: cell.h, seen: now, weights: weights}
nodes:
  h: {block: mean, dim: 1, from: memory}
  seen: {block: zeros, shape: [batch, source], from: memory}
  decoder: {block: step, scan: [x], from: {x: x, h: h, seen: seen, memory: memory}}
outputs: {weights: decoder.weights, seen: decoder.seen}
"""


def test_a_decoder_feeds_its_attention_back() -> None:
    model = compiled(FED_BACK)
    x, memory = torch.randn(2, 4, 5), torch.randn(2, 3, 6)
    h, seen, expected = memory.mean(1), torch.zeros(2, 3), []
    for step in x.unbind(1):
        h = model.decoder.cell(step, h)
        weights = ((memory @ h[..., None]).squeeze(-1) - seen).softmax(-1)
        seen = seen + weights
        expected.append(weights)
    same(model(x, memory), {"weights": torch.stack(expected, 1), "seen": seen})


ASPP = """
params: {dilations: [1, 2, 4], channels: 5}
inputs: {x: [batch, 3, height, width]}
nodes:
  branches:
    block: conv2d
    for: {dilation: $dilations}
    parallel: true
    from: x
    out_channels: $channels
    kernel_size: 3
    padding: $dilation
  pool: {block: mean, dim: [2, 3], keepdim: true, from: x}
  pool_conv: {block: conv2d, out_channels: $channels, kernel_size: 1}
  pooled: {block: interpolate, from: {x: pool_conv, like: x}}
  join: {block: cat, from: [branches.*, pooled], dim: 1}
  project: {block: conv2d, out_channels: $channels, kernel_size: 1}
"""


@pytest.mark.parametrize("dilations", [[1, 2, 4], [3]])
def test_branches_have_a_list_of_dilations(dilations: list[int]) -> None:
    model, x = compiled(ASPP, dilations=dilations), torch.randn(2, 3, 9, 10)
    assert [conv.dilation[0] for conv in model.branches] == dilations
    pooled = model.pool_conv(x.mean((2, 3), keepdim=True)).expand(-1, -1, 9, 10)
    same(model(x), model.project(torch.cat([*(conv(x) for conv in model.branches), pooled], 1)))
