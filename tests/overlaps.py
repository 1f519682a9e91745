"""What overlaps in a picture that should not, found from measured texts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from netwright.composer.diagram.boxes import PADDING, line_width
from netwright.composer.diagram.geometry import (
    Frame,
    frame,
    label_frame,
    meet,
    pieces,
    sides,
    title_frames,
    touches,
    whole,
)
from netwright.composer.diagram.scene import Scene


def overlaps(drawn: Scene) -> Iterator[str]:
    """Each thing that lies on another, in words: texts, boxes, lines and frames."""
    boxes = [(f"box {box.id}", _less(frame(box))) for box in drawn.boxes]
    titles = [
        (f"title of {cluster.id}", _less(at))
        for cluster in drawn.clusters
        for at in title_frames(cluster)
    ]
    labels = [
        (f"label of {edge.source} -> {edge.target}", _less(label_frame(edge)))
        for edge in drawn.edges
        if edge.label and edge.curve
    ]
    for (one, at), (other, there) in itertools.combinations([*boxes, *titles, *labels], 2):
        if meet(at, there):
            yield f"{one} meets {other}"
    for edge in drawn.edges:
        line = list(pieces(edge.curve, edge.tip))
        name = f"edge {edge.source} -> {edge.target}"
        for text, at in (*labels, *titles):
            if any(touches(piece, at) for piece in line):
                yield f"{name} runs through {text}"
        for box in drawn.boxes:
            if box.id not in (edge.source, edge.target) and any(
                touches(piece, _less(frame(box))) for piece in line
            ):
                yield f"{name} runs through box {box.id}"
    covering = {f"label of {edge.source} -> {edge.target}" for edge in drawn.edges if edge.label_on}
    for cluster in drawn.clusters:
        for text, at in (*labels, *titles):
            if text in covering:  # the frame goes on behind it
                continue
            if any(touches(side, at) for side in sides(cluster)):
                yield f"the frame of {cluster.id} runs through {text}"
    yield from _frames(drawn)
    for box in drawn.boxes:
        room = box.width - (2 * PADDING if box.kind in ("leaf", "composite") else 4)
        for each in box.lines:
            if line_width(each) > room + 0.1:
                yield f"{each.text} is wider than box {box.id}"


def _frames(drawn: Scene) -> Iterator[str]:
    """Each frame that lies on another one, or on a box, which is not in it."""
    for one, other in itertools.combinations(drawn.clusters, 2):
        if one.parent == other.parent and meet(_less(whole(one)), _less(whole(other))):
            yield f"the frame of {one.id} meets that of {other.id}"
    for cluster in drawn.clusters:
        for box in drawn.boxes:
            if box.cluster == cluster.parent and meet(_less(whole(cluster)), _less(frame(box))):
                yield f"the frame of {cluster.id} meets box {box.id}"


def _less(at: Frame) -> Frame:
    """A frame without its outermost, where it may touch what is beside it."""
    return at[0] + 0.5, at[1] + 0.5, at[2] - 0.5, at[3] - 0.5
