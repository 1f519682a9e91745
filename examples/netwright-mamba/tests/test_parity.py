"""The language model computes what Hugging Face's MambaForCausalLM computes, and has its published sizes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from netwright import composer, specs
from netwright.plugins.testing import check_weight_names

FIXTURE = json.loads(Path(__file__).with_name("mamba_130m.json").read_text(encoding="utf-8"))
SMALL = {"vocab": 97, "width": 32, "layers": 2, "state": 4}
PUBLISHED = {
    "mamba_130m": 129_135_360,
    "mamba_370m": 371_516_416,
    "mamba_790m": 793_204_224,
    "mamba_1.4b": 1_372_178_432,
    "mamba_2.8b": 2_768_345_600,
}
NAMES = "mamba/mamba"
"""The table of names that the plugin brings."""


def filled(name: str, shape: list[int], base: float, scale: float, absolute: bool) -> torch.Tensor:
    """A tensor of the fixture: its values follow from its name and shape."""
    stream = np.random.RandomState(zlib.crc32(name.encode()) & 0xFFFFFFFF)
    noise = (2 * stream.random_sample(shape) - 1) * math.sqrt(3)
    values = base + scale * (np.abs(noise) if absolute else noise)
    return torch.from_numpy(values.astype(np.float32))


def theirs() -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The values of each tensor, and which tensors are another one."""
    tied = {each[0]: each[3] for each in FIXTURE["params"] if each[2] == "tied"}
    values = {each[0]: filled(*each) for each in FIXTURE["params"] if each[2] != "tied"}
    return {**values, **{name: values[other] for name, other in tied.items()}}, tied


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    made = composer.compile(specs.load("mamba/lm", set=SMALL)).eval()
    values, _ = theirs()
    composer.load_weights(made, values, names=NAMES)
    return made


@pytest.fixture(scope="module")
def tokens() -> torch.Tensor:
    entry = FIXTURE["inputs"]["input_ids"]
    return torch.tensor(entry["data"]).reshape(entry["shape"])


def test_the_table_uses_each_tensor_once(model: torch.nn.Module) -> None:
    values, tied = theirs()
    found = composer.weights(model, names=NAMES)
    assert sorted(found) == sorted(values)
    assert all(torch.equal(found[name], values[name]) for name in values)
    assert len(found) == len(model.state_dict())
    assert sum(each.numel() for each in model.parameters()) == FIXTURE["count"]
    assert all(found[name].data_ptr() == found[other].data_ptr() for name, other in tied.items())


def test_the_table_fits_every_preset() -> None:
    assert check_weight_names("mamba") == ("mamba/mamba for mamba/lm",)


def test_a_file_without_what_is_tied_fits(tmp_path: Path) -> None:
    values, tied = theirs()
    torch.save({name: each for name, each in values.items() if name not in tied}, tmp_path / "m.pt")
    command = [sys.executable, "-m", "netwright.composer.cli", "weights", "mamba/lm", "m.pt"]
    command += [f"--set={name}={value}" for name, value in SMALL.items()]
    done = subprocess.run(
        [*command, "--names", NAMES], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("m.pt: fits mamba, "), done.stderr
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f'they are those of the table "{NAMES}"' in done.stderr


def test_outputs_are_those_of_the_reference(model: torch.nn.Module, tokens: torch.Tensor) -> None:
    (expected,) = FIXTURE["outputs"]
    with torch.no_grad():
        found = model(tokens)
        other = model(tokens.roll(1, 0))
    assert list(found.shape) == expected["shape"]
    flat = found.double().flatten()
    allowed = 1e-5 * max(1.0, float(flat.abs().max()))
    sample = torch.tensor(expected["sample"], dtype=torch.float64)
    assert float((flat[:: expected["stride"]] - sample).abs().max()) <= allowed
    assert abs(float(flat.sum()) - expected["sum"]) <= allowed * len(flat)
    assert abs(float(flat.norm()) - expected["l2"]) <= allowed * math.sqrt(len(flat))
    assert float((found - other).abs().max()) > 1e-3


def test_every_parameter_moves_the_output(model: torch.nn.Module, tokens: torch.Tensor) -> None:
    noise = torch.Generator().manual_seed(0)
    still = []
    with torch.no_grad():
        before = model(tokens)
        for name, each in model.named_parameters():
            kept = each.clone()
            each.add_(torch.randn(each.shape, generator=noise), alpha=0.1)
            if float((model(tokens) - before).abs().max()) < 1e-4:
                still.append(name)
            each.copy_(kept)
    assert still == FIXTURE["dead"]


def test_no_token_reads_a_later_one(model: torch.nn.Module, tokens: torch.Tensor) -> None:
    changed = tokens.clone()
    changed[:, 5] = (changed[:, 5] + 1) % SMALL["vocab"]
    with torch.no_grad():
        moved = (model(tokens) - model(changed)).abs().amax(dim=(0, 2))
    assert not moved[:5].any()
    assert moved[5:].all()


COUNT = """
import sys
sys.modules["torch"] = None  # importing it now fails
from netwright.composer.cli import main
sys.exit(main())
"""


@pytest.mark.parametrize("preset", PUBLISHED)
def test_parameters_are_as_many_as_published(preset: str) -> None:
    made = composer.compile(specs.load("mamba/lm", preset=preset), device="meta")
    assert sum(each.numel() for each in made.parameters()) == PUBLISHED[preset]
    command = [sys.executable, "-c", COUNT, "summary", "mamba/lm", "--preset", preset, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    counted: dict[str, Any] = json.loads(done.stdout)
    assert counted["parameters"] == PUBLISHED[preset], done.stderr
