"""Ties: a line between boxes that stand near each other, a stub at each of those that do not."""

from __future__ import annotations

import pytest
from overlaps import overlaps

from netwright.composer.diagram import scene
from netwright.composer.diagram.geometry import frame, label_frame
from netwright.composer.diagram.layout import layout
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.view import Direction, View
from netwright.composer.elaborate import elaborate
from netwright.specs.load import loads


def drawn(between: int, twins: int = 1, view: View | None = None) -> Scene:
    """A chain that ends in layers which share a weight with the first."""
    lasts = "".join(
        f"  last{number}: {{block: linear, out_features: 8, bias: false, "
        "tie: {weight: first.weight}}\n"
        for number in range(twins)
    )
    chain = "".join(f"  act{number}: relu\n" for number in range(between))
    text = (
        "netwright: 1\nname: chain\ninputs: {x: [batch, 8]}\nnodes:\n"
        f"  first: {{block: linear, out_features: 8, bias: false}}\n{chain}{lasts}"
    )
    return layout(scene(elaborate(loads(text))[0], view))


def ties(found: Scene) -> list[tuple[str, str, str]]:
    return [(each.source, each.target, each.label) for each in found.edges if each.kind == "tie"]


def test_near_boxes_are_joined_by_a_line() -> None:
    found = drawn(1)
    assert ties(found) == [("last0", "first", "tied")]


@pytest.mark.parametrize("direction", ["TB", "BT", "LR", "RL"])
def test_far_boxes_have_stubs_that_name_each_other(direction: Direction) -> None:
    found = drawn(12, view=View(direction=direction))
    assert ties(found) == [("last0", "last0", "tied: first"), ("first", "first", "tied: last0")]
    boxes = {box.id: box for box in found.boxes}
    for stub in found.edges[-2:]:
        assert stub.tooltip == "last0.weight is first.weight"
        left, top, right, bottom = frame(boxes[stub.source])
        (x, y), *_ = stub.curve
        assert min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) < 0.02
        at = label_frame(stub)
        gap = max(at[0] - right, left - at[2], at[1] - bottom, top - at[3])
        assert 0 < gap < 40
    assert list(overlaps(found)) == []


def test_a_box_with_many_twins_names_the_first_of_them() -> None:
    found = drawn(12, twins=5)
    labels = {source: label.split("\n") for source, _, label in ties(found)}
    assert labels["first"] == ["tied: last0", "tied: last1", "and 3 more"]
    assert labels["last4"] == ["tied: first"]
    assert list(overlaps(found)) == []


def test_the_stubs_of_a_folded_network_name_the_boxes_that_are_drawn() -> None:
    text = """
netwright: 1
name: folded
inputs: {x: [batch, 8]}
blocks:
  layer: {nodes: {one: {block: linear, out_features: 8}, two: relu, three: relu, four: relu}}
nodes:
  first: {block: linear, out_features: 8, bias: false}
  layers: {block: layer, repeat: 6}
  last: {block: linear, out_features: 8, bias: false, tie: {weight: first.weight}}
"""
    found = layout(scene(elaborate(loads(text))[0]))
    assert ties(found) == [("last", "last", "tied: first"), ("first", "first", "tied: last")]
