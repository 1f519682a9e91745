"""Shared modules: what is emitted against plain torch."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from netwright import composer, specs
from netwright.composer.graph import Graph, weights
from netwright.specs.problems import SpecError


def checked(text: str) -> Graph:
    return composer.check(specs.loads(f"netwright: 1\n{text}"))


def compiled(text: str, taps: tuple[str, ...] = ()) -> Any:
    graph = checked(text)
    model = composer.compile(graph, taps=taps, seed=0)
    assert sorted(name for name, _, _ in weights(graph)) == sorted(model.state_dict())
    again = pickle.loads(pickle.dumps(copy.deepcopy(model)))
    assert list(again.state_dict()) == list(model.state_dict())
    return model


SIAMESE = """
inputs: {a: [batch, 3, height, 32], b: [other, 3, 64, 48]}
dims: {height: {multiple_of: 2}}
blocks:
  inner:
    inputs: {x: [n, c, h, w]}
    nodes:
      rows: {block: reshape, shape: [n, $c, $(h * w)]}
      relu: relu
      back: {block: reshape, shape: [n, $c, $h, $w]}
  tower:
    inputs: {x: [n, c, h, w]}
    nodes:
      conv: {block: conv2d, out_channels: 8, kernel_size: 3, padding: 1, stride: 2}
      inner: {block: inner, repeat: 2}
      up: {block: interpolate, size: "$([h, w])"}
      pool: {block: adaptive_avg_pool2d, output_size: 2}
      flat: flatten
nodes:
  tower: {block: tower, from: a}
  twin: {share: tower, from: b}
outputs: {near: tower, far: twin}
"""


def by_hand(conv: Any, x: Tensor) -> Tensor:
    y = functional.interpolate(conv(x).relu(), size=x.shape[2:])
    return functional.adaptive_avg_pool2d(y, 2).flatten(1)


def test_one_tower_for_two_sizes() -> None:
    model = compiled(SIAMESE)
    assert list(model.state_dict()) == ["tower.conv.weight", "tower.conv.bias"]
    for height in (16, 40):
        a, b = torch.randn(2, 3, height, 32), torch.randn(5, 3, 64, 48)
        found = model(a, b)
        assert torch.equal(found["near"], by_hand(model.tower.conv, a))
        assert torch.equal(found["far"], by_hand(model.tower.conv, b))


@pytest.mark.parametrize(
    "taps", [("twin.conv",), ("tower.conv", "twin.inner.*"), ("tower",), ("tower.flat", "twin")]
)
def test_taps_of_one_place_only(taps: tuple[str, ...]) -> None:
    model = compiled(SIAMESE, taps)
    a, b = torch.randn(2, 3, 16, 32), torch.randn(5, 3, 64, 48)
    found, kept = model(a, b)
    conv = model.tower.conv
    assert torch.equal(found["near"], by_hand(conv, a))
    expected = {
        "twin.conv": conv(b),
        "tower.conv": conv(a),
        "twin.inner.0": conv(b).relu(),
        "twin.inner.1": conv(b).relu(),
        "tower": by_hand(conv, a),
        "tower.flat": by_hand(conv, a),
        "twin": by_hand(conv, b),
    }
    wanted = {each.replace("*", number) for each in taps for number in "01"}
    assert set(kept) == wanted
    assert all(torch.equal(kept[name], expected[name]) for name in wanted)


def test_a_size_that_no_shape_tells_is_handed_over() -> None:
    model = compiled(
        """
inputs: {a: [batch, 6], b: [batch, 10]}
blocks:
  wide:
    inputs: {x: [n, f]}
    nodes:
      more: {block: unsqueeze, dim: -1}
      fc: {block: linear, out_features: 2}
      grow: {block: expand, shape: [n, f, 2]}
      pad: {block: pad, pad: "$([0, f * f - 10])"}
nodes:
  first: {block: wide, from: a}
  second: {share: first, from: b}
outputs: [first, second]
"""
    )
    a, b = torch.randn(3, 6), torch.randn(3, 10)
    one, two = model(a, b)
    assert torch.equal(one, functional.pad(model.first.fc(a.unsqueeze(-1)), [0, 26]))
    assert torch.equal(two, functional.pad(model.first.fc(b.unsqueeze(-1)), [0, 90]))


def test_shared_layers_in_a_row() -> None:
    model = compiled("""
inputs: {x: [batch, 8]}
blocks:
  layer: {nodes: {fc: {block: linear, out_features: 8}, act: tanh}}
nodes:
  layers: {block: layer, repeat: {times: 3, share: true}, init: {"*.bias": ones}}
  out: {block: linear, out_features: 8, tie: {weight: layers.fc.weight}}
outputs: {out: out, first: layers.0}
""")
    assert "layers.fc.weight" in model.state_dict()
    assert model.out.weight is model.layers.fc.weight
    assert torch.equal(model.layers.fc.bias, torch.ones(8))
    x = torch.randn(2, 8)
    y = model.layers(x)
    found = model(x)
    assert torch.equal(found["first"], y)
    assert torch.equal(found["out"], model.out(model.layers(model.layers(y))))


def test_one_head_for_all_levels() -> None:
    model = compiled("""
inputs: {x: [batch, 8, 32, 32]}
blocks:
  head:
    inputs: {x: [n, c, h, w]}
    nodes:
      conv: {block: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
      rows: {block: reshape, shape: [n, $(h * w), 4]}
nodes:
  stages: {block: conv2d, kernel_size: 3, stride: 2, padding: 1, out_channels: 8, repeat: 3}
  heads: {block: head, from: stages.*, repeat: {times: 3, share: true}, parallel: true}
  all: {block: cat, from: heads.*, dim: 1}
""")
    x = torch.randn(2, 8, 32, 32)
    levels = []
    y = x
    for stage in model.stages:
        y = stage(y)
        levels.append(model.heads.conv(y).reshape(2, -1, 4))
    assert torch.equal(model(x), torch.cat(levels, dim=1))


def test_only_the_module_of_a_node_is_used() -> None:
    model = compiled("""
inputs: {x: [batch, 8]}
nodes:
  first: {block: linear, out_features: 8}
  second: {share: first, from: x}
""")
    x = torch.randn(2, 8)
    assert torch.equal(model(x), model.first(x))


def test_a_module_that_cannot_suit_both() -> None:
    with pytest.raises(SpecError) as refusal:
        compiled("""
inputs: {a: [batch, 4], b: [batch, 6]}
blocks: {thing: {inputs: {x: [batch, n]}, nodes: {drop: {block: dropout, p: $(0.1 * n)}}}}
nodes:
  first: {block: thing, from: a}
  second: {share: first, from: b}
outputs: [first, second]
""")
    (problem,) = refusal.value.problems
    assert problem.code == "NW211"
    assert problem.place is not None
    assert problem.place.line == 7


def test_one_layer_for_two_ranks() -> None:
    model = compiled("""
inputs: {x: [batch, 8], y: [batch, time, 8]}
blocks:
  mlp: {inputs: {x: [..., f]}, nodes: {a: {block: linear, out_features: 16}, b: relu}}
nodes:
  one: {block: mlp, from: x}
  two: {share: one, from: y}
outputs: [one, two]
""")
    x, y = torch.randn(2, 8), torch.randn(2, 3, 8)
    one, two = model(x, y)
    assert torch.equal(one, model.one.a(x).relu())
    assert torch.equal(two, model.one.a(y).relu())


def test_a_shared_module_in_a_shared_module() -> None:
    model = compiled("""
inputs: {a: [batch, 3, 16, 16], b: [batch, 3, 32, 24]}
blocks:
  rows:
    inputs: {x: [n, c, h, w]}
    nodes:
      fc: {block: conv2d, out_channels: $c, kernel_size: 1}
      rows: {block: reshape, shape: [n, $c, $(h * w)]}
      back: {block: reshape, shape: [n, $c, $h, $w]}
  tower:
    inputs: {x: [n, c, h, w]}
    nodes:
      pool: {block: max_pool2d, kernel_size: 2}
      low: {block: rows, from: pool}
      high: {share: low, from: x}
      p: {block: adaptive_avg_pool2d, output_size: 1, from: low}
      q: {block: adaptive_avg_pool2d, output_size: 1, from: high}
      s: {block: add, from: [p, q]}
nodes:
  tower: {block: tower, from: a}
  twin: {share: tower, from: b}
outputs: [tower, twin]
""")
    a, b = torch.randn(2, 3, 16, 16), torch.randn(2, 3, 32, 24)
    for found, x in zip(model(a, b), (a, b), strict=True):
        low, high = model.tower.low.fc(functional.max_pool2d(x, 2)), model.tower.low.fc(x)
        expected = low.mean((2, 3), keepdim=True) + high.mean((2, 3), keepdim=True)
        assert torch.allclose(found, expected, atol=1e-6)
