"""`requires`: told from metadata, without importing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.composer.elaborate import elaborate
from netwright.plugins import requirements
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
    monkeypatch.setattr(requirements, "providers", lambda _: (("Mine-Blocks", version),))
    assert (not problems(requirement)) is fits


def test_what_is_no_range() -> None:
    (problem,) = problems("at least 1")
    assert "'at least 1' is no range of versions" in problem.message


def test_the_distribution_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems("mine-blocks>=1,<2")
    assert "mine-blocks is said to bring it" in problem.message
    assert problem.help == 'pip install "mine-blocks>=1,<2"'
    monkeypatch.setattr(requirements, "providers", lambda _: (("Mine_Blocks", "1.4"),))
    assert not problems("mine-blocks >=1, <2")
    (problem,) = problems("other-blocks>=1")
    assert problem.message == "mine comes from Mine_Blocks 1.4, and other-blocks is asked for"


def test_what_is_required_and_missing_is_told_once() -> None:
    text = SPEC.format(range=">=1").replace("act: relu", "act: mine/act\n  more: mine/more")
    with pytest.raises(SpecError) as caught:
        elaborate(loads(text))
    assert [each.code for each in caught.value.problems] == ["NW504"]


def test_a_single_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from netwright.plugins import hookimpl\n\n"
        "@hookimpl\ndef register_blocks():\n    return {}\n"
    )
    assert problems(">=1", Catalogue([tmp_path / "mine.py"])) == ()
