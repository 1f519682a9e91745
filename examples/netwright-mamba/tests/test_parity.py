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

FIXTURE = json.loads(Path(__file__).with_name("mamba_130m.json").read_text(encoding="utf-8"))
SMALL = {"vocab": 97, "width": 32, "layers": 2, "state": 4}
PUBLISHED = {
    "mamba_130m": 129_135_360,
    "mamba_370m": 371_516_416,
    "mamba_790m": 793_204_224,
    "mamba_1.4b": 1_372_178_432,
    "mamba_2.8b": 2_768_345_600,
}
OURS_TO_THEIRS = {
    "embed.weight": "backbone.embeddings.weight",
    "layers.N.norm.weight": "backbone.layers.N.norm.weight",
    "layers.N.mixer.in_proj.weight": "backbone.layers.N.mixer.in_proj.weight",
    "layers.N.mixer.conv.weight": "backbone.layers.N.mixer.conv1d.weight",
    "layers.N.mixer.conv.bias": "backbone.layers.N.mixer.conv1d.bias",
    "layers.N.mixer.x_proj.weight": "backbone.layers.N.mixer.x_proj.weight",
    "layers.N.mixer.dt_proj.weight": "backbone.layers.N.mixer.dt_proj.weight",
    "layers.N.mixer.dt_proj.bias": "backbone.layers.N.mixer.dt_proj.bias",
    "layers.N.mixer.scan.A_log": "backbone.layers.N.mixer.A_log",
    "layers.N.mixer.scan.D": "backbone.layers.N.mixer.D",
    "layers.N.mixer.out_proj.weight": "backbone.layers.N.mixer.out_proj.weight",
    "norm.weight": "backbone.norm_f.weight",
    "logits.weight": "lm_head.weight",
}


def table(layers: int) -> dict[str, str]:
    """Tensor of ours -> tensor of theirs."""
    pairs = [
        (ours.replace("N", str(n)), theirs.replace("N", str(n)))
        for ours, theirs in OURS_TO_THEIRS.items()
        for n in range(layers if "N" in ours else 1)
    ]
    return dict(pairs)


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
    made.load_state_dict({ours: values[name] for ours, name in table(SMALL["layers"]).items()})
    return made


@pytest.fixture(scope="module")
def tokens() -> torch.Tensor:
    entry = FIXTURE["inputs"]["input_ids"]
    return torch.tensor(entry["data"]).reshape(entry["shape"])


def test_the_table_uses_each_tensor_once(model: torch.nn.Module) -> None:
    values, tied = theirs()
    assert sorted(table(SMALL["layers"]).values()) == sorted(values)
    assert set(table(SMALL["layers"])) == set(model.state_dict())
    assert sum(each.numel() for each in model.parameters()) == FIXTURE["count"]
    back = {name: ours for ours, name in table(SMALL["layers"]).items()}
    for name, other in tied.items():
        assert model.get_parameter(back[name]) is model.get_parameter(back[other])


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
    found = model(tokens)
    noise = torch.Generator().manual_seed(0)
    (found * torch.randn(found.shape, generator=noise)).sum().backward()
    gradients = {name: each.grad for name, each in model.named_parameters()}
    still = [name for name, each in gradients.items() if each is None or each.abs().max() < 1e-4]
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
