"""Networks that go down to coarser resolutions and back are drawn as a U, and no others."""

from __future__ import annotations

import pytest

from netwright.composer.diagram import scene
from netwright.composer.diagram.geometry import frame
from netwright.composer.diagram.layout import layout
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.view import View
from netwright.composer.elaborate import elaborate
from netwright.specs.load import load, loads, zoo

HOURGLASS = """
netwright: 1
name: hourglass
inputs: {x: [batch, 3, 64, 64]}
nodes:
  fine: {block: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  halve: {block: max_pool2d, kernel_size: 2}
  coarse: {block: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  enlarge: {block: interpolate, scale_factor: 2}
  join: {block: cat, from: [fine, enlarge], dim: 1}
  last: {block: conv2d, out_channels: 1, kernel_size: 1}
"""


def drawn(text: str, view: View | None = None) -> Scene:
    return scene(elaborate(loads(text))[0], view)


def climbs(found: Scene) -> dict[tuple[str, str], str]:
    return {(each.source, each.target): each.climb for each in found.edges if each.climb}


def test_what_follows_the_coarsest_climbs() -> None:
    assert climbs(drawn(HOURGLASS)) == {
        ("coarse", "enlarge"): "turn",
        ("enlarge", "join"): "up",
        ("join", "last"): "up",
        ("last", "output output"): "up",
    }
    assert climbs(drawn(HOURGLASS, View(direction="LR"))) == {}


@pytest.mark.parametrize("direction", ["TB", "BT"])
def test_both_ends_of_the_skip_stand_beside_each_other(direction: str) -> None:
    found = layout(drawn(HOURGLASS, View(direction=direction)))  # type: ignore[arg-type]
    sign = 1 if direction == "TB" else -1
    at = {box.id: (box.x, sign * box.y) for box in found.boxes}
    assert at["x"][1] < at["fine"][1] < at["halve"][1] < at["coarse"][1]
    assert at["output output"][1] < at["last"][1] < at["join"][1] < at["enlarge"][1]
    assert abs(at["fine"][1] - at["join"][1]) < 80
    assert abs(at["fine"][0] - at["join"][0]) > 80
    frames = {box.id: frame(box) for box in found.boxes}
    for edge in found.edges:
        assert edge.tip is not None
        for (x, y), box in ((edge.curve[0], edge.source), (edge.tip, edge.target)):
            left, top, right, bottom = frames[box]
            assert left - 2 < x < right + 2
            assert top - 2 < y < bottom + 2


def test_levels_that_stand_in_each_other() -> None:
    found = layout(scene(elaborate(load("unet"))[0]))
    boxes = {box.id: box for box in found.boxes}
    frames = {cluster.id: cluster for cluster in found.clusters}
    for level in ("levels", "levels.inner", "levels.inner.inner"):
        inner = f"{level}.inner"
        top = frames[inner].top
        assert boxes[f"{level}.pool"].y < top
        assert boxes[f"{level}.upsample"].y < top
        assert abs(boxes[f"{level}.down.act2"].y - boxes[f"{level}.crop"].y) < 110


def test_of_the_zoo_only_what_is_a_u_is_drawn_as_one() -> None:
    found = {
        name
        for name in zoo()
        for view in (View(), View(depth=2))
        if climbs(scene(elaborate(load(name))[0], view))
    }
    assert found == {"unet", "ddpm", "fcn"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{block: max_pool2d, kernel_size: 2}", "{block: avg_pool2d, kernel_size: 64}"),
        ("from: [fine, enlarge]", "from: [enlarge, enlarge]"),
    ],
    ids=["a single place is no resolution", "no skip"],
)
def test_what_is_no_u(old: str, new: str) -> None:
    text = HOURGLASS.replace(old, new)
    assert text != HOURGLASS
    if "64}" in new:
        text = text.replace("scale_factor: 2", "scale_factor: 64")
    assert climbs(drawn(text)) == {}


def test_padding_is_not_finer() -> None:
    text = HOURGLASS.replace(
        "  halve:",
        "  pad: {block: pad, pad: [0, 1, 0, 1]}\n  cut: {block: max_pool2d, "
        "kernel_size: 2, stride: 1}\n  halve:",
    )
    found = climbs(drawn(text))
    assert found["coarse", "enlarge"] == "turn"
    assert ("fine", "pad") not in found


def test_one_u_after_another_goes_down() -> None:
    second = HOURGLASS.partition("nodes:\n")[2]
    for name in ("fine", "halve", "coarse", "enlarge", "join", "last"):
        second = second.replace(name, f"{name}2")
    assert climbs(drawn(HOURGLASS + second)) == {}


def test_what_comes_in_from_the_side_goes_down() -> None:
    text = """
  narrow: {block: conv2d, out_channels: 8, kernel_size: 1}
  act: {block: relu, from: t}
  add: {block: add, from: [narrow, act]}
"""
    text = HOURGLASS.replace("inputs: {x: [batch, 3, 64, 64]}", INPUTS) + text
    found = climbs(drawn(text.replace("fine: {block", "fine: {from: x, block")))
    assert ("act", "add") not in found
    assert found["narrow", "add"] == "up"


INPUTS = "inputs: {x: [batch, 3, 64, 64], t: [batch, 8, 1, 1]}"
