"""`requires`: told from metadata, without importing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.composer.elaborate import elaborate
from netwright.plugins import host
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import loads
from netwright.specs.problems import Problem, SpecError

SPEC = """\
netwright: 1
requires: {{mine: "{range}"}}
inputs: {{x: [batch, 8]}}
nodes:
  act: relu
"""


def problems(requirement: str, catalogue: Catalogue | None = None) -> tuple[Problem, ...]:
    try:
        elaborate(loads(SPEC.format(range=requirement)), catalogue)
    except SpecError as error:
        return error.problems
    return ()


def test_a_plugin_that_is_not_installed() -> None:
    (problem,) = problems(">=1")
    assert (problem.code, problem.place and problem.place.line) == ("NW504", 2)
    assert "mine" in problem.message


@pytest.mark.parametrize(
    ("version", "requirement", "fits"),
    [("1.4", ">=1.0,<2", True), ("2.0", ">=1.0,<2", False), ("2.0rc1", ">=1.0", True)],
)
def test_versions(
    monkeypatch: pytest.MonkeyPatch, version: str, requirement: str, fits: bool
) -> None:
    monkeypatch.setattr(host, "installed_version", lambda _: version)
    assert (not problems(requirement)) is fits


def test_what_is_no_range() -> None:
    (problem,) = problems("newest")
    assert "newest" in problem.message


def test_a_single_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from netwright.plugins import hookimpl\n\n"
        "@hookimpl\ndef register_blocks():\n    return {}\n"
    )
    assert problems(">=1", Catalogue([tmp_path / "mine.py"])) == ()
