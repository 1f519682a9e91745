"""`netwright blocks`: one explained with an example, and drawn by it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases import names
from netwright import composer
from netwright.composer.block_commands import used
from netwright.composer.cli import main
from netwright.composer.diagram.staging import scene
from netwright.composer.diagram.view import View
from netwright.composer.graph import Graph
from netwright.plugins.catalogue import Catalogue, Composite
from netwright.plugins.describe import describe
from netwright.specs.problems import PluginError, RenderError

CATALOGUE = Catalogue()
EXAMPLES = {name: describe(name, CATALOGUE.find(name)).examples for name in names()}
SCALED = """\
netwright: 1
description: A number times what comes in.
EXAMPLES
inputs: {x: [length, 7]}
nodes: {scale: {block: linear, out_features: 7}}
"""
PLUGIN = """\
from pathlib import Path
from netwright.plugins import hookimpl

@hookimpl
def register_blocks():
    return {"scaled": Path(__file__).with_name("scaled.yaml")}
"""


@pytest.mark.parametrize("name", names())
def test_every_block_is_drawn_by_its_example(name: str) -> None:
    graph, opened = used(name, CATALOGUE)
    assert (graph.name, len(graph.nodes)) == (name, 1)
    drawn = scene(graph, View(expand=tuple(opened)))
    (node,) = graph.nodes.values()
    found = CATALOGUE.find(name)
    assert opened == ([node.name] if isinstance(found, Composite) else [])
    boxes = {each.id for each in drawn.boxes}
    assert set(graph.inputs) <= boxes
    if opened:
        element = node.runs[0].element
        assert isinstance(element, Graph)
        assert {f"{node.name}.{inner}" for inner in element.nodes} & boxes
    else:
        assert node.name in boxes


def test_every_block_has_an_example() -> None:
    assert not [name for name in names() if not EXAMPLES[name]]


def test_a_block_is_explained_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["blocks", "conv2d", "-o", "conv2d.svg"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("conv2d\n\nConvolution over two dimensions")
    assert "{block: conv2d, out_channels: 8, kernel_size: 3} on x [batch, 3, 3, 5]" in said.out
    assert said.err == "wrote conv2d.svg\n"
    picture = (tmp_path / "conv2d.svg").read_text()
    assert "out_channels 8, kernel_size 3" in picture
    assert "[batch, 3, 3, 5]" in picture
    assert "[batch, 8, 1, 3]" in picture
    assert main(["blocks", "attention", "--json", "-o", "attention.dot"]) == 0
    said = capsys.readouterr()
    (example,) = json.loads(said.out)["examples"]
    assert example.startswith("{block: attention, num_heads: 2} on x")
    assert "scaled_dot_product_attention" in (tmp_path / "attention.dot").read_text()
    assert main(["blocks", "attention", "-o", "closed.dot", "--depth", "1"]) == 0
    assert "scaled_dot_product_attention" not in (tmp_path / "closed.dot").read_text()


def test_what_is_open_already_may_be_asked_for(tmp_path: Path) -> None:
    graph, opened = used("residual", CATALOGUE)
    composer.render(graph, tmp_path / "residual.dot", expand=opened)
    with pytest.raises(RenderError, match=r"'residual.norm' is no composite"):
        composer.render(graph, tmp_path / "residual.dot", expand=["residual.norm"])


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (["blocks", "-o", "all.svg"], 2, "one block is drawn at a time"),
        (["blocks", "conv2", "-o", "conv.svg"], 2, "did you mean `conv2d`?"),
        (["blocks", "conv2d", "-o", "conv.jpg"], 1, "'conv.jpg' is no picture"),
        (["blocks", "conv2d", "--expand", "conv2d", "-o", "conv.dot"], 1, "is no composite"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    command: list[str],
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(command) == status
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "house.py").write_text(PLUGIN)
    yield tmp_path / "house.py"
    sys.modules.pop("house", None)


@pytest.mark.parametrize(
    ("examples", "shape"),
    [
        ('examples: ["{block: house/scaled} on x [3, 7] gives [3, 7]"]', "[3, 7]"),
        # None is written: one is found.
        ("", "[length, 7]"),
    ],
)
def test_a_composite_of_a_plugin_is_drawn_by_its_example(
    examples: str, shape: str, house: Path
) -> None:
    house.with_name("scaled.yaml").write_text(SCALED.replace("EXAMPLES", examples))
    graph, opened = used("house/scaled", Catalogue([house]))
    assert str(graph.inputs["x"]) == shape
    assert opened == ["scaled"]


def test_examples_that_cannot_be_read_are_blamed(house: Path) -> None:
    house.with_name("scaled.yaml").write_text(SCALED.replace("EXAMPLES", "examples: [nonsense]"))
    catalogue = Catalogue([house])
    with pytest.raises(PluginError, match="the examples of block house/scaled cannot be read"):
        describe("house/scaled", catalogue.find("house/scaled"))
