"""A long strip is broken into rows where one edge alone goes on."""

from __future__ import annotations

import pytest
from overlaps import overlaps

from netwright.composer.diagram import scene
from netwright.composer.diagram.layout import layout
from netwright.composer.diagram.levels import levels_of
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.view import View
from netwright.composer.elaborate import elaborate
from netwright.specs.load import load, loads


def chain(length: int) -> str:
    nodes = "".join(f"  act{number}: relu\n" for number in range(length))
    return f"netwright: 1\nname: chain\ninputs: {{x: [batch, 8]}}\nnodes:\n{nodes}"


def drawn(text: str, in_rows: bool = True) -> Scene:
    staged = scene(elaborate(loads(text))[0], View(direction="LR"))
    return layout(staged, in_rows=in_rows)


def test_a_long_chain_has_rows() -> None:
    found, strip = drawn(chain(30)), drawn(chain(30), in_rows=False)
    assert strip.width > 6 * strip.height
    assert found.width < 4 * found.height
    assert {box.id for box in found.boxes} == {box.id for box in strip.boxes}
    assert [(each.source, each.target) for each in sorted(found.edges, key=str)] == [
        (each.source, each.target) for each in sorted(strip.edges, key=str)
    ]
    places = [(round(box.y), box.x) for box in found.boxes]
    assert places == sorted(places)  # read as a text is
    assert list(overlaps(found)) == []
    boxes = {box.id: box for box in found.boxes}
    for edge in found.edges:
        assert edge.tip is not None
        source, target = boxes[edge.source], boxes[edge.target]
        assert edge.curve[0] == pytest.approx((source.x + source.width / 2, source.y), abs=1)
        assert edge.tip == pytest.approx((target.x - target.width / 2, target.y), abs=1)


def test_what_fits_or_goes_another_way_has_none() -> None:
    assert len({round(box.y) for box in drawn(chain(4)).boxes}) == 1
    for direction in ("TB", "RL"):
        staged = scene(elaborate(loads(chain(30)))[0], View(direction=direction))
        assert layout(staged) == layout(staged, in_rows=False)


def test_what_runs_beside_is_not_torn_apart() -> None:
    text = chain(30) + "  all: {block: add, from: [act0, act29]}\n"
    found = drawn(text)
    assert found == drawn(text, in_rows=False)


@pytest.mark.parametrize("name", ["mobilenet_v2", "vgg", "resnet", "t5", "unet", "densenet"])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_nothing_overlaps_in_rows(name: str, depth: int) -> None:
    staged = scene(elaborate(load(name))[0], View(direction="LR", depth=depth))
    found = layout(staged)
    assert list(overlaps(found)) == []
    assert len(found.clusters) == len(staged.clusters)
    assert len(found.boxes) == len(staged.boxes)


def test_a_page_has_no_rows() -> None:
    first = levels_of(elaborate(loads(chain(30)))[0], View(direction="LR")).levels[0].scene
    assert first.width > 6 * first.height
