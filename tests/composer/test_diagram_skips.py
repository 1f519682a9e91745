"""Skips over a column of boxes run along a lane beside it, where that meets nothing."""

from __future__ import annotations

import pytest
from overlaps import overlaps

from netwright.composer.diagram import scene
from netwright.composer.diagram.geometry import frame
from netwright.composer.diagram.layout import layout
from netwright.composer.diagram.scene import Edge, Scene
from netwright.composer.diagram.view import Direction, View
from netwright.composer.elaborate import elaborate
from netwright.specs.load import load, loads

RESIDUAL = """
netwright: 1
name: residual
inputs: {x: [batch, 8]}
nodes:
  first: relu
  wide: {block: linear, out_features: 512}
  narrow: {block: linear, out_features: 8}
  add: {block: add, from: [first, narrow]}
"""


def drawn(direction: Direction = "TB") -> Scene:
    return layout(scene(elaborate(loads(RESIDUAL))[0], View(direction=direction)))


def skip(found: Scene, target: str = "add") -> Edge:
    return next(each for each in found.edges if each.kind == "skip" and each.target == target)


@pytest.mark.parametrize("direction", ["TB", "BT", "LR", "RL"])
def test_a_skip_has_right_angles_and_meets_nothing(direction: Direction) -> None:
    found = drawn(direction)
    across = 0 if direction in ("TB", "BT") else 1
    curve, tip = skip(found).curve, skip(found).tip
    assert tip is not None
    boxes = {box.id: frame(box) for box in found.boxes}
    lane = {round(point[across], 1) for point in curve[5:-5]}
    assert len(lane) == 1
    between = [boxes[name] for name in ("wide", "narrow")]
    gaps = [max(at[across] - min(lane), min(lane) - at[2 + across]) for at in between]
    assert min(gaps) == pytest.approx(9, abs=0.1)
    start, end = boxes["first"], boxes["add"]
    assert min(abs(curve[0][across] - start[across]), abs(curve[0][across] - start[2 + across])) < 1
    assert min(abs(tip[across] - end[across]), abs(tip[across] - end[2 + across])) < 1
    assert list(overlaps(found)) == []


def test_the_frame_holds_the_lane() -> None:
    found = layout(scene(elaborate(load("gpt"))[0]))
    frames = {cluster.id: cluster for cluster in found.clusters}
    for name in ("attend", "feed"):
        within = frames[f"layers.0-11.{name}"]
        led = skip(found, f"layers.0-11.{name}.add")
        xs = [x for x, _ in led.curve]
        assert within.left + 3 < min(xs)
        assert max(xs) < within.right


def test_a_lane_leaves_other_frames_alone() -> None:
    for name in ("dit", "contrastive", "transformer"):
        assert list(overlaps(layout(scene(elaborate(load(name))[0])))) == []
