"""Copies side by side, shared modules and scans: what is emitted against plain torch."""

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


def test_experts_side_by_side() -> None:
    model = compiled("""
inputs: {x: [batch, 16]}
nodes:
  experts: {block: linear, from: x, out_features: $(8 + index), repeat: 4, parallel: true}
  acts: {block: gelu, from: experts.*, parallel: true}
  downs: {block: linear, from: acts.*, out_features: 16, parallel: true}
  all: {block: stack, from: downs.*, dim: 1}
outputs: {all: all, third: downs.2, last: downs}
""")
    x = torch.randn(3, 16)
    found = model(x)
    expected = [
        down(functional.gelu(expert(x)))
        for expert, down in zip(model.experts, model.downs, strict=True)
    ]
    assert torch.equal(found["all"], torch.stack(expected, dim=1))
    assert torch.equal(found["third"], expected[2])
    assert torch.equal(found["last"], expected[3])
    assert len({layer.out_features for layer in model.experts}) == 4


def test_branches_of_dilations() -> None:
    model = compiled("""
params: {dilations: [1, 2, 3]}
inputs: {x: [batch, 4, h, w]}
nodes:
  branches:
    {block: conv2d, from: x, out_channels: 2, kernel_size: 3, parallel: true,
     for: {padding: $dilations, dilation: $dilations}}
  slopes: {block: leaky_relu, from: branches.*, for: {negative_slope: [0.1, 0.2, 0.3]}, parallel: true}
  join: {block: cat, dim: 1, from: [x, slopes.*]}
""")
    x = torch.randn(2, 4, 9, 7)
    expected = [
        functional.leaky_relu(branch(x), slope)
        for branch, slope in zip(model.branches, (0.1, 0.2, 0.3), strict=True)
    ]
    assert [branch.dilation[0] for branch in model.branches] == [1, 2, 3]
    assert torch.equal(model(x), torch.cat([x, *expected], dim=1))


STAGES = """
inputs: {x: [batch, 3, 32, 32]}
blocks:
  block:
    nodes: {conv: {block: conv2d, out_channels: 4, kernel_size: 1}, relu: relu}
nodes:
  stages: {block: conv2d, kernel_size: 3, stride: 2, padding: 1, for: {out_channels: [4, 6, 8]}}
  heads: {block: block, from: stages.*, parallel: true}
  ups: {block: interpolate, from: heads.*, size: [32, 32], parallel: true}
  all: {block: cat, from: ups.*, dim: 1}
"""


@pytest.mark.parametrize(
    "taps", [(), ("heads.1.conv", "heads.2"), ("heads.*", "ups"), ("heads.*.conv", "heads")]
)
def test_a_head_for_each_stage(taps: tuple[str, ...]) -> None:
    model = compiled(STAGES, taps)
    x = torch.randn(2, 3, 32, 32)
    stages = []
    y = x
    for stage in model.stages:
        y = stage(y)
        stages.append(y)
    kept: dict[str, Tensor] = {}
    plain = composer.compile(checked(STAGES), seed=0)
    heads = []
    for number, (head, stage) in enumerate(zip(plain.heads, stages, strict=True)):
        kept[f"heads.{number}.conv"] = head.conv(stage)
        heads.append(functional.relu(kept[f"heads.{number}.conv"]))
        kept[f"heads.{number}"] = heads[-1]
    kept["heads"] = heads[-1]
    ups = [functional.interpolate(head, size=[32, 32]) for head in heads]
    kept["ups"] = ups[-1]
    found = model(x)
    if not taps:
        assert torch.equal(found, torch.cat(ups, dim=1))
        return
    assert torch.equal(found[0], torch.cat(ups, dim=1))
    wanted = {
        name
        for name in kept
        for tap in taps
        if name == tap or any(tap.replace("*", str(each)) == name for each in range(3))
    }
    assert set(found[1]) == wanted
    assert all(torch.equal(found[1][name], kept[name]) for name in wanted)


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


def test_copies_with_several_outputs() -> None:
    model = compiled("""
inputs: {x: [batch, 8]}
blocks:
  two:
    inputs: {x: [b, f], y: [b, f]}
    nodes: {a: {block: linear, out_features: $f, from: x}, b: {block: sub, from: [a, y]}}
    outputs: {u: a, v: b}
nodes:
  hs: {block: two, from: [x, x], repeat: 3, parallel: true}
  gs: {block: two, from: [hs.*.v, hs.*.u], parallel: true}
  ks: {block: two, from: [hs.*.v, gs.*.v], parallel: true}
  sum: {block: add, from: ks.*.v}
  body: {block: residual, body: {join: {block: add, from: [x, ks.*.u]}}}
  out: {block: add, from: [body, ks.u]}
""")
    x = torch.randn(2, 8)
    total = torch.zeros(2, 8)
    us = []
    for h, g, k in zip(model.hs, model.gs, model.ks, strict=True):
        u, v = h.a(x), h.a(x) - x
        w = k.a(v)
        total = total + w - (g.a(v) - u)
        us.append(w)
    assert torch.allclose(model(x), 2 * total + sum(us) + us[-1], atol=1e-5)


def test_copies_differ_in_number() -> None:
    with pytest.raises(SpecError, match="NW192"):
        checked("""
inputs: {x: [batch, 8]}
nodes:
  hs: {block: linear, out_features: 8, from: x, repeat: 2, parallel: true}
  gs: {block: linear, out_features: 8, from: hs.*, repeat: 3, parallel: true}
  sum: {block: add, from: gs.*}
""")


DECODER = """
inputs: {memory: [batch, source, 8], words: [batch, time, 8], h: [batch, 8]}
blocks:
  step:
    inputs: {x: [batch, f], h: [batch, n], memory: [batch, source, n]}
    nodes:
      query: {block: unsqueeze, from: h, dim: 1}
      look: {block: scaled_dot_product_attention, from: [query, memory, memory]}
      seen: {block: squeeze, dim: 1}
      join: {block: cat, dim: 1, from: [x, h, seen]}
      next: {block: linear, out_features: $n}
      state: tanh
      word: {block: linear, out_features: 5}
    outputs: {h: state, word: word, unread: join}
nodes:
  decode: {block: step, scan: [x], from: {x: words, h: h, memory: memory}}
outputs: {word: decode.word, last: decode.h}
"""


def decoded(model: Any, memory: Tensor, words: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    step, out = model.decode, []
    for x in words.unbind(1):
        seen = functional.scaled_dot_product_attention(h.unsqueeze(1), memory, memory).squeeze(1)
        h = torch.tanh(step.next(torch.cat([x, h, seen], dim=1)))
        out.append(step.word(h))
    return torch.stack(out, dim=1), h


def test_a_decoder_that_looks_back() -> None:
    model = compiled(DECODER)
    for time in (1, 6):
        given = (torch.randn(2, 4, 8), torch.randn(2, time, 8), torch.randn(2, 8))
        word, last = decoded(model, *given)
        found = model(*given)
        assert torch.equal(found["word"], word)
        assert torch.equal(found["last"], last)


def test_a_scan_is_taken_whole() -> None:
    model = compiled(DECODER).eval()
    given = (torch.randn(2, 4, 8), torch.randn(2, 3, 8), torch.randn(2, 8))
    expected = model(*given)["word"]
    batch, source = torch.export.Dim("batch"), torch.export.Dim("source")
    program = torch.export.export(
        model, given, dynamic_shapes=({0: batch, 1: source}, {0: batch}, {0: batch})
    )
    assert torch.allclose(program.module()(*given)["word"], expected, atol=1e-6)
    whole = torch.compile(model, fullgraph=True, backend="eager")
    assert torch.allclose(whole(*given)["word"], expected, atol=1e-6)


def test_taps_of_a_scan_are_its_outputs() -> None:
    model = compiled(DECODER, ("decode.word", "decode"))
    given = (torch.randn(2, 4, 8), torch.randn(2, 3, 8), torch.randn(2, 8))
    found, kept = model(*given)
    assert torch.equal(kept["decode.word"], found["word"])
    assert torch.equal(kept["decode"], found["last"])
    with pytest.raises(SpecError, match="NW210"):
        composer.compile(checked(DECODER), taps=["decode.next"])


def test_scans_of_every_kind() -> None:
    model = compiled("""
inputs: {x: [time, batch, 8], y: [time, batch, 8], h: [batch, 8]}
blocks:
  cell:
    inputs: {x: [b, f], y: [b, f], h: [b, n]}
    nodes:
      a: {block: add, from: [x, y]}
      lin: {block: linear, out_features: $n}
      s: {block: add, from: [lin, h]}
    outputs: {h: s, out: lin, spare: a}
  pair: {inputs: {x: [b, f]}, nodes: {lin: {block: linear, out_features: $f}, act: relu}}
  last: {inputs: {x: [b, f], h: [b, n]}, nodes: {s: {block: add, from: [x, h]}}, outputs: {h: s}}
nodes:
  run: {block: cell, scan: {over: [x, y], dim: 0}, from: {x: x, y: y, h: h}}
  each: {block: pair, scan: {over: [x], dim: 0}, from: run.out}
  flat: {block: relu, scan: {over: [x], dim: 2}}
  lin: {block: linear, out_features: 3, scan: [x]}
  sum: {block: last, scan: {over: [x], dim: 0}, from: {x: y, h: run.h}}
outputs: {last: run.h, out: lin, sum: sum.h, h: h}
""")
    x, y, h = torch.randn(4, 2, 8), torch.randn(4, 2, 8), torch.randn(2, 8)
    found = model(x, y, h)
    steps = model.run.lin(x + y)
    assert torch.allclose(found["last"], h + steps.sum(0), atol=1e-5)
    assert torch.equal(found["h"], h)
    expected = model.lin(model.each.lin(steps).relu())
    assert torch.allclose(found["out"], expected, atol=1e-6)
    assert torch.allclose(found["sum"], h + steps.sum(0) + y.sum(0), atol=1e-5)


def test_a_scan_in_a_scan_in_a_residual() -> None:
    model = compiled("""
inputs: {x: [batch, rows, cols, 8]}
blocks:
  cell:
    inputs: {x: [b, f], h: [b, n]}
    nodes: {sum: {block: add, from: [x, h]}, lin: {block: linear, out_features: $n}, t: tanh}
    outputs: {h: t, y: t}
  row:
    inputs: {x: [b, cols, f], h: [b, n]}
    nodes: {run: {block: cell, scan: [x], from: {x: x, h: h}}}
    outputs: {h: run.h, y: run.y}
nodes:
  add: {block: linear, out_features: 8}
  body:
    block: residual
    repeat: 2
    body:
      start: {block: select, dim: 1, index: 0}
      h: {block: select, dim: 1, index: 0}
      rows: {block: row, scan: [x], from: {x: x, h: h}}
      out: {block: linear, out_features: 8, from: rows.y}
""")
    x = torch.randn(2, 3, 4, 8)
    y = model.add(x)
    for body in model.body:
        h, rows = y[:, 0, 0], []
        for row in y.unbind(1):
            out = []
            for step in row.unbind(1):
                h = torch.tanh(body.rows.run.lin(step + h))
                out.append(h)
            rows.append(torch.stack(out, dim=1))
        y = body.out(torch.stack(rows, dim=1)) + y
    assert torch.allclose(model(x), y, atol=1e-6)
