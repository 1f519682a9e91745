"""A spec whose params choose which other spec it brings in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netwright import composer, specs
from netwright.specs.problems import SpecError

OBJECTIVE = """
netwright: 1
name: objective
params: {model: {default: tiny.yaml}, preset: "", width: 4}
inputs: {x: [batch, 3], target: [batch, 2]}
blocks:
  model: {use: $model, preset: $preset, set: {width: $(2 * width)}}
nodes:
  found: {block: model, from: x}
  loss: {block: mse_loss, from: [found, target]}
"""
MODEL = """
netwright: 1
name: tiny
params: {width: 1, out: 2}
presets: {single: {out: 1}}
inputs: {x: [n, 3]}
nodes:
  hidden: {block: linear, out_features: $width}
  act: relu
  out: {block: linear, out_features: $out}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    (inner / "objective.yaml").write_text(OBJECTIVE)
    (inner / "tiny.yaml").write_text(MODEL)
    (inner / "other.yaml").write_text(MODEL.replace("relu", "gelu"))
    (tmp_path / "outside.yaml").write_text(MODEL)
    return inner


def checked(**params: Any) -> composer.Graph:
    return composer.check(specs.load("objective.yaml", set=params))


def refusal(**params: Any) -> str:
    with pytest.raises(SpecError) as caught:
        checked(**params)
    return str(caught.value)


def test_a_param_chooses_the_model_and_sets_it() -> None:
    assert "relu" in composer.emit(checked())
    other = composer.emit(checked(model="other.yaml", width=8))
    assert "gelu" in other
    assert "nn.Linear(3, 16)" in other


def test_a_preset_that_a_param_chooses_is_looked_up() -> None:
    assert "got [batch, 1] and [batch, 2]" in refusal(preset="single").replace("\n", " ")
    assert "tiny.yaml has no preset 'singel'; its presets are single" in refusal(preset="singel")


def test_a_name_that_is_nothing_is_reported_without_a_fix_of_the_expression() -> None:
    with pytest.raises(SpecError) as caught:
        checked(model="resnett")
    (problem,) = caught.value.problems
    assert problem.code == "NW111"
    assert "did you mean resnet?" in problem.help
    assert problem.fix is None


def test_a_file_that_the_spec_itself_chooses_stays_inside_the_folder(folder: Path) -> None:
    text = OBJECTIVE.replace("model: {default: tiny.yaml}", "model: {default: ../outside.yaml}")
    (folder / "objective.yaml").write_text(text)
    assert "outside the folder" in refusal()
    assert "relu" in composer.emit(checked(model="../outside.yaml"))  # chosen by who opens it


def test_a_model_that_is_no_text_is_refused(folder: Path) -> None:
    text = OBJECTIVE.replace("model: {default: tiny.yaml}", "model: 3")
    (folder / "objective.yaml").write_text(text)
    assert "use: expected a text, got 3" in refusal()


def test_each_use_of_a_block_may_choose_another_model(folder: Path) -> None:
    (folder / "both.yaml").write_text(
        """
netwright: 1
name: both
inputs: {x: [batch, 3]}
blocks:
  part:
    params: {model: str}
    inputs: {x: [n, 3]}
    blocks: {model: {use: $model, expose: act}}
    nodes: {found: {block: model}}
nodes:
  one: {block: part, model: tiny.yaml, from: x}
  two: {block: part, model: other.yaml, from: x}
outputs: [one, two]
"""
    )
    source = composer.emit(composer.check(specs.load("both.yaml")))
    assert "relu" in source
    assert "gelu" in source


def test_what_comes_along_takes_files_of_the_working_folder(folder: Path) -> None:
    (folder / "mine.yaml").write_text(
        """
netwright: 1
name: mine
params: {classes: 5}
inputs: {image: [n, 3, 9, 9]}
nodes:
  flat: flatten
  logits: {block: linear, out_features: $classes}
"""
    )
    params = {"model": "mine.yaml", "preset": "", "height": 9, "width": 9}
    assert str(composer.check(specs.load("classification", set=params)).outputs["loss"]) == "[]"
