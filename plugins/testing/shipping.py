"""Checks of what is done with a model: copied, compiled, exported, drawn."""

from __future__ import annotations

import copy
import pickle
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.plugins.testing import composing
from netwright.plugins.testing.failures import Failure, Trial, equal, preamble
from netwright.plugins.testing.subjects import MANY, USUAL, Subject

if TYPE_CHECKING:
    import torch
    from torch import nn

LARGE = (11, 22, 34, 18)
"""Larger than any kernel: torch.export fixes a size that comes out as 1."""
OTHER = (9, 14, 12, 21)


def copies(subject: Subject) -> None:
    """A copy and a pickled model compute the same; a copy shares nothing."""
    import torch

    ways: dict[str, tuple[Any, str]] = {
        "copied": (copy.deepcopy, "import copy; other = copy.deepcopy(model)"),
        "pickled": (
            lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301 - its own bytes
            "import pickle; other = pickle.loads(pickle.dumps(model))",
        ),
    }
    trial = Trial(subject)
    with torch.no_grad():
        expected = {name: each.clone() for name, each in trial.run().items()}
        for how, (way, line) in ways.items():
            try:
                other = way(trial.model)
            except Exception as error:
                first = str(error).partition("\n")[0]
                raise trial.failure(
                    f"the model cannot be {how}: {type(error).__name__}: {first}", line
                ) from error
            differ = equal(trial.run(model=other, lines=(line,)), expected)
            if differ:
                raise trial.failure(
                    f"{how}, the model computes something else: {differ}",
                    line,
                    *_same("other(*inputs)"),
                )
            for each in other.parameters():
                each.zero_()
            differ = equal(trial.run(), expected)
            if differ:
                raise trial.failure(
                    f"a model that is {how} shares its parameters with the first: {differ}",
                    line,
                    "first = {name: each.clone() for name, each in named(graph, model(*inputs)).items()}",
                    "for each in other.parameters():",
                    "    each.data.zero_()",
                    "",
                    "for name, each in named(graph, model(*inputs)).items():",
                    "    torch.testing.assert_close(each, first[name], equal_nan=True)",
                )


def _same(call: str) -> tuple[str, ...]:
    """Lines of a program that compare outputs with the model's."""
    return (
        "torch.manual_seed(0)",
        "expected = named(graph, model(*inputs))",
        "torch.manual_seed(0)",
        f"for name, each in named(graph, {call}).items():",
        "    torch.testing.assert_close(each, expected[name], equal_nan=True)",
    )


# Tracing several subjects at once is many times faster than one by one.


def _together(subjects: list[Subject]) -> nn.Module:
    """Their models as one, each with its own inputs."""
    from torch import nn

    class Together(nn.Module):
        def __init__(self, models: list[nn.Module]) -> None:
            super().__init__()
            self.models = nn.ModuleList(models)

        def forward(self, inputs: list[list[torch.Tensor]]) -> list[Any]:
            return [model(*each) for model, each in zip(self.models, inputs, strict=True)]

    return Together([each.model() for each in subjects]).eval()


def _results(subjects: list[Subject], found: list[Any]) -> dict[str, torch.Tensor]:
    return {
        f"{subject.number}/{name}": tensor
        for subject, each in zip(subjects, found, strict=True)
        for name, tensor in subject.named(each).items()
    }


def _differ(subjects: list[Subject], one: nn.Module, other: Any, choice: tuple[int, ...]) -> str:
    import torch

    inputs = [each.inputs(each.values(choice)) for each in subjects]
    torch.manual_seed(0)
    expected = _results(subjects, one(inputs))
    torch.manual_seed(0)
    return equal(_results(subjects, other(inputs)), expected)


def compiles(subjects: list[Subject]) -> None:
    """torch.compile takes it whole, and computes the same at several sizes."""
    import torch

    torch._dynamo.reset()
    model = _together(subjects)
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    tried = subjects[0].values()
    program = (
        "torch._dynamo.config.allow_rnn = True",
        'compiled = torch.compile(model, fullgraph=True, backend="eager")',
    )
    try:
        with torch.no_grad(), torch._dynamo.config.patch(allow_rnn=True):
            for choice in (USUAL, MANY):
                tried = subjects[0].values(choice)
                differ = _differ(subjects, model, compiled, choice)
                if differ:
                    break
    except Exception as error:
        raise _at(subjects[0], tried).failure(
            f"torch.compile does not take it whole: {_first(error)}", *program, "compiled(*inputs)"
        ) from error
    if differ:
        raise _at(subjects[0], tried).failure(
            f"compiled by torch it computes something else: {differ}",
            *program,
            *_same("compiled(*inputs)"),
        )


def exports(subjects: list[Subject]) -> None:
    """torch.export takes it with the sizes left open, and computes the same."""
    import torch

    model = _together(subjects)
    inputs = [each.inputs(each.values(LARGE)) for each in subjects]
    dynamic = [
        [
            {
                dim: torch.export.Dim.DYNAMIC
                for dim, size in enumerate(sizes)
                if isinstance(size, str)
            }
            for sizes in (pattern.sizes for pattern in each.example.inputs.values())
        ]
        for each in subjects
    ]
    first = subjects[0]
    opened = [
        {dim: "DYNAMIC" for dim, size in enumerate(each.sizes) if isinstance(size, str)}
        for each in first.example.inputs.values()
    ]
    program = (
        "DYNAMIC = torch.export.Dim.DYNAMIC",
        f"dynamic = {opened}".replace("'DYNAMIC'", "DYNAMIC"),
        "program = torch.export.export(",
        "    model, tuple(inputs), dynamic_shapes=tuple(dynamic)",
        ").module()",
    )
    tried = first.values(LARGE)
    try:
        program_ = torch.export.export(model, (inputs,), dynamic_shapes=(dynamic,)).module()
        differ = ""
        with torch.no_grad():
            for choice in (LARGE, OTHER):
                tried = first.values(choice)
                differ = differ or _differ(subjects, model, program_, choice)
    except Exception as error:
        raise _at(first, first.values(LARGE)).failure(
            f"torch.export does not take it with open sizes: {_first(error)}",
            *program,
            f"program(*made_up(graph, {tried!r}))",
        ) from error
    if differ:
        raise _at(first, first.values(LARGE)).failure(
            f"exported by torch it computes something else: {differ}",
            *program,
            f"inputs = made_up(graph, {tried!r}, seed=0)",
            *_same("program(*inputs)"),
        )


def _at(subject: Subject, values: dict[str, int]) -> Trial:
    return Trial(subject, values)


def _first(error: Exception) -> str:
    said = next((line for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {said.strip()}"


def draws(subject: Subject) -> None:
    """It can be drawn."""
    from xml.etree import ElementTree as ET

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "block.svg"
        try:
            composing.drawn(subject.graph, path)
            ET.parse(path)  # noqa: S314 - written here
        except Exception as error:
            raise Failure(
                f"it cannot be drawn: {_first(error)}",
                "\n".join(
                    [
                        *preamble(subject.document(), subject.catalogue),
                        'composer.render(graph, "block.svg")',
                        "from xml.etree import ElementTree",
                        'ElementTree.parse("block.svg")',
                    ]
                ),
                f"  {subject.example.text}",
            ) from error


__all__ = ["compiles", "copies", "draws", "exports"]
