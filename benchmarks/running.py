"""Forward and backward of compiled specs, and the memory that they take, against the same by hand."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import handwritten
import torch
from timing import Row, compare
from torch import Tensor, nn

from netwright import composer, specs

TINY = {"vocab": 97, "context": 32, "width": 32, "layers": 2, "heads": 4}
DEPTH, WIDTH = 200, 64


def _networks() -> Iterator[tuple[str, Callable[[Any], nn.Module], specs.Spec, Tensor, int]]:
    """Name, by hand (from the module `handwritten`), spec, input, how often to measure."""
    sizes = [784, 128, 10]
    yield (
        "mlp, batch 8",
        lambda by: by.Mlp(sizes),
        specs.load("mlp", set={"sizes": sizes}),
        torch.randn(8, 784),
        400,
    )
    yield (
        "gpt, 2 layers of 32, [2, 16]",
        lambda by: by.Gpt(**TINY),
        specs.load("gpt", set=TINY),
        torch.randint(0, 97, (2, 16)),
        300,
    )
    yield (
        "resnet18, [1, 3, 64, 64]",
        lambda by: by.ResNet([2, 2, 2, 2]),
        specs.load("resnet"),
        torch.randn(1, 3, 64, 64),
        45,
    )
    yield (
        "gpt2, [1, 64]",
        lambda by: by.Gpt(),
        specs.load("gpt"),
        torch.randint(0, 50257, (1, 64)),
        12,
    )


def _second_copy() -> ModuleType:
    """The networks by hand in code of their own: what runs twice as often is a little faster."""
    spec = importlib.util.find_spec("handwritten")
    assert spec is not None
    assert spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


def _forward(model: nn.Module, fed: Tensor) -> Callable[[], object]:
    def work() -> object:
        with torch.no_grad():
            return model(fed)

    return work


def _training(model: nn.Module, fed: Tensor) -> Callable[[], object]:
    def work() -> None:
        model.zero_grad(set_to_none=True)
        model(fed).sum().backward()

    return work


def speed() -> Iterator[Row]:
    """Forward in eval mode; forward and backward in training mode."""
    for name, hand, spec, fed, rounds in _networks():
        models = [hand(handwritten), hand(_second_copy()), composer.compile(spec)]
        for label, work, mode in (("forward", _forward, False), ("both ways", _training, True)):
            works = [work(model.train(mode), fed) for model in models]
            ratio = compare(works[0], works[1], works[2], rounds)
            yield Row(
                f"{label} ÷ by hand: {name}",
                f"{ratio.value:.3f} (noise {ratio.noise:.3f}; {ratio.seconds * 1000:.2f} ms)",
                "≤ 1 + noise",
                ratio.value <= 1 + ratio.noise,
            )


def peak(work: Callable[[], object]) -> int:
    """The most bytes of tensors that live at once while it runs, beside those that lived before."""
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        work()
    assert profile.profiler is not None
    events: list[Any] = profile.profiler.kineto_results.events()
    memory = [(each.start_ns(), each.nbytes()) for each in events if each.name() == "[memory]"]
    now = most = 0
    for _, change in sorted(memory, key=lambda event: event[0]):
        now += change
        most = max(most, now)
    return most


def residuals(unrolled: bool) -> specs.Spec:
    """Residual blocks: one node with copies, or a node each."""
    body = {"linear": {"block": "linear", "out_features": WIDTH}, "act": "relu"}
    block: dict[str, Any] = {"block": "residual", "body": body}
    nodes = (
        {f"layer{number}": block for number in range(DEPTH)}
        if unrolled
        else {"layers": {**block, "repeat": DEPTH}}
    )
    return specs.load(
        {"netwright": 1, "name": "chain", "inputs": {"x": ["batch", WIDTH]}, "nodes": nodes}
    )


def memory() -> Iterator[Row]:
    """Peaks of 200 residual blocks."""
    fed = torch.randn(256, WIDTH)
    hand = handwritten.Residuals(WIDTH, DEPTH)
    for label, unrolled in (("copies", False), ("nodes", True)):
        made = composer.compile(residuals(unrolled))
        for kind, work in (("forward", _forward), ("both ways", _training)):
            works = [work(model, fed) for model in (hand, made)]
            peaks = []
            for model, each in zip((hand, made), works, strict=True):
                each()
                model.zero_grad(set_to_none=True)
                peaks.append(peak(each))
            ratio = peaks[1] / peaks[0]
            yield Row(
                f"peak of live tensors ÷ by hand: {DEPTH} residual {label}, {kind}",
                f"{ratio:.3f}",
                "1.00",
                ratio <= 1.005,
            )
