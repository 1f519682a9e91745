"""Boxes and frames that the reader asked to have pointed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netwright.composer.diagram.scene import Box, Cluster
from netwright.composer.diagram.view import leads, matches
from netwright.specs.problems import Problem, RenderError, shown, suggest


def pointed_out(
    patterns: Sequence[str], boxes: Sequence[Box], clusters: Sequence[Cluster]
) -> tuple[tuple[Box, ...], tuple[Cluster, ...]]:
    """The boxes and frames, lit where a pattern means them.

    A path into a composite that is not opened means its box. Raises RenderError for a pattern that
    means nothing.
    """
    drawn: list[Box | Cluster] = [*boxes, *clusters]
    for pattern in patterns:
        if not any(_is_meant((pattern,), each) for each in drawn):
            names = [each.id for each in drawn]
            near = suggest(pattern, names)
            listed = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
            raise RenderError(
                Problem(
                    "NW606",
                    f"nothing that is drawn is called {shown(pattern)}",
                    help=f"did you mean `{near}`?" if near else f"there are {listed}",
                )
            )
    if not patterns:
        return tuple(boxes), tuple(clusters)
    return (
        tuple(replace(box, lit=_is_meant(patterns, box)) for box in boxes),
        tuple(replace(each, lit=_is_meant(patterns, each)) for each in clusters),
    )


def _is_meant(patterns: Sequence[str], item: Box | Cluster) -> bool:
    if matches(patterns, item.id):
        return True
    return isinstance(item, Box) and item.kind == "composite" and leads(patterns, item.id)
