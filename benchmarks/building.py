"""Compiling specs against constructors by hand, and what each step costs for a node of a long chain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from handwritten import Chain, Gpt
from timing import Row, compare, seconds
from torch import nn

from netwright import composer, specs

GPT3 = {"width": 12288, "heads": 96, "layers": 96, "context": 2048}
LENGTHS = (100, 1_000, 10_000, 100_000)
WIDTH = 8


def constructors() -> Iterator[Row]:
    """From the name of a spec to a module, against the constructor of the same network."""
    ratio = compare(Gpt, Gpt, lambda: composer.compile(specs.load("gpt")), 5)
    yield Row(
        "compile ÷ constructor: gpt2",
        f"{ratio.value:.3f} ({ratio.seconds * 1000:.0f} ms by hand)",
        "≤ 1.1",
        ratio.value <= 1.1,
    )

    def hand() -> nn.Module:
        with torch.device("meta"):
            return Gpt(**GPT3)

    def compiled() -> nn.Module:
        return composer.compile(specs.load("gpt", preset="gpt3"), device="meta")

    ratio = compare(hand, hand, compiled, 9)
    yield Row(
        "compile ÷ constructor: gpt3 on meta",
        f"{ratio.value:.3f} ({ratio.seconds * 1000:.0f} ms by hand)",
        "≤ 1.1",
        ratio.value <= 1.1,
    )


def chain(nodes: int) -> str:
    """A spec of so many nodes in a row, as text."""
    lines = ["netwright: 1", "name: chain", f"inputs: {{x: [batch, {WIDTH}]}}", "nodes:"]
    for number in range(0, nodes, 2):
        lines.append(f"  linear{number}: {{block: linear, out_features: {WIDTH}}}")
        lines.append(f"  act{number}: relu")
    return "\n".join(lines) + "\n"


def distinct(nodes: int) -> str:
    """The same, but no two of its layers are equal."""
    lines = ["netwright: 1", "name: chain", f"inputs: {{x: [batch, {WIDTH}]}}", "nodes:"]
    lines += [
        f"  linear{number}: {{block: linear, out_features: {number + 1}}}"
        for number in range(nodes)
    ]
    return "\n".join(lines) + "\n"


def steps() -> Iterator[Row]:
    """Reading, checking, emitting and compiling: microseconds for a node, and whether they stay so."""
    for label, text in (("chain", chain), ("distinct", distinct)):
        costs: dict[str, list[float]] = {}
        for nodes in LENGTHS:
            made: dict[str, Any] = {}
            written = text(nodes)

            def read(written: str = written, made: dict[str, Any] = made) -> None:
                made["spec"] = specs.loads(written)

            def check(made: dict[str, Any] = made) -> None:
                made["graph"] = composer.check(made["spec"])

            def emit(made: dict[str, Any] = made) -> None:
                made["source"] = composer.emit(made["graph"])

            works = {"read": read, "check": check, "emit": emit}
            if label == "chain":
                works["compile"] = lambda made=made: composer.compile(made["graph"])
            for step, work in works.items():
                costs.setdefault(step, []).append(seconds(work) / nodes * 1e6)
        for step, each in costs.items():
            growth = each[3] / each[1]
            yield Row(
                f"{step}, µs a node: {label} of {', '.join(f'{n:,}' for n in LENGTHS)}",
                ", ".join(f"{cost:.0f}" for cost in each) + f"; ×{growth:.2f}",
                "≤ ×2 from 1,000",
                growth <= 2,
            )


def long_chain() -> Iterator[Row]:
    """Compiling a chain of 10,000 nodes."""
    graph_text = chain(10_000)

    def hand() -> nn.Module:
        return Chain(WIDTH, 10_000)

    ratio = compare(hand, hand, lambda: composer.compile(specs.loads(graph_text)), 5)
    yield Row(
        "compile ÷ constructor: chain of 10,000 nodes, from its text",
        f"{ratio.value:.2f} ({ratio.seconds * 1000:.0f} ms by hand)",
        "≤ 2",
        ratio.value <= 2,
    )
