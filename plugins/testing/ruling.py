"""Checks of what a rule says against what torch then does."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING

from netwright.plugins.testing import composing
from netwright.plugins.testing.failures import Failure, Trial, preamble
from netwright.plugins.testing.specimen import Specimen
from netwright.plugins.testing.subjects import MANY, Subject, real
from netwright.plugins.testing.variants import changed_at_random, changed_once, concrete
from netwright.specs.problems import SpecError
from netwright.specs.tensors import INTEGER, Tensor

if TYPE_CHECKING:
    import torch

    from netwright.plugins.docstrings import Example

AT_ONCE = 150
"""Variants of one block with one change."""
AT_RANDOM = 25
HELD = 40
"""Variants of one block whose parameters are looked at."""


def as_said(
    trial: Trial,
    found: Mapping[str, torch.Tensor],
    expected: Mapping[str, Tensor],
    float_is: torch.dtype | None = None,
    lines: tuple[str, ...] = ("found = named(graph, model(*inputs))",),
) -> None:
    """Sizes, dtypes and bounds of outputs are those that were said. Raises Failure."""
    if found.keys() != expected.keys():
        raise trial.failure(
            f"the rule says outputs {list(expected)}, torch gives {list(found)}",
            *lines,
            f"assert list(found) == {list(expected)!r}, list(found)",
        )
    for name, type_ in expected.items():
        tensor = found[name]
        sizes, dtype = real(type_, float_is)
        called = f"{name.removeprefix('o_')} " if name else ""
        if (list(tensor.shape), tensor.dtype) != (sizes, dtype):
            raise trial.failure(
                f"{called}is {_told(sizes, dtype)} as the rule says, "
                f"and {_told(list(tensor.shape), tensor.dtype)} as torch gives it",
                *lines,
                f"out = found[{name!r}]",
                f"assert (list(out.shape), out.dtype) == ({sizes!r}, {dtype}), (out.shape, out.dtype)",
            )
        if type_.below is not None and not tensor.is_meta and tensor.numel():
            low, high = int(tensor.min()), int(tensor.max())
            if low < 0 or not high < int(str(type_.below)):
                raise trial.failure(
                    f"{called}is from 0 and below {type_.below} as the rule says, and from {low} to {high}",
                    *lines,
                    f"out = found[{name!r}]",
                    f"assert 0 <= out.min() and out.max() < {type_.below}, (out.min(), out.max())",
                )


def _told(sizes: list[int], dtype: torch.dtype) -> str:
    return f"{sizes} {str(dtype).removeprefix('torch.')}"


def rule(subject: Subject) -> None:
    """Over symbols and over numbers the rule says what comes, from the smallest sizes on."""
    import torch

    with torch.no_grad():
        for values in subject.numbers():
            trial = Trial(subject, values)
            expected = subject.said(values)
            try:
                graph = subject.at(values)
            except SpecError as error:
                raise refused(subject, values, error) from error
            concretely = {
                name: Tensor(each.sizes, each.dtype, each.below)
                for name, each in graph.outputs.items()
            }
            if concretely != expected:
                said = ", ".join(map(str, expected.values()))
                other = ", ".join(map(str, concretely.values()))
                raise Failure(
                    f"the rule says {said} over symbols, and {other} over the numbers themselves",
                    "\n".join(
                        [
                            *preamble(subject.document(values), subject.catalogue),
                            f"assert str(list(graph.outputs.values())[0]) == {said!r}, graph.outputs",
                        ]
                    ),
                    trial.use,
                )
            as_said(trial, trial.run(), expected)


def training(subject: Subject) -> None:
    """In training the shapes are the same."""
    trial = Trial(subject, subject.values(MANY))
    trial.model.train()
    trial.lines.append("model.train()")
    as_said(trial, trial.run(), subject.said(trial.values))


def refused(subject: Subject, values: Mapping[str, int], error: SpecError) -> Failure:
    """The failure of a rule that takes symbols, and refuses numbers that they may be."""
    sizes = ", ".join(f"{name} = {value}" for name, value in values.items())
    return Failure(
        f"the rule accepts symbols, but refuses {sizes}: {error.problems[0].message}",
        "\n".join(preamble(subject.document(values), subject.catalogue)),
        f"  {subject.example.text}",
    )


def edges(specimen: Specimen) -> None:
    """With any one thing changed, what the rule accepts runs and is as said."""
    seen: set[str] = set()
    for subject in specimen.subjects:
        for variant in changed_once(specimen.found, concrete(subject, subject.values())):
            if variant.text not in seen and len(seen) < AT_ONCE:
                seen.add(variant.text)
                holds(specimen, variant)


def random(specimen: Specimen) -> None:
    """With several things changed at random, what the rule accepts runs and is as said."""
    if not specimen.subjects:
        return
    source = Random(specimen.name)  # noqa: S311 - the same in every run
    for _ in range(AT_RANDOM):
        subject = source.choice(specimen.subjects)
        values = source.choice(list(subject.numbers()))
        holds(specimen, changed_at_random(source, specimen.found, concrete(subject, values)))


def holds(specimen: Specimen, variant: Example) -> None:
    """If the rule accepts it, it runs and is as said. Raises Failure."""
    import torch

    subject = Subject(specimen.name, 0, variant, specimen.catalogue)
    try:
        graph = subject.graph
    except SpecError as error:
        for problem in error.problems:
            if problem.code == "NW513":
                raise Failure(
                    f"the rule must refuse with a Refusal; {problem.message}",
                    "\n".join(preamble(subject.document(), subject.catalogue)),
                    f"  {variant.text}",
                ) from error
        return
    trial = Trial(subject)
    for place, each in enumerate(subject.fed.values()):
        if each.dtype in INTEGER and each.below is None:
            # nothing is said of how large they are; 0 fits every table
            trial.inputs[place] = torch.zeros_like(trial.inputs[place])
            trial.lines.append(f"inputs[{place}].zero_()")
    with torch.no_grad():
        as_said(trial, trial.run(), dict(graph.outputs))


def parameters(specimen: Specimen) -> None:
    """The model holds the parameters and buffers that the block declares, in order, no others."""
    for subject in specimen.subjects:
        _holds_declared(Trial(subject))
    seen: set[str] = set()
    for subject in specimen.subjects:
        for variant in changed_once(specimen.found, concrete(subject, subject.values())):
            if variant.text in seen or len(seen) >= HELD:
                continue
            seen.add(variant.text)
            other = Subject(specimen.name, 0, variant, specimen.catalogue)
            try:
                holdings = composing.held(other.graph)
            except SpecError:
                continue
            if holdings:
                _holds_declared(Trial(other))


def _holds_declared(trial: Trial) -> None:
    subject = trial.subject
    declared = {path: (sizes, own) for path, sizes, own in composing.held(subject.graph)}
    own = dict(trial.model.named_parameters())
    state = trial.model.state_dict()
    held = {path: (tuple(each.shape), path in own) for path, each in state.items()}
    said = {path: sizes for path, (sizes, _) in declared.items()}
    if declared != held:
        raise trial.failure(
            f"declared are {_listed(declared)}; the model holds {_listed(held)}",
            "held = {path: tuple(each.shape) for path, each in model.state_dict().items()}",
            "parameters = [path for path, _ in model.named_parameters()]",
            f"assert held == {said!r}, held",
            f"assert set(parameters) == set({[path for path, each in declared.items() if each[1]]!r})",
        )
    order = [path for path in state if path in own]
    if list(own) != order:
        raise trial.failure(
            f"the parameters come as {list(own)}, and in the state as {order}",
            "own = [path for path, _ in model.named_parameters()]",
            "assert own == [path for path in model.state_dict() if path in own], own",
        )


def _listed(weights: Mapping[str, tuple[tuple[int, ...], bool]]) -> str:
    return (
        ", ".join(
            f"{path.partition('.')[2] or path} {list(sizes)}" + ("" if trainable else " (a buffer)")
            for path, (sizes, trainable) in weights.items()
        )
        or "none"
    )


def operations(subject: Subject) -> None:
    """`flops` says what torch counts."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    trial = Trial(subject)
    # torch counts neither fused attention nor fused recurrent layers on a CPU
    fused = torch.backends.mkldnn.flags(enabled=False)
    with fused, sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counted:
        trial.run()
    said, found = composing.flops(subject.graph, trial.values), counted.get_total_flops()
    if said != found:
        raise trial.failure(
            f"flops says {said:,} operations, torch counts {found:,}",
            "from torch.nn.attention import SDPBackend, sdpa_kernel",
            "from torch.utils.flop_counter import FlopCounterMode",
            "with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH):",
            "    with FlopCounterMode(display=False) as counted:",
            "        model(*inputs)",
            f"assert counted.get_total_flops() == {said}, counted.get_total_flops()",
        )


def meta(subject: Subject) -> None:
    """It runs on the device meta, made there or moved there, and gives what was said."""
    for moved in (False, True):
        trial = Trial(subject, device=None if moved else "meta")
        if moved:
            trial.model.to("meta")
            trial.lines.append('model = model.to("meta")')
        trial.inputs = [each.to("meta") for each in trial.inputs]
        trial.lines.append('inputs = [each.to("meta") for each in inputs]')
        found = trial.run()
        state = trial.model.state_dict()
        stray = [name for name, each in (found | state).items() if not each.is_meta]
        if stray:
            raise trial.failure(
                f"{stray[0] or 'what comes out'} is not where the inputs are, on the device meta",
                "found = named(graph, model(*inputs)) | model.state_dict()",
                "assert all(each.is_meta for each in found.values())",
            )
        as_said(trial, found, subject.said(trial.values))


__all__ = [
    "as_said",
    "edges",
    "meta",
    "operations",
    "parameters",
    "random",
    "rule",
    "training",
]
