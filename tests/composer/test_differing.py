"""What differs between two networks, in words, as data, and drawn."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from netwright import composer
from netwright.composer.cli import main
from netwright.composer.diagram import render_graph
from netwright.composer.diagram.changes import changed_scene
from netwright.composer.diagram.view import View
from netwright.composer.differing import Change, difference
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.specs.load import load, loads

BEFORE = """
netwright: 1
name: before
inputs: {x: [batch, 8]}
nodes:
  up: {block: linear, out_features: 16}
  act: relu
  gone: {block: dropout, p: 0.1}
  down: {block: linear, out_features: 8}
"""
AFTER = """
netwright: 1
name: after
inputs: {x: [batch, 8]}
nodes:
  up: {block: linear, out_features: 32}
  activation: relu
  fresh: layer_norm
  down: {block: linear, out_features: 8, bias: false}
  sum: {block: add, from: [down, x]}
"""


def graph(text: str) -> Graph:
    return elaborate(loads(text))[0]


def zoo(name: str, preset: str | None = None) -> Graph:
    return elaborate(load(name, preset=preset))[0]


def changes(before: str, after: str) -> list[Change]:
    return list(difference(graph(before), graph(after)).changes)


def body(nodes: str) -> str:
    return f"netwright: 1\nname: n\ninputs: {{x: [batch, 8]}}\nnodes:\n{nodes}"


def test_in_words() -> None:
    assert str(difference(graph(BEFORE), graph(AFTER))).splitlines() == [
        "before -> after",
        "- gone: dropout, p 0.1",
        "~ up: out_features 16 became 32",
        "> activation: was called act",
        "+ fresh: layer_norm, 64 parameters",
        "~ down: x reads fresh, not gone",
        "~ down: bias true became false",
        "+ sum: add",
        "~ output output: it reads sum, not down",
        "~ [batch, 16] became [batch, 32]: up, activation",
        "parameters: 280 became 608",
    ]


@pytest.mark.parametrize("name", ["gpt", "resnet", "seq2seq_bahdanau", "moe_gpt", "clip"])
def test_the_same_is_the_same_however_often_it_is_read(name: str) -> None:
    found = difference(zoo(name), zoo(name))
    assert not found
    assert found.changes == ()
    assert str(found) == f"{name} and {name} are the same network"


def test_a_default_that_is_written_changes_nothing() -> None:
    plain = body("  up: {block: linear, out_features: 4}\n")
    assert not changes(plain, plain.replace("4}", "4, bias: true}"))


def test_copies_are_compared_once_and_by_number() -> None:
    found = difference(zoo("gpt"), zoo("gpt", "gpt2_medium")).changes
    assert Change("copies", "layers", "12", "24") in found
    assert Change("setting", "layers.0-11.feed.up", "3072", "4096", "out_features") in found
    wide = body("  up: {block: linear, for: {out_features: [8, 16, 8]}}\n")
    (copy, *_) = changes(wide, wide.replace("[8, 16, 8]", "[8, 32, 8]"))
    assert copy == Change("setting", "up.1", "16", "32", "out_features")


def test_a_name_that_could_be_several_is_not_guessed() -> None:
    two = body("  a: relu\n  b: relu\n")
    kinds = [each.kind for each in changes(two, body("  c: relu\n  d: relu\n"))]
    assert kinds.count("removed") == kinds.count("added") == 2
    assert "renamed" not in kinds


def test_what_weights_share_and_how_they_begin_is_compared() -> None:
    plain = "  a: {block: linear, out_features: 8}\n  b: {block: linear, out_features: 8}\n"
    tied = plain.replace(
        "8}\n  b: {block: linear, ", "8}\n  b: {block: linear, tie: {weight: a.weight}, "
    )
    assert changes(body(plain), body(tied)) == [
        Change("setting", "b.weight", "", "a.weight", "tied to")
    ]
    started = plain.replace("  a: {", "  a: {init: {weight: zeros}, ")
    (found,) = changes(body(plain), body(started))
    assert (found.what, found.after) == ("init", "zeros")


def test_inputs_are_compared() -> None:
    text = body("  a: relu\n")
    found = changes(text, text.replace("8]", "9]"))
    assert Change("size", "x", "[batch, 8]", "[batch, 9]", "input") in found


def test_as_a_function() -> None:
    found = composer.diff(load("resnet", preset="resnet18"), load("resnet", preset="resnet34"))
    assert found
    assert found.parameters == (11_689_512, 21_797_672)
    assert Change("copies", "stages.3.blocks", "2", "3") in found.changes


# -- drawn ------------------------------------------------------------------------------------------


def test_a_scene_has_what_is_there_and_what_was() -> None:
    found = changed_scene(graph(BEFORE), graph(AFTER), View())
    marks = {box.id: box.mark for box in found.boxes}
    assert marks == {
        "x": "",
        "up": "changed",
        "activation": "changed",
        "fresh": "added",
        "down": "changed",
        "sum": "added",
        "output output": "",
        "gone": "removed",
    }
    edges = {(edge.source, edge.target): edge.mark for edge in found.edges}
    assert edges["x", "up"] == edges["up", "activation"] == ""
    assert edges["activation", "fresh"] == edges["x", "sum"] == "added"
    assert edges["activation", "gone"] == edges["down", "output output"] == "removed"
    up = next(box for box in found.boxes if box.id == "up")
    assert [line.text for line in up.lines][-1] == "out_features 16 → 32"
    assert [entry.text for entry in found.legend][:3] == ["added", "removed", "changed"]


def test_composites_that_are_not_opened_tell_what_changed_inside() -> None:
    found = changed_scene(zoo("resnet", "resnet18"), zoo("resnet", "resnet50"), View())
    marks = {each.id: each.mark for each in (*found.boxes, *found.clusters)}
    assert marks["stem"] == marks["mean"] == ""
    assert {marks[f"stages.{number}"] for number in range(4)} == {"changed"}
    assert "removed" not in marks.values()
    box = next(each for each in found.boxes if each.id == "stages.1.blocks.0")
    assert any("changes inside" in line.text for line in box.lines)


@pytest.mark.parametrize("form", ["svg", "png", "pdf", "html", "dot", "mmd"])
def test_every_format_draws_it(form: str) -> None:
    drawn = render_graph(graph(AFTER), form, since=graph(BEFORE))
    assert drawn
    if form in ("svg", "html"):
        assert b"gone" in drawn
        assert "−".encode() in drawn
        assert form == "html" or b"<script" not in drawn


# -- the command ------------------------------------------------------------------------------------


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(BEFORE)
    after.write_text(AFTER)
    assert main(["diff", str(before), str(before)]) == 0
    assert "are the same network" in capsys.readouterr().out
    picture = tmp_path / "diff.svg"
    assert main(["diff", str(before), str(after), "-o", str(picture)]) == 1
    assert "+ sum: add" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"<svg")
    assert main(["diff", str(before), str(after), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["same"], told["parameters"]) == (False, [280, 608])
    assert {"kind": "added", "path": "sum", "what": "", "before": "", "after": "add"} in told[
        "changes"
    ]
    after.write_text(AFTER.replace("layer_norm", "layer_nrom"))
    assert main(["diff", str(before), str(after)]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_presets_are_named_after_an_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "resnet@resnet18", "resnet@resnet34"]) == 1
    assert capsys.readouterr().out.startswith("resnet@resnet18 -> resnet@resnet34\n")
    assert main(["diff", "gpt@gpt2", "gpt", "--set", "layers=2"]) == 0
    assert main(["diff", "gpt@nothing", "gpt"]) == 2


@pytest.mark.parametrize("module", ["differing", "diagram", "diagram.levels", "diagram.changes"])
def test_what_compares_is_imported_by_itself(module: str) -> None:
    command = [sys.executable, "-c", f"import netwright.composer.{module}"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""
