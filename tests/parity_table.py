"""The zoo beside what is published, as a page: sizes, and the largest difference from a reference.

python tests/parity_table.py > docs/zoo.md
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import torch

from architectures import ARCHITECTURES, model, outputs
from netwright import composer, specs
from netwright.specs.finding import ZOO
from published import PUBLISHED
from references import FIXTURES, reference

OPENING = """\
# The zoo beside what is published

Every architecture of the zoo whose size is published: how many lines its spec has, without blank ones and
comments, and how many parameters. Where a reference implementation computed outputs (at a small size, in
float32), the spec with the same weights computes them too: the difference is the largest of any value,
divided by the largest output if that is above 1. Written by `make parity-table`, and compared by the tests.

| spec | lines | parameters | published | compared with | difference |
| --- | ---: | ---: | ---: | --- | --- |
"""
BOUND = 1e-5
"""What the differences stay below. They themselves vary with the machine and its threads."""


def page() -> str:
    """The page as Markdown."""
    return OPENING + "".join(f"{line}\n" for line in _rows())


def _rows() -> Iterator[str]:
    compared = {
        (each.spec, each.preset): name for name, each in ARCHITECTURES.items() if each.reference
    }
    shown: set[str] = set()
    for spec, preset, settings, published in PUBLISHED:
        loaded = specs.load(spec, preset=preset, set=settings)
        counted = composer.summary(loaded).as_json()["parameters"]
        # What was compared at no preset's size stands in the first row of its spec.
        name = compared.get((spec, preset)) or (
            None if spec in shown else compared.get((spec, None))
        )
        shown.add(spec)
        what, difference = ("", "") if name is None else (_library(name), _bound(name))
        called = f"`{spec}`" + (f" `{preset}`" if preset else "")
        yield (
            f"| {called} | {_lines(spec)} | {counted:,} | {published:,} | {what} | {difference} |"
        )


def _lines(spec: str) -> int:
    lines = (ZOO / f"{spec}.yaml").read_text(encoding="utf-8").splitlines()
    return sum(bool(each.strip()) and not each.strip().startswith("#") for each in lines)


def _library(name: str) -> str:
    """The library that computed the outputs, and its version."""
    data = json.loads((FIXTURES / f"{ARCHITECTURES[name].reference}.json").read_text())
    said: Any = data["lib"]
    return str(said).replace("|", "\\|")


def _bound(name: str) -> str:
    found = difference(name)
    return f"below {BOUND:.0e}" if found < BOUND else f"{found:.0e}"


def difference(name: str) -> float:
    """The largest difference of any sampled output from the reference's."""
    architecture = ARCHITECTURES[name]
    known = reference(architecture.reference)
    with torch.no_grad():
        fed = [known.inputs[theirs] for theirs in architecture.inputs.values()]
        made = outputs(model(name)(*fed))
    largest = 0.0
    for output, expected in zip(made, known.outputs, strict=True):
        flat = output.double().flatten()
        sample = torch.tensor(expected["sample"], dtype=torch.float64)
        apart = float((flat[:: expected["stride"]] - sample).abs().max())
        largest = max(largest, apart / max(1.0, float(flat.abs().max())))
    return largest


if __name__ == "__main__":
    print(page(), end="")
