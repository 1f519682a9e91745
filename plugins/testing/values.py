"""Checks of values: in other precisions, in other layouts of memory, of each sample by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netwright.plugins.testing.failures import Trial, equal
from netwright.plugins.testing.ruling import as_said
from netwright.plugins.testing.subjects import Subject

if TYPE_CHECKING:
    import torch

BATCH = ("batch", "n", "b")
"""Names of a dimension whose positions are samples."""


def float64(subject: Subject) -> None:
    """In double precision it runs, and gives what was said."""
    _converted(subject, "float64")


def bfloat16(subject: Subject) -> None:
    """In bfloat16 it runs, and gives what was said."""
    _converted(subject, "bfloat16")


def float16(subject: Subject) -> None:
    """In float16 it runs, and gives what was said."""
    _converted(subject, "float16")


def _converted(subject: Subject, name: str) -> None:
    import torch

    dtype: torch.dtype = getattr(torch, name)
    trial = Trial(subject)
    trial.model.to(dtype)
    types = [each.dtype for each in subject.fed.values()]
    trial.inputs = [
        tensor.to(dtype) if own == "float" else tensor
        for tensor, own in zip(trial.inputs, types, strict=True)
    ]
    places = [place for place, own in enumerate(types) if own == "float"]
    trial.lines += [
        f"model = model.to({dtype})",
        f"inputs = [x.to({dtype}) if place in {places} else x for place, x in enumerate(inputs)]",
    ]
    with torch.no_grad():
        as_said(trial, trial.run(), subject.said(trial.values), dtype)


def strided(subject: Subject) -> None:
    """Inputs that are not contiguous in memory give the same as those that are."""
    import torch

    ways: dict[str, tuple[Any, str]] = {
        "every second element of a larger tensor": (
            lambda x: torch.stack([x, x], -1).flatten(-2)[..., ::2],
            "torch.stack([x, x], -1).flatten(-2)[..., ::2]",
        ),
        "the dimensions lie in memory the other way round": (
            lambda x: (
                x.permute(*reversed(range(x.ndim))).contiguous().permute(*reversed(range(x.ndim)))
            ),
            "x.permute(*reversed(range(x.ndim))).contiguous().permute(*reversed(range(x.ndim)))",
        ),
    }
    with torch.no_grad():
        trial = Trial(subject)
        expected = trial.run()
        for why, (way, text) in ways.items():
            lines = (f"fed = [{text} if x.ndim else x for x in inputs]",)
            fed = [way(x) if x.ndim else x for x in trial.inputs]
            found = trial.run(fed, lines=lines)
            differ = equal(found, expected, exactly=False)
            if differ:
                raise trial.failure(
                    f"for an input that is not contiguous ({why}) it computes something else: {differ}",
                    *lines,
                    *_compared("model(*fed)", "model(*inputs)"),
                )


def _compared(one: str, other: str) -> tuple[str, ...]:
    return (
        "torch.manual_seed(0)",
        f"expected = named(graph, {other})",
        "torch.manual_seed(0)",
        f"for name, each in named(graph, {one}).items():",
        "    torch.testing.assert_close(each, expected[name], equal_nan=True)",
    )


def batch_symbol(subject: Subject) -> str:
    """The symbol whose positions are samples; empty if there is none, or if values count by it."""
    example = subject.example
    for name in BATCH:
        if name not in example.symbols:
            continue
        bounds = [str(each.below) for each in (*example.inputs.values(), *example.outputs.values())]
        places = [each.sizes.count(name) for each in example.inputs.values()]
        if all(name not in bound for bound in bounds) and set(places) <= {0, 1}:
            return name
    return ""


def batch(subject: Subject) -> None:
    """Each sample comes out as it would alone, whatever stands beside it."""
    import torch

    symbol = batch_symbol(subject)
    trial = Trial(subject, {**subject.values(), symbol: 4 * subject.values((1,))[symbol]})
    step = trial.values[symbol] // 4
    order = list(reversed(range(trial.values[symbol])))
    for why, chosen in (("in another order", order), ("without the others", order[-step:])):
        index = torch.tensor(chosen)
        fed = chosen_of(subject, trial.inputs, symbol, index)
        lines = (f"index = torch.tensor({chosen})", *chosen_lines(subject, symbol))
        with torch.no_grad():
            expected = trial.run()
            found = trial.run(fed, lines=lines)
        for name, dim in output_dims(subject, symbol).items():
            differ = equal({"": found[name]}, {"": expected[name].index_select(dim, index)}, False)
            if differ:
                raise trial.failure(
                    f"samples influence one another: {why} a sample comes out different. {differ}",
                    *lines,
                    "torch.manual_seed(0)",
                    f"whole = named(graph, model(*inputs))[{name!r}]",
                    "torch.manual_seed(0)",
                    f"part = named(graph, model(*fed))[{name!r}]",
                    f"torch.testing.assert_close(part, whole.index_select({dim}, index))",
                )


def chosen_of(
    subject: Subject, inputs: list[torch.Tensor], symbol: str, index: torch.Tensor
) -> list[torch.Tensor]:
    """These positions of every dimension with this symbol."""
    found = []
    for tensor, pattern in zip(inputs, subject.fed.values(), strict=True):
        for dim, size in enumerate(pattern.sizes):
            if size == symbol:
                tensor = tensor.index_select(dim, index)
        found.append(tensor)
    return found


def chosen_lines(subject: Subject, symbol: str) -> list[str]:
    """The lines of a program that do so."""
    lines = ["fed = list(inputs)"]
    for place, pattern in enumerate(subject.fed.values()):
        for dim, size in enumerate(pattern.sizes):
            if size == symbol:
                lines.append(f"fed[{place}] = fed[{place}].index_select({dim}, index)")
    return lines


def output_dims(subject: Subject, symbol: str) -> Mapping[str, int]:
    """Outputs of the model that have a dimension of this symbol -> which."""
    found = {}
    for name, each in subject.graph.outputs.items():
        sizes = [str(size) for size in each.sizes]
        if sizes.count(symbol) == 1:
            found[name] = sizes.index(symbol)
    return found


__all__ = [
    "BATCH",
    "batch",
    "batch_symbol",
    "bfloat16",
    "chosen_lines",
    "chosen_of",
    "float16",
    "float64",
    "output_dims",
    "strided",
]
