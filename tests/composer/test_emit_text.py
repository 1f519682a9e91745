"""The text that is written: golden files, and that `ruff format` would change nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphs import Add, Build, Conv2d, Linear, Relu, gpt, made

from netwright import composer, specs
from netwright.composer.emission import emit_graph
from netwright.composer.emission.layout import lines
from netwright.composer.graph import Graph
from netwright.plugins.expression import call
from netwright.specs.sizes import symbol
from netwright.specs.tensors import Tensor

GOLDEN = Path(__file__).parent / "golden"


def long_lines() -> Graph:
    x = Tensor((symbol("batch"), 8))
    wide = made(
        lambda x: x,
        lambda x: call(
            "torch.nn.functional.embedding_bag_with_a_very_long_name",
            x,
            *range(30),
            keyword=tuple(range(40)),
        ),
    )
    nested = made(
        lambda x: x,
        lambda x: call(
            "torch.cat", [call("torch.nn.functional.dropout", x, p=0.5, training=True)] * 4, dim=1
        ),
    )
    deep = made(lambda x: x, lambda x: (x + x * 2.0) / (x - 1.0) ** 2 - (x @ (x - x)) % 7)
    inputs = {f"a_long_name_of_an_input_{number}": x for number in range(6)}
    build = Build("long_lines", inputs).node("wide", wide).node("nested", nested).node("deep", deep)
    convs = [Conv2d(out_channels=number, kernel_size=3, stride=number) for number in range(1, 9)]
    image = Tensor((1, 3, 99, 99))
    inner = Build("inner", {"x": image}).node("a_list_that_is_rather_long", convs).graph()
    build.inputs["image"] = image
    build.node("inner", inner, "image").node("add", Add(), *inputs, "deep")
    return build.graph(form="tuple", first="add", second="inner")


GRAPHS = {
    "gpt": (gpt(), ()),
    "gpt_tapped": (gpt(), ("layers.1.attend.attention", "layers.*", "embed")),
    "long_lines": (long_lines(), ()),
}


@pytest.mark.parametrize("name", ["gpt", "gpt_tapped"])
def test_golden(name: str) -> None:
    graph, taps = GRAPHS[name]
    source = re.sub(r"(?m)^(# Written by netwright) \S+ ", r"\1 VERSION ", emit_graph(graph, taps))
    assert source == (GOLDEN / f"{name}.txt").read_text()


SPECS = [
    ("resnet", "resnet50"),
    ("transformer", None),
    ("parallel", None),
    ("shared", None),
    ("scan", None),
]


@pytest.mark.parametrize(("name", "preset"), SPECS)
def test_golden_of_a_spec(name: str, preset: str | None) -> None:
    source = composer.emit(specs.load(str(GOLDEN / f"{name}.yaml"), preset=preset))
    source = re.sub(r"(?m)^(# Written by netwright) \S+ ", r"\1 VERSION ", source)
    assert source == (GOLDEN / f"{name}.txt").read_text()
    command = ["ruff", "format", "--isolated", "--line-length=100", "--diff", "-"]
    result = subprocess.run(
        [sys.executable, "-m", *command], input=source, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", GRAPHS)
def test_ruff_would_change_nothing(name: str, tmp_path: Path) -> None:
    graph, taps = GRAPHS[name]
    file = tmp_path / "model.py"
    file.write_text(emit_graph(graph, taps))
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        "--line-length=100",
        "--diff",
        str(file),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", ["gpt", "gpt_tapped"])
def test_ruff_finds_nothing_unused(name: str, tmp_path: Path) -> None:
    graph, taps = GRAPHS[name]
    file = tmp_path / "model.py"
    file.write_text(emit_graph(graph, taps))
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select=F,E,I,B,UP",
        "--line-length=100",
        str(file),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_writing_twice_gives_the_same() -> None:
    assert emit_graph(gpt()) == emit_graph(gpt())


def test_short_lines_stay() -> None:
    assert lines("x = f(a, b)", 8) == ["        x = f(a, b)"]


def test_brackets_in_strings_are_no_brackets() -> None:
    text = f'x = f("({"a" * 60}", ")", b="]")' + " " * 0
    assert lines(text, 40)[0].endswith("f(")
    assert lines(text, 40)[-1].strip() == ")"


def test_a_chain_is_one_variable() -> None:
    build = Build("net", {"x": Tensor((symbol("batch"), 8))})
    for number in range(4):
        build.node(f"fc{number}", Linear(out_features=8)).node(f"act{number}", Relu())
    body = emit_graph(build.graph()).partition("def forward")[2]
    assert set(re.findall(r"^ {8}(\w+) =", body, re.MULTILINE)) == {"x"}


def test_a_comprehension_over_two_lists_is_one_element() -> None:
    text = "scores = [score(each, batch) for score, each in zip(self.scores, layers)]"
    assert lines(text, 40) == [
        " " * 40 + "scores = [",
        " " * 44 + "score(each, batch)",
        " " * 44 + "for score, each in zip(self.scores, layers)",
        " " * 40 + "]",
    ]


def test_what_differs_with_a_size_bears_its_name() -> None:
    """Two sizes that happen to be equal bear both names, in order."""
    source = composer.emit(specs.load("swin"))
    assert "WindowReverse(apart_1=8, dim=96, height=56)" in source
    assert "like [batch, height, width, _] -> [batch, height, width," in source
    assert "[batch, height, height" not in source
