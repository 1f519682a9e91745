"""Diagrams of scans, shared modules and copies side by side."""

from __future__ import annotations

from pathlib import Path

from netwright import composer, specs
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.staging import scene

GOLDEN = Path(__file__).parent / "golden"


def drawn(name: str) -> Scene:
    return scene(composer.check(specs.load(str(GOLDEN / f"{name}.yaml"))))


def edges(found: Scene, kind: str) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in found.edges if edge.kind == kind}


def test_each_copy_reads_the_copy_of_its_number() -> None:
    flow = edges(drawn("parallel"), "flow")
    assert {(f"stages.{i}", f"heads.{i}") for i in range(3)} <= flow
    assert not any(
        (f"stages.{i}", f"heads.{j}") in flow for i in range(3) for j in range(3) if i != j
    )


def test_a_shared_module_is_linked_and_counted_once() -> None:
    found = drawn("shared")
    assert edges(found, "tie") == {("twin", "tower.conv")}
    right = {box.id: box.lines[0].right for box in found.boxes}
    assert right["twin"] == "shared"
    assert right["deep.0-2"] == "1,056 · shared"


def test_a_scan_says_over_what_and_gives_whole_sizes() -> None:
    found = drawn("scan")
    assert [each.title.text for each in found.clusters] == ["decode · scan over time"]
    (out,) = [edge for edge in found.edges if edge.target == "logits"]
    assert out.label == "[batch, time, 5]"
