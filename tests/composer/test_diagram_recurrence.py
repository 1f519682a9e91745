"""Diagrams of scans, shared modules and copies side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netwright import composer, specs
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.staging import scene
from netwright.composer.diagram.view import View

GOLDEN = Path(__file__).parent / "golden"


def drawn(name: str, **view: Any) -> Scene:
    return scene(composer.check(specs.load(str(GOLDEN / f"{name}.yaml"))), View(**view))


def edges(found: Scene, kind: str) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in found.edges if edge.kind == kind}


def test_each_copy_reads_the_copy_of_its_number() -> None:
    flow = edges(drawn("parallel", unfold=("*",)), "flow")
    assert {(f"stages.{i}", f"heads.{i}") for i in range(3)} <= flow
    assert not any(
        (f"stages.{i}", f"heads.{j}") in flow for i in range(3) for j in range(3) if i != j
    )


def test_copies_side_by_side_that_grow_are_drawn_as_one() -> None:
    (edge,) = [
        edge
        for edge in drawn("parallel").edges
        if (edge.source, edge.target) == ("stages.0-2", "heads.0-2")
    ]
    assert edge.label == "[batch, 8 … 32, 32 … 8, 32 … 8]"


def test_a_shared_module_is_linked_and_counted_once() -> None:
    found = drawn("shared")
    assert edges(found, "tie") == {("twin", "tower.conv")}
    right = {box.id: box.lines[0].right for box in found.boxes}
    assert right["twin"] == "shared"
    assert right["deep.0-2"] == "1,056 · shared"


def test_a_scan_says_over_what_and_gives_whole_sizes() -> None:
    found = drawn("scan")
    (cluster,) = found.clusters
    assert (cluster.title.text, cluster.scan) == ("decode", True)
    assert cluster.title.right == "step · scan over time · 245"
    (out,) = [edge for edge in found.edges if edge.target == "logits"]
    assert out.label == "[batch, time, 5]"
