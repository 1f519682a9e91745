"""Faults that specs grown at random have shown, each as small as it could be made."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from netwright import composer, specs
from netwright.blocks.activation import Relu
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.plugins.catalogue import Catalogue
from netwright.specs.problems import SpecError


def checked(**spec: Any) -> Graph:
    """The graph of a spec with these keys."""
    return composer.check(specs.load({"netwright": 1, "name": "grown", **spec}))


def refusal(**spec: Any) -> SpecError:
    """What a check says against a spec."""
    with pytest.raises(SpecError) as caught:
        checked(**spec)
    return caught.value


def test_too_small_a_rank_under_dots_is_refused_once() -> None:
    inner = {"inputs": {"x": ["...", "c", "h"]}, "nodes": {"act": "relu"}}
    error = refusal(inputs={"x": ["n"]}, blocks={"inner": inner}, nodes={"a": {"block": "inner"}})
    assert [each.code for each in error.problems] == ["NW302"]


def test_what_is_left_out_gives_the_first_input_in_whatever_order_it_is_fed() -> None:
    node = {"block": "global_max_pool", "when": False, "from": {"batch": "batch", "x": "x"}}
    inputs = {"x": ["n", 3], "batch": {"shape": ["n"], "dtype": "int64"}}
    graph = checked(inputs=inputs, nodes={"pool": node})
    assert str(graph.outputs[""]) == "[n, 3]"
    x = torch.randn(2, 3)
    assert composer.compile(graph)(x, torch.zeros(2, dtype=torch.int64)) is x


def test_copies_that_hand_their_input_on_are_no_loop() -> None:
    graph = checked(
        inputs={"x": ["n"]}, nodes={"a": {"block": "identity", "repeat": 3}, "b": "neg"}
    )
    assert "for " not in composer.emit(graph)
    assert composer.compile(graph)(torch.ones(2)).tolist() == [-1, -1]
    model = composer.compile(graph, taps=["a.1", "a"])
    assert {name: each.tolist() for name, each in model(torch.ones(1))[1].items()} == {
        "a": [1],
        "a.1": [1],
    }


def test_gradients_go_through_a_power_of_booleans() -> None:
    inputs = {"x": ["n"], "y": {"shape": ["n"], "dtype": "bool"}}
    graph = checked(inputs=inputs, nodes={"a": {"block": "pow", "from": ["x", "y"]}})
    x = torch.tensor([0.0, 2.0, 3.0], requires_grad=True)
    output = composer.compile(graph)(x, torch.tensor([False, False, True]))
    output.sum().backward()
    assert output.tolist() == [1, 1, 3]
    assert x.grad is not None
    assert x.grad.tolist() == [0, 0, 1]


def test_of_a_sparse_table_for_one_index_is_warned() -> None:
    settings = {"num_embeddings": 3, "embedding_dim": 2, "sparse": True, "padding_idx": 0}
    inputs = {"x": {"shape": [], "dtype": "int64", "below": 3}}
    nodes = {"a": {"block": "embedding", **settings}}
    spec = specs.load({"netwright": 1, "name": "grown", "inputs": inputs, "nodes": nodes})
    _, warnings = elaborate(spec)
    assert [each.code for each in warnings] == ["NW308"]
    model = composer.compile(spec)
    with pytest.raises(IndexError):  # torch's own; without it the warning has no reason
        model(torch.tensor(1)).sum().backward()


def test_copies_of_which_only_some_hold_something() -> None:
    inputs = {"x": {"shape": ["n"], "dtype": "int64"}}
    graph = checked(inputs=inputs, nodes={"a": {"block": "to", "repeat": 3, "dtype": "float"}})
    assert composer.compile(graph)(torch.tensor([1, 2])).tolist() == [1.0, 2.0]


def test_what_is_tied_to_a_node_that_is_left_out_keeps_its_own() -> None:
    nodes = {
        "unread": {"block": "linear", "out_features": 4, "from": "x"},
        "out": {
            "block": "linear",
            "out_features": 4,
            "from": "x",
            "tie": {"weight": "unread.weight"},
        },
    }
    graph = checked(inputs={"x": ["n", 4]}, nodes=nodes)
    assert sorted(composer.compile(graph).state_dict()) == ["out.bias", "out.weight"]


def test_a_module_without_weights_is_made_for_one_size_too() -> None:
    settings = {"affine": False, "track_running_stats": False}
    error = refusal(inputs={"x": [3, "c", 3]}, nodes={"a": {"block": "batch_norm1d", **settings}})
    assert [each.code for each in error.problems] == ["NW306"]


def test_numbered_outputs_of_copies() -> None:
    graph = checked(
        inputs={"x": ["n", 8], "z": ["n", 8]},
        blocks={
            "pair": {
                "inputs": {"x": ["n", 8], "z": ["n", 8]},
                "nodes": {
                    "one": {"block": "relu", "from": "x"},
                    "two": {"block": "add", "from": ["one", "z"]},
                },
                "outputs": ["one", "two"],
            }
        },
        nodes={"run": {"block": "pair", "repeat": 3, "from": ["x", "z"]}},
        outputs=["run.1.0", "run.2.1"],
    )
    x, z = torch.randn(2, 8), torch.randn(2, 8)
    one, two = composer.compile(graph)(x, z)
    assert torch.equal(one, x.relu())
    assert torch.equal(two, x.relu() + z)


@pytest.mark.parametrize("setting", ["start_dim", "end_dim"])
def test_a_dimension_that_is_not_there_is_refused_at_its_setting(setting: str) -> None:
    node = {"block": "flatten", setting: 7}
    error = refusal(inputs={"x": ["n", 3, 4]}, nodes={"a": node, "b": "relu"})
    assert [each.code for each in error.problems] == ["NW302"]
    assert f'"{setting}": 7' in _line(error)


def _line(error: SpecError) -> str:
    place = error.problems[0].place
    assert place is not None
    return place.source.line(place.line)


def test_a_rule_may_blame_a_setting_that_its_block_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Relu, "infer", lambda self, x: x.with_sizes(x.sizes[x.dim(9)]))  # noqa: ARG005
    error = refusal(inputs={"x": ["n", 3, 4]}, nodes={"a": "relu", "b": "neg"})
    assert [each.code for each in error.problems] == ["NW302"]


def test_parallel_without_copies_is_refused() -> None:
    error = refusal(inputs={"x": ["n"]}, nodes={"a": {"block": "relu", "parallel": True}})
    assert [each.code for each in error.problems] == ["NW191"]
    assert '"parallel"' in _line(error)


def test_a_setting_of_several_types_is_refused_once() -> None:
    node = {"block": "masked_fill", "value": "wrong", "from": ["x", "m"]}
    inputs = {"x": ["n"], "m": {"shape": ["n"], "dtype": "bool"}}
    error = refusal(inputs=inputs, nodes={"a": node})
    assert [each.code for each in error.problems] == ["NW512"]


def test_a_node_that_is_null_is_refused() -> None:
    error = refusal(inputs={"x": ["n"]}, nodes={"a": "$(null)", "b": "relu"})
    assert [each.code for each in error.problems] == ["NW501"]


@pytest.mark.parametrize("ending", ["", ".yaml"])
def test_a_name_too_long_for_a_file_is_refused(ending: str) -> None:
    error = refusal(
        params={"model": "a" * 5000 + ending},
        inputs={"x": ["batch", 3]},
        blocks={"model": {"use": "$model"}},
        nodes={"y": {"block": "model"}},
    )
    assert [each.code for each in error.problems] == ["NW111"]


def test_what_one_copy_gives_and_the_first_is_not_given() -> None:
    edges = {"shape": [2, "m"], "dtype": "int64", "below": "n"}
    loops = {"block": "add_remaining_self_loops", "from": ["edges", "x"], "repeat": 3}
    model = composer.compile(
        checked(inputs={"x": ["n", 4], "edges": edges}, nodes={"loops": loops})
    )
    given = torch.tensor([[0, 1], [1, 0]])
    assert model(torch.zeros(2, 4), given).tolist() == [
        [0, 1, *[0, 1] * 3],
        [1, 0, *[0, 1] * 3],
    ]


def test_an_initialiser_that_fits_nothing_is_warned_of() -> None:
    linear = {"block": "linear", "out_features": 4}
    nodes = {
        "a": {**linear, "init": {"weigth": "zeros"}},
        "b": {**linear, "init": {"*.bias": {"constant": {"val": 7}}}},
    }
    warnings = elaborate(
        specs.load({"netwright": 1, "inputs": {"x": ["n", 4]}, "nodes": nodes}), Catalogue()
    )[1]
    assert [(each.code, each.message) for each in warnings] == [
        ("NW212", "no parameter has a name like 'weigth' in a")
    ]
    model = composer.compile(checked(inputs={"x": ["n", 4]}, nodes=nodes))
    assert model.b.bias.tolist() == [7] * 4


@pytest.mark.parametrize(
    "params",
    [
        {"a": {"block": "$a"}},
        {"a": {"block": "$b"}, "b": {"block": "$a"}},
        {"a": {"type": "block", "default": {"block": "$a"}}},
    ],
)
def test_a_block_that_comes_down_to_itself_is_refused(params: dict[str, Any]) -> None:
    error = refusal(params=params, inputs={"x": ["n"]}, nodes={"y": {"block": "$a"}})
    assert {each.code for each in error.problems} == {"NW501"}


def test_a_block_handed_down_a_recursion_is_not_itself() -> None:
    deeper = {
        "block": "rec",
        "inner": {"block": "$inner"},
        "depth": "$(depth - 1)",
        "when": "$(depth > 0)",
    }
    rec = {
        "params": {"inner": "block", "depth": "int"},
        "nodes": {"a": {"block": "$inner"}, "deeper": deeper},
    }
    linear = {"block": "linear", "out_features": 4}
    graph = checked(
        inputs={"x": ["n", 4]},
        blocks={"rec": rec},
        nodes={"y": {"block": "rec", "inner": linear, "depth": 3}},
    )
    assert str(graph.outputs[""]) == "[n, 4]"


def test_a_billion_recurrent_layers_are_refused() -> None:
    lstm = {"block": "lstm", "hidden_size": 3, "num_layers": 10**9}
    error = refusal(inputs={"x": ["n", 2, 4]}, nodes={"y": lstm})
    assert [each.code for each in error.problems] == ["NW512"]


def test_an_output_called_as_a_node_inside_is_tapped_of_copies_too() -> None:
    inner: dict[str, Any] = {"inputs": {"x": ["n", 4]}, "nodes": {"y": "relu", "z": "tanh"}}
    inner["outputs"] = {"z": "z", "y": "y"}
    quantize = {"block": "inner", "repeat": 1}
    outer = {
        "inputs": {"x": ["n", 4]},
        "nodes": {"a": quantize},
        "outputs": {"z": "a.z", "y": "a.y"},
    }
    graph = checked(
        inputs={"x": ["n", 4]},
        blocks={"inner": inner, "outer": outer},
        nodes={"b": {"block": "outer"}},
        outputs=["b.z", "b.y"],
    )
    model = composer.compile(graph, taps=["b.a.y"])
    x = torch.randn(3, 4)
    (_, kept), taps = model(x)
    assert taps.keys() == {"b.a.y"}
    assert torch.equal(taps["b.a.y"], kept)


def test_a_loop_added_to_edges_of_which_nothing_is_known_bounds_nothing() -> None:
    node = {"block": "add_remaining_self_loops", "from": ["edges", "x"]}
    edges = {"shape": [2, "e"], "dtype": "int64"}
    graph = checked(inputs={"edges": edges, "x": ["n"]}, nodes={"y": node})
    assert graph.nodes["y"].outputs["edge_index"].below is None


def test_a_graph_beyond_those_that_are_pooled_is_warned_of() -> None:
    node = {"block": "global_max_pool", "from": ["x", "batch"], "size": 2}
    inputs = {"x": ["n", 3], "batch": {"shape": ["n"], "dtype": "int64"}}
    spec = specs.load({"netwright": 1, "inputs": inputs, "nodes": {"pool": node}})
    assert [each.code for each in elaborate(spec, Catalogue())[1]] == ["NW308"]


def test_a_misspelt_copy_is_one_of_what_has_copies() -> None:
    linear = {"block": "linear", "out_features": 4, "repeat": 2}
    nodes = {"nn": "relu", "len": linear, "y": {"block": "tanh", "from": "en.0"}}
    (problem,) = refusal(inputs={"x": ["n", 4]}, nodes=nodes).problems
    assert problem.help == "did you mean `len` or `nn`?"


def test_tensors_are_promoted_two_at_a_time() -> None:
    inputs = {
        "x": {"shape": ["n"], "dtype": "int16"},
        "y": {"shape": [], "dtype": "float"},
        "z": {"shape": [1], "dtype": "bfloat16"},
    }
    error = refusal(inputs=inputs, nodes={"sum": {"block": "add", "from": ["x", "y", "z"]}})
    assert [each.code for each in error.problems] == ["NW303"]
    graph = checked(inputs=inputs, nodes={"sum": {"block": "add", "from": ["z", "x", "y"]}})
    model = composer.compile(graph)
    found = model(torch.ones(3, dtype=torch.int16), torch.ones(()), torch.ones(1).bfloat16())
    assert str(found.dtype) == f"torch.{graph.outputs[''].dtype}" == "torch.bfloat16"


@pytest.mark.parametrize("copies", [{}, {"repeat": 2}])
def test_what_a_body_ties_is_tied_where_its_nodes_come_to_stand(copies: dict[str, int]) -> None:
    linear = {"block": "linear", "out_features": 4}
    body = {"a": linear, "b": {**linear, "tie": {"weight": "a.weight"}}}
    nodes = {"y": {"block": "residual", "body": body, **copies}}
    graph = checked(inputs={"x": ["n", 4]}, nodes=nodes)
    model = composer.compile(graph)
    weights = dict(model.named_parameters(remove_duplicate=False))
    heads = ["y.0", "y.1"] if copies else ["y"]
    for head in heads:
        assert weights[f"{head}.b.weight"] is weights[f"{head}.a.weight"]
    assert composer.summary(graph).as_json()["parameters"] == len(heads) * (16 + 4 + 4)


def test_facts_that_exclude_each_other_are_no_suggestion() -> None:
    """Settling the one question asked for a size of at most 5, the next one for at least 6."""
    node = {"block": "narrow", "dim": 0, "start": -4, "length": "$(wide - 1)"}
    error = refusal(dims={"wide": {"min": 2}}, inputs={"x": ["wide"]}, nodes={"out": node})
    assert [each.code for each in error.problems] == ["NW304"]


@pytest.mark.parametrize(
    "expression", ["-act", "act + 1", "2 * act", "abs(act)", "act < 2", "[1, 2][act]", "act ** 2"]
)
def test_nothing_is_computed_of_a_block(expression: str) -> None:
    params = {"act": {"default": {"block": "relu"}}}
    node = {"block": "mul", "other": f"$({expression})"}
    error = refusal(params=params, inputs={"x": ["n"]}, nodes={"y": node})
    assert [each.code for each in error.problems] == ["NW131"]


def test_of_two_short_names_that_are_as_near_none_is_put_in() -> None:
    text = "netwright: 1\ninputs: {x: [n], x2: [n]}\nnodes: {y: {block: relu, from: xx}}\n"
    with pytest.raises(SpecError) as caught:
        composer.check(specs.loads(text))
    (problem,) = caught.value.problems
    assert problem.help == "did you mean `x2` or `x`?"
    assert problem.fix is None
