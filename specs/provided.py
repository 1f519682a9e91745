"""What is built on specs and named in netwright's own metadata, so that specs need not know of it."""

from __future__ import annotations

from typing import Any

DISPLAYS = "netwright.displays"
"""The entry-point group that names what makes of a spec what a notebook shows."""


def provided(group: str) -> Any | None:
    """What netwright itself names in this entry-point group; None if there is nothing."""
    from importlib.metadata import distribution

    for point in distribution("netwright").entry_points:
        if point.group == group:
            return point.load()
    return None
