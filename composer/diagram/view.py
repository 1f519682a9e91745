"""What the reader asked to see: how deep, what opened, what pointed out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias, get_args

from netwright.specs.problems import Problem, RenderError, shown

Heat: TypeAlias = Literal["parameters", "flops", "activations"]
HEATS: tuple[Heat, ...] = get_args(Heat)
Direction: TypeAlias = Literal["TB", "BT", "LR", "RL"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

_COPIES = re.compile(r"(\d+)(?:-(\d+))?")
# Paths that a pattern is tried on, where several of its parts are numbers of copies.
_TRIED = 64


@dataclass(frozen=True)
class View:
    """How a network is to be drawn.

    depth: how many levels of composites are opened (1: none); None: as many as a page holds, and
    of composites that come with blocks, none. expand: patterns of paths of composites that are
    opened however deep they are; unfold: of repeated nodes whose copies are drawn one by one;
    highlight: of nodes that are pointed out. flops: whether boxes tell their operations.
    heat: what colours the boxes instead of their family. shapes: numbers for symbolic sizes.

    A pattern is a path such as `layers.3.attend`, where `*` stands for anything.
    """

    depth: int | None = None
    shapes: Mapping[str, int] = field(default_factory=dict)
    direction: Direction = "TB"
    expand: tuple[str, ...] = ()
    unfold: tuple[str, ...] = ()
    highlight: tuple[str, ...] = ()
    flops: bool = False
    heat: Heat | None = None

    def __post_init__(self) -> None:
        if self.direction not in DIRECTIONS:
            raise _refused(
                f"there is no direction {shown(str(self.direction))}",
                f"use one of {', '.join(DIRECTIONS)}",
            )
        if self.heat is not None and self.heat not in HEATS:
            raise _refused(
                f"there is no heat {shown(str(self.heat))}", f"use one of {', '.join(HEATS)}"
            )
        if self.depth is not None and self.depth < 1:
            raise _refused(f"a depth of {self.depth} shows nothing", "use at least 1")

    @cached_property
    def is_across(self) -> bool:
        """Whether the network runs to the side."""
        return self.direction in ("LR", "RL")


def _refused(message: str, help: str) -> RenderError:
    return RenderError(Problem("NW604", message, help=help))


def matches(patterns: Iterable[str], path: str) -> bool:
    """Whether one of the patterns means the path of something that is drawn.

    `layers.0-11.norm` is meant by `layers.3.norm`, by `layers.norm`, and by `*.norm`.
    """
    return any(
        _expression(pattern).fullmatch(each)
        for pattern in patterns
        for each in _paths(path, pattern)
    )


def leads(patterns: Iterable[str], path: str) -> bool:
    """Whether one of the patterns means something inside what has this path."""
    for pattern in patterns:
        parts = pattern.split(".")
        for count in range(1, len(parts)):
            head = ".".join(parts[:count])
            if head.strip("*?.") and matches((head,), path):
                return True
    return False


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def _paths(path: str, pattern: str) -> Sequence[str]:
    """The ways in which the path may be written, of copies with those numbers in the pattern."""
    parts = path.split(".")
    numbers = [part for part in pattern.split(".") if part.isdigit()]
    choices = []
    for part in parts:
        copies = _COPIES.fullmatch(part)
        if copies is None:
            choices.append([part])
            continue
        first, last = int(copies[1]), int(copies[2] or copies[1])
        choices.append([part, *(each for each in numbers if first <= int(each) <= last)])
    found = [".".join(each) for each in itertools.islice(itertools.product(*choices), _TRIED)]
    bare = ".".join(part for part in parts if not _COPIES.fullmatch(part))
    return [*found, bare]
