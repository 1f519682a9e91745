"""An architecture of the zoo at a size that runs quickly, as the tests take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TABLES = Path(__file__).resolve().parent / "parity" / "names"
"""Tables of names that no library has: those of the fixtures that were written by hand."""

COUNTING = ("gin",)
"""Specs that count at run time how many graphs their nodes belong to."""


@dataclass(frozen=True)
class Architecture:
    """A spec of the zoo and how it is set.

    reference: the fixture that it must reproduce. names: the table by which the fixture's tensors are
    called. inputs: input of the model -> the fixture's. shapes: small values of its symbolic sizes.
    constant: numbers of the outputs that read weights only. alike: every seed gives the same outputs,
    because there are no weights or the last begin as zeros. untrained: the node that no gradient reaches.
    least: of every symbolic size.
    """

    spec: str
    preset: str | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    names: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, int] = field(default_factory=dict)
    constant: tuple[int, ...] = ()
    least: int = 1
    alike: bool = False
    untrained: str | None = None

    @property
    def table(self) -> str:
        """The table as `composer.load_weights` takes it."""
        own = TABLES / f"{self.names}.yaml"
        return str(own) if own.is_file() else self.names

    @property
    def traced(self) -> bool:
        """Whether sizes do not depend on values: torch traces no others, and on meta there are none."""
        return "lengths" not in self.inputs and self.spec not in COUNTING

    def arguments(self) -> list[str]:
        """The same on the command line."""
        preset = ["--preset", self.preset] if self.preset else []
        settings = [f"--set={name}={value}" for name, value in self.set.items()]
        return [self.spec, *preset, *settings]
