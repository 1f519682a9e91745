"""What a diagram shows: boxes, clusters, edges and what they say, before anything is placed."""

from __future__ import annotations

import pytest

from netwright.composer.diagram import scene
from netwright.composer.diagram.measure import width
from netwright.composer.diagram.openings import MOST_BOXES
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.view import View
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.specs.load import load, loads
from netwright.specs.problems import SpecError


def graph(text: str) -> Graph:
    return elaborate(loads(text))[0]


def kinds(drawn: Scene) -> dict[tuple[str, str], str]:
    return {(edge.source, edge.target): edge.kind for edge in drawn.edges}


def labels(drawn: Scene) -> dict[tuple[str, str], str]:
    return {(edge.source, edge.target): edge.label for edge in drawn.edges}


RESIDUAL = """
netwright: 1
name: little
description: Two layers and a detour.
inputs: {x: [batch, height, 8]}
nodes:
  up: {block: linear, out_features: 16, note: Twice as wide.}
  act: relu
  down: {block: linear, out_features: 8}
  sum: {block: add, from: [down, x]}
"""

STAGES = """
netwright: 1
name: stages
inputs: {x: [batch, 8]}
blocks:
  stage:
    params: {features: int}
    inputs: {x: [batch, c]}
    nodes:
      mix: {block: linear, out_features: $features}
      act: relu
nodes:
  stages: {block: stage, for: {features: [16, 16, 16, 16, 4]}}
  head: {block: linear, out_features: 2}
"""


def test_scene_in_full() -> None:
    """The whole of a small one, as a reader would tell it."""
    drawn = scene(graph(RESIDUAL))
    told = [
        f"{box.kind} {box.id}: "
        + " / ".join(f"{line.text} {line.right}".strip() for line in box.lines)
        for box in drawn.boxes
    ]
    assert told == [
        "input x: x / [batch, height, 8]",
        "leaf up: up 144 / linear / out_features 16",
        "leaf act: act / relu",
        "leaf down: down 136 / linear / out_features 8",
        "leaf sum: sum / add",
        "output output output: output / [batch, height, 8]",
    ]
    assert [(edge.source, edge.target, edge.kind, edge.label) for edge in drawn.edges] == [
        ("x", "up", "flow", "[batch, height, 8]"),
        ("up", "act", "flow", "[batch, height, 16]"),
        ("act", "down", "flow", "[batch, height, 16]"),
        ("down", "sum", "flow", "[batch, height, 8]"),
        ("x", "sum", "skip", "[batch, height, 8]"),
        ("sum", "output output", "flow", "[batch, height, 8]"),
    ]
    assert (drawn.title, drawn.subtitles) == (
        "little",
        ("Two layers and a detour.", "280 parameters"),
    )
    assert "Twice as wide." in next(box for box in drawn.boxes if box.id == "up").tooltip


def test_numbers_stand_for_the_sizes_that_are_given() -> None:
    drawn = scene(graph(RESIDUAL), View(shapes={"height": 5}))
    assert labels(drawn)["up", "act"] == "[batch, 5, 16]"
    assert drawn.subtitles[-1] == "280 parameters · height=5"
    with pytest.raises(SpecError, match="no symbolic size"):
        scene(graph(RESIDUAL), View(shapes={"width": 5}))


def test_strided_sizes_are_shown_as_ceilings() -> None:
    drawn = scene(elaborate(load("resnet"))[0], View(depth=1))
    assert labels(drawn)["stem", "act"] == "[batch, 64, ⌈height/2⌉, ⌈width/2⌉]"


def test_equal_copies_are_one_cluster_that_says_how_many() -> None:
    drawn = scene(graph(STAGES))
    titles = {cluster.id: (cluster.title.text, cluster.times) for cluster in drawn.clusters}
    assert titles == {
        "stages.0": ("stages.0", 1),
        "stages.1-3": ("stages.1 … 3 ×3", 3),
        "stages.4": ("stages.4", 1),
    }
    assert kinds(drawn)["stages.0.act", "stages.1-3.mix"] == "flow"
    assert labels(drawn)["stages.1-3.act", "stages.4.mix"] == "[batch, 16]"
    assert drawn.clusters[1].title.right == "stage · 3 × 272"


def test_a_box_at_the_last_depth_has_its_totals() -> None:
    drawn = scene(graph(STAGES), View(depth=1))
    box = next(box for box in drawn.boxes if box.id == "stages.1-3")
    assert (box.kind, box.times, box.lines[0].right) == ("composite", 3, "3 × 272")
    assert not drawn.clusters


def test_a_node_with_one_run_keeps_its_name() -> None:
    drawn = scene(elaborate(load("gpt"))[0], View(depth=2))
    (cluster,) = drawn.clusters
    assert (cluster.title.text, cluster.title.right) == ("layers ×12", "layer · 12 × 7.09M")
    assert drawn.subtitles[-1] == "124,439,808 parameters"


def test_an_input_of_a_composite_that_two_nodes_read_is_a_port() -> None:
    drawn = scene(elaborate(load("gpt"))[0], View(depth=3))
    ports = {box.id: box.cluster for box in drawn.boxes if box.kind == "port"}
    assert ports == {
        "layers.0-11.attend.x": "layers.0-11.attend",
        "layers.0-11.feed.x": "layers.0-11.feed",
    }
    assert kinds(drawn)["layers.0-11.attend.x", "layers.0-11.attend.add"] == "skip"
    assert kinds(drawn)["layers.0-11.attend.x", "layers.0-11.attend.norm"] == "flow"


def test_every_edge_says_its_size_unless_it_goes_on_from_a_port() -> None:
    for name in ("gpt", "resnet", "lenet5"):
        drawn = scene(elaborate(load(name))[0], View(depth=9))
        ports = {box.id for box in drawn.boxes if box.kind == "port"}
        assert {
            edge.source for edge in drawn.edges if not edge.label and edge.kind != "tie"
        } <= ports
        into = {edge.target for edge in drawn.edges if edge.label}
        assert ports <= into


def test_ties_join_the_boxes_that_hold_the_parameters() -> None:
    drawn = scene(elaborate(load("gpt"))[0], View(depth=1))
    ties = [edge for edge in drawn.edges if edge.kind == "tie"]
    assert [(tie.source, tie.target) for tie in ties] == [("logits", "embed")]


def test_a_tie_ends_at_the_composite_that_is_not_opened() -> None:
    text = """
netwright: 1
name: tied
inputs: {x: [batch, 8]}
blocks:
  pair: {nodes: {one: {block: linear, out_features: 8}, two: relu}}
nodes:
  pairs: {block: pair, repeat: 3}
  last: {block: linear, out_features: 8, tie: {weight: pairs.2.one.weight}}
"""
    for depth, end in ((1, "pairs.0-2"), (2, "pairs.0-2.one")):
        drawn = scene(graph(text), View(depth=depth))
        assert ("last", end) in kinds(drawn)
    assert drawn.subtitles == ("224 parameters",)


def test_indices_do_not_count_as_skips() -> None:
    text = """
netwright: 1
name: indices
inputs: {x: [batch, seq], index: {shape: [batch, seq], dtype: int64}}
nodes:
  first: {block: gather, from: [x, index], dim: 1}
  second: {block: gather, from: [first, index], dim: 1}
"""
    drawn = scene(graph(text))
    assert kinds(drawn)["index", "second"] == "side"
    assert labels(drawn)["index", "second"] == "[batch, seq] int64"


def test_a_node_with_nothing_inside_is_seen_through() -> None:
    drawn = scene(elaborate(load("resnet"))[0])
    plain, projecting = "stages.0.blocks.0-1", "stages.1-3.blocks.0"
    assert kinds(drawn)[f"{plain}.x", f"{plain}.sum"] == "skip"
    assert not any(box.id.startswith(f"{plain}.shortcut") for box in drawn.boxes)
    assert any(box.id.startswith(f"{projecting}.shortcut") for box in drawn.boxes)


def test_all_copies_read_at_once_are_one_edge() -> None:
    text = """
netwright: 1
name: gathered
inputs: {x: [batch, 8]}
nodes:
  layers: {block: linear, out_features: 8, repeat: 5}
  all: {block: add, from: [layers.0, layers.1, layers.2, layers.3, layers.4]}
  some: {block: add, from: [layers.1, layers.2]}
  one: {block: relu, from: layers.0}
  twice: {block: add, from: [layers, layers]}
outputs: [all, some, one, twice]
"""
    told = labels(scene(graph(text)))
    assert {end: told["layers.0-4", end] for end in ("all", "some", "one", "twice")} == {
        "all": "5 × [batch, 8]",
        "some": "copies 1, 2: [batch, 8]",
        "one": "copy 0: [batch, 8]",
        "twice": "2 × [batch, 8]",
    }


def test_settings_of_a_default_are_not_told() -> None:
    text = """
netwright: 1
name: told
inputs: {x: [batch, 3, 8, 8]}
nodes:
  conv: {block: conv2d, out_channels: 4, kernel_size: [3, 5], stride: 1, bias: false}
"""
    (box,) = [box for box in scene(graph(text)).boxes if box.id == "conv"]
    told = " ".join(line.text for line in box.lines[2:])
    assert told == "out_channels 4, kernel_size 3×5, bias false"


def test_texts_fit_their_boxes() -> None:
    for name in ("gpt", "resnet"):
        for box in scene(elaborate(load(name))[0]).boxes:
            for line in box.lines:
                text = width(line.text, line.style.size, line.style.weight)
                assert text + width(line.right, line.right_style.size) < box.width
            assert sum(line.style.height for line in box.lines) <= box.height


def test_too_many_boxes_are_folded_and_the_reader_is_told() -> None:
    lines = "\n".join(f"      r{number}: relu" for number in range(70))
    uses = "\n".join(f"  n{number}: {{block: many}}" for number in range(40))
    text = (
        "netwright: 1\nname: many\ninputs: {x: [b]}\n"
        f"blocks:\n  many:\n    nodes:\n{lines}\nnodes:\n{uses}\n"
    )
    drawn = scene(graph(text))
    assert MOST_BOXES < 70 * 40
    assert sum(box.kind == "composite" for box in drawn.boxes) == 40
    assert drawn.notice == "Not opened: many. All of it would be 2,800 boxes."
    assert not scene(graph(text), View(depth=1)).notice
    asked = scene(graph(text), View(depth=2))
    assert asked.notice == "Opened to depth 1 of 2: all would be 2,800 boxes."


def test_outputs_without_a_name_are_numbered() -> None:
    drawn = scene(graph(RESIDUAL + "outputs: [act, sum]\n"))
    outputs = [box.lines[0].text for box in drawn.boxes if box.kind == "output"]
    assert outputs == ["output 0", "output 1"]
