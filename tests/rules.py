"""One use of a block, by its rule and by torch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

import cases
from interpreter import arguments, run_block
from netwright.plugins.block import Block, defaults, schema
from netwright.plugins.testing.subjects import Subject, numbered, real
from netwright.specs.sizes import SizeError
from netwright.specs.tensors import FLOATING, Refusal, Tensor
from oracles import computed, oracle
from stricter import STRICTER

CASES = [case for case in cases.cases() if cases.block_class(case.block)]
NAMES = sorted({case.block for case in CASES})
OWN = {name: [case for case in CASES if case.block == name] for name in NAMES}


@dataclass(frozen=True)
class Trial:
    """A block with settings, and types of inputs by name."""

    block: Block
    types: Mapping[str, Tensor]


@cache
def properties_of(block: type[Block]) -> dict[str, Any]:
    """JSON schemas of the settings."""
    found = schema(block).json_schema().get("properties", {})
    assert isinstance(found, dict)
    return found


def settings_of(case: Subject, numbers: Mapping[str, int]) -> dict[str, Any]:
    found = numbered(dict(case.example.settings), numbers)
    assert isinstance(found, dict)
    return found


def filled(type_: Tensor) -> torch.Tensor:
    """A tensor of this type: its largest allowed index is in it."""
    sizes, dtype = real(type_)
    if type_.dtype in FLOATING:
        return torch.randn(sizes).to(dtype)
    high = type_.below if isinstance(type_.below, int) else 1
    made = torch.randint(0, 2 if type_.dtype == "bool" else high, sizes)
    if type_.dtype != "bool":
        made.view(-1)[0] = high - 1
    return made.to(dtype)


def said(trial: Trial) -> list[Tensor] | str:
    """The outputs as the rule has them, or why it refuses."""
    try:
        found = trial.block.infer(*arguments(type(trial.block), trial.types, lambda _, each: each))
    except (Refusal, SizeError) as refusal:
        return str(refusal)
    return [found] if isinstance(found, Tensor) else list(found.values())


def done(trial: Trial, tensors: Mapping[str, torch.Tensor]) -> list[torch.Tensor] | str:
    """The outputs as torch has them, or its error; an output without elements is one."""
    try:
        found = flat(run_block(trial.block, trial.types, tensors))
    except Exception as error:  # noqa: BLE001 - torch raises whatever it likes
        return f"{type(error).__name__}: {error}"
    return "nothing is left" if any(0 in each.shape for each in found) else found


def flat(outputs: Iterable[Any]) -> list[torch.Tensor]:
    """Outputs in a row, also where torch nests them: `output, (h, c)`."""
    found: list[torch.Tensor] = []
    for each in outputs:
        found += [each] if isinstance(each, torch.Tensor) else flat(each)
    return found


def compare(trial: Trial, name: str) -> None:
    """Raise AssertionError where rule and torch differ."""
    torch.manual_seed(0)
    tensors = {port: filled(type_) for port, type_ in trial.types.items()}
    before = {port: tensor.clone() for port, tensor in tensors.items()}
    rule, torchs = said(trial), done(trial, tensors)
    if isinstance(rule, str):
        stricter = any(re.search(pattern, rule) for pattern in STRICTER)
        assert isinstance(torchs, str) or stricter, f"refused: {rule}"
        return
    assert not isinstance(torchs, str), f"accepted, but {torchs}"
    assert [real(each) for each in rule] == [(list(each.shape), each.dtype) for each in torchs]
    for type_, tensor in zip(rule, torchs, strict=True):
        if isinstance(type_.below, int) and not tensor.is_floating_point():
            assert int(tensor.min()) >= 0
            assert int(tensor.max()) < type_.below
    assert all(torch.equal(before[port], tensors[port]) for port in tensors)
    target = oracle(name, type(trial.block))
    if target is not None:
        compare_values(trial, target, tensors, torchs)


def compare_values(
    trial: Trial, target: Any, tensors: Mapping[str, torch.Tensor], found: list[torch.Tensor]
) -> None:
    """The values are those of torch's own class or function; classes get the very weights."""
    usual = defaults(type(trial.block))
    own = {name: each for name, each in trial.block.settings().items() if each != usual[name]}
    torch.manual_seed(0)
    expected = computed(target, own, tensors, None)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, equal_nan=True)
