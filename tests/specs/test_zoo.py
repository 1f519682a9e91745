"""The architectures that come along: each is short, says what it is, where it is from, what may be set."""

from __future__ import annotations

import re

import pytest

from netwright import composer, specs
from netwright.specs.finding import ZOO

LONGEST = 160
"""Lines of a spec, without blank ones and comments."""


@pytest.mark.parametrize("name", specs.zoo())
def test_a_spec_of_the_zoo_says_what_it_is(name: str) -> None:
    spec = specs.load(name)
    about = spec.definition
    assert not spec.problems
    assert about.name == name
    assert about.description.strip().endswith(".")
    references = [about.references] if isinstance(about.references, str) else about.references
    assert references
    assert all(re.search(r"\b(19|20)\d\d\b", each) for each in references)
    assert not [param for param, each in about.params.items() if not each.help]
    # What is asked of a size is said in the same place, so that none is set in vain.
    assert not [
        param
        for param, each in about.params.items()
        if type(each.default) is int and each.min is None and each.choices is None
    ]


@pytest.mark.parametrize("name", specs.zoo())
def test_a_spec_of_the_zoo_is_short(name: str) -> None:
    lines = (ZOO / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    said = [each for each in lines if each.strip() and not each.strip().startswith("#")]
    assert len(said) <= LONGEST


@pytest.mark.parametrize("name", specs.zoo())
def test_every_preset_of_the_zoo_is_a_network(name: str) -> None:
    for preset in specs.load(name).definition.presets:
        graph = composer.check(specs.load(name, preset=preset))
        assert graph.outputs
