"""What the built-in blocks do not do, and why: expected failures of the kit, by block and check."""

from __future__ import annotations

from netwright.plugins.testing.cases import Reason

_SIZE = "of `like`, or of x, only the size matters"
_MADE = "x gives sizes, dtype or device, and no values"
_OVER_BATCH = "it is told to normalise over the batch, in evaluation too"
_PACKED = "torch packs sequences by the values of their lengths, which it neither traces nor counts"
_UNROLLED = "torch fixes the length of what a recurrent layer reads"
_NO_KERNEL = "torch has no such kernel on a CPU"


def _recurrent(with_lengths: str) -> dict[str, Reason]:
    """Of a layer, and of its example with lengths."""
    packed: Reason = {with_lengths: _PACKED}
    return {"meta": packed, "flops": packed, "compile": packed, "export": _UNROLLED}


EXPECTED: dict[str, dict[str, Reason]] = {
    "adaptive_max_pool2d": {
        "export": {"{block: adaptive_max_pool2d, output_size: [null, 4]}": "torch fixes the height"}
    },
    "add_remaining_self_loops": {"input_gradients": _SIZE},
    "alibi": {"input_gradients": _MADE},
    "batch_norm2d": {
        "batch": {"{block: batch_norm2d, eps: 0.001, track_running_stats: false}": _OVER_BATCH}
    },
    "batch_norm3d": {
        "batch": {
            "{block: batch_norm3d, eps: 0.001, momentum: 0, affine: false, track_running_stats: false}": _OVER_BATCH
        }
    },
    "center_crop": {"input_gradients": _SIZE},
    "detach": {"input_gradients": "it is there to cut off the gradient"},
    "embedding": {
        "derivative": {
            "{block: embedding, num_embeddings: 10, embedding_dim: 4, scale_grad_by_freq: true}": "the gradient is divided by how often an index occurs"
        }
    },
    "full": {"input_gradients": _MADE},
    "gcn_norm": {"input_gradients": _SIZE},
    "graph_softmax": {"input_gradients": _SIZE},
    "gru": _recurrent("{block: gru, hidden_size: 5}"),
    "interpolate": {
        "input_gradients": _SIZE,
        "bfloat16": {"{block: interpolate, size: 4, mode: bicubic, antialias: true}": _NO_KERNEL},
        "float16": {"{block: interpolate, size: 4, mode: bicubic, antialias: true}": _NO_KERNEL},
    },
    "lstm": _recurrent("{block: lstm, hidden_size: 4, batch_first: true, bidirectional: true}"),
    "max_pool1d": {
        "export": {
            "{block: max_pool1d, kernel_size: 3, stride: 2, padding: 1}": "torch fixes the length",
            "{block: max_pool1d, kernel_size: 1, stride: 3, ceil_mode: true}": "torch fixes the length",
        }
    },
    "one_hot": {
        "export": {"{block: one_hot, num_classes: $s}": "torch fixes the number of classes"}
    },
    "ones": {"input_gradients": _MADE},
    "randn_like": {
        "input_gradients": _MADE,
        "deterministic": "it draws anew each time, in evaluation too",
        "batch": "it draws anew each time",
    },
    "relative_position_bias": {"input_gradients": _MADE},
    "relative_position_bias2d": {"input_gradients": _MADE},
    "rnn": _recurrent("{block: rnn, hidden_size: 5}"),
    "scatter": {"input_gradients": _SIZE},
    "take_along_dim": {
        "export": {
            "{block: take_along_dim, dim: 1}": "torch fixes sizes that broadcast",
            "{block: take_along_dim, dim: -1}": "torch fixes sizes that broadcast",
        }
    },
    "zeros": {"input_gradients": _MADE},
}
"""Block -> check -> why it fails; or node of an example -> why, where only that fails."""
