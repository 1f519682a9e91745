"""Any wiring: what is emitted computes what the graph says, whatever the variables are called."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from graphs import Add, Build, Linear, Relu

from netwright.composer.compiling import compile_graph
from netwright.composer.graph import Ref
from netwright.specs.tensors import Tensor

SQUARE = Tensor((4, 8))
Plan = list[tuple[str, str, list[Ref]]]


def wired(seed: int) -> tuple[Build, list[str], Plan, list[Ref]]:
    """A graph of up to twelve nodes, each reading what is above it."""
    choose = random.Random(seed)
    inputs = choose.sample(["x", "y", "tokens", "query"], choose.randint(1, 3))
    build = Build("net", dict.fromkeys(inputs, SQUARE))
    values = [Ref(name) for name in inputs]
    plan: Plan = []
    for number in range(choose.randint(1, 12)):
        name = choose.choice(["fc", "norm", "x", "y", "z"]) + str(number)
        kind = choose.choice(["linear", "linear", "relu", "add", "loop"])
        count = choose.randint(2, 3) if kind == "add" else 1
        read = [
            values[-1] if choose.random() < 0.6 else choose.choice(values) for _ in range(count)
        ]
        block: Any = {"add": Add, "relu": Relu}.get(kind)
        build.node(
            name,
            block() if block else Linear(out_features=8),
            *read,
            repeat=3 if kind == "loop" else None,
        )
        if kind == "loop" and choose.random() < 0.5:
            values.append(Ref(name, "", choose.randint(0, 2)))
        plan.append((name, kind, read))
        values.append(Ref(name))
    return build, inputs, plan, [build.last, choose.choice(values)]


def interpreted(model: Any, plan: Plan, values: dict[Ref, torch.Tensor]) -> dict[Ref, torch.Tensor]:
    for name, kind, read in plan:
        fed = [values[each] for each in read]
        if kind == "add":
            made = sum(fed[1:], fed[0])
        elif kind == "relu":
            made = fed[0].relu()
        elif kind == "linear":
            made = getattr(model, name)(fed[0])
        else:
            made = fed[0]
            for number, layer in enumerate(getattr(model, name)):
                made = layer(made)
                values[Ref(name, "", number)] = made
        values[Ref(name)] = made
    return values


@pytest.mark.parametrize("seed", range(80))
def test_any_wiring(seed: int) -> None:
    build, inputs, plan, results = wired(seed)
    model = compile_graph(build.graph(form="tuple", a=results[0], b=results[1]), seed=seed)
    tensors = [torch.randn(4, 8) for _ in inputs]
    found = model(*tensors)
    values = interpreted(model, plan, dict(zip(map(Ref, inputs), tensors, strict=True)))
    for tensor, ref in zip(found, results, strict=True):
        assert torch.allclose(tensor, values[ref], atol=1e-5)
