"""Checks of learning and of state: gradients, random numbers, what a model keeps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from netwright.plugins.testing import composing
from netwright.plugins.testing.failures import Trial, equal
from netwright.plugins.testing.subjects import MANY, USUAL, Subject

if TYPE_CHECKING:
    import torch
    from torch import nn

    from netwright.plugins.testing.composing import Graph


def _loss(found: dict[str, torch.Tensor]) -> torch.Tensor | None:
    sums = [each.sum() for each in found.values() if each.is_floating_point()]
    return sum(sums[1:], start=sums[0]) if sums else None


_BACKWARD = (
    "for each in inputs:",
    "    each.requires_grad_(each.is_floating_point())",
    "",
    "found = named(graph, model(*inputs))",
    "sum(each.sum() for each in found.values() if each.is_floating_point()).backward()",
)


def _differentiated(subject: Subject) -> Trial:
    """A trial whose inputs and parameters have their gradients. Raises Failure."""
    trial = Trial(subject)
    for tensor in trial.inputs:
        tensor.requires_grad_(tensor.is_floating_point())
    loss = _loss(trial.run())
    if loss is not None and loss.requires_grad:
        try:
            loss.backward()  # type: ignore[no-untyped-call]
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            raise trial.failure(
                f"backward fails: {type(error).__name__}: {first}", *_BACKWARD
            ) from error
    return trial


def gradients(subject: Subject) -> None:
    """A gradient reaches every parameter, and is finite."""
    import torch

    trial = _differentiated(subject)
    for name, each in trial.model.named_parameters():
        if not each.requires_grad:
            continue
        own = name.partition(".")[2] or name
        if each.grad is None:
            raise trial.failure(
                f"no gradient reaches the parameter {own}: it will not learn",
                *_BACKWARD,
                f"assert dict(model.named_parameters())[{name!r}].grad is not None",
            )
        dense = each.grad.to_dense() if each.grad.is_sparse else each.grad
        if not torch.isfinite(dense).all():
            raise trial.failure(
                f"the gradient of the parameter {own} is not finite",
                *_BACKWARD,
                f"assert dict(model.named_parameters())[{name!r}].grad.isfinite().all()",
            )


def input_gradients(subject: Subject) -> None:
    """A gradient reaches every floating input."""
    trial = _differentiated(subject)
    for place, (name, tensor) in enumerate(zip(subject.fed, trial.inputs, strict=True)):
        if tensor.is_floating_point() and tensor.grad is None:
            raise trial.failure(
                f"no gradient reaches the input {name}: what stands before it will not learn",
                *_BACKWARD,
                f"assert inputs[{place}].grad is not None",
            )


STEPS = {1e-6: 1e-3, 1e-4: 1e-2, 1e-2: 5e-2}
"""Step -> how far a slope may then be off. Larger ones are for what computes in single precision."""


def slopes(
    graph: Graph, model: nn.Module, inputs: list[torch.Tensor], step: float
) -> tuple[float, float]:
    """The slope of a model along a random direction: as measured by a step, and as its gradient says.

    In double precision, over all inputs of the model's floating type and all parameters; of all outputs
    of this type the sum with fixed weights. Where an output is not finite it counts as 0.
    """
    import torch

    model = model.double()
    types = list(composing.types(graph).values())
    fed = [
        each.detach().double() if type_ == "float" else each
        for each, type_ in zip(inputs, types, strict=True)
    ]
    moved = [each for each, type_ in zip(fed, types, strict=True) if type_ == "float"]
    moved += [each for each in model.parameters() if each.requires_grad]
    generator = torch.Generator().manual_seed(1)
    directions = [torch.randn(each.shape, generator=generator, dtype=each.dtype) for each in moved]

    # weights that begin at 0 put what follows on its kinks, where there is no one slope
    with torch.no_grad():
        for own in model.parameters():
            if own.requires_grad:
                own.add_(torch.randn(own.shape, generator=generator, dtype=own.dtype), alpha=0.1)

    def move(way: float) -> None:
        for each, direction in zip(moved, directions, strict=True):
            each += way * direction

    def loss() -> torch.Tensor:
        torch.manual_seed(0)
        total = torch.zeros((), dtype=torch.float64)
        for each in composing.named(graph, model(*fed)).values():
            if each.dtype == torch.float64:
                weights = torch.arange(each.numel(), dtype=torch.float64).cos().view(each.shape)
                total = total + (weights * each.double()).nan_to_num(0, 0, 0).sum()
        return total

    for each in moved:
        each.requires_grad_()
    total = loss()
    given = torch.autograd.grad(total, moved, allow_unused=True) if total.requires_grad else ()
    # what no gradient reaches stays where it is: that is a matter of other checks
    for each, direction in zip(given, directions, strict=bool(given)):
        if each is None:
            direction.zero_()
    with torch.no_grad():
        move(step)
        after = float(loss())
        move(-2 * step)
        measured = (after - float(loss())) / (2 * step)
    said = sum(
        float(((each.to_dense() if each.is_sparse else each) * direction).nan_to_num(0, 0, 0).sum())
        for each, direction in zip(given, directions, strict=False)
        if each is not None
    )
    return measured, said


def derivative(subject: Subject) -> None:
    """The gradient is the slope: in double precision, along a random direction."""
    trial = Trial(subject)
    if not any(each.requires_grad for each in _differentiated(subject).run().values()):
        return  # comparisons and the like: there is no gradient that could be wrong
    for step, tolerance in STEPS.items():
        measured, said = slopes(subject.graph, trial.model, trial.inputs, step)
        if abs(measured - said) <= tolerance * max(abs(measured), abs(said), 1.0):
            return
    raise trial.failure(
        f"along a random direction the slope is {measured:.6g}, and {said:.6g} by the gradient",
        "from netwright.plugins.testing.training import slopes",
        f"measured, said = slopes(graph, model, inputs, {step})",
        f"assert abs(measured - said) <= {tolerance} * max(abs(measured), abs(said), 1), (measured, said)",
    )


def deterministic(subject: Subject) -> None:
    """In evaluation the same input gives the same, whatever the state of the random numbers."""
    import torch

    with torch.no_grad():
        trial = Trial(subject)
        first = {name: each.clone() for name, each in trial.run().items()}
        torch.manual_seed(1)
        again = subject.named(trial.model(*trial.inputs))
        differ = equal(again, first)
    if differ:
        raise trial.failure(
            f"in evaluation the same input gives two results: {differ}",
            "torch.manual_seed(0)",
            "first = named(graph, model(*inputs))",
            "torch.manual_seed(1)",
            "for name, each in named(graph, model(*inputs)).items():",
            "    torch.testing.assert_close(each, first[name], rtol=0, atol=0, equal_nan=True)",
        )


def seeded(subject: Subject) -> None:
    """From one seed, training and the first weights come out the same."""
    import torch

    with torch.no_grad():
        trial, other = Trial(subject, subject.values(MANY)), Trial(subject, subject.values(MANY))
        begun = equal(dict(other.model.state_dict()), dict(trial.model.state_dict()))
        trial.model.train()
        other.model.train()
        differ = equal(other.run(), trial.run())
    if begun:
        raise trial.failure(
            f"from one seed the first weights are not the same: {begun}",
            "other = composer.compile(graph, seed=0)",
            "for name, each in other.state_dict().items():",
            "    torch.testing.assert_close(each, model.state_dict()[name], rtol=0, atol=0)",
        )
    if differ:
        raise trial.failure(
            f"in training the same seed gives two results: {differ}",
            "model.train()",
            "other = composer.compile(graph, seed=0).train()",
            "torch.manual_seed(0)",
            "first = named(graph, model(*inputs))",
            "torch.manual_seed(0)",
            "for name, each in named(graph, other(*inputs)).items():",
            "    torch.testing.assert_close(each, first[name], rtol=0, atol=0, equal_nan=True)",
        )


def state_dict(subject: Subject) -> None:
    """What is saved is all of it: loaded into another model, it computes the same."""
    import torch

    with torch.no_grad():
        trial = Trial(subject)
        expected = trial.run()
        other = subject.model(seed=1)
        file = io.BytesIO()
        torch.save(trial.model.state_dict(), file)
        file.seek(0)
        lines = (
            "other = composer.compile(graph, seed=1).eval()",
            "other.load_state_dict(model.state_dict())",
        )
        try:
            other.load_state_dict(torch.load(file))
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            raise trial.failure(f"what was saved cannot be loaded: {first}", *lines) from error
        differ = equal(trial.run(model=other, lines=lines), expected)
    if differ:
        raise trial.failure(
            f"loaded into another model, what was saved computes something else: {differ}",
            *lines,
            *_compared("named(graph, other(*inputs))", "named(graph, model(*inputs))"),
        )


def _compared(one: str, other: str) -> tuple[str, ...]:
    """Lines of a program that compare outputs."""
    return (
        "torch.manual_seed(0)",
        f"expected = {other}",
        "torch.manual_seed(0)",
        f"for name, each in {one}.items():",
        "    torch.testing.assert_close(each, expected[name], equal_nan=True)",
    )


def separate(subject: Subject) -> None:
    """Two models, and two uses in one model, have parameters of their own."""
    trial, other = Trial(subject), subject.model(seed=1)
    own = {each.data_ptr() for each in trial.model.parameters() if each.numel()}
    shared = [name for name, each in other.named_parameters() if each.data_ptr() in own]
    if shared:
        raise trial.failure(
            f"two uses of it have one parameter {shared[0].partition('.')[2] or shared[0]}, and what one "
            "learns the other forgets: make it where the module is made",
            "other = composer.compile(graph, seed=1)",
            "own = {each.data_ptr() for each in model.parameters()}",
            "assert not [n for n, each in other.named_parameters() if each.data_ptr() in own]",
        )


def eval_keeps_state(subject: Subject) -> None:
    """Evaluation leaves no trace: not in the state, not in what comes out later."""
    import torch

    with torch.no_grad():
        trial = Trial(subject)
        before = {name: each.clone() for name, each in trial.model.state_dict().items()}
        first = {name: each.clone() for name, each in trial.run().items()}
        others = subject.inputs(trial.values, seed=7)
        trial.run(others, lines=(f"fed = made_up(graph, {trial.values!r}, seed=7)",))
        differ = equal(dict(trial.model.state_dict()), before)
        again = equal(trial.run(), first)
    if differ:
        raise trial.failure(
            f"evaluation changes the state: {differ}",
            "before = {name: each.clone() for name, each in model.state_dict().items()}",
            "model(*inputs)",
            "for name, each in model.state_dict().items():",
            "    torch.testing.assert_close(each, before[name], rtol=0, atol=0)",
        )
    if again:
        raise trial.failure(
            f"after another input, the same input gives something else: {again}",
            "torch.manual_seed(0)",
            "first = {name: each.clone() for name, each in named(graph, model(*inputs)).items()}",
            f"model(*made_up(graph, {trial.values!r}, seed=7))",
            "torch.manual_seed(0)",
            "for name, each in named(graph, model(*inputs)).items():",
            "    torch.testing.assert_close(each, first[name], rtol=0, atol=0, equal_nan=True)",
        )


def inputs_are_kept(subject: Subject) -> None:
    """Inputs are not written to, in evaluation nor in training."""
    import torch

    for mode, choice in ((False, USUAL), (True, MANY)):
        trial = Trial(subject, subject.values(choice))
        trial.model.train(mode)
        trial.lines.append(f"model.train({mode})")
        before = [each.clone() for each in trial.inputs]
        with torch.no_grad():
            trial.run()
        for name, one, other in zip(subject.fed, trial.inputs, before, strict=True):
            if equal({"": one}, {"": other}):
                raise trial.failure(
                    f"the input {name} is written to, and others may read it",
                    "before = [each.clone() for each in inputs]",
                    "model(*inputs)",
                    "for one, other in zip(inputs, before):",
                    "    torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)",
                )


__all__ = [
    "derivative",
    "deterministic",
    "eval_keeps_state",
    "gradients",
    "input_gradients",
    "inputs_are_kept",
    "seeded",
    "separate",
    "slopes",
    "state_dict",
]
