"""What the built-in blocks are held to beyond the kit: their examples show all, and torch agrees."""

from __future__ import annotations

import pytest
import torch

import cases
from netwright.plugins.block import defaults
from netwright.plugins.describe import describe
from netwright.plugins.testing import composing
from netwright.plugins.testing.subjects import MANY, NODE, Subject, numbered
from netwright.specs.tensors import INTEGER
from oracles import computed, oracle

CASES = cases.cases()


@pytest.mark.parametrize("name", cases.names())
def test_a_block_says_where_it_comes_from(name: str) -> None:
    described = describe(name, cases.CATALOGUE.find(name))
    assert described.summary.endswith(".")
    assert described.reference
    assert described.parameters


@pytest.mark.parametrize("name", cases.names())
def test_examples_exercise_every_setting_and_input(name: str) -> None:
    described = describe(name, cases.CATALOGUE.find(name))
    own = [case.example for case in CASES if case.block == name]
    assert own
    used = {setting for each in own for setting in each.settings} - {"block"}
    assert used == {each.name for each in described.settings}
    fed = {port.partition(".")[0] for each in own for port in each.inputs}
    assert fed == set(described.inputs)


@pytest.mark.parametrize("name", cases.names())
def test_examples_show_what_is_not_the_default(name: str) -> None:
    block = cases.block_class(name)
    for setting, default in defaults(block).items() if block else ():
        if default is not ...:
            shown = [
                case.example.settings.get(setting, default) for case in CASES if case.block == name
            ]
            assert any(value != default for value in shown), setting


@pytest.mark.parametrize("case", CASES, ids=str)
def test_parameters_are_said_where_there_are_some(case: Subject) -> None:
    said = describe(case.block, cases.CATALOGUE.find(case.block)).parameters
    if any(trainable for _, _, trainable in composing.held(case.graph)):
        assert said != "0"


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.filterwarnings("ignore:.*degrees of freedom is <= 0")
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_are_those_of_torch(case: Subject) -> None:
    block = cases.block_class(case.block)
    target = oracle(case.block, block) if block else None
    if target is None or block is None:
        return  # a composite, or without a counterpart: tested by its formula elsewhere
    values = case.values(MANY)
    model, inputs = case.model(), case.inputs(values)
    own = numbered(dict(case.example.settings), values)
    del own["block"]
    weights = {path.removeprefix(f"{NODE}."): each for path, each in model.state_dict().items()}
    fed = dict(zip(case.example.inputs, inputs, strict=True))
    expected = computed(target, own, fed, weights)
    found = case.named(model(*inputs)).values()
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, equal_nan=True)


def test_every_dtype_is_met() -> None:
    met = {pattern.dtype for case in CASES for pattern in case.example.inputs.values()}
    assert met >= {"float", "float32", "float64", "bool", *INTEGER} - {"int8", "int16"}
