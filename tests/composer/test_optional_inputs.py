"""Inputs of a network that may be left out: every choice computes what it should, or is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
import torch
from choices import ALIKE, GATED, HEAD
from patterns import agree, grown
from torch import Tensor, nn

from netwright import composer
from netwright.composer.cli import main
from netwright.composer.graph import Graph
from netwright.composer.trial import attempt
from netwright.specs.load import load, loads


def checked(text: str) -> Graph:
    return composer.check(loads(HEAD + text, "net.yaml"))


def compiled(text: str) -> nn.Module:
    return composer.compile(checked(text), seed=0).eval()


def forward(text: str) -> str:
    """The forward method of the network, as emitted."""
    source = composer.emit(checked(text))
    return dedent(source[source.rindex("    def forward") :])


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
