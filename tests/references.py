"""What reference implementations compute, read from `parity/fixtures`.

A fixture names its tensors and says how to fill them: the value of a tensor follows from its name and
shape alone, so a network is filled, run and compared without the library that the outputs came from.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

FIXTURES = Path(__file__).resolve().parent / "parity" / "fixtures"
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Reference:
    """A fixture. values: of every parameter and buffer; tied: name -> the tensor that it is."""

    values: Mapping[str, torch.Tensor]
    tied: Mapping[str, str]
    inputs: Mapping[str, torch.Tensor]
    outputs: Sequence[Mapping[str, Any]]
    dead: frozenset[str]
    parameters: frozenset[str]
    count: int


@cache
def reference(name: str) -> Reference:
    """The fixture of this name."""
    data = json.loads((FIXTURES / f"{name}.json").read_text())
    entries = data["params"] + data["buffers"]
    tied = {each[0]: each[3] for each in entries if each[2] == "tied"}
    values = {each[0]: _filled(*each) for each in entries if each[2] != "tied"}
    return Reference(
        values={**values, **{own: values[other] for own, other in tied.items()}},
        tied=tied,
        inputs={own: _input(entry) for own, entry in data["inputs"].items()},
        outputs=data["outputs"],
        dead=frozenset(data["dead"]),
        parameters=frozenset(each[0] for each in data["params"]),
        count=data["count"],
    )


def _filled(
    name: str, shape: Sequence[int], base: float, scale: float, absolute: bool
) -> torch.Tensor:
    stream = np.random.RandomState(zlib.crc32(name.encode()) & 0xFFFFFFFF)
    normed = (2 * stream.random_sample(tuple(shape)) - 1) * math.sqrt(3)
    value = base + scale * (np.abs(normed) if absolute else normed)
    return torch.from_numpy(np.asarray(value, dtype=np.float32))


def _input(entry: Mapping[str, Any]) -> torch.Tensor:
    if "fill" in entry:
        return _filled(entry["fill"], entry["shape"], 0.0, 1.0, False)
    dtype = getattr(torch, entry["dtype"].removeprefix("torch."))
    return torch.tensor(entry["data"], dtype=dtype).reshape(entry["shape"])


def assert_same(output: torch.Tensor, expected: Mapping[str, Any]) -> None:
    """The output is the fixture's: its shape, its sampled values, its sum and its norm."""
    assert list(output.shape) == expected["shape"]
    flat = output.detach().double().flatten()
    sample = torch.tensor(expected["sample"], dtype=torch.float64)
    allowed = TOLERANCE * max(1.0, float(flat.abs().max()))
    assert float((flat[:: expected["stride"]] - sample).abs().max()) <= allowed
    assert abs(float(flat.sum()) - expected["sum"]) <= allowed * len(flat)
    assert abs(float(flat.norm()) - expected["l2"]) <= allowed * math.sqrt(len(flat))
