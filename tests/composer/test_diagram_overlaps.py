"""Nothing lies on anything else: every architecture of the zoo, as it is drawn by default and whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from overlaps import overlaps

from netwright.composer.diagram import scene
from netwright.composer.diagram.layout import layout
from netwright.composer.diagram.view import View
from netwright.composer.elaborate import elaborate
from netwright.specs.load import load, zoo

# A picture of more boxes than this is for the browser, and slow to look through here.
LARGEST = 120

VIEWS = {
    "default": View(),
    "to the side": View(direction="LR"),
    "whole": View(depth=99),
    "with operations": View(flops=True, depth=2),
}


@pytest.mark.parametrize("name", zoo())
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_overlaps(name: str, view: str) -> None:
    staged = scene(elaborate(load(name))[0], VIEWS[view])
    if len(staged.boxes) > LARGEST:
        pytest.skip(f"{len(staged.boxes)} boxes")
    assert list(overlaps(layout(staged))) == []


def test_overlaps_are_found() -> None:
    """The check itself: a picture with all labels in one place, and one with a text too long."""
    drawn = layout(scene(elaborate(load("gpt"))[0]))
    first = drawn.boxes[3]
    moved = [replace(edge, label_at=(first.x, first.y)) for edge in drawn.edges]
    assert any(
        "box drop meets label" in each for each in overlaps(replace(drawn, edges=tuple(moved)))
    )
    start = [replace(edge, label_at=edge.curve[1]) for edge in drawn.edges]
    assert any("through label" in each for each in overlaps(replace(drawn, edges=tuple(start))))
    narrow = replace(drawn.boxes[1], width=20)
    found = overlaps(replace(drawn, boxes=(drawn.boxes[0], narrow, *drawn.boxes[2:])))
    assert any("is wider than box embed" in each for each in found)
    outer, *others = drawn.clusters
    low = replace(outer, top=others[0].title_at[1])
    found = overlaps(replace(drawn, clusters=(low, *others)))
    assert any("the frame of layers.0-11 runs through title" in each for each in found)
