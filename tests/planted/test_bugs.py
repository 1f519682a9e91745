"""Every block with a bug is accepted and runs on what its examples say, and the bug can be seen."""

from __future__ import annotations

import copy
import pickle
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from netwright import composer, specs
from netwright.composer.graph import Graph
from netwright.composer.trial import attempt
from netwright.plugins.block import schema
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.docstrings import Example, parse_docstring
from planted.blocks import BUGS, GOOD, Bug

ALL = {**BUGS, **GOOD}


def catalogue(bug: Bug) -> Catalogue:
    return Catalogue([bug.file])


def examples(bug: Bug) -> tuple[Example, ...]:
    return parse_docstring(catalogue(bug).find(bug.block).__doc__ or "").examples


def network(bug: Bug, inputs: dict[str, Any], outputs: list[str], **settings: Any) -> Graph:
    node = {**settings, "block": bug.block, "from": list(inputs)}
    spec: dict[str, Any] = {"netwright": 1, "inputs": inputs, "nodes": {"a": node}}
    if len(outputs) > 1:
        spec["outputs"] = [f"a.{each}" for each in outputs]
    return composer.check(specs.load(spec), catalogue=catalogue(bug))


def of_example(bug: Bug, example: Example) -> Graph:
    inputs = {
        name: {"shape": list(each.sizes), "dtype": each.dtype}
        | ({} if each.below is None else {"below": each.below})
        for name, each in example.inputs.items()
    }
    return network(bug, inputs, list(example.outputs), **example.settings)


def made(name: str, *sizes: Any, **settings: Any) -> nn.Module:
    torch.manual_seed(0)
    return composer.compile(network(BUGS[name], {"x": list(sizes)}, [""], **settings)).eval()


@pytest.mark.parametrize("name", ALL)
def test_it_runs_on_its_examples(name: str) -> None:
    for example in examples(ALL[name]):
        graph = of_example(ALL[name], example)
        said = [str(each).partition(" below ")[0] for each in example.outputs.values()]
        came = [str(each) for each in graph.outputs.values()]
        if name != "untrue_example":
            assert came == said
        assert "but" not in attempt(graph)


def differs(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape != other.shape or not torch.allclose(one, other)


def fails(action: Callable[[], object]) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            action()
        except Exception:  # noqa: BLE001 - in which way does not matter
            return True
    return False


def without_gradient(model: nn.Module, x: torch.Tensor) -> bool:
    model(x.requires_grad_()).sum().backward()
    return any(each.grad is None for each in model.parameters())


def order_of_nodes() -> bool:
    graph = of_example(BUGS["order_of_nodes"], examples(BUGS["order_of_nodes"])[0])
    model, x = composer.compile(graph), torch.randn(4, 4)
    edges, order = torch.tensor([[0, 0, 2], [1, 3, 3]]), torch.tensor([2, 0, 3, 1])
    moved = model(x[order], torch.argsort(order)[edges])
    return differs(moved, model(x, edges)[order])


def not_seeded() -> bool:
    model, x = made("not_seeded", "n", 4).train(), torch.ones(2, 4)
    random.seed(1)
    torch.manual_seed(0)
    one = model(x)
    torch.manual_seed(0)
    return differs(one, model(x))


def untold() -> bool:
    inputs = {"memory": [5, 2], "which": {"shape": [3], "dtype": "int64"}}
    model = composer.compile(network(BUGS["untold_index"], inputs, [""]))
    return fails(lambda: model(torch.ones(5, 2), torch.tensor([0, 1, 5])))


def updated() -> bool:
    model = made("updates_in_evaluation", "n", 4)
    before = copy.deepcopy(model.state_dict())
    model(torch.ones(2, 4))
    return any(differs(before[name], each) for name, each in model.state_dict().items())


def lost() -> bool:
    graph = network(BUGS["state_dict_loses_a_buffer"], {"x": ["n", 4]}, [""], out_features=3)
    one, other = (composer.compile(graph, seed=seed) for seed in (0, 1))
    other.load_state_dict(one.state_dict())
    return differs(one(torch.ones(2, 4)), other(torch.ones(2, 4)))


def changed() -> bool:
    x = torch.full((2, 4), 3.0)
    made("changes_its_input", "n", 4)(x)
    return bool((x != 3).any())


def twins() -> bool:
    nodes = {name: {"block": "banking/prototypes", "from": "x"} for name in "ab"}
    spec = {"netwright": 1, "inputs": {"x": ["n", 4]}, "nodes": nodes, "outputs": ["a", "b"]}
    found = composer.compile(specs.load(spec), catalogue=catalogue(BUGS["one_table_for_all"]))
    return len(list(found.parameters())) == 1


def is_moved_otherwise() -> bool:
    model, x = made("not_shift_equivariant", "n", 2, "h", "w"), torch.randn(1, 2, 5, 5)
    inside = slice(3, 4)  # away from the edges
    return differs(model(x.roll(2, -1))[..., inside], model(x).roll(2, -1)[..., inside])


def sees_the_next() -> bool:
    model, x = made("not_causal", "n", 2, "t", out_channels=2), torch.randn(1, 2, 6)
    later = x.clone()
    later[..., 3:] += 1
    return differs(model(x)[..., :3], model(later)[..., :3])


def twice(name: str, *sizes: int) -> bool:
    model, x = made(name, *sizes), torch.randn(*sizes)
    return differs(model(x), model(x))


def undescribed() -> bool:
    properties = schema(
        catalogue(BUGS["undocumented_setting"]).find("weighing/weigh")
    ).json_schema()
    return any("description" not in each for each in properties["properties"].values())  # type: ignore[index]


def counted() -> bool:
    from torch.utils.flop_counter import FlopCounterMode

    graph = network(BUGS["wrong_flops"], {"x": [2, 3, 4]}, [""])
    with FlopCounterMode(display=False) as counter:
        composer.compile(graph)(torch.randn(2, 3, 4))
    return bool(counter.get_total_flops() != composer.summary(graph).as_json()["flops"])


SEEN: dict[str, Callable[[], bool]] = {
    "wrong_for_odd_sizes": lambda: (
        made("wrong_for_odd_sizes", 2, 1, 5)(torch.ones(2, 1, 5)).shape[-1] == 2
    ),
    "dead_parameter": lambda: without_gradient(made("dead_parameter", "n", 4), torch.randn(2, 4)),
    "gradient_is_cut": lambda: without_gradient(
        made("gradient_is_cut", "n", "s", 4), torch.randn(2, 3, 4)
    ),
    "hidden_state": lambda: twice("hidden_state", 2, 4),
    "fixed_device": lambda: fails(
        lambda: made("fixed_device", "n", "s", 4)(torch.randn(2, 3, 4, device="meta"))
    ),
    "batch_leak": lambda: differs(
        made("batch_leak", "n", 4)(torch.eye(4))[:1], made("batch_leak", "n", 4)(torch.eye(4)[:1])
    ),
    "unpicklable": lambda: fails(lambda: pickle.dumps(made("unpicklable", "n", 4))),
    "changes_its_input": changed,
    "weight_turned_round": lambda: (
        made("weight_turned_round", "n", 4, out_features=3).a.weight.shape == (4, 3)
    ),
    "never_refuses": lambda: fails(lambda: made("never_refuses", "n", 3)(torch.randn(2, 3))),
    "single_precision": lambda: (
        made("single_precision", "n", 4).double()(torch.randn(2, 4).double()).dtype == torch.float32
    ),
    "fixed_dtype": lambda: fails(
        lambda: made("fixed_dtype", "n", 4).bfloat16()(torch.randn(2, 4).bfloat16())
    ),
    "noise_in_evaluation": lambda: twice("noise_in_evaluation", 2, 3, 4),
    "not_seeded": not_seeded,
    "updates_in_evaluation": updated,
    "state_dict_loses_a_buffer": lost,
    "contiguous_only": lambda: fails(
        lambda: made("contiguous_only", "n", 4, 6, group=2)(torch.randn(2, 6, 4).mT)
    ),
    "values_while_it_is_made": lambda: fails(
        lambda: composer.compile(
            network(BUGS["values_while_it_is_made"], {"x": ["n", 4]}, [""]), device="meta"
        )
    ),
    "branch_on_data": lambda: fails(
        lambda: torch.export.export(made("branch_on_data", 4), (torch.randn(4),), strict=True)
    ),
    "undocumented_setting": undescribed,
    "setting_without_effect": lambda: (
        not differs(
            made("setting_without_effect", "n", 4)(torch.eye(4)),
            made("setting_without_effect", "n", 4, temperature=9.0)(torch.eye(4)),
        )
    ),
    "untrue_example": lambda: any(
        [str(each) for each in of_example(BUGS["untrue_example"], example).outputs.values()]
        != [str(each) for each in example.outputs.values()]
        for example in examples(BUGS["untrue_example"])
    ),
    "bound_too_low": lambda: bool(
        (made("bound_too_low", "n", borders=2)(torch.tensor([5.0])) >= 2).all()
    ),
    "untold_index": untold,
    "one_table_for_all": twins,
    "wrong_flops": counted,
    "not_causal": sees_the_next,
    "not_shift_equivariant": is_moved_otherwise,
    "order_of_nodes": order_of_nodes,
}


def test_each_bug_is_shown() -> None:
    assert SEEN.keys() == BUGS.keys()


@pytest.mark.parametrize("name", BUGS)
def test_the_bug_can_be_seen(name: str) -> None:
    assert SEEN[name]()
