"""Whether a model computes what its spec means: every edge, weight, tie and gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from generator.computing import Open, Weights
from generator.edges import elements_of
from generator.failing import Failure, said
from generator.meaning import Meaning
from netwright import composer
from netwright.composer.graph import Graph, Leaf
from netwright.composer.trial import named

DRAWN = frozenset({"randn_like", "gumbel_softmax"})
"""Blocks that draw at random in evaluation."""


def meant(
    graph: Graph,
    spec: Mapping[str, Any],
    state: Mapping[str, torch.Tensor],
    inputs: Mapping[str, torch.Tensor | None],
    values: Mapping[str, int],
    outputs: Any,
    seen: Mapping[str, torch.Tensor],
) -> None:
    """Every edge, output, weight and tie against what the spec means."""
    meaning = Meaning(spec, Weights(state))
    try:
        with torch.no_grad():
            fed = {name: None if each is None else each.clone() for name, each in inputs.items()}
            meant = meaning.run(fed, values)
    except (Open, NotImplementedError):  # torch's plain function may lack a dtype
        return
    except Exception as error:
        raise Failure("meaning", f"{said(error)} at {values}") from error
    if state.keys() != meaning.weights.read and not graph.may_lack:  # some may rest
        wrong = sorted(state.keys() ^ meaning.weights.read)
        raise Failure("weights", f"another set of weights: {', '.join(wrong)}")
    for one, two in meaning.tied:
        if two in state and state[one].data_ptr() != state[two].data_ptr():
            raise Failure("weights", f"{one} is not tied to {two}")
    alone = {each.data_ptr() for each in state.values() if each.numel()}
    tied = {one for one, two in meaning.tied if two in state and state[one].numel()}
    if len(alone) != sum(each.numel() > 0 for each in state.values()) - len(tied):
        raise Failure("weights", "weights are one that nothing ties")
    if _draws(graph):
        return
    for path, tensor in seen.items():
        if path not in meaning.seen:
            if meaning.shared().intersection(path.split(".")):
                continue
            raise Failure("meaning", f"{path} is nothing in the spec")
        alike(tensor, meaning.seen[path], f"edge {path}", values)
    for name, tensor in named(graph, outputs).items():
        alike(tensor, meant[name], f"output {name}", values)


def alike(one: torch.Tensor, two: torch.Tensor, what: str, values: Mapping[str, int]) -> None:
    if one.shape != two.shape or one.dtype != two.dtype:
        said = f"{list(two.shape)} {two.dtype}"
        raise Failure(
            "meaning", f"{what} is {list(one.shape)} {one.dtype}, but means {said}, at {values}"
        )
    if not torch.allclose(one.double(), two.double(), rtol=1e-4, atol=1e-5, equal_nan=True):
        raise Failure("meaning", f"{what} has other values than it means, at {values}")


def gradients_meant(
    graph: Graph,
    spec: Mapping[str, Any],
    model: nn.Module,
    inputs: Mapping[str, torch.Tensor | None],
    values: Mapping[str, int],
) -> None:
    """The gradients of all outputs together, of every weight and input, against those of what is meant.

    At a kink, such as that of a relu, rounding may decide between two slopes, and where a slope grows
    beyond bounds it may be all there is: elements that differ are looked at again at another place.
    Raises Failure.
    """
    if _draws(graph):
        return
    first = _far(graph, spec, model, inputs, values)
    if not first:
        return
    elsewhere = {
        name: each if each is None or not each.is_floating_point() else _moved(each)
        for name, each in inputs.items()
    }
    again = _far(graph, spec, model, elsewhere, values)
    for name, each in first.items():
        if name in again and bool((each & again[name]).any()):
            raise Failure("gradients", f"that of {name} is not what is meant, at {values}")


def _moved(x: torch.Tensor) -> torch.Tensor:
    """Every element away from 0 and from 1, on its side of 0, each by another part."""
    away = torch.linspace(0.05, 0.15, x.numel(), dtype=x.dtype).reshape(x.shape)
    return 0.8 * x + torch.where(x < 0, -away, away)


def _far(
    graph: Graph,
    spec: Mapping[str, Any],
    model: nn.Module,
    inputs: Mapping[str, torch.Tensor | None],
    values: Mapping[str, int],
) -> dict[str, torch.Tensor]:
    """Of each weight and input whose gradient is not what is meant: at which elements."""
    weights = dict(model.named_parameters())
    own: dict[int, torch.Tensor] = {}
    state: dict[str, torch.Tensor] = {}
    for name, each in model.state_dict().items():
        fresh = own.setdefault(each.data_ptr() if each.numel() else id(each), each.clone())
        state[name] = fresh.requires_grad_(name in weights or fresh.requires_grad)
    one, two = _wanting(inputs), _wanting(inputs)
    try:
        meant_outputs = Meaning(spec, Weights(state, filled=True)).run(two, values)
    except (Open, RuntimeError):  # torch's plain functions cannot everything that the model can
        return {}
    outputs = named(graph, model(*one.values()))
    model.zero_grad()
    try:
        some = _back(outputs)
    except Exception as error:
        raise Failure("gradients", f"{said(error)} at {values}") from error
    try:
        some = _back(meant_outputs) and some
    except RuntimeError:
        return {}  # torch cannot, by its plain function; the model can
    if not some:
        return {}
    pairs = [(name, weight.grad, state[name].grad) for name, weight in weights.items()]
    pairs += [
        (name, each.grad, other.grad)
        for (name, each), other in zip(one.items(), two.values(), strict=True)
        if each is not None and other is not None
    ]
    model.zero_grad()
    far = {name: ~_near(found, wanted) for name, found, wanted in pairs}
    return {name: each for name, each in far.items() if each.any()}


def steps_meant(
    graph: Graph,
    spec: Mapping[str, Any],
    inputs: Mapping[str, torch.Tensor | None],
    values: Mapping[str, int],
) -> None:
    """What a block by itself keeps of a batch in training against what torch keeps. Raises Failure."""
    if len(list(elements_of(graph))) != 1:
        return
    model = composer.compile(graph, seed=0).train()
    found = dict(model.named_buffers())
    if not found:
        return
    state = {name: each.clone() for name, each in model.state_dict().items()}
    meaning = Meaning(spec, Weights(state, training=True, filled=True))
    fed = {name: None if each is None else each.clone() for name, each in inputs.items()}
    with torch.no_grad():
        try:
            model(*fed.values())
        except ValueError:
            return  # one value has no variance: of that a check warns
        try:
            meaning.run(fed, values)
        except (Open, NotImplementedError):
            return
    for name, each in found.items():
        if name in state:
            alike(each, state[name], f"{name} after a step", values)


def _wanting(inputs: Mapping[str, torch.Tensor | None]) -> dict[str, torch.Tensor | None]:
    return {
        name: None if each is None else each.clone().requires_grad_(each.is_floating_point())
        for name, each in inputs.items()
    }


def _back(outputs: Mapping[str, torch.Tensor]) -> bool:
    """A step back from the sum of all that has a gradient, each element with its own weight."""
    parts = [
        (each.double() * torch.linspace(0.5, 1.5, each.numel()).reshape(each.shape)).sum()
        for _, each in sorted(outputs.items())
        if each.requires_grad and each.numel()
    ]
    if not parts:
        return False
    torch.stack(parts).sum().backward()
    return True


def _near(one: torch.Tensor | None, two: torch.Tensor | None) -> torch.Tensor:
    """Which elements are equal but for rounding; no gradient is one of zeros."""
    given = one if two is None else two
    rounding = 0.0 if given is None else 8 * torch.finfo(given.dtype).eps
    one, two = (None if each is None else each.to_dense().double() for each in (one, two))
    if one is None or two is None:
        known = one if two is None else two
        return torch.tensor(True) if known is None else known == 0
    scale = float(two.abs().nan_to_num(0, 0, 0).max()) if two.numel() else 0.0
    rough = 1e-5 + max(1e-4, rounding) * scale
    return torch.isclose(one, two, rtol=max(1e-3, rounding), atol=rough, equal_nan=True)


def _draws(graph: Graph) -> bool:
    leaves = (run.element for _, run in elements_of(graph) if isinstance(run.element, Leaf))
    return any(each.name in DRAWN for each in leaves)
