"""Mermaid and DOT: their own tools take what is written for them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import checkout
from netwright.composer.diagram import render_graph
from netwright.composer.diagram.engines import lay_out
from netwright.composer.diagram.mermaid import quoted
from netwright.composer.elaborate import elaborate
from netwright.specs.load import load, loads, zoo

PARSER = checkout.ROOT / "tests" / "mermaid"
NODE = shutil.which("node")

HOSTILE = r"""
netwright: 1
name: hostile
inputs: {x: [batch, 8]}
nodes:
  end: {block: linear, out_features: 8, note: "`**bold**` </script>"}
  subgraph_: relu
description: "end \"quoted\" ]] --> %% comment\n--- ; #quot; javascript:alert(1)"
"""


def texts(form: str, folder: Path) -> list[Path]:
    files = []
    graphs = {name: elaborate(load(name))[0] for name in zoo()}
    graphs["hostile"] = elaborate(loads(HOSTILE))[0]
    for name, graph in graphs.items():
        text = render_graph(graph, form)
        assert text is not None
        files.append(folder / f"{name}.{form}")
        files[-1].write_bytes(text)
    return files


def test_no_text_is_markup() -> None:
    assert quoted('a"b`c<d>&#;\ne') == '"a#34;b#96;c#60;d#62;#38;#35;#59;<br/>e"'
    assert quoted("[batch, ⌈h/2⌉] ×12 … é") == '"[batch, ⌈h/2⌉] ×12 … é"'


def test_a_flowchart_has_what_the_scene_has() -> None:
    found = render_graph(elaborate(load("gpt"))[0], "mmd")
    assert found is not None
    text = found.decode()
    assert text.startswith('---\ntitle: "gpt"\n---\nflowchart TB\n')
    assert "subgraph c0 [" in text
    assert text.count("subgraph") == sum(line.strip() == "end" for line in text.splitlines())
    assert "==>" in text  # a residual
    assert "-.-|" in text  # a tie


@pytest.mark.skipif(NODE is None, reason="no node here")
@pytest.mark.skipif(not (PARSER / "node_modules").exists(), reason="run `make mermaid` first")
def test_mermaid_takes_every_architecture(tmp_path: Path) -> None:
    assert NODE is not None
    files = texts("mmd", tmp_path)
    done = subprocess.run(
        [NODE, str(PARSER / "parse.mjs"), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    refused = [line for line in done.stdout.splitlines() if not line.endswith(": flowchart-v2")]
    assert (done.returncode, refused, done.stderr) == (0, [], "")
    assert len(done.stdout.splitlines()) == len(files)
    (tmp_path / "wrong.mmd").write_text("flowchart TB\n  a --> [\n")
    broken = [NODE, str(PARSER / "parse.mjs"), str(tmp_path / "wrong.mmd")]
    assert subprocess.run(broken, capture_output=True, check=False).returncode == 1


def test_graphviz_takes_every_architecture(tmp_path: Path) -> None:
    for file in texts("dot", tmp_path):
        assert lay_out(file.read_text(encoding="utf-8"), 60)["objects"]
