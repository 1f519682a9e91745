"""What the built-in blocks do not do, and why: expected failures of the kit, by block and check."""

from __future__ import annotations

from netwright.plugins.testing.cases import Reason

_SIZE = "of `like`, or of x, only the size matters"
_MADE = "x gives sizes, dtype or device, and no values"
_OVER_BATCH = "it is told to normalise over the batch, in evaluation too"
_PACKED = "torch packs sequences by the values of their lengths, which it neither traces nor counts"
_UNROLLED = "torch fixes the length of what a recurrent layer reads"
_NO_KERNEL = "torch has no such kernel on a CPU"
_CONSTANT = "torch takes it for a constant, and would fail if a gradient were asked for"
_CHOOSES = "it only says which of two formulas counts"
_NO_HALF: dict[str, Reason] = {"bfloat16": _NO_KERNEL, "float16": _NO_KERNEL}
_LENGTHS = "torch reads the lengths of the sequences"


def _parametrized(example: str) -> dict[str, Reason]:
    """Of a layer, and of its example with a parametrised weight."""
    return {"copies": {example: "torch pickles no module with a parametrised weight"}}


def _recurrent(with_lengths: str) -> dict[str, Reason]:
    """Of a layer, and of its example with lengths."""
    packed: Reason = {with_lengths: _PACKED}
    return {"meta": packed, "flops": packed, "compile": packed, "export": _UNROLLED}


EXPECTED: dict[str, dict[str, Reason]] = {
    "adaptive_max_pool2d": {
        "export": {"{block: adaptive_max_pool2d, output_size: [null, 4]}": "torch fixes the height"}
    },
    "adaptive_max_pool3d": {
        "export": {
            "{block: adaptive_max_pool3d, output_size: [2, null, 3]}": "torch fixes the height"
        }
    },
    "adaptive_log_softmax_with_loss": dict.fromkeys(
        ("meta", "flops", "compile", "export"),
        "torch computes what the values of the targets ask for",
    ),
    "add_remaining_self_loops": {"input_gradients": _SIZE},
    "alibi": {"input_gradients": _SIZE},
    "avg_pool3d": _NO_HALF,
    "batch_norm2d": {
        "batch": {"{block: batch_norm2d, eps: 0.001, track_running_stats: false}": _OVER_BATCH}
    },
    "batch_norm3d": {
        "batch": {
            "{block: batch_norm3d, eps: 0.001, momentum: 0, affine: false, track_running_stats: false}": _OVER_BATCH
        }
    },
    "binary_cross_entropy": {
        "input_gradients": _CONSTANT,
        "derivative": "outside 0 to 1 it is cut off, and at the ends torch bounds the logarithm",
    },
    "binary_cross_entropy_with_logits": {"input_gradients": _CONSTANT},
    "cdist": {**_NO_HALF, "export": {"{block: cdist}": "torch chooses its formula by the sizes"}},
    "center_crop": {"input_gradients": _SIZE},
    "continuous_position_bias2d": {"input_gradients": "x gives the device"},
    "conv1d": _parametrized(
        "{block: conv1d, out_channels: 4, kernel_size: 3, parametrization: weight_norm}"
    ),
    "conv2d": _parametrized(
        "{block: conv2d, out_channels: 4, kernel_size: 2, parametrization: spectral_norm}"
    ),
    "conv3d": _parametrized(
        "{block: conv3d, out_channels: 4, kernel_size: 1, bias: false, parametrization: spectral_norm}"
    ),
    "conv_transpose1d": _parametrized(
        "{block: conv_transpose1d, out_channels: 4, kernel_size: 2, parametrization: weight_norm}"
    ),
    "conv_transpose2d": _parametrized(
        "{block: conv_transpose2d, out_channels: 4, kernel_size: 2, parametrization: spectral_norm}"
    ),
    "conv_transpose3d": _parametrized(
        "{block: conv_transpose3d, out_channels: 4, kernel_size: 1, parametrization: spectral_norm}"
    ),
    "cosine_embedding_loss": {"input_gradients": _CHOOSES},
    "cross_entropy": {"input_gradients": _CONSTANT},
    "ctc_loss": {
        **_NO_HALF,
        "meta": _LENGTHS,
        "compile": _LENGTHS,
        "export": _LENGTHS,
        "derivative": "torch takes log_probs for normalised in its gradient",
    },
    "detach": {"input_gradients": "it is there to cut off the gradient"},
    "embedding": {
        "derivative": {
            "{block: embedding, num_embeddings: 10, embedding_dim: 4, scale_grad_by_freq: true}": "the gradient is divided by how often an index occurs"
        }
    },
    "embedding_bag": {
        "derivative": {
            "{block: embedding_bag, num_embeddings: 5, embedding_dim: 3, scale_grad_by_freq: true}": "the gradient is divided by how often an index occurs"
        }
    },
    "fourier_mixing": _NO_HALF,
    "full": {"input_gradients": _MADE},
    "gcn_conv": {
        "derivative": {
            "{block: gcn_conv, out_channels: 4, bias: false}": "made-up edge weights are negative too, and the root of a degree is none"
        }
    },
    "gcn_norm": {"input_gradients": _SIZE},
    "graph_softmax": {"input_gradients": _SIZE},
    "gradient_reversal": {"derivative": "it is there to turn the gradient round"},
    "gru": _recurrent("{block: gru, hidden_size: 5}"),
    "gumbel_softmax": {
        "deterministic": "it draws anew each time, in evaluation too",
        "batch": "it draws anew each time",
        "derivative": {
            "{block: gumbel_softmax, tau: 0.5, hard: true, dim: 1}": "gradients are those of the soft vector"
        },
    },
    "hinge_embedding_loss": {"input_gradients": _CHOOSES},
    "interpolate": {
        "input_gradients": _SIZE,
        "bfloat16": {"{block: interpolate, size: 4, mode: bicubic, antialias: true}": _NO_KERNEL},
        "float16": {"{block: interpolate, size: 4, mode: bicubic, antialias: true}": _NO_KERNEL},
    },
    "linear": _parametrized("{block: linear, out_features: 3, parametrization: weight_norm}"),
    "long_conv1d": _NO_HALF,
    "lstm": _recurrent("{block: lstm, hidden_size: 4, batch_first: true, bidirectional: true}"),
    "max_pool1d": {
        "export": {
            "{block: max_pool1d, kernel_size: 3, stride: 2, padding: 1}": "torch fixes the length",
            "{block: max_pool1d, kernel_size: 1, stride: 3, ceil_mode: true}": "torch fixes the length",
        }
    },
    "multi_margin_loss": {"input_gradients": _CONSTANT, **_NO_HALF},
    "multilabel_margin_loss": _NO_HALF,
    "nll_loss": {"input_gradients": _CONSTANT},
    "one_hot": {
        "export": {"{block: one_hot, num_classes: $s}": "torch fixes the number of classes"}
    },
    "ones": {"input_gradients": _MADE},
    "randn_like": {
        "input_gradients": _MADE,
        "deterministic": "it draws anew each time, in evaluation too",
        "batch": "it draws anew each time",
        "strided": "it draws into memory that lies as the input's does",
    },
    "relative_position_bias": {"input_gradients": _SIZE},
    "relative_position_bias2d": {"input_gradients": "x gives the device"},
    "rnn": _recurrent("{block: rnn, hidden_size: 5}"),
    "scatter": {"input_gradients": _SIZE},
    "soft_margin_loss": {"input_gradients": _CONSTANT},
    "take_along_dim": {
        "export": {
            "{block: take_along_dim, dim: 1}": "torch fixes sizes that broadcast",
            "{block: take_along_dim, dim: -1}": "torch fixes sizes that broadcast",
        }
    },
    "vector_quantizer": {"derivative": "gradients are passed on as if nothing were replaced"},
    "window_reverse": {"input_gradients": _SIZE},
    "zeros": {"input_gradients": _MADE},
}
"""Block -> check -> why it fails; or node of an example -> why, where only that fails."""
