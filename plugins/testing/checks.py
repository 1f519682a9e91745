"""The checks, by name: what each holds a block to, and what it has nothing to say about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from netwright.plugins.testing import (
    bounds,
    composing,
    ruling,
    saying,
    shipping,
    symmetry,
    training,
    values,
)
from netwright.plugins.testing.specimen import Specimen
from netwright.plugins.testing.subjects import Subject


@dataclass(frozen=True, slots=True)
class Check:
    """A check. run raises Failure; vacuous says why there is nothing to check, or is empty.

    over: whether it runs over the block, over each use of it, or over several uses at once.
    """

    name: str
    run: Callable[[Any], None]
    vacuous: Callable[[Any], str]
    over: Literal["block", "use", "uses"] = "use"

    @property
    def about(self) -> str:
        """What it holds a block to, in a line."""
        return (self.run.__doc__ or "").partition("\n")[0]


def _never(_: object) -> str:
    return ""


def _plain_class(specimen: Specimen) -> str:
    return symmetry.vacuous(specimen) and "a spec's params are checked when it is read"


def _settings(specimen: Specimen) -> str:
    from netwright.plugins.testing.variants import settable

    return "" if settable(specimen.found) else "no settings"


def _installed(specimen: Specimen) -> str:
    return "" if specimen.namespace not in _files(specimen) else "a single file may import torch"


def _files(specimen: Specimen) -> list[str]:
    from pathlib import Path

    return [Path(each).stem for each in specimen.catalogue.files]


def _used(specimen: Specimen) -> str:
    return "" if specimen.subjects else NO_USE


NO_USE = "no use of it is known: write an example"


def _parameters(subject: Subject) -> str:
    return "" if any(each for _, _, each in composing.held(subject.graph)) else "no parameters"


def _state(subject: Subject) -> str:
    return "" if composing.held(subject.graph) else "no state"


def _floats_out(subject: Subject) -> bool:
    return any("float" in each.dtype for each in subject.graph.outputs.values())


def _learned(subject: Subject) -> str:
    return _parameters(subject) or ("" if _floats_out(subject) else "no floats come out")


def _floats_through(subject: Subject) -> str:
    if not any("float" in each.dtype for each in subject.fed.values()):
        return "no floats go in"
    return "" if _floats_out(subject) else "no floats come out"


def _slope(subject: Subject) -> str:
    if not _floats_out(subject):
        return "no floats come out"
    moved = any(each.dtype == "float" for each in subject.fed.values())
    return "" if moved or not _parameters(subject) else "nothing that could be moved"


def _inputs(subject: Subject) -> str:
    return "" if subject.fed else "no inputs"


def _floating(subject: Subject) -> str:
    dtypes = [each.dtype for each in subject.fed.values()]
    dtypes += [each.dtype for each in subject.graph.outputs.values()]
    return "" if "float" in dtypes else "no floats of the model's type"


def _ranked(subject: Subject) -> str:
    return "" if any(each.sizes for each in subject.fed.values()) else "no dimensions"


def _unbounded(subject: Subject) -> str:
    return "" if bounds.bounded(subject) else "no input has a bound"


def _batched(subject: Subject) -> str:
    return "" if values.batch_symbol(subject) else "no dimension is called batch"


def _symmetric(subject: Subject) -> str:
    return "" if symmetry.checkable(subject) else "no symmetry is declared that could be shown"


CHECKS: dict[str, Check] = {
    each.name: each
    for each in (
        Check("loads", saying.loads, _never, "block"),
        Check("described", saying.described, _never, "block"),
        Check("schema", saying.sound, _plain_class, "block"),
        Check("light", saying.light, _installed, "block"),
        Check("examples", saying.examples, _never, "block"),
        Check("settings", saying.effective, _settings, "block"),
        Check("rule", ruling.rule, _never),
        Check("training", ruling.training, _never),
        Check("edges", ruling.edges, _used, "block"),
        Check("random", ruling.random, _used, "block"),
        Check("unbounded", bounds.warned, _unbounded),
        Check("meta", ruling.meta, _never),
        Check("parameters", ruling.parameters, _used, "block"),
        Check("flops", ruling.operations, _never),
        Check("gradients", training.gradients, _learned),
        Check("input_gradients", training.input_gradients, _floats_through),
        Check("derivative", training.derivative, _slope),
        Check("deterministic", training.deterministic, _never),
        Check("seeded", training.seeded, _never),
        Check("state_dict", training.state_dict, _never),
        Check("eval_state", training.eval_keeps_state, _never),
        Check("inputs_kept", training.inputs_are_kept, _inputs),
        Check("batch", values.batch, _batched),
        Check("symmetry_declared", symmetry.is_declared, symmetry.vacuous, "block"),
        Check("symmetry", symmetry.holds, _symmetric),
        Check("float64", values.float64, _floating),
        Check("bfloat16", values.bfloat16, _floating),
        Check("float16", values.float16, _floating),
        Check("strided", values.strided, _ranked),
        Check("separate", training.separate, _parameters),
        Check("copies", shipping.copies, _never),
        Check("compile", shipping.compiles, _never, "uses"),
        Check("export", shipping.exports, _inputs, "uses"),
        Check("draws", shipping.draws, _never),
    )
}
"""Every check by its name, those that need no torch first."""


__all__ = ["CHECKS", "NO_USE", "Check"]
