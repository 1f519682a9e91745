"""Inputs of a network that may be left out: every choice computes what it should, or is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
import torch
from patterns import agree, grown
from torch import Tensor, nn

from netwright import composer
from netwright.composer.cli import main
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.composer.trial import attempt
from netwright.specs.load import load, loads
from netwright.specs.problems import Problem, SpecError

HEAD = "netwright: 1\nname: net\n"


def checked(text: str) -> Graph:
    return composer.check(loads(HEAD + text, "net.yaml"))


def compiled(text: str) -> nn.Module:
    return composer.compile(checked(text), seed=0).eval()


def forward(text: str) -> str:
    """The forward method of the network, as emitted."""
    source = composer.emit(checked(text))
    return dedent(source[source.rindex("    def forward") :])


def refused(text: str) -> list[Problem]:
    with pytest.raises(SpecError) as refusal:
        checked(text)
    return list(refusal.value.problems)


GATED = """
inputs:
  x: [batch, seq, 8]
  mask: {shape: [seq, seq], dtype: bool, optional: true}
  factor: {shape: [batch, seq, 8], optional: true}
blocks:
  layer:
    inputs: {x: [b, s, d], mask: {shape: [s, s], dtype: bool, optional: true}}
    nodes:
      attend: {block: attention, num_heads: 2, from: {x: x, mask: mask}}
      add: {from: [x, attend], block: add}
nodes:
  first: {block: linear, out_features: 8}
  scaled: {block: mul, from: [first, factor], when: $(given(factor))}
  layers: {block: layer, repeat: 3, from: {x: scaled, mask: mask}}
"""

ALIKE = {
    "a mask and a factor": GATED,
    "conditions of two inputs": """
inputs: {x: [batch, 8], a: {shape: [batch, 8], optional: true}, b: {shape: [batch, 8], optional: true}}
nodes:
  s1: {block: add, from: [x, a], when: $(given(a))}
  s2: {block: mul, from: [s1, b], when: $(given(b))}
  s3: {block: linear, from: s2, out_features: 8, when: $(given(a) and not given(b))}
  end: {block: add, from: [s3, x]}
  other: {block: add, from: [s1, end]}
""",
    "one gate after another that is never there with it": """
inputs: {x: [batch, 8], y: [batch, 8], a: {shape: [], optional: true}, b: {shape: [batch, 8], optional: true}}
nodes:
  n0: {block: linear, out_features: 8, from: y, when: $(given(a) and not given(b))}
  n1: {block: mul, from: [n0, b], when: $(given(b))}
outputs: {o0: n1, o1: n0, o2: x}
""",
    "what is made of it goes to an optional input": """
inputs: {x: [batch, seq, 8], m: {shape: [seq, seq], optional: true}}
nodes:
  bias: {block: gelu, from: m, when: $(given(m))}
  attention: {block: attention, num_heads: 2, from: {x: x, mask: bias}}
""",
    "a body that reads it": """
inputs: {x: [batch, seq, 8], m: {shape: [seq, seq], dtype: bool, optional: true}}
nodes:
  layers:
    block: residual
    repeat: 2
    body:
      norm: layer_norm
      attention: {block: attention, num_heads: 2, from: {x: norm, mask: m}}
""",
    "a body that only asks for it": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  w: {block: residual, body: {up: {block: linear, out_features: 8, when: $(given(m))}, act: relu}}
  end: {block: add, from: [w, m], when: $(given(m))}
""",
    "a body under a condition": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks: {same: {params: {body: block}, nodes: {body: {block: $body}}}}
nodes:
  w: {block: same, when: $(given(m)), body: {up: {block: linear, out_features: 8}, act: relu}}
  end: {block: add, from: [w, x]}
""",
    "every step of a scan": """
inputs: {x: [batch, seq, 8], h: [batch, 8], g: {shape: [batch, 8], optional: true}}
blocks:
  step:
    inputs: {x: [b, d], h: [b, d], g: {shape: [b, d], optional: true}}
    nodes:
      s: {block: add, from: [x, h]}
      t: {block: mul, from: [s, g], when: $(given(g))}
      u: {block: linear, out_features: $d}
    outputs: {h: u, y: t}
nodes:
  run: {block: step, scan: [x], from: {x: x, h: h, g: g}}
outputs: {h: run.h, y: run.y}
""",
    "a first state": """
inputs: {x: [seq, batch, 8], h: {shape: [1, batch, 8], optional: true}}
nodes:
  run: {block: gru, hidden_size: 8, from: {x: x, h: h}}
""",
    "a size that only it has": """
inputs: {x: [batch, seq, 8], mem: {shape: [batch, length, 8], optional: true}}
nodes:
  cross: {block: cross_attention, num_heads: 2, from: {x: x, memory: mem}, when: $(given(mem))}
  pool: {block: mean, dim: 1, keepdim: true, from: mem, when: $(given(mem))}
  wide: {block: expand, shape: [batch, $(2 * length), 8], when: $(given(mem))}
  mean: {block: mean, dim: 1, keepdim: true, when: $(given(mem))}
  sum: {block: add, from: [cross, mean], when: $(given(mem))}
  end: {block: linear, out_features: 3}
""",
    "it comes first and is called x": """
inputs: {x: {shape: [batch, length], optional: true}, y: [batch, 8]}
nodes:
  other: {block: linear, out_features: 8, from: y}
  act: {block: relu, from: x, when: $(given(x))}
  mean: {block: mean, dim: 1, keepdim: true, when: $(given(x))}
  wide: {block: expand, shape: [batch, $(8 * length)], when: $(given(x))}
  sum: {block: mean, dim: 1, keepdim: true, when: $(given(x))}
  end: {block: add, from: [other, sum], when: $(given(x))}
""",
    "one or the other": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: linear, out_features: 8, when: $(given(m))}
  b: {block: linear, out_features: 8, when: $(not given(m))}
  c: {block: $('gelu' if given(m) else 'relu')}
""",
    "settings of copies": """
inputs: {x: [batch, 2, seq, 8], m: {shape: [seq, seq], dtype: bool, optional: true}}
nodes:
  attend:
    block: scaled_dot_product_attention
    repeat: 3
    from: {query: x, key: x, value: x, attn_mask: m}
    is_causal: $(not given(m))
  parts: {block: linear, out_features: 8, parallel: true, repeat: 3}
  all: {block: stack, from: parts.*}
""",
    "parallel copies": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  up: {block: linear, out_features: 8, parallel: true, repeat: 3, when: $(given(m))}
  sum: {block: add, from: [up, x]}
""",
    "shared, tied, initialised": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  p: {block: parameter, shape: [8]}
  a: {block: linear, out_features: 8, from: x}
  s: {block: add, from: [a, p, m], when: $(given(m))}
  t: {block: linear, out_features: 8, when: $(given(m)), tie: {weight: a.weight}, init: {bias: ones}}
  r: {block: linear, out_features: 8, when: $(not given(m)), tie: {weight: a.weight}}
  u: {share: a, when: $(given(m))}
init: {"t.weight": zeros, "*.weight": ones}
""",
    "no copies": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: linear, out_features: 8, repeat: $(2 if given(m) else 0)}
  b: {block: linear, out_features: 8, repeat: {times: 3, share: true}, when: $(given(m))}
  c: {block: add, from: [a, b]}
""",
    "a block that uses itself": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks:
  deep:
    params: {n: 3}
    inputs: {x: [b, d], m: {shape: [b, d], optional: true}}
    nodes:
      up: {block: linear, out_features: $d}
      add: {block: add, from: [up, m], when: $(given(m))}
      inner: {block: deep, n: $(n - 1), from: {x: add, m: m}, when: $(n > 0)}
      act: {block: tanh, when: $(not given(m))}
nodes:
  d: {block: deep, from: {x: x, m: m}}
""",
    "copies that each read one": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks:
  g:
    inputs: {x: [b, d], m: {shape: [b, d], optional: true}}
    nodes:
      l: {block: linear, out_features: $d}
      a: {block: mul, from: [l, m], when: $(given(m))}
nodes:
  p: {block: linear, out_features: 8, repeat: 3, parallel: true, from: x}
  q: {block: g, parallel: true, from: {x: p.*, m: m}}
  r: {block: add, from: [q.0, q.2]}
""",
    "a causal mask beside it": """
inputs: {x: [batch, seq, 8], m: {shape: [batch, 1, 1, seq], dtype: bool, optional: true}}
nodes:
  layers:
    block: residual
    repeat: 2
    body:
      norm: layer_norm
      attention: {block: attention, num_heads: 2, is_causal: true, from: {x: norm, mask: m}}
""",
    "several outputs": """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks:
  two:
    inputs: {x: [b, d], m: {shape: [b, d], optional: true}}
    nodes:
      a: {block: linear, out_features: $d}
      b: {block: mul, from: [a, m], when: $(given(m))}
      c: {block: tanh, from: x}
    outputs: {x: b, c: c}
nodes:
  l: {block: two, repeat: 2, from: {x: x, m: m}}
  k: {block: two, from: {x: l.x, m: l.c}, when: $(given(m))}
outputs: {y: k.x, z: l.c, first: l.0.c}
""",
}


@pytest.mark.parametrize("text", ALIKE.values(), ids=ALIKE)
def test_every_choice_computes_what_a_block_would(text: str) -> None:
    agree(HEAD + text)


@pytest.mark.parametrize("seed", range(60))
def test_grown_networks_compute_what_a_block_would(seed: int) -> None:
    agree(grown(seed))


# How it reads


def test_only_what_depends_on_it_stands_under_a_condition() -> None:
    assert forward(GATED) == dedent("""\
        def forward(
            self, x: Tensor, mask: Tensor | None = None, factor: Tensor | None = None
        ) -> Tensor:
            x = self.first(x)
            if factor is not None:
                x = x * factor
            for layer in self.layers:
                x = layer(x, mask)
            return x
    """)


def test_composites_and_torch_take_none() -> None:
    source = composer.emit(checked(GATED))
    assert "def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:" in source
    assert "F.scaled_dot_product_attention(query, key, value, attn_mask=mask)" in source
    assert source.count(" is not None") == 1


def test_opposite_conditions_are_one() -> None:
    assert forward(ALIKE["one or the other"]) == dedent("""\
        def forward(self, x: Tensor, m: Tensor | None = None) -> Tensor:
            y = self.a(x) if m is not None else self.b(x)
            return F.gelu(y) if m is not None else F.relu(y)
    """)


def test_settings_that_differ_are_two_branches() -> None:
    text = forward(ALIKE["settings of copies"])
    assert "        if m is not None:\n" in text
    assert "attn_mask=m)\n        else:\n" in text
    assert "is_causal=True" in text


def test_conditions_say_as_little_as_they_can() -> None:
    text = """
inputs:
  x: [batch, 8]
  a: {shape: [batch, 8], optional: true}
  b: {shape: [batch, 8], optional: true}
nodes:
  one: {block: sigmoid, when: $(given(a) or given(b))}
  two: {block: tanh, when: $(given(a) and not given(b))}
  three: {block: relu, when: $(given(a) == given(b))}
"""
    written = forward(text)
    assert "if a is not None or b is not None:" in written
    assert "if a is not None and b is None else x" in written
    assert "if (a is not None and b is not None) or (a is None and b is None):" in written
    agree(HEAD + text)


def test_what_may_be_left_out_comes_last() -> None:
    text = """
inputs: {m: {shape: [batch, 8], optional: true}, x: [batch, 8]}
nodes:
  a: {block: linear, out_features: 8, from: x}
  b: {block: add, from: [a, m], when: $(given(m))}
"""
    assert "def forward(self, x: Tensor, m: Tensor | None = None)" in forward(text)
    model, x = compiled(text), torch.randn(2, 8)
    torch.testing.assert_close(model(x, x), model.a(x) + x)  # type: ignore[operator]
    torch.testing.assert_close(model(x), model.a(x))  # type: ignore[operator]


# What has weights


def test_weights_are_there_whatever_is_given() -> None:
    model = compiled(ALIKE["one or the other"])
    assert sorted(model.state_dict()) == ["a.bias", "a.weight", "b.bias", "b.weight"]
    assert composer.summary(checked(ALIKE["one or the other"])).as_json()["parameters"] == 144


def test_a_tie_holds_whatever_is_given() -> None:
    model = compiled(ALIKE["shared, tied, initialised"])
    assert model.t.weight is model.a.weight  # type: ignore[union-attr]
    assert model.r.weight is model.a.weight  # type: ignore[union-attr]


def test_operations_are_those_with_everything_given() -> None:
    flops = composer.summary(checked(ALIKE["one or the other"]), shapes={"batch": 1}).as_json()
    assert flops["flops"] == 2 * 8 * 8


def test_a_tap_is_missing_where_its_node_is_left_out() -> None:
    graph = checked(GATED)
    model, x = composer.compile(graph, taps=["scaled", "first"], seed=0), torch.randn(2, 3, 8)
    assert sorted(model(x)[1]) == ["first"]
    assert sorted(model(x, factor=x)[1]) == ["first", "scaled"]


# torch's compilers


@pytest.mark.parametrize("given", [(), ("mask",), ("factor",), ("mask", "factor")])
def test_torch_takes_it_whole(given: tuple[str, ...]) -> None:
    model = compiled(GATED)
    inputs: dict[str, Tensor] = {
        "mask": torch.ones(3, 3, dtype=torch.bool).tril(),
        "factor": torch.randn(2, 3, 8),
    }
    fed = {name: inputs[name] for name in given}
    x = torch.randn(2, 3, 8)
    want = model(x, **fed)
    exported = torch.export.export(model, (x,), fed)
    torch.testing.assert_close(exported.module()(x, **fed), want)
    whole = torch.compile(model, fullgraph=True, backend="eager")
    torch.testing.assert_close(whole(x, **fed), want)


def test_padding_does_not_matter_to_the_transformer() -> None:
    small = {"vocab": 20, "width": 8, "inner": 16, "heads": 2, "layers": 2}
    model = composer.compile(load("transformer", set=small), seed=0).eval()
    source, target = torch.randint(0, 20, (2, 5)), torch.randint(0, 20, (2, 4))
    padded = torch.cat([source, torch.zeros(2, 3, dtype=torch.int64)], 1)
    seen = torch.arange(8).expand(2, 8) < 5
    torch.testing.assert_close(model(padded, target, seen), model(source, target))
    assert not torch.allclose(model(padded, target), model(source, target))


# What is refused

REFUSED = {
    "an input that must be fed": (
        """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: add, from: [x, m]}
""",
        "NW206",
        "add: the input inputs must be fed, and m may be left out",
    ),
    "a size that only it has": (
        """
inputs: {x: [batch, 8], m: {shape: [batch, k, 8], optional: true}}
nodes:
  a: {block: unsqueeze, dim: 1, from: x}
  b: {block: expand, shape: [batch, k, 8]}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "NW132",
        "no size or param is called 'k' here",
    ),
    "an output that is not there": (
        """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  b: {block: linear, out_features: 8}
  c: {block: relu, from: m, when: $(given(m))}
outputs: {b: b, c: c}
""",
        "NW206",
        "the output c is m, which may be left out",
    ),
    "what a scan cuts": (
        """
inputs: {x: [batch, seq, 8], h: [batch, 8], m: {shape: [batch, seq, 8], optional: true}}
blocks:
  step:
    inputs: {x: [b, d], h: [b, d], m: {shape: [b, d], optional: true}}
    nodes: {sum: {block: add, from: [x, h]}, scaled: {block: mul, from: [sum, m], when: $(given(m))}}
    outputs: {h: scaled}
nodes:
  run: {block: step, scan: [x, m], from: {x: x, h: h, m: m}}
""",
        "NW206",
        "nothing feeds m, so there is nothing to scan over",
    ),
    "a module of a node that is not there": (
        """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: linear, out_features: 8, when: $(given(m))}
  b: {share: a, from: a}
""",
        "NW202",
        "a is left out here, and its module with it",
    ),
}


@pytest.mark.parametrize(("text", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_fails_with_one_choice_is_refused(text: str, code: str, message: str) -> None:
    (problem,) = refused(text)
    assert (problem.code, problem.message) == (code, message)
    assert "when `m` is left out" in problem.notes


DEPENDS = {
    "the type of what comes out": (
        """
  both: {block: cat, from: [x, m], dim: 1, when: $(given(m))}
  hidden: {block: linear, out_features: 4}
  act: relu
""",
        "both is [batch, 16]; when `m` is left out, x stands for it, and is [batch, 8]",
    ),
    "how a module is made": (
        """
  b: {block: linear, out_features: 8, bias: $(given(m))}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "b would be made another way when `m` is left out: bias is [8], and missing",
    ),
    "how a module without weights is made": (
        """
  b: {block: dropout, p: $(0.1 if given(m) else 0.2)}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "b would be made another way when `m` is left out",
    ),
    "a setting of a block that cannot ask": (
        """
  b: {block: leaky, p: $(0.1 if given(m) else 0.2)}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "what e computes depends on whether `m` is left out, which is not known where it stands",
    ),
    "how many copies": (
        """
  b: {block: linear, out_features: 8, repeat: $(2 if given(m) else 3)}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "b has 2 copies, and 3 when `m` is left out",
    ),
    "which block": (
        """
  b: {block: $('leaky' if given(m) else 'relu')}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "which block b is differs when `m` is left out",
    ),
}


@pytest.mark.parametrize(("nodes", "message"), DEPENDS.values(), ids=DEPENDS)
def test_what_must_not_depend_on_it_is_refused(nodes: str, message: str) -> None:
    head = """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks:
  leaky: {params: {p: 0.5}, nodes: {e: {block: leaky_relu, negative_slope: $p}}}
nodes:"""
    (problem,) = refused(head + nodes)
    assert (problem.code, problem.message) == ("NW193", message)


def test_the_module_of_a_node_that_is_never_there_is_refused() -> None:
    text = """
inputs: {x: [batch, 8]}
nodes:
  a: {block: linear, out_features: 8, when: false}
  b: {share: a, from: a}
"""
    (problem,) = refused(text)
    assert problem.message == "a is left out here, and its module with it"


def test_too_many_are_refused() -> None:
    many = ", ".join(f"m{number}: {{shape: [b], optional: true}}" for number in range(7))
    (problem,) = refused(f"inputs: {{x: [b, 8], {many}}}\nnodes: {{a: relu}}\n")
    assert problem.code == "NW193"
    assert problem.message == "7 inputs may be left out; a network has at most 6 such inputs"


def test_a_mistake_that_has_nothing_to_do_with_it_is_told_once_and_plainly() -> None:
    text = """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: lineal, out_features: 8}
  b: {block: linear, out_feature: 8, when: $(not given(m))}
  c: {block: mul, from: [b, m], when: $(given(m))}
"""
    first, second = refused(text)
    assert (first.code, first.notes) == ("NW501", ())
    assert (second.code, second.notes[-1]) == ("NW510", "when `m` is left out")


def test_an_input_that_nothing_reads_is_warned_of() -> None:
    text = "inputs: {x: [b, 8], m: {shape: [b], optional: true}}\nnodes: {a: relu}\n"
    _, warnings = elaborate(loads(HEAD + text))
    assert [(each.code, each.message) for each in warnings] == [
        ("NW207", "nothing reads the input m")
    ]


def test_an_initialiser_for_what_is_left_out_is_not_warned_of() -> None:
    text = """
inputs: {x: [b, 8], m: {shape: [b, 8], optional: true}}
nodes:
  a: {block: linear, out_features: 8, when: $(given(m))}
  c: {block: mul, from: [a, m], when: $(given(m))}
init: {"a.weight": ones, "b.weight": zeros}
"""
    _, warnings = elaborate(loads(HEAD + text))
    assert [each.message for each in warnings] == ["no parameter has a name like 'b.weight'"]


# What is said of it


def test_the_trial_runs_every_choice() -> None:
    lines = attempt(checked(GATED)).splitlines()
    assert lines[-4:] == [
        "output: [2, 2, 8] float32, as said",
        "output when `mask` is left out: [2, 2, 8] float32, as said",
        "output when `factor` is left out: [2, 2, 8] float32, as said",
        "output when `mask` and `factor` are left out: [2, 2, 8] float32, as said",
    ]


def test_it_is_said_which_inputs_may_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gated.yaml"
    file.write_text(HEAD + GATED)
    assert main(["check", str(file)]) == 0
    assert "x [batch, seq, 8], mask [seq, seq] bool (optional)" in capsys.readouterr().out
    assert main(["summary", str(file), "--json"]) == 0
    inputs = json.loads(capsys.readouterr().out)["inputs"]
    assert [name for name, each in inputs.items() if each.get("optional")] == ["mask", "factor"]
    assert main(["summary", str(file)]) == 0
    assert "(optional input)" in capsys.readouterr().out
