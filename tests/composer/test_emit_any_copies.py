"""Any wiring of copies, shared modules and scans: what is emitted computes what the spec says."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import Tensor

from netwright import composer, specs

HEAD = """
netwright: 1
inputs: {x: [batch, 4, 8], y: [batch, 4, 8]}
blocks:
  layer: {inputs: {x: [b, t, f]}, nodes: {fc: {block: linear, out_features: $f}, act: tanh}}
  cell:
    inputs: {x: [b, f], h: [b, f]}
    nodes: {fc: {block: linear, out_features: $f}, sum: {block: add, from: [fc, h]}, t: tanh}
    outputs: {h: t, out: fc}
  start: {inputs: {x: [b, t, f]}, nodes: {first: {block: select, dim: 1, index: 0}}}
nodes:
"""
Values = dict[str, Tensor]


class Writer:
    """A random spec, and for each node how its values come about."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.lines: list[str] = []
        self.single = ["x", "y"]
        self.copied: dict[str, int] = {}
        self.layers: list[str] = []
        self.runs: list[Any] = []

    def value(self) -> str:
        return self.choose.choice(self.single[-4:])

    def node(self, number: int) -> None:
        name = self.choose.choice(["fc", "heads", "x", "ys", "step"]) + str(number)
        kind = self.choose.choice(
            ["layer", "relu", "add", "row", "side", "side", "zip", "zip", "all", "share", "scan"]
        )
        if kind in ("zip", "all") and not self.copied:
            kind = "side"
        if kind == "share" and not self.layers:
            kind = "layer"
        getattr(self, kind)(name)

    def add(self, name: str) -> None:
        a, b = self.value(), self.value()
        self.lines.append(f"{name}: {{block: add, from: [{a}, {b}]}}")
        self.runs.append(lambda _, v: v.update({name: v[a] + v[b]}))
        self.single.append(name)

    def relu(self, name: str) -> None:
        a = self.value()
        self.lines.append(f"{name}: {{block: relu, from: {a}}}")
        self.runs.append(lambda _, v: v.update({name: v[a].relu()}))
        self.single.append(name)

    def layer(self, name: str) -> None:
        a = self.value()
        self.lines.append(f"{name}: {{block: layer, from: {a}}}")
        self.runs.append(lambda model, v: v.update({name: getattr(model, name)(v[a])}))
        self.single.append(name)
        self.layers.append(name)

    def share(self, name: str) -> None:
        a, owner = self.value(), self.choose.choice(self.layers)
        self.lines.append(f"{name}: {{share: {owner}, from: {a}}}")
        self.runs.append(lambda model, v: v.update({name: getattr(model, owner)(v[a])}))
        self.single.append(name)

    def row(self, name: str) -> None:
        a, shared = self.value(), self.choose.random() < 0.5
        times = "{times: 3, share: true}" if shared else "3"
        self.lines.append(f"{name}: {{block: layer, from: {a}, repeat: {times}}}")

        def run(model: Any, v: Values) -> None:
            held = getattr(model, name)
            v[name] = v[a]
            for number, layer in enumerate([held] * 3 if shared else held):
                v[name] = v[f"{name}.{number}"] = layer(v[name])

        self.runs.append(run)
        self._copies(name, 3)

    def side(self, name: str) -> None:
        a, shared = self.value(), self.choose.random() < 0.3
        count = self.choose.randint(1, 3)
        times = f"{{times: {count}, share: true}}" if shared else str(count)
        self.lines.append(f"{name}: {{block: layer, from: {a}, repeat: {times}, parallel: true}}")

        def run(model: Any, v: Values) -> None:
            held = getattr(model, name)
            for number, layer in enumerate([held] * count if shared else held):
                v[name] = v[f"{name}.{number}"] = layer(v[a])

        self.runs.append(run)
        self._copies(name, count)

    def zip(self, name: str) -> None:
        a = self.choose.choice(list(self.copied))
        count, plain = self.copied[a], self.choose.random() < 0.5
        block = "relu" if plain else "layer"
        self.lines.append(f"{name}: {{block: {block}, from: {a}.*, parallel: true}}")

        def run(model: Any, v: Values) -> None:
            for number in range(count):
                fed = v[f"{a}.{number}"]
                made = fed.relu() if plain else getattr(model, name)[number](fed)
                v[name] = v[f"{name}.{number}"] = made

        self.runs.append(run)
        self._copies(name, count)

    def all(self, name: str) -> None:
        a, b = self.choose.choice(list(self.copied)), self.value()
        self.lines.append(f"{name}: {{block: add, from: [{b}, {a}.*]}}")
        every = [f"{a}.{number}" for number in range(self.copied[a])]
        self.runs.append(lambda _, v: v.update({name: v[b] + sum(v[each] for each in every)}))
        self.single.append(name)

    def scan(self, name: str) -> None:
        a, b = self.value(), self.value()
        self.lines.append(f"{name}_0: {{block: start, from: {b}}}")
        read = f"{{x: {a}, h: {name}_0}}"
        self.lines.append(f"{name}: {{block: cell, scan: [x], from: {read}}}")
        self.lines.append(f"{name}_1: {{block: add, from: [{name}.out, {b}]}}")
        self.lines.append(f"{name}_2: {{block: unsqueeze, dim: 1, from: {name}.h}}")
        self.lines.append(f"{name}_3: {{block: add, from: [{name}_1, {name}_2]}}")

        def run(model: Any, v: Values) -> None:
            h, out = v[b][:, 0], getattr(model, name).fc(v[a])
            for number in range(4):
                h = torch.tanh(out[:, number] + h)
            v[f"{name}_1"] = out + v[b]
            v[f"{name}_3"] = v[f"{name}_1"] + h.unsqueeze(1)

        self.runs.append(run)
        self.single += [f"{name}_1", f"{name}_3"]

    def _copies(self, name: str, count: int) -> None:
        self.copied[name] = count
        self.single += [name, f"{name}.{self.choose.randrange(count)}"]


@pytest.mark.parametrize("seed", range(60))
def test_any_copies(seed: int) -> None:
    writer = Writer(seed)
    for number in range(writer.choose.randint(2, 10)):
        writer.node(number)
    asked = [writer.single[-1], writer.value(), writer.choose.choice(writer.single)]
    body = "".join(f"  {line}\n" for line in writer.lines)
    outputs = ", ".join(f"o{number}: {each}" for number, each in enumerate(asked))
    graph = composer.check(specs.loads(f"{HEAD}{body}outputs: {{{outputs}}}\n"))
    model = composer.compile(graph, seed=seed)
    values: Values = {"x": torch.randn(2, 4, 8), "y": torch.randn(2, 4, 8)}
    found = model(values["x"], values["y"])
    kept = set(graph.nodes)
    for line, run in zip(_names(writer), writer.runs, strict=True):
        if kept.issuperset(line):
            run(model, values)
    for number, each in enumerate(asked):
        assert torch.allclose(found[f"o{number}"], values[each], atol=1e-5), composer.emit(graph)


def _names(writer: Writer) -> list[list[str]]:
    """For each step the node that it needs in the graph: what nothing reads is left out."""
    names: list[list[str]] = []
    for line in writer.lines:
        name = line.partition(":")[0]
        if not name.rpartition("_")[1]:
            names.append([name])
    return names
