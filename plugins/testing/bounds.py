"""The check of what a rule says where nothing bounds the integers that come in."""

from __future__ import annotations

from dataclasses import replace

from netwright.plugins.testing import composing
from netwright.plugins.testing.failures import Failure, Trial
from netwright.plugins.testing.ruling import as_said
from netwright.plugins.testing.subjects import Subject
from netwright.plugins.testing.variants import text_of
from netwright.specs.problems import SpecError
from netwright.specs.sizes import SizeError

LARGE = 100_003
"""What a user may well feed where nothing is said: more than the sizes of any subject."""
WIDE = ("int32", "int64")
"""Dtypes that can hold LARGE."""


def warned(subject: Subject) -> None:
    """Where nothing bounds integers, `cautions` tells of it, or any value runs and is as said."""
    import torch

    for place, name in enumerate(subject.example.inputs):
        open_ = _without_bound(subject, name)
        try:
            if open_ is None or composing.cautions(open_.document(), open_.catalogue):
                continue
        except SpecError:
            continue  # without a bound it is refused, which is as good
        trial = Trial(open_)
        trial.inputs[place].fill_(LARGE)
        trial.lines.append(f"inputs[{place}].fill_({LARGE})")
        try:
            with torch.no_grad():
                found = trial.run()
            as_said(trial, found, open_.said(trial.values))
        except SizeError:
            pass  # the values themselves make a size: that it runs is all there is to say
        except Failure as error:
            raise Failure(
                f"nothing is said of the values of {name}, and `cautions` does not warn that "
                f"{LARGE} is too much: {error.what}",
                error.repro,
                error.use,
            ) from error


def bounded(subject: Subject) -> bool:
    """Whether an input has a bound, without which it could be tried."""
    return any(_without_bound(subject, name) is not None for name in subject.example.inputs)


def _without_bound(subject: Subject, name: str) -> Subject | None:
    """The same use without the bound of an input; None if the input has none, or a narrow dtype."""
    example = subject.example
    pattern = example.inputs[name]
    if pattern.below is None or pattern.dtype not in WIDE:
        return None
    inputs = {**example.inputs, name: replace(pattern, below=None)}
    text = text_of(example.settings, inputs)
    return replace(subject, example=replace(example, text=text, inputs=inputs))


__all__ = ["bounded", "warned"]
