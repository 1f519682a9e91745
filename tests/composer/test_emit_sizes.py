"""Sizes at run time: what a forward method writes for a symbolic size."""

from __future__ import annotations

import torch
from graphs import Add, Build, Linear, Relu, made

from netwright.composer.compiling import compile_graph
from netwright.composer.emission import emit_graph
from netwright.composer.graph import Graph
from netwright.plugins.expression import Value, call
from netwright.specs.sizes import Size, symbol
from netwright.specs.tensors import Tensor

BATCH, SEQ, HEIGHT = symbol("batch"), symbol("seq"), symbol("height")
X = Tensor((BATCH, SEQ, 8))
NAMED = {"shapes": {"x": ("batch", "seq", "dim")}, "sizes": {"batch": BATCH, "seq": SEQ, "dim": 8}}


def reshaped(*sizes: Size) -> object:
    def build(x: Value) -> Value:
        return call("torch.Tensor.reshape", x, list(sizes))

    return made(lambda *_: Tensor(tuple(sizes)), build)


def test_names_of_the_inputs_shape_are_unpacked_once() -> None:
    graph = Build("net", {"x": X}, **NAMED)
    graph.node("relu", Relu()).node("one", reshaped(BATCH * SEQ, 8)).node(
        "two", reshaped(SEQ, BATCH, 8)
    )
    source = emit_graph(graph.graph())
    assert "        batch, seq, _ = x.shape\n" in source
    assert "x = x.reshape(batch * seq, 8)" in source
    assert compile_graph(graph.graph())(torch.randn(3, 5, 8)).shape == (5, 3, 8)


def test_one_name_is_indexed() -> None:
    graph = Build("net", {"x": X}, **NAMED).node("one", reshaped(SEQ, -1, 8)).graph()
    assert "        seq = x.shape[1]\n" in emit_graph(graph)
    assert compile_graph(graph)(torch.randn(3, 5, 8)).shape == (5, 3, 8)


def test_floors_are_computed() -> None:
    x = Tensor((BATCH, HEIGHT))
    half = (HEIGHT - 1) // 2 + 1
    pool = made(
        lambda *_: Tensor((BATCH, half)),
        lambda x: call("torch.nn.functional.max_pool1d", x, 3, stride=2, padding=1),
    )
    graph = Build(
        "net", {"x": x}, shapes={"x": ("batch", "height")}, sizes={"batch": BATCH, "height": HEIGHT}
    )
    graph.node("pool", pool).node("column", reshaped(half, BATCH, 1))
    for height in (1, 2, 7, 8):
        found = compile_graph(graph.graph())(torch.randn(3, height))
        assert found.shape == ((height - 1) // 2 + 1, 3, 1)


def test_a_size_without_a_name_is_read_off_a_tensor() -> None:
    nodes = symbol("graphs", origin="batch")
    pool = made(lambda *_: Tensor((nodes, 8)), lambda x: call("torch.sum", x, dim=1))
    graph = (
        Build("net", {"x": X}, **NAMED)
        .node("pool", pool)
        .node("row", reshaped(1, nodes, 8))
        .graph()
    )
    assert "x.reshape(1, x.shape[0], 8)" in emit_graph(graph)
    assert compile_graph(graph)(torch.randn(3, 5, 8)).shape == (1, 3, 8)


def test_an_ellipsis_in_the_shape() -> None:
    graph = Build(
        "net", {"x": X}, shapes={"x": ("...", "seq", "dim")}, sizes={"seq": SEQ, "dim": 8}
    ).node("one", reshaped(SEQ, BATCH, 8))
    assert compile_graph(graph.graph())(torch.randn(3, 5, 8)).shape == (5, 3, 8)


def inner(reads: Size) -> Graph:
    flat = Tensor((BATCH * SEQ, 8))
    return Build("unfold", {"x": flat}).node("split", reshaped(-1, reads, 8)).graph()


def test_what_cannot_be_recovered_is_handed_down() -> None:
    graph = Build("net", {"x": X}, **NAMED).node("fold", reshaped(BATCH * SEQ, 8))
    graph.node("unfold", inner(SEQ)).node("fc", Linear(out_features=8))
    source = emit_graph(graph.graph())
    assert "def forward(self, x: Tensor, seq: int) -> Tensor:" in source
    assert "self.unfold(x, seq)" in source
    assert compile_graph(graph.graph())(torch.randn(3, 5, 8)).shape == (3, 5, 8)


def test_two_inputs_of_other_shapes() -> None:
    other = symbol("other")
    graph = Build(
        "net",
        {"x": X, "y": Tensor((BATCH, other, 8))},
        shapes={"x": ("batch", "seq", "dim"), "y": ("batch", "other", "dim")},
        sizes={"batch": BATCH, "seq": SEQ, "dim": 8, "other": other},
    )
    graph.node("relu", Relu(), "x").node("first", reshaped(BATCH, SEQ * 8), "relu")
    graph.node("second", reshaped(BATCH, other * 8), "y")
    cat = made(
        lambda *_: Tensor((BATCH, SEQ * 8 + other * 8)),
        lambda *a: call("torch.cat", list(a), dim=1),
    )
    graph.node("cat", cat, "first", "second").node("back", reshaped(BATCH, SEQ + other, 8))
    found = compile_graph(graph.graph())(torch.randn(3, 5, 8), torch.randn(3, 2, 8))
    assert found.shape == (3, 7, 8)


def test_an_input_that_is_called_like_a_size() -> None:
    graph = Build(
        "net", {"batch": X}, shapes={"batch": ("batch", "seq", "dim")}, sizes=NAMED["sizes"]
    )
    graph.node("one", reshaped(SEQ, BATCH, 8)).node("two", Add(), "one")
    assert compile_graph(graph.graph())(torch.randn(3, 5, 8)).shape == (5, 3, 8)
