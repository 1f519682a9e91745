"""Copies side by side and scans: what is emitted against plain torch."""

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
