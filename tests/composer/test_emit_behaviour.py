"""What the emitted forward methods compute."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from graphs import Add, Build, Cat, Conv2d, Gelu, Linear, Relu, made

from netwright.composer.compiling import compile_graph
from netwright.composer.emission import emit_graph
from netwright.composer.graph import Graph, Leaf, Node, Ref, Run
from netwright.plugins.expression import InTraining, Module, Unpack, Weight, call
from netwright.specs.sizes import symbol
from netwright.specs.tensors import Tensor

BATCH = symbol("batch")
FLAT = Tensor((BATCH, 8))


def run(graph: Graph, *inputs: torch.Tensor, taps: tuple[str, ...] = ()) -> object:
    return compile_graph(graph, taps, seed=0).eval()(*inputs)


# Wiring


def test_copies_read_by_number() -> None:
    graph = Build("net", {"x": FLAT}).node("parts", Linear(out_features=8), repeat=4)
    graph.node("sum", Add(), Ref("parts", "", 1), Ref("parts", ""))
    model = compile_graph(graph.graph(), seed=0)
    x = torch.randn(3, 8)
    values = [x]
    for part in model.parts:  # type: ignore[union-attr]
        values.append(part(values[-1]))
    assert torch.equal(model(x), values[2] + values[4])


def test_all_copies_collected() -> None:
    every = tuple(Ref("parts", "", number) for number in range(4))
    graph = Build("net", {"x": FLAT}).node("parts", Linear(out_features=8), repeat=4)
    graph.node("cat", Cat(), every)
    source = emit_graph(graph.graph())
    assert "torch.cat(parts, dim=-1)" in source
    model = compile_graph(graph.graph(), seed=0)
    x = torch.randn(3, 8)
    values = [x]
    for part in model.parts:  # type: ignore[union-attr]
        values.append(part(values[-1]))
    assert torch.equal(model(x), torch.cat(values[1:], dim=-1))


def test_parallel_copies() -> None:
    every = tuple(Ref("heads", "", number) for number in range(3))
    graph = Build("net", {"x": FLAT}).node("heads", Linear(out_features=4), repeat=3, chained=False)
    graph.node("cat", Cat(), every)
    model = compile_graph(graph.graph(), seed=0)
    x = torch.randn(3, 8)
    expected = torch.cat([head(x) for head in model.heads], dim=-1)  # type: ignore[union-attr]
    assert torch.equal(model(x), expected)


def test_repeated_without_weights() -> None:
    graph = Build("net", {"x": FLAT}).node("again", Gelu(), repeat=3).graph()
    assert "for _ in range(3):" in emit_graph(graph)
    x = torch.randn(2, 8)
    y = x
    for _ in range(3):
        y = torch.nn.functional.gelu(y, approximate="tanh")
    assert torch.equal(run(graph, x), y)  # type: ignore[arg-type]
    assert set(run(graph, x, taps=("again.1",))[1]) == {"again.1"}  # type: ignore[index]
    assert set(run(graph, x, taps=("again.*",))[1]) == {"again.0", "again.1", "again.2"}  # type: ignore[index]


def test_the_input_of_a_loop_that_is_read_again() -> None:
    graph = Build("net", {"x": FLAT}).node("parts", Linear(out_features=8), repeat=2)
    model = compile_graph(graph.node("add", Add(), graph.last, "x").graph(), seed=0)
    x = torch.randn(3, 8)
    assert torch.equal(model(x), model.parts[1](model.parts[0](x)) + x)  # type: ignore[index]


def test_one_copy_is_still_a_list() -> None:
    model = compile_graph(
        Build("net", {"x": FLAT}).node("parts", Linear(out_features=8), repeat=1).graph()
    )
    assert list(model.state_dict()) == ["parts.0.weight", "parts.0.bias"]


def test_several_outputs_and_forms() -> None:
    lstm = made(
        lambda x: {"output": x, "h": Tensor((1, x.sizes[0], 8)), "c": Tensor((1, x.sizes[0], 8))},
        lambda x: Unpack(
            Module("torch.nn.LSTM", 8, 8, batch_first=True)(x), ("output", ("h", "c"))
        ),
    )
    x = Tensor((BATCH, symbol("seq"), 8))
    build = Build("net", {"x": x}).node("rnn", lstm, "x")
    build.node("act", Relu(), Ref("rnn", "output"))
    graph = build.graph(form="dict", first="act", hidden=Ref("rnn", "h"), x="x")
    value = torch.randn(2, 3, 8)
    model = compile_graph(graph, seed=0)
    found = model(value)
    output, (h, _) = model.rnn(value)
    assert list(found) == ["first", "hidden", "x"]
    assert torch.equal(found["first"], output.relu())
    assert torch.equal(found["hidden"], h)
    assert found["x"] is value
    pair = build.graph(form="tuple", first="act")
    assert isinstance(run(pair, value), tuple)
    inner = build.graph(form="dict", first="act", hidden=Ref("rnn", "h"))
    outer = Build("outer", {"x": x}).node("core", inner)
    outer = outer.node("act", Relu(), Ref("core", "hidden"))
    assert run(outer.graph(), value).shape == (1, 2, 8)  # type: ignore[union-attr]


def test_expressions_that_are_used_twice_run_once() -> None:
    def build(x: object) -> object:
        noise = Module("torch.nn.Dropout", 0.5)(x)
        return noise * noise

    graph = Build("net", {"x": FLAT}).node("square", made(lambda x: x, build)).graph()
    model = compile_graph(graph).train()
    x = torch.ones(1, 8)
    assert set(model(x).flatten().tolist()) <= {0.0, 4.0}
    assert emit_graph(graph).count("self.square(") == 1


def test_training_switches_an_argument() -> None:
    block = made(lambda x: x, lambda x: call("torch.mul", x, InTraining(2.0, 1.0)))
    model = compile_graph(Build("net", {"x": FLAT}).node("scale", block).graph())
    x = torch.ones(1, 8)
    assert model.train()(x).sum() == 16
    assert model.eval()(x).sum() == 8


def test_a_leaf_with_several_weights_is_a_class_of_its_own() -> None:
    def build(x: object) -> object:
        down = Module("torch.nn.Linear", 8, 2)
        up = Module("torch.nn.Bilinear", 2, 2, 8)
        small = down(x)
        return up(small, small) + Weight("shift", (8,), ("normal", (("std", 0.5),)))

    graph = Build("net", {"x": FLAT}).node("mix", made(lambda x: x, build)).graph()
    model = compile_graph(graph, seed=0)
    assert sorted(n.rpartition(".")[0] for n in model.state_dict()) == [
        "mix", "mix.bilinear", "mix.bilinear", "mix.linear", "mix.linear",
    ]  # fmt: skip
    assert "mix.shift" in model.state_dict()
    assert model(torch.randn(3, 8)).shape == (3, 8)


def test_a_bare_parameter_and_a_buffer() -> None:
    one = made(lambda x: x, lambda x: x + Weight("", (8,), ("ones", ())))
    two = made(
        lambda x: x, lambda x: x * Weight("", (8,), ("constant", (("val", 3.0),)), trainable=False)
    )
    graph = Build("net", {"x": FLAT}).node("shift", one).node("factor", two).graph()
    model = compile_graph(graph)
    assert [n for n, _ in model.named_parameters()] == ["shift"]
    assert [n for n, _ in model.named_buffers()] == ["factor"]
    assert model(torch.zeros(1, 8)).tolist() == [[3.0] * 8]


# Names


def test_outputs_that_nothing_reads_have_no_name() -> None:
    lstm = made(
        lambda x: {"output": x, "h": Tensor((1, x.sizes[0], 8)), "c": Tensor((1, x.sizes[0], 8))},
        lambda x: Unpack(
            Module("torch.nn.LSTM", 8, 8, batch_first=True)(x), ("output", ("h", "c"))
        ),
    )
    x = Tensor((BATCH, symbol("seq"), 8))
    build = Build("net", {"x": x}).node("rnn", lstm, "x").node("act", Relu(), Ref("rnn", "h"))
    source = emit_graph(build.graph())
    assert "_, (h, _) = self.rnn(x)" in source
    assert run(build.graph(), torch.randn(2, 3, 8)).shape == (1, 2, 8)  # type: ignore[union-attr]


def test_a_parameter_is_read_where_it_is_used() -> None:
    table = made(lambda *_: Tensor((8,)), lambda *_: Weight("", (8,), ("ones", ())))
    build = Build("net", {"x": FLAT})
    build.nodes["table"] = Node(
        "table", "parameter", {}, (Run(1, Leaf("parameter", table, {}, {"": Tensor((8,))})),)
    )
    graph = build.node("add", Add(), "x", "table").graph()
    assert "return x + self.table" in emit_graph(graph)
    _, taps = compile_graph(graph, ["table"])(torch.zeros(1, 8))
    assert taps["table"].tolist() == [1.0] * 8


def test_copies_of_a_parameter() -> None:
    shift = made(lambda x: x, lambda x: x + Weight("", (8,), ("ones", ())))
    model = compile_graph(Build("net", {"x": FLAT}).node("shifts", shift, repeat=3).graph())
    assert list(model.state_dict()) == ["shifts.0", "shifts.1", "shifts.2"]
    assert model(torch.zeros(1, 8)).tolist() == [[3.0] * 8]


FUNCTIONS = """\
import math

import torch
from torch import Tensor

SCALE = 2.0


def scaled(x: Tensor) -> Tensor:
    return x * SCALE * math.sqrt(4.0)


def unused(x: Tensor) -> Tensor:
    return torch.neg(x)


def entry(x: Tensor, by: float = 1.0) -> Tensor:
    return scaled(x) + by
"""


@pytest.mark.parametrize("heavy", [False, True])
def test_functions_of_a_plugin(
    heavy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"my_functions_{int(heavy)}"
    (tmp_path / f"{name}.py").write_text(FUNCTIONS + ("import yaml\n" if heavy else ""))
    monkeypatch.syspath_prepend(str(tmp_path))
    block = made(lambda x: x, lambda x: call(f"{name}.entry", x, by=3.0))
    graph = Build("net", {"x": FLAT}).node("entry", block).node("scaled", block).graph()
    source = emit_graph(graph)
    assert name not in sys.modules
    assert (f"from {name} import entry" in source) is heavy
    assert ("def scaled(x: Tensor)" in source) is not heavy
    assert "unused" not in source
    assert compile_graph(graph)(torch.ones(1, 8)).tolist() == [[31.0] * 8]


def test_names_that_clash() -> None:
    inputs = dict.fromkeys(("nn", "F", "torch_", "Net", "x"), FLAT)
    graph = Build("net", inputs)
    graph.node("torch", Linear(out_features=8), "nn").node("print", Gelu())
    graph.node("Tensor", Linear(out_features=8), "F").node("tie_weights", Relu(), "torch_")
    graph.node("add", Add(), "print", "Tensor", "Net", "x", "tie_weights", "nn")
    source = emit_graph(graph.graph())
    names: dict[str, object] = {}
    exec(source, names)
    tensors = [torch.randn(2, 8) for _ in inputs]
    model = compile_graph(graph.graph(), seed=0)
    nn_, f_, t_, net, x = tensors
    expected = (
        torch.nn.functional.gelu(model.torch(nn_), approximate="tanh")
        + model.Tensor(f_)
        + net
        + x
        + t_.relu()
        + nn_
    )  # type: ignore[operator]
    assert torch.allclose(model(*tensors), expected, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["tensor", "module", "torch", "nn", "2fast", "print", "self", "any/thing"]
)
def test_networks_of_any_name(name: str) -> None:
    model = compile_graph(Build(name, {"x": FLAT}).node("fc", Linear(out_features=8)).graph())
    assert model(torch.zeros(1, 8)).shape == (1, 8)


HOSTILE = [
    '"""\nimport os\n"""',
    "\\",
    'ends in a quote"',
    '\\"""',
    "tab\tbell\x07 nul\x00 rtl \u202e",
    "'''",
    "\\N{x}",
    "\r\n# x",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_the_user_stays_text(text: str) -> None:
    body = (
        Build("inner", {"x": FLAT}, title=text, description=text)
        .node("fc", Linear(out_features=8))
        .graph()
    )
    graph = Build("net", {"x": FLAT}, title=text, description=text).node("one", body).graph()
    import ast

    tree = ast.parse(emit_graph(graph))
    kinds = [type(each).__name__ for each in tree.body]
    assert kinds == ["ImportFrom", "ClassDef", "ClassDef"]
    for each in tree.body[1:]:
        assert isinstance(each, ast.ClassDef)
        assert all(isinstance(inner, (ast.FunctionDef, ast.Expr)) for inner in each.body)


# Classes


def test_copies_that_differ_in_sizes_share_a_class() -> None:
    def block(inside: int, outside: int, stride: int) -> Graph:
        image = Tensor((BATCH, inside, symbol("h"), symbol("w")))
        build = Build("block", {"x": image}).node(
            "conv", Conv2d(out_channels=outside, stride=stride)
        )
        return build.node("act", Relu()).graph()

    image = Tensor((BATCH, 3, symbol("h"), symbol("w")))
    graph = Build("net", {"x": image})
    graph.node("blocks", [block(3, 8, 1), block(8, 16, 2), block(16, 32, 2)])
    source = emit_graph(graph.graph())
    assert source.count("class ") == 2
    assert "[Block(3, 8, stride=1), Block(8, 16, stride=2), Block(16, 32, stride=2)]" in source
    assert run(graph.graph(), torch.randn(1, 3, 8, 8)).shape == (1, 32, 2, 2)  # type: ignore[union-attr]


def test_literals_of_forward_become_attributes() -> None:
    def scaled(by: float) -> Graph:
        block = made(lambda x: x, lambda x: call("torch.mul", x, by))
        return Build("scale", {"x": FLAT}).node("mul", block).graph()

    graph = Build("net", {"x": FLAT}).node("one", scaled(2.0)).node("two", scaled(3.0)).graph()
    assert emit_graph(graph).count("class ") == 2
    assert run(graph, torch.ones(1, 8)).tolist() == [[6.0] * 8]  # type: ignore[union-attr]


def test_one_and_true_are_different_literals() -> None:
    def power(by: object) -> Graph:
        block = made(lambda x: x, lambda x: call("torch.sum", x, dim=1, keepdim=by))
        return Build("scale", {"x": FLAT}).node("sum", block).graph()

    build = Build("net", {"x": FLAT}).node("one", power(True), "x").node("two", power(False), "x")
    found = run(build.graph(form="tuple", a="one", b="two"), torch.ones(2, 8))
    assert [each.shape for each in found] == [(2, 1), (2,)]  # type: ignore[union-attr]
