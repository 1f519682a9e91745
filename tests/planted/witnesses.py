"""For each wrong rule one spec that shows it: what is checked, and what runs.

A net must find the faults by its own means; a witness only proves that the fault is there to be found.
"""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]


def spec(inputs: Spec, nodes: Spec, **more: Any) -> Spec:
    """A whole file with these inputs and nodes."""
    return {"netwright": 1, "name": "witness", "inputs": inputs, "nodes": nodes, **more}


def one(inputs: Spec, block: str, **more: Any) -> Spec:
    """A file with one block, its settings, and `dims` if they are given."""
    dims = {"dims": more.pop("dims")} if "dims" in more else {}
    reads = {"from": list(inputs)} if len(inputs) > 1 else {}
    return spec(inputs, {"out": {"block": block, **reads, **more}}, **dims)


def typed(dtype: str, *sizes: Any) -> Spec:
    return {"shape": list(sizes), "dtype": dtype}


TOKENS: Spec = {"shape": ["n"], "dtype": "int64", "below": 10}
MORE_TOKENS: Spec = {"shape": ["n"], "dtype": "int64", "below": 20}

WITNESSES: dict[str, Spec] = {
    "stride_rounds_up": one(
        {"image": [2, 4, 8, 8]}, "conv2d", out_channels=2, kernel_size=3, stride=2
    ),
    "dilation_times_the_kernel": one(
        {"image": [2, 4, 8, 8]}, "conv2d", out_channels=2, kernel_size=3, dilation=2
    ),
    "ceil_mode_keeps_every_window": one(
        {"image": [2, 4, 7, 7]}, "max_pool2d", kernel_size=2, stride=3, padding=1, ceil_mode=True
    ),
    "padding_counted_once": one(
        {"image": [2, 4, 8, 8]}, "avg_pool2d", kernel_size=3, stride=1, padding=1
    ),
    "same_padding_is_even": one(
        {"image": [2, 4, 8, 8]}, "conv2d", out_channels=2, kernel_size=4, padding="same"
    ),
    "groups_of_channels_out_unchecked": one(
        {"image": [2, 4, 8, 8]}, "conv2d", out_channels=3, kernel_size=1, groups=2
    ),
    "output_padding_of_the_first_axis": one(
        {"image": [2, 4, 3, 3]},
        "conv_transpose2d",
        out_channels=2,
        kernel_size=3,
        stride=2,
        output_padding=[1, 0],
    ),
    "index_as_large_as_the_table": one(
        {"tokens": {**TOKENS, "below": 11}}, "embedding", num_embeddings=10, embedding_dim=2
    ),
    "layers_or_directions": spec(
        {"x": ["n", "s", 8]},
        {
            "rnn": {
                "block": "gru",
                "hidden_size": 3,
                "num_layers": 2,
                "bidirectional": True,
                "batch_first": True,
            }
        },
        outputs=["rnn.output", "rnn.h"],
    ),
    "second_layer_reads_the_hidden_state": spec(
        {"x": ["n", "s", 8]},
        {"rnn": {"block": "lstm", "hidden_size": 4, "proj_size": 2, "num_layers": 2}},
        outputs="rnn.output",
    ),
    "momentum_of_another_library": spec(
        {"image": ["n", 4, "h", "w"]},
        {"norm": {"block": "batch_norm2d", "momentum": 0.01}},
        dims={"n": {"min": 2}},
    ),
    "one_value_has_a_variance": one({"x": ["n", 4]}, "batch_norm1d", track_running_stats=False),
    "attention_drops_in_evaluation": spec(
        {"x": ["n", 2, "s", 8]},
        {
            "out": {
                "block": "scaled_dot_product_attention",
                "from": ["x", "x", "x"],
                "dropout_p": 0.5,
            }
        },
    ),
    "undecided_sizes_broadcast": one({"a": ["n", "h"], "b": ["n", 8]}, "add"),
    "leading_one_is_lost": one({"a": [1, 3], "b": [3]}, "add"),
    "scalars_promote": one({"a": typed("float32", 3), "b": typed("float64")}, "add"),
    "halves_promote_to_the_first": one(
        {"a": typed("float16", 3), "b": typed("bfloat16", 3)}, "add"
    ),
    "bytes_promote_to_signed": one({"a": typed("uint8", 3), "b": typed("int8", 3)}, "mul"),
    "mean_of_integers": one({"x": typed("int64", "n", 3)}, "mean", dim=-1),
    "sum_keeps_its_dtype": one({"x": typed("int32", "n", 3)}, "sum", dim=-1),
    "keepdim_of_one_dimension": one({"x": ["n", "s", 3]}, "sum", dim=[0, -1], keepdim=True),
    "argmax_of_all_within_a_row": spec(
        {"x": [3, 4]},
        {
            "place": "argmax",
            "out": {"block": "embedding", "num_embeddings": 4, "embedding_dim": 2},
        },
    ),
    "stack_counts_back_from_the_input": one({"a": ["n", 3], "b": ["n", 3]}, "stack", dim=-1),
    "flatten_to_the_end": one({"x": ["n", 2, 3, 4]}, "flatten", start_dim=1, end_dim=-2),
    "slice_begins_before_the_start": one({"x": ["n", 5]}, "slice", dim=1, start=-9),
    "scaled_sizes_are_rounded": one({"image": ["n", 4, 7, 7]}, "interpolate", scale_factor=0.5),
    "chunks_leave_the_rest_to_the_last": spec(
        {"x": ["n", 7]},
        {"pieces": {"block": "chunk", "chunks": 2, "dim": 1}},
        outputs=["pieces.0", "pieces.1"],
    ),
    "cat_lets_symbols_pass": one({"a": ["n", "h"], "b": ["n", "w"]}, "cat", dim=0),
    "bound_of_the_first": spec(
        {"a": {**TOKENS, "below": 5}, "b": {**MORE_TOKENS, "shape": ["m"]}},
        {
            "both": {"block": "cat", "from": ["a", "b"]},
            "out": {"block": "embedding", "num_embeddings": 5, "embedding_dim": 2},
        },
    ),
    "equal_at_usual_sizes": spec(
        {"image": ["n", 4, "h", "w"]},
        {
            "down": {"block": "max_pool2d", "kernel_size": 2},
            "up": {"block": "interpolate", "scale_factor": 2},
            "out": {"block": "add", "from": ["image", "up"]},
        },
        dims={"h": {"min": 2}, "w": {"min": 2}},
    ),
    "contrary_of_at_least_zero": one({"a": ["n", "h"], "b": ["n", "$(h // 2)"]}, "cat", dim=1),
    "windows_may_not_fit": one(
        {"image": ["n", 4, "h", "w"]}, "conv2d", out_channels=2, kernel_size=3
    ),
    "multiples_of_symbols_unproved": spec(
        {"x": ["n", "s"]},
        {"out": "halved"},
        blocks={
            "halved": {
                "dims": {"size": {"multiple_of": 2}},
                "inputs": {"x": ["n", "size"]},
                "nodes": {"act": "relu"},
            }
        },
    ),
    "names_bind_and_never_demand": spec(
        {"x": ["n", "h", "w"]},
        {"out": "square_only"},
        blocks={"square_only": {"inputs": {"x": ["n", "c", "c"]}, "nodes": {"act": "relu"}}},
    ),
    "state_changes_its_size": spec(
        {"x": ["n", "s", 8], "h": ["n", 8]},
        {"run": {"block": "step", "from": ["x", "h"], "scan": ["x"]}},
        blocks={
            "step": {
                "inputs": {"x": ["n", "f"], "h": ["n", "g"]},
                "nodes": {"join": {"block": "cat", "from": ["x", "h"], "dim": 1}},
                "outputs": {"h": "join"},
            }
        },
        outputs="run.h",
    ),
    "scans_stack_along_one": spec(
        {"x": ["s", "n", 8]},
        {"run": {"block": "step", "scan": {"over": ["x"], "dim": 0}}},
        blocks={"step": {"inputs": {"x": ["n", "f"]}, "nodes": {"act": "relu"}}},
    ),
    "exposed_keeps_what_is_dead": spec(
        {"tokens": {**TOKENS, "shape": ["n", "s"], "below": 100}},
        {"inner": "model"},
        dims={"s": {"max": 8}},
        blocks={
            "model": {
                "use": "gpt",
                "set": {
                    "vocab": 100,
                    "context": 8,
                    "width": 8,
                    "heads": 2,
                    "layers": 2,
                },
                "expose": "embed",
            }
        },
    ),
    "shared_module_meets_other_features": spec(
        {"a": ["n", 8], "b": ["n", 6]},
        {
            "one": {"block": "linear", "out_features": 4, "from": "a"},
            "two": {"share": "one", "from": "b"},
            "out": {"block": "add", "from": ["one", "two"]},
        },
    ),
    "only_the_first_copy_is_tied": spec(
        {"x": ["n", 8]},
        {
            "first": {"block": "linear", "out_features": 8},
            "others": {
                "block": "linear",
                "out_features": 8,
                "repeat": 3,
                "tie": {"weight": "first.weight"},
            },
        },
    ),
    "left_out_hands_on_what_is_written_first": spec(
        {"a": ["n", 8], "b": ["n", 8]},
        {
            "act": "relu",
            "out": {"block": "sub", "when": False, "from": {"y": "b", "x": "act"}},
            "end": {"block": "cat", "from": ["out", "act", "b"]},
        },
    ),
    "first_state_is_chained": spec(
        {"h": ["n", 8], "c": ["n", 8]},
        {
            "steps": {"block": "step", "from": ["h", "c"], "repeat": 3},
            "out": {"block": "add", "from": ["steps.h", "steps.c"]},
        },
        blocks={
            "step": {
                "inputs": {"h": ["n", "f"], "c": ["n", "f"]},
                "nodes": {
                    "a": {"block": "add", "from": ["h", "c"]},
                    "b": {"block": "mul", "from": ["h", "c"]},
                },
                "outputs": {"h": "a", "c": "b"},
            }
        },
    ),
    "number_of_a_copy_in_a_body": spec(
        {"x": ["n", 8]},
        {
            "layers": {
                "block": "residual",
                "repeat": 3,
                "body": {"drop": {"block": "dropout", "p": "$(0.1 * index)"}},
            }
        },
    ),
    "bounds_are_not_remembered": spec(
        {"a": TOKENS, "b": MORE_TOKENS},
        {
            "one": {"block": "embedding", "num_embeddings": 10, "embedding_dim": 2, "from": "a"},
            "two": {"block": "embedding", "num_embeddings": 10, "embedding_dim": 2, "from": "b"},
            "out": {"block": "add", "from": ["one", "two"]},
        },
    ),
    "shared_parameters_count_twice": spec(
        {"x": ["n", 8]},
        {"same": {"block": "linear", "out_features": 8, "repeat": {"times": 3, "share": True}}},
    ),
    "shared_module_bakes_the_first_size_in": spec(
        {"a": ["n", 6, 8], "b": ["n", 4, 8]},
        {
            "one": {"block": "mixer", "from": "a"},
            "two": {"share": "one", "from": "b"},
        },
        blocks={
            "mixer": {
                "inputs": {"x": ["n", "size", "f"]},
                "nodes": {
                    "proj": {"block": "linear", "out_features": "$f"},
                    "out": {"block": "reshape", "shape": ["n", "$(size * 2)", 4]},
                },
            }
        },
        outputs=["one", "two"],
    ),
    "copies_are_one_module": spec(
        {"x": ["n", 8]}, {"layers": {"block": "linear", "out_features": 8, "repeat": 3}}
    ),
    "ties_do_not_survive_a_move": spec(
        {"x": ["n", 8]},
        {
            "first": {"block": "linear", "out_features": 8},
            "second": {"block": "linear", "out_features": 8, "tie": {"weight": "first.weight"}},
        },
    ),
    "outermost_initialiser_wins": spec(
        {"x": ["n", 8]},
        {
            "layer": {
                "block": "linear",
                "out_features": 8,
                "init": {"weight": "ones"},
            }
        },
        init={"*.weight": "zeros"},
    ),
    "null_is_taken_for_the_default": one(
        {"image": ["n", 4, "h", "w"]}, "batch_norm2d", momentum=None, dims={"n": {"min": 2}}
    ),
    "earlier_outputs_are_overwritten": spec(
        {"x": ["n", 8]},
        {
            "first": {"block": "linear", "out_features": 8},
            "second": {"block": "linear", "out_features": 8},
        },
        outputs=["first", "second"],
    ),
    "a_pair_is_its_first": one(
        {"image": ["n", 4, 8, 8]}, "conv2d", out_channels=2, kernel_size=2, stride=[1, 2]
    ),
}
