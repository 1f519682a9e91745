"""What torch itself cannot do with some blocks, and why: cases of the conformance suite."""

from __future__ import annotations

import cases

CASES = cases.cases()

RANDOM = {"{block: randn_like}": "draws anew each time, in evaluation too"}
"""Cases that come out different each time."""

NO_HALF = {
    "{block: interpolate, size: 4, mode: bicubic, antialias: true}": "torch has no such kernel on a CPU",
}
NO_HALF |= {
    case.node: "torch has no such kernel on a CPU"
    for case in CASES
    if case.block in ("avg_pool3d", "ctc_loss", "multi_margin_loss", "multilabel_margin_loss")
}
"""Cases that do not run in the half precisions."""

PACKED = {
    case.node: "torch packs sequences by the values of their lengths"
    for case in CASES
    if "lengths" in case.example.inputs
}
"""Cases whose operations torch does not count."""

VALUES = PACKED | {
    case.node: "torch reads the lengths of the sequences"
    for case in CASES
    if case.block == "ctc_loss"
}
"""Cases that need values: torch does not trace them, and they have none on meta."""

NOT_EXPORTED = {
    "{block: one_hot, num_classes: $s}": "torch fixes the number of classes",
    "{block: max_pool1d, kernel_size: 3, stride: 2, padding: 1}": "torch fixes the length",
    "{block: max_pool1d, kernel_size: 1, stride: 3, ceil_mode: true}": "torch fixes the length",
    "{block: adaptive_max_pool2d, output_size: [null, 4]}": "torch fixes the height",
    "{block: take_along_dim, dim: 1}": "torch fixes sizes that broadcast",
    "{block: take_along_dim, dim: -1}": "torch fixes sizes that broadcast",
}
NOT_EXPORTED |= {
    case.node: "torch fixes the length of what a recurrent layer reads"
    for case in CASES
    if case.block in ("gru", "lstm", "rnn") and case.node not in PACKED
}
"""Cases that torch.export does not take with dynamic sizes."""

SIZES_ONLY = {
    "alibi": {"x": "gives sizes and dtype", "key": "gives a size"},
    "relative_position_bias": {"x": "gives a size", "key": "gives a size"},
    "relative_position_bias2d": {"x": "gives the device"},
    "add_remaining_self_loops": {"x": "counts the nodes"},
    "gcn_norm": {"x": "counts the nodes"},
    "graph_softmax": {"like": "counts the nodes"},
    "scatter": {"like": "counts what comes out"},
    "center_crop": {"like": "gives the size"},
    "interpolate": {"like": "gives the size"},
    "full": {"x": "gives dtype and device"},
    "ones": {"x": "gives dtype and device"},
    "zeros": {"x": "gives dtype and device"},
    "arange": {"x": "gives sizes and device"},
    "randn_like": {"x": "gives shape and dtype"},
    "binary_cross_entropy": {"weight": "is taken for a constant by torch"},
    "binary_cross_entropy_with_logits": dict.fromkeys(
        ("weight", "pos_weight"), "is taken for a constant by torch"
    ),
    "cosine_embedding_loss": {"target": "says which of two formulas counts"},
    "cross_entropy": {"weight": "is taken for a constant by torch"},
    "hinge_embedding_loss": {"target": "says which of two formulas counts"},
    "multi_margin_loss": {"weight": "is taken for a constant by torch"},
    "nll_loss": {"weight": "is taken for a constant by torch"},
    "soft_margin_loss": {"target": "is taken for a constant by torch"},
    "shifted_window_mask": {"x": "gives the size"},
    "window_reverse": {"like": "gives the size"},
    "detach": {"x": "is cut off on purpose"},
}
"""Block -> inputs that no gradient reaches, and why."""
