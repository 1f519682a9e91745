"""Specs of the zoo compute what the reference implementations compute."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from architectures import ARCHITECTURES, REFERENCED, model, outputs, sources
from netwright import specs
from references import assert_same, reference


def test_every_spec_of_the_zoo_is_held_to_these_promises() -> None:
    assert {each.spec for each in ARCHITECTURES.values()} == set(specs.zoo())


@pytest.mark.parametrize("name", REFERENCED)
def test_tables_use_each_tensor_of_the_reference_once(name: str) -> None:
    architecture = ARCHITECTURES[name]
    known = reference(architecture.reference)
    # What the model ties, it fills twice.
    made = model(name)
    filled = dict(made.named_parameters()) | dict(made.named_buffers())
    used = Counter(
        (source.name, source.part, source.parts)
        for own, source in sources(name, made).items()
        if own in filled or source.name in known.tied
    )
    assert max(used.values()) == 1
    parts = Counter(name for name, _, _ in used)
    # A tensor that stands under several names there is used under one of them at least.
    assert set(known.values) - set(parts) <= set(known.tied)
    assert all(parts[name] == among for name, _, among in used)


@pytest.mark.parametrize("name", REFERENCED)
def test_tables_fill_each_tensor_of_the_model_once(name: str) -> None:
    architecture = ARCHITECTURES[name]
    made = model(name)
    own = {each for each in made.state_dict() if not each.endswith("num_batches_tracked")}
    where = sources(name, made)
    assert own == set(where)
    known = reference(architecture.reference)
    assert sum(each.numel() for each in made.parameters()) == known.count
    theirs = {source.name: own for own, source in where.items()}
    for one, other in known.tied.items():
        if one not in theirs:
            continue
        assert made.get_parameter(theirs[one]) is made.get_parameter(theirs[other])


@pytest.mark.parametrize("name", REFERENCED)
def test_outputs_are_those_of_the_reference(name: str) -> None:
    architecture = ARCHITECTURES[name]
    known = reference(architecture.reference)
    made = model(name)
    fed = [known.inputs[theirs] for theirs in architecture.inputs.values()]
    with torch.no_grad():
        found = outputs(made(*fed))
        moved = outputs(made(*(each.roll(1, 0 if len(each) > 1 else -1) for each in fed)))
    for number, output in enumerate(found):
        assert_same(output, known.outputs[number])
        # An output that does not depend on the input would agree for nothing.
        still = float((output - moved[number]).abs().max()) <= 1e-3
        assert still == (number in architecture.constant)
    assert len(found) == len(known.outputs)


@pytest.mark.parametrize("name", REFERENCED)
def test_every_parameter_moves_the_output(name: str) -> None:
    """One backward pass from a random projection of the output reaches all of them."""
    architecture = ARCHITECTURES[name]
    known = reference(architecture.reference)
    made = model(name)
    found = outputs(made(*(known.inputs[theirs] for theirs in architecture.inputs.values())))
    noise = torch.Generator().manual_seed(0)
    sum((each * torch.randn(each.shape, generator=noise)).sum() for each in found).backward()
    gradients: dict[str, float] = {}
    where = sources(name, made)
    for own, parameter in made.named_parameters():
        assert parameter.grad is not None, own
        theirs = where[own].name
        largest = float(parameter.grad.abs().max())
        gradients[theirs] = max(gradients.get(theirs, 0.0), largest)
    untied = known.parameters - set(known.tied)
    assert set(gradients) == untied
    assert {each for each in untied if gradients[each] < 1e-4} == known.dead
