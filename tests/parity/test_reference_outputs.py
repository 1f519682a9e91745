"""Specs of the zoo compute what the reference implementations compute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
import torch
from torch import nn

from architectures import ARCHITECTURES, REFERENCED, model, outputs, sources
from netwright import specs
from references import TOLERANCE, assert_same, reference


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
def test_every_parameter_that_is_not_dead_moves_the_output(name: str) -> None:
    """One backward pass from a random projection of the output reaches it, or a change of some size does."""
    architecture = ARCHITECTURES[name]
    known = reference(architecture.reference)
    made = model(name)
    fed = [known.inputs[theirs] for theirs in architecture.inputs.values()]
    found = outputs(made(*fed))
    noise = torch.Generator().manual_seed(0)
    sum((each * torch.randn(each.shape, generator=noise)).sum() for each in found).backward()
    where = sources(name, made)
    gradients: dict[str, float] = {}
    moved: dict[str, bool] = {}
    for own, parameter in made.named_parameters():
        assert parameter.grad is not None, own
        theirs = where[own].name
        largest = float(parameter.grad.abs().max())
        gradients[theirs] = max(gradients.get(theirs, 0.0), largest)
        if largest < 1e-4:
            moved[theirs] = moved.get(theirs, False) or _moves(made, parameter, fed)
    untied = known.parameters - set(known.tied)
    assert set(gradients) == untied
    still = {each for each in untied if gradients[each] < 1e-4 and not moved[each]}
    assert still == known.dead
    assert not [each for each in known.dead if moved[each]]


def _moves(made: nn.Module, parameter: nn.Parameter, fed: Sequence[torch.Tensor]) -> bool:
    """Whether another value of it changes what comes out by more than rounding does."""
    noise = torch.Generator().manual_seed(1)
    kept = parameter.detach().clone()
    with torch.no_grad():
        before = outputs(made(*fed))
        parameter.add_(torch.randn(parameter.shape, generator=noise))
        after = outputs(made(*fed))
        parameter.copy_(kept)
    return any(
        float((one - other).abs().max()) > TOLERANCE * max(1.0, float(one.abs().max()))
        for one, other in zip(before, after, strict=True)
    )
