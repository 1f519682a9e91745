"""A network is drawn although a plugin is not there: what is unknown is shown as such, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netwright import composer
from netwright.composer.cli import main
from netwright.composer.diagram.render import render_graph
from netwright.composer.diagram.staging import scene
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.specs.load import loads
from netwright.specs.problems import Problem, SpecError

NET = """\
netwright: 1
params: {depth: 3}
inputs: {x: [batch, seq, 64]}
blocks:
  layer:
    inputs: {x: [batch, seq, dim]}
    nodes:
      norm: layer_norm
      mix: {block: nowhere/mixer, state: 16}
      add: {block: add, from: [mix, x]}
nodes:
  first: {block: linear, out_features: 64}
  layers: {block: layer, repeat: $depth}
  scan: {block: nowhere/scan, from: {x: layers, dt: first}}
  state: {block: linear, from: scan.state, out_features: 3}
  logits: {block: linear, from: scan, out_features: 100}
  beside: {block: linear, from: first, out_features: 7}
outputs: {logits: logits, state: state, beside: beside}
"""


def tolerated(text: str) -> tuple[Graph, tuple[Problem, ...]]:
    return elaborate(loads(text), tolerant=True)


def test_unknown_blocks_are_marked_and_what_reads_them_is_there() -> None:
    graph, warnings = tolerated(NET)
    staged = scene(graph)
    boxes = {box.id: box for box in staged.boxes}
    assert {name for name, box in boxes.items() if box.unknown} == {"layers.0-2.mix", "scan"}
    assert {"layers.0-2.norm", "layers.0-2.add", "state", "logits", "beside"} <= boxes.keys()
    labels = {(edge.source, edge.target): edge.label for edge in staged.edges}
    assert labels["first", "beside"] == "[batch, seq, 64]"
    assert labels["scan", "logits"] == labels["scan", "state"] == "[?]"
    assert ("first", "scan") in labels
    assert "layers.0-2.mix, scan" in staged.notice
    assert "at least" in staged.subtitles[0]
    assert [entry.text for entry in staged.legend if entry.sample == "unknown"]
    assert [each.code for each in warnings] == ["NW501", "NW501"]


def test_what_is_known_is_checked_as_ever() -> None:
    assert str(tolerated(NET)[0].outputs["beside"]) == "[batch, seq, 7]"
    with pytest.raises(SpecError) as caught:
        tolerated(NET.replace("from: first, out_features: 7", "from: frist, out_features: 7"))
    assert [each.code for each in caught.value.problems] == ["NW202"]


def test_without_unknown_blocks_nothing_changes() -> None:
    text = NET.replace("{block: nowhere/mixer, state: 16}", "relu")
    text = text.replace("{block: nowhere/scan, from: {x: layers, dt: first}}", "relu")
    text = text.replace("scan.state", "scan")
    graph, warnings = tolerated(text)
    assert warnings == ()
    assert render_graph(graph, "dot") == render_graph(elaborate(loads(text))[0], "dot")


@pytest.mark.parametrize(
    "node",
    [
        "{block: nowhere/one, repeat: 4}",
        "{block: nowhere/one, when: false}",
        "{block: residual, body: {a: nowhere/one}}",
        "{block: nowhere/one, from: [first, first], body: {a: relu}}",
        "{block: layer, repeat: 2, parallel: true}",
    ],
)
def test_absent_blocks_in_all_places(node: str) -> None:
    graph, _ = tolerated(NET.replace("{block: layer, repeat: $depth}", node))
    assert render_graph(graph, "svg")


def test_the_command_hatches_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    assert main(["render", "net.yaml", "-o", "net.svg"]) == 1
    assert not Path("net.svg").exists()
    capsys.readouterr()
    assert main(["render", "net.yaml", "-o", "net.svg", "--tolerant"]) == 0
    assert "warning NW501: no plugin with the namespace nowhere" in capsys.readouterr().err
    picture = Path("net.svg").read_text()
    assert "unknown block: its plugin is not there" in picture
    assert main(["check", "net.yaml", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_python_draws_them_too(tmp_path: Path) -> None:
    target = tmp_path / "net.svg"
    with pytest.raises(SpecError, match="NW501"):
        composer.render(loads(NET), target)
    assert not target.exists()
    composer.render(loads(NET), target, tolerant=True)
    assert "unknown block: its plugin is not there" in target.read_text()
    changed = loads(NET.replace("out_features: 7", "out_features: 8"))
    composer.render(changed, target, since=loads(NET), tolerant=True)
    assert "out_features 7 → 8" in target.read_text()


def test_what_is_required_and_not_there_is_told_once() -> None:
    text = NET.replace("netwright: 1\n", 'netwright: 1\nrequires: {nowhere: ">=1"}\n')
    assert [each.code for each in tolerated(text)[1]] == ["NW504"]
