"""Published numbers of parameters, counted without torch and by the compiled model; operations."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from architectures import ARCHITECTURES, graph, inputs
from netwright import composer, specs
from netwright.composer.counting import Summary
from published import PUBLISHED

WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # importing it now fails
from netwright.composer.cli import main
sys.exit(main())
"""


@pytest.mark.parametrize(("spec", "preset", "settings", "count"), PUBLISHED)
def test_summary_counts_parameters_without_torch(
    spec: str, preset: str | None, settings: Mapping[str, Any], count: int
) -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH, "summary", spec, "--json"]
    command += ["--preset", preset] if preset else []
    command += [f"--set={name}={value}" for name, value in settings.items()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr
    assert json.loads(done.stdout)["parameters"] == count


@pytest.mark.parametrize(("spec", "preset", "settings", "count"), PUBLISHED)
def test_compiled_models_have_as_many_parameters(
    spec: str, preset: str | None, settings: Mapping[str, Any], count: int
) -> None:
    loaded = specs.load(spec, preset=preset, set=settings)
    made = composer.compile(loaded, device="meta")
    assert sum(each.numel() for each in made.parameters()) == count
    assert all(each.is_meta for each in made.parameters())


@pytest.mark.parametrize("name", [name for name, each in ARCHITECTURES.items() if each.traced])
@pytest.mark.parametrize("longer", [0, 8])
def test_operations_are_those_that_torch_counts(name: str, longer: int) -> None:
    shapes = {size: value + longer for size, value in ARCHITECTURES[name].shapes.items()}
    made = composer.compile(graph(name), device="meta").eval().requires_grad_(False)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        made(*(each.to("meta") for each in inputs(name, **shapes)))
    counted = Summary(graph(name), shapes=shapes).as_json()["flops"]
    assert counted == counter.get_total_flops()
    assert (counted > 0) == bool(list(made.parameters()))
