"""Scenes as text and as DOT, to the letter; NETWRIGHT_GOLDEN=write writes the files anew."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import checkout
from netwright.composer.diagram import scene
from netwright.composer.diagram.dot import to_dot
from netwright.composer.diagram.scene import Line, Scene
from netwright.composer.diagram.view import View
from netwright.composer.elaborate import elaborate
from netwright.specs.load import load

FOLDER = checkout.ROOT / "tests" / "golden" / "diagrams"
CHOSEN = {
    "gpt": View(depth=3),
    "resnet": View(shapes={"height": 224, "width": 224}),
    "seq2seq_bahdanau": View(highlight=("decoder.attend",)),
    "gcn": View(heat="parameters", depth=1),
}


def told(drawn: Scene) -> Iterator[str]:
    """A scene as a reader would tell it."""
    yield f"{drawn.title} ({drawn.direction})"
    yield from (f"  {line}" for line in drawn.subtitles)
    if drawn.notice:
        yield f"  {drawn.notice}"
    for cluster in drawn.clusters:
        marks = _marks(scan=cluster.scan, lit=cluster.lit, differs=cluster.differs)
        yield f"frame {cluster.id}: {_line(cluster.title)}{marks}"
    for box in drawn.boxes:
        marks = _marks(scan=box.scan, lit=box.lit, differs=box.differs)
        heat = "" if box.heat is None else f" heat {box.heat}"
        lines = " / ".join(map(_line, box.lines))
        yield f"{box.kind} {box.id} ({box.hue}): {lines}{marks}{heat}"
    for edge in drawn.edges:
        label = edge.label.replace("\n", " / ")
        yield f"{edge.kind}: {edge.source} -> {edge.target} {label}".rstrip()
    for entry in drawn.legend:
        yield f"legend {entry.sample} {entry.key}: {entry.text}"


def _line(line: Line) -> str:
    return f"{line.text} | {line.right}" if line.right else line.text


def _marks(**marks: bool) -> str:
    return "".join(f" [{name}]" for name, is_set in marks.items() if is_set)


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize("form", ["txt", "dot"])
def test_a_scene_reads_so(name: str, form: str) -> None:
    drawn = scene(elaborate(load(FOLDER / f"{name}.yaml"))[0], CHOSEN[name])
    text = to_dot(drawn) if form == "dot" else "\n".join(told(drawn)) + "\n"
    file = FOLDER / f"{name}.{form}"
    if os.environ.get("NETWRIGHT_GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
