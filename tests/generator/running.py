"""A model and its emitted file on real tensors of several sizes."""

from __future__ import annotations

import contextlib
import io
import pickle
from collections.abc import Mapping
from random import Random
from typing import Any

import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized
from torch.overrides import TorchFunctionMode

from generator.agreeing import gradients_meant, meant, steps_meant
from generator.failing import Failure, said
from generator.sizing import choices, fits
from netwright import composer
from netwright.composer.graph import Graph
from netwright.composer.loading import load_source
from netwright.composer.trial import known, made_up, named
from netwright.specs.tensors import Tensor


def runs(
    graph: Graph, source: str, edges: Mapping[str, Tensor], random: Random, spec: Mapping[str, Any]
) -> bool:
    """Raises Failure; whether it ran to its end, and did not stop at a NaN as torch has it."""
    taps = list(edges)
    try:
        model = composer.compile(graph, seed=0).eval()
        tapped = composer.compile(graph, taps=taps, seed=1).eval() if taps else model
    except Exception as error:
        raise Failure("compile", repr(error)) from error
    counted = composer.summary(graph).as_json()["parameters"]
    there = sum(each.numel() for each in model.parameters())
    if counted != there:
        raise Failure("summary", f"{counted} parameters, where the model has {there}")
    state = model.state_dict()
    try:
        tapped.load_state_dict(state)
        alone: dict[str, Any] = {"__name__": "alone"}
        exec(compile(source, "alone.py", "exec"), alone)
        written: nn.Module = alone[load_source(source).__name__]().eval()
        buffer = io.BytesIO()
        torch.save(state, buffer)
        buffer.seek(0)
        written.load_state_dict(torch.load(buffer))
        if random.random() < 0.2 and not any(map(is_parametrized, model.modules())):
            written = pickle.loads(pickle.dumps(model))
    except Exception as error:
        raise Failure("save and load", repr(error)) from error
    inside = [
        *edges.values(),
        *(each for each in graph.inputs.values() if isinstance(each, Tensor)),
    ]
    for values in choices(graph, inside, random):
        every = made_up(graph, values, random.randrange(1000))
        _to_the_bounds(graph, every, values)
        given = random.choice(sorted(graph.patterns or {frozenset()}, key=sorted))
        inputs = [
            None if name in graph.may_lack and name not in given else each
            for name, each in zip(graph.inputs, every, strict=True)
        ]
        try:
            outputs = _run(model, inputs)
        except Exception as error:
            if _stopped_by_nan(error, model, inputs):
                return False
            raise Failure("run", f"{said(error)} at {values}") from error
        fits(named(graph, outputs), graph.outputs, values, "output")
        try:
            result, seen = _run(tapped, inputs) if taps else (outputs, {})
        except Exception as error:
            raise Failure("taps", f"{said(error)} at {values}") from error
        for path in taps:
            if path not in seen and not graph.may_lack:
                raise Failure("taps", f"{path} is not there")
        fits(seen, {path: edges[path] for path in seen}, values, "edge")
        _same(outputs, result, "taps", values)
        _same(outputs, _run(written, inputs), "file", values)
        by_name = dict(zip(graph.inputs, inputs, strict=True))
        meant(graph, spec, state, by_name, values, outputs, seen)
    gradients_meant(graph, spec, model, by_name, values)
    steps_meant(graph, spec, by_name, values)
    _wider(graph, tapped, edges, values, inputs)
    return True


def _to_the_bounds(graph: Graph, inputs: list[torch.Tensor], values: Mapping[str, int]) -> None:
    """The first integer of each input is the greatest that it may have, the last one the least."""
    for tensor, kind in zip(inputs, graph.inputs.values(), strict=True):
        assert isinstance(kind, Tensor)
        if kind.below is not None and tensor.numel():
            flat = tensor.reshape(-1)
            flat[-1] = 0
            flat[0] = known(kind.below, values) - 1


def _wider(
    graph: Graph,
    tapped: nn.Module,
    edges: Mapping[str, Tensor],
    values: Mapping[str, int],
    inputs: list[torch.Tensor | None],
) -> None:
    """The model's own floating type follows `.double()`, and no other does."""
    kinds = [each for each in graph.inputs.values() if isinstance(each, Tensor)]
    wide = [
        each.double() if each is not None and kind.dtype == "float" else each
        for each, kind in zip(inputs, kinds, strict=True)
    ]
    try:
        result = _run(tapped.double(), wide)
    except Exception as error:
        raise Failure("double", f"{said(error)} at {values}") from error
    outputs, seen = result if edges else (result, {})
    fits(named(graph, outputs), graph.outputs, values, "output in double precision", "float64")
    fits(seen, {path: edges[path] for path in seen}, values, "edge in double precision", "float64")


def _run(model: nn.Module, inputs: list[torch.Tensor | None]) -> Any:
    torch.manual_seed(0)
    with torch.no_grad():
        return model(*[None if each is None else each.clone() for each in inputs])


class _Nan(TorchFunctionMode):
    """Whether anything came out of torch that is not a number."""

    met = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        if isinstance(found, torch.Tensor) and found.is_floating_point():
            self.met = self.met or bool(found.isnan().any())
        return found


def _stopped_by_nan(error: Exception, model: nn.Module, inputs: list[torch.Tensor | None]) -> bool:
    """Whether torch's loss of probabilities stopped at a NaN, such as the root of a negative input."""
    if "should be between 0 and 1" not in str(error):
        return False
    with _Nan() as mode, contextlib.suppress(RuntimeError):
        _run(model, inputs)
    return mode.met


def _same(one: Any, two: Any, stage: str, values: Mapping[str, int]) -> None:
    if isinstance(one, torch.Tensor):
        equal = one.shape == two.shape and one.dtype == two.dtype
        if not equal or not torch.allclose(
            one.double(), two.double(), rtol=1e-5, atol=1e-6, equal_nan=True
        ):
            raise Failure(stage, f"another output than the model, at {values}")
        return
    pairs = (
        [(one[k], two[k]) for k in one]
        if isinstance(one, Mapping)
        else list(zip(one, two, strict=True))
    )
    for first, second in pairs:
        _same(first, second, stage, values)


# Of these the gradient may be infinite where the value is finite, or they are undefined for some inputs.
SINGULAR = frozenset(
    {
        "div", "exp", "expm1", "log", "log1p", "masked_fill", "pow", "prod", "reciprocal", "remainder",
        "rsqrt", "sqrt", "std", "var", "vector_norm", "where",
    }
)  # fmt: skip
