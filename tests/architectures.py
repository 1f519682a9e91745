"""The specs of the zoo at sizes that run quickly, and the reference that each must reproduce.

Names are mapped by tables, never by order: equal shapes in another order would pass in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import nn

from netwright import composer, specs
from netwright.composer.graph import Graph
from netwright.composer.trial import made_up
from references import reference


@dataclass(frozen=True)
class Source:
    """Where a tensor's value stands: one of several equal parts (of the last dimension) of a tensor."""

    name: str
    part: int = 0
    parts: int = 1
    transposed: bool = False

    def value(self, values: Mapping[str, torch.Tensor]) -> torch.Tensor:
        value = values[self.name].chunk(self.parts, dim=-1)[self.part]
        return value.T if self.transposed else value


@dataclass(frozen=True)
class Architecture:
    """A spec of the zoo and how it is set.

    reference: the fixture that it must reproduce. sources: tensor of the model -> where the fixture has
    it. inputs: input of the model -> the fixture's. shapes: small values of its symbolic sizes.
    """

    spec: str
    preset: str | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    sources: Mapping[str, Source] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, int] = field(default_factory=dict)

    def arguments(self) -> list[str]:
        """The same on the command line."""
        preset = ["--preset", self.preset] if self.preset else []
        settings = [f"--set={name}={value}" for name, value in self.set.items()]
        return [self.spec, *preset, *settings]


WEIGHT_AND_BIAS = ("weight", "bias")
NORM = ("weight", "bias", "running_mean", "running_var")


def _modules(
    table: Mapping[str, str], tensors: Sequence[str] = WEIGHT_AND_BIAS
) -> dict[str, Source]:
    return {
        f"{own}.{tensor}": Source(f"{theirs}.{tensor}")
        for own, theirs in table.items()
        for tensor in tensors
    }


def _resnet(depths: Sequence[int], convolutions: int) -> dict[str, Source]:
    """convolutions: of each residual block."""
    convs, norms = {"stem.conv": "conv1"}, {"stem.norm": "bn1"}
    for stage, depth in enumerate(depths):
        for block in range(depth):
            own, theirs = f"stages.{stage}.blocks.{block}", f"layer{stage + 1}.{block}"
            for number in range(1, convolutions + 1):
                convs[f"{own}.conv{number}.conv"] = f"{theirs}.conv{number}"
                norms[f"{own}.conv{number}.norm"] = f"{theirs}.bn{number}"
            if block == 0 and (stage > 0 or convolutions == 3):
                convs[f"{own}.shortcut.conv"] = f"{theirs}.downsample.0"
                norms[f"{own}.shortcut.norm"] = f"{theirs}.downsample.1"
    return {
        **_modules(convs, ["weight"]),
        **_modules(norms, NORM),
        **_modules({"logits": "fc"}),
    }


def _gpt2(layers: int) -> dict[str, Source]:
    """The projections of attention are one tensor there, and every linear map is stored [in, out]."""
    found = _modules({"norm": "transformer.ln_f"})
    found["embed.weight"] = Source("transformer.wte.weight")
    found["position.weight"] = Source("transformer.wpe.weight")
    found["logits.weight"] = Source("lm_head.weight")
    for number in range(layers):
        own, theirs = f"layers.{number}", f"transformer.h.{number}"
        found |= _modules(
            {f"{own}.attend.norm": f"{theirs}.ln_1", f"{own}.feed.norm": f"{theirs}.ln_2"}
        )
        for part, projection in enumerate(("query", "key", "value")):
            place = f"{own}.attend.attention.{projection}"
            found[f"{place}.weight"] = Source(f"{theirs}.attn.c_attn.weight", part, 3, True)
            found[f"{place}.bias"] = Source(f"{theirs}.attn.c_attn.bias", part, 3)
        for place, other in (
            (f"{own}.attend.attention.output", f"{theirs}.attn.c_proj"),
            (f"{own}.feed.up", f"{theirs}.mlp.c_fc"),
            (f"{own}.feed.down", f"{theirs}.mlp.c_proj"),
        ):
            found[f"{place}.weight"] = Source(f"{other}.weight", transposed=True)
            found[f"{place}.bias"] = Source(f"{other}.bias")
    return found


ARCHITECTURES = {
    "mlp": Architecture(
        "mlp",
        set={"sizes": [728, 16, 10]},
        reference="mlp_728_16_10",
        sources=_modules({"layers.0.linear": "fc.0", "layers.1.linear": "fc.1"}),
        inputs={"x": "x"},
        shapes={"batch": 3},
    ),
    "lenet5": Architecture(
        "lenet5",
        reference="lenet5_modern",
        sources=_modules(
            {"conv1": "c1", "conv2": "c3", "conv3": "c5", "hidden": "f6", "logits": "out"}
        ),
        inputs={"image": "x"},
        shapes={"batch": 3},
    ),
    "resnet18": Architecture(
        "resnet",
        preset="resnet18",
        reference="tv_resnet18",
        sources=_resnet([2, 2, 2, 2], 2),
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 40, "width": 49},
    ),
    "resnet50": Architecture(
        "resnet",
        preset="resnet50",
        reference="tv_resnet50",
        sources=_resnet([3, 4, 6, 3], 3),
        inputs={"image": "x"},
        shapes={"batch": 2, "height": 40, "width": 49},
    ),
    "gpt": Architecture(
        "gpt",
        set={"vocab": 97, "context": 32, "width": 32, "layers": 2, "heads": 4},
        reference="gpt2",
        sources=_gpt2(2),
        inputs={"tokens": "input_ids"},
        shapes={"batch": 2, "seq": 5},
    ),
    "gcn": Architecture(
        "gcn",
        set={"features": 8},
        reference="gcn_cora",
        sources={
            "conv1.lin.weight": Source("a.lin.weight"),
            "conv1.bias": Source("a.bias"),
            "conv2.lin.weight": Source("b.lin.weight"),
            "conv2.bias": Source("b.bias"),
        },
        inputs={"x": "x", "edge_index": "edge_index"},
        shapes={"nodes": 6, "edges": 11},
    ),
    "conv_autoencoder": Architecture(
        "conv_autoencoder",
        set={"widths": [4, 8, 12]},
        shapes={"batch": 2, "height": 16, "width": 24},
    ),
}
REFERENCED = [name for name, each in ARCHITECTURES.items() if each.reference]


@cache
def graph(name: str) -> Graph:
    """The checked graph of an architecture."""
    each = ARCHITECTURES[name]
    return composer.check(specs.load(each.spec, preset=each.preset, set=each.set))


def model(name: str, **options: Any) -> nn.Module:
    """The compiled model in eval mode, with the weights of its reference, or those of seed 0."""
    each = ARCHITECTURES[name]
    made = composer.compile(graph(name), seed=0, **options).eval()
    if each.reference:
        fill(made, each)
    return made


def fill(made: nn.Module, architecture: Architecture) -> None:
    """Give the model the weights of its reference."""
    values = reference(architecture.reference).values
    state = {own: source.value(values) for own, source in architecture.sources.items()}
    unmatched = made.load_state_dict(state, strict=False)
    # How many batches a norm has seen is no matter in eval mode, and fixtures leave it out.
    left = [own for own in unmatched.missing_keys if not own.endswith("num_batches_tracked")]
    assert not left
    assert not unmatched.unexpected_keys


def inputs(name: str, **sizes: int) -> list[torch.Tensor]:
    """Made-up input of small sizes; `sizes` gives others."""
    return made_up(graph(name), {**ARCHITECTURES[name].shapes, **sizes})
