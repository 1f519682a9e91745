"""Initialisers by patterns, and memory."""

from __future__ import annotations

import gc
import math
import weakref
from typing import Any

import pytest
import torch
from graphs import Add, Build, Conv2d, LayerNorm, Linear, Relu, gpt
from torch.utils._python_dispatch import TorchDispatchMode

from netwright.composer.compiling import compile_graph
from netwright.composer.emission import emit_graph
from netwright.composer.graph import Graph
from netwright.specs.sizes import symbol
from netwright.specs.tensors import Tensor

FLAT = Tensor((symbol("batch"), 64))


def constant(value: float) -> tuple[str, tuple[tuple[str, Any], ...]]:
    return "constant", (("val", value),)


def rules(*pairs: tuple[str, float]) -> tuple[Any, ...]:
    return tuple((pattern, *constant(value)) for pattern, value in pairs)


def two_levels(inner: Any = (), outer: Any = (), **rest: Any) -> Graph:
    body = (
        Build("body", {"x": FLAT}, inits=inner)
        .node("norm", LayerNorm())
        .node("fc", Linear(out_features=64))
    )
    build = Build("net", {"x": FLAT}, inits=outer, **rest)
    return build.node("parts", body.graph(), repeat=2).node("fc", Linear(out_features=64)).graph()


def values(graph: Graph) -> dict[str, float]:
    model = compile_graph(graph)
    found = {}
    for name, parameter in model.named_parameters():
        if torch.all(parameter == parameter.flatten()[0]):
            found[name] = parameter.flatten()[0].item()
    return found


def test_the_nearest_level_wins() -> None:
    found = values(two_levels(rules(("fc.weight", 1)), rules(("*.weight", 2), ("*.bias", 3))))
    assert found == {
        "parts.0.norm.weight": 2, "parts.0.norm.bias": 3, "parts.0.fc.weight": 1, "parts.0.fc.bias": 3,
        "parts.1.norm.weight": 2, "parts.1.norm.bias": 3, "parts.1.fc.weight": 1, "parts.1.fc.bias": 3,
        "fc.weight": 2, "fc.bias": 3,
    }  # fmt: skip


def test_in_one_level_the_first_wins() -> None:
    found = values(two_levels((), rules(("fc.*", 1), ("*", 2))))
    assert found["fc.weight"] == found["fc.bias"] == 1
    assert {each for name, each in found.items() if not name.startswith("fc")} == {2}


def test_a_star_crosses_dots_and_a_leading_one_may_match_nothing() -> None:
    found = values(two_levels((), rules(("*.fc.weight", 1), ("parts*bias", 2))))
    assert found["fc.weight"] == found["parts.1.fc.weight"] == 1
    assert found["parts.0.norm.bias"] == found["parts.1.fc.bias"] == 2
    assert found.get("fc.bias") is None


def test_a_suffix_is_not_taken_for_a_part_of_a_name() -> None:
    build = Build("net", {"x": FLAT}, inits=rules(("*.fc.bias", 5)))
    graph = build.node("xfc", Linear(out_features=64)).node("fc", Linear(out_features=64)).graph()
    assert list(values(graph)) == ["fc.bias"]


def test_tied_is_initialised_under_the_name_it_is_tied_to() -> None:
    ties = (("fc.weight", "parts.0.fc.weight"),)
    found = values(two_levels((), rules(("fc.weight", 1), ("parts.0.fc.weight", 2)), ties=ties))
    assert found["parts.0.fc.weight"] == 2
    ties = (("parts.0.fc.weight", "fc.weight"),)
    found = values(two_levels((), rules(("fc.weight", 1), ("parts.0.fc.weight", 2)), ties=ties))
    assert found["parts.0.fc.weight"] == 1


def test_one_name_is_written_directly() -> None:
    graph = two_levels((), (("fc.weight", "normal", (("std", 0.5),)),))
    assert "        nn.init.normal_(self.fc.weight, std=0.5)\n" in emit_graph(graph)
    assert math.isclose(compile_graph(graph, seed=0).fc.weight.std().item(), 0.5, rel_tol=0.1)  # type: ignore[union-attr, operator, arg-type]


@pytest.mark.parametrize(
    "name",
    ["zeros", "ones", "orthogonal", "kaiming_normal", "xavier_uniform", "eye", "trunc_normal"],
)
def test_every_initialiser_is_called(name: str) -> None:
    graph = two_levels((), (("fc.weight", name, ()),))
    torch.manual_seed(0)
    expected = getattr(torch.nn.init, f"{name}_")(torch.empty(64, 64))
    found = compile_graph(graph).fc.weight  # type: ignore[union-attr]
    assert math.isclose(found.std().item(), expected.std().item(), rel_tol=0.1, abs_tol=1e-9)  # type: ignore[union-attr, operator, arg-type]


def test_meta_has_no_values_and_the_same_names() -> None:
    graph = two_levels((), rules(("*", 2)))
    hollow, full = compile_graph(graph, device="meta"), compile_graph(graph)
    assert {n: p.shape for n, p in hollow.state_dict().items()} == {
        n: p.shape for n, p in full.state_dict().items()
    }
    assert all(p.is_meta for p in hollow.state_dict().values())


class Peak(TorchDispatchMode):
    """Counts the bytes of the results of operations that are alive at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known: set[int] = set()

    def _gone(self, key: int, size: int) -> None:
        self.now -= size
        self.known.discard(key)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for each in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(each, torch.Tensor):
                storage = each.untyped_storage()
                key = storage._cdata
                if key not in self.known:
                    self.known.add(key)
                    self.now += storage.nbytes()
                    weakref.finalize(storage, self._gone, key, storage.nbytes())
                    self.peak = max(self.peak, self.now)
        return result


def peak(model: Any, *inputs: torch.Tensor) -> int:
    gc.collect()
    with torch.no_grad(), Peak() as counted:
        model(*inputs)
    return counted.peak


IMAGE = Tensor((symbol("batch"), 4, symbol("height"), symbol("width")))


def residual() -> Graph:
    build = (
        Build("residual", {"x": IMAGE}).node("conv1", Conv2d(out_channels=4)).node("act", Relu())
    )
    build.node("conv2", Conv2d(out_channels=4)).node("add", Add(), "x", "conv2")
    return build.node("out", Relu()).graph()


class ByHand(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = torch.nn.Conv2d(4, 4, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv1(x)
        y = torch.relu(y)
        y = self.conv2(y)
        x = x + y
        return torch.relu(x)


@pytest.mark.parametrize("flat", [False, True])
def test_memory_is_as_by_hand(flat: bool) -> None:
    build = Build("net", {"x": IMAGE})
    if flat:
        for number in range(200):
            above = build.last
            build.node(f"conv{number}a", Conv2d(out_channels=4)).node(f"act{number}a", Relu())
            build.node(f"conv{number}b", Conv2d(out_channels=4)).node(
                f"sum{number}", Add(), above, build.last
            )
            build.node(f"act{number}b", Relu())
    else:
        build.node("blocks", residual(), repeat=200)
    image = torch.randn(1, 4, 16, 16)
    by_hand = torch.nn.Sequential(*(ByHand() for _ in range(200)))
    assert peak(compile_graph(build.graph()), image) <= peak(by_hand, image)


def test_a_model_is_collected_when_it_is_dropped() -> None:
    model = compile_graph(gpt())
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
