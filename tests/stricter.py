"""Where the rules of the built-in blocks are stricter than torch on purpose, and the page that says so.

python tests/stricter.py > docs/stricter.md
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import cases
from interpreter import arguments
from netwright.plugins.block import Block
from netwright.plugins.docstrings import parse_example
from netwright.plugins.testing.subjects import typed
from netwright.specs.tensors import Refusal, Tensor


@dataclass(frozen=True)
class Stricter:
    """Something that torch would do. case: a use that is refused; instead: the way out, if the refusal names none."""

    why: str
    case: str
    instead: str = ""

    def use(self) -> tuple[Block, dict[str, Tensor]]:
        """The block of the case, and the types of its inputs."""
        example = parse_example(f"{self.case} gives []")
        block = cases.block_class(example.settings["block"])
        assert block is not None
        own = {key: each for key, each in example.settings.items() if key != "block"}
        return block(**own), {port: typed(each, {}) for port, each in example.inputs.items()}

    def refusal(self) -> Refusal:
        """What the rule says of it."""
        block, types = self.use()
        try:
            block.infer(*arguments(type(block), types, lambda _, each: each))
        except Refusal as refusal:
            return refusal
        raise AssertionError(f"{self.case} is not refused")


STRICTER = {
    r"^expected \[": Stricter(
        "PyTorch takes a tensor without a batch as one sample; here each layer has the rank that it is named for.",
        "{block: conv2d, out_channels: 2, kernel_size: 1} on x [4, 4, 4]",
    ),
    r"^expected (float|\w+), got \w+|float and \w+ together|needs one dtype": Stricter(
        "The weights change their dtype with `.half()` and its like; `float` does so too, `float32` does not.",
        "{block: linear, out_features: 2} on x [3, 4] float32",
    ),
    r"^expected a (floating|number) dtype": Stricter(
        "Some of PyTorch's functions convert integers, others fail; here none converts in silence.",
        "{block: sigmoid} on x [3] int64",
    ),
    r"inputs? and other|needs either|needs one exponent|needs one of": Stricter(
        "Which of the two is meant cannot be known.",
        "{block: add, other: 1} on inputs.0 [3], inputs.1 [3]",
    ),
    r"names no dimension|\d shifts for 0 dims": Stricter(
        "An empty list means all dims to some of PyTorch's functions, and none to others.",
        "{block: amax, dim: []} on x [3]",
    ),
    r"no dimension$|equally many dimensions|dim \S+ of \[\]|keepdim needs a dim": Stricter(
        "PyTorch counts a tensor without dimensions as one with a single size of 1.",
        "{block: softmax, dim: 0} on x []",
        "give it a dimension first: `{block: unsqueeze, dim: 0}`",
    ),
    r"would be cut off|would wrap|does not fit into": Stricter(
        "PyTorch cuts the number off in silence.",
        "{block: full, shape: [2], value: 0.5} on x [3] int64",
    ),
    r"normalized_dims is \d+, but": Stricter(
        "PyTorch is told the sizes, the block how many there are; there are not so many.",
        "{block: layer_norm, normalized_dims: 3} on x [2, 2]",
    ),
    r"cannot take away|value means nothing|means nothing to": Stricter(
        "The setting would have no effect, or another than its name says.",
        "{block: pad, pad: [-1, -1], mode: reflect} on x [2, 2, 5]",
    ),
    r" is -\d+$": Stricter(
        "The language writes `_` for the size that follows.",
        "{block: unflatten, dim: 0, sizes: [-1, 2]} on x [6]",
    ),
    r"exclude each other": Stricter(
        "Some of torch's kernels refuse it, others do not.",
        "{block: scaled_dot_product_attention, is_causal: true} on query [1, 1, 2, 4], key [1, 1, 2, 4], value [1, 1, 2, 4], attn_mask [2, 2] bool",
    ),
    r"and the positions of key are|does not fit the scores": Stricter(
        "Some of torch's kernels do not look, and read what is not there.",
        "{block: scaled_dot_product_attention} on query [1, 1, 2, 4], key [1, 1, 2, 4], value [1, 1, 3, 4]",
        "read keys and values from the same sequence",
    ),
    r"is not below max_val": Stricter(
        "torch.nn.Hardtanh refuses it too; the function does not.",
        "{block: hardtanh, min_val: 1} on x [3]",
        "write a `min_val` below `max_val`",
    ),
    r"^(indices|targets) (are below|go up to)": Stricter(
        "PyTorch looks at the values when it runs, and fails only if one is too large.",
        "{block: add_remaining_self_loops} on edge_index [2, 3] int64 below 5, x [4]",
    ),
    r"the index has|\d nodes|weights for": Stricter(
        "PyTorch takes a smaller index, and drops what has none.",
        "{block: scatter, reduce: max} on src [3, 2], index [1] int64 below 4",
        "give the index the shape of what it places: `expand` does",
    ),
    r"^a loss compares equal shapes": Stricter(
        "PyTorch broadcasts, and compares all with all in silence.",
        "{block: margin_ranking_loss} on x [4, 1], y [4, 1], target [1, 1]",
    ),
    r"embedding_dim is": Stricter(
        "An odd size would come out one smaller.",
        "{block: sinusoidal_embedding, embedding_dim: 5} on x [3]",
    ),
    r"distances below \d+ have a bucket each": Stricter(
        "Every distance has a bucket of its own already, and what is left of them would stand for nothing.",
        "{block: relative_position_bias, num_heads: 2, max_distance: 1} on x [1, 1, 8]",
    ),
    r"^a window of \d+ by \d+ has": Stricter(
        "The table has the offsets inside one window only.",
        "{block: relative_position_bias2d, num_heads: 2, window_size: 2} on x [1, 1, 8]",
        "cut the image into windows of this size first: `window_partition`",
    ),
    r"^\S+ is \d+ in input \d+, and": Stricter(
        "PyTorch broadcasts a size of 1, and so pairs what is not alike.",
        '{block: einsum, equation: "ij,ij->i"} on inputs.0 [2, 3], inputs.1 [2, 1]',
    ),
    r"^div_value .* no feature": Stricter(
        "PyTorch makes a layer without features, and warns.",
        "{block: adaptive_log_softmax_with_loss, n_classes: 10, cutoffs: [3]} on x [1, 2], target [1] int64 below 10",
    ),
    r"needs targets \[": Stricter(
        "PyTorch takes a target of another shape where it broadcasts.",
        "{block: cosine_embedding_loss} on x [1, 4], y [1, 4], target [2]",
        "give a target for each sample",
    ),
    r"^weight has one value for each": Stricter(
        "PyTorch broadcasts, so that one weight stands for all classes.",
        "{block: multilabel_soft_margin_loss, reduction: none} on x [1, 4], target [1, 4], weight [1]",
        "give a weight for each class, or multiply the loss by a number",
    ),
    r"^lengths is .*, but there are": Stricter(
        "PyTorch reads as many sequences as there are lengths, and leaves out the others.",
        "{block: gru, hidden_size: 5} on x [1, 2, 3], lengths [1] int64 below 2",
        "give a length for each sequence",
    ),
    r"^kernel_size \d+ has no middle": Stricter(
        "Height and width would come out larger by one.",
        "{block: modulated_conv2d, out_channels: 2, kernel_size: 2} on x [1, 3, 4, 4], style [1, 3]",
    ),
    r"needs a style \[": Stricter(
        "PyTorch broadcasts one style to all samples.",
        "{block: modulated_conv2d, out_channels: 2, kernel_size: 3} on x [2, 3, 4, 4], style [1, 3]",
        "expand the style over the batch, if it is the same for all",
    ),
    r"channels, and kernel .* is for": Stricter(
        "PyTorch broadcasts one channel to many.",
        "{block: long_conv1d} on x [1, 1, 4], kernel [3, 4]",
    ),
    r"one half is for before": Stricter(
        "Of an odd number of buckets one would stand for nothing.",
        "{block: relative_position_bias, num_heads: 4, num_buckets: 5} on x [1, 1, 8]",
    ),
    r"^pairs need an even number": Stricter(
        "A fraction that turns nothing is a mistake.",
        "{block: rotary_embedding, fraction: 0.3} on x [1, 1, 2]",
        "write a fraction of which an even number of features is left",
    ),
    r"^\d+ indices for the \d+ sequences": Stricter(
        "PyTorch would broadcast, and take positions of one sequence for all.",
        "{block: take_position} on x [1, 2, 8], index [2] int64 below 2",
        "give an index for each sequence",
    ),
}
"""Message of a refusal -> why torch would do it, and a case of it."""

OPENING = """\
# Stricter than PyTorch

What PyTorch refuses when a model is made or runs, netwright refuses before: that is its
[promise](language.md#the-promise). Here is what PyTorch would do, at least on some machines, and netwright
refuses on purpose, each by an example. Written by `make stricter`; the tests compare it with the rules of all
built-in blocks, and know of nothing else.

| in a spec | netwright says | because | instead |
| --- | --- | --- | --- |
"""


def page() -> str:
    """The page as Markdown."""
    rows = []
    for each in STRICTER.values():
        node, _, inputs = each.case.partition(" on ")
        refusal = each.refusal()
        cells = (f"`{node}` on `{inputs}`", refusal.message, each.why, each.instead or refusal.help)
        rows.append("| " + " | ".join(map(_plain, cells)) + " |\n")
    return OPENING + "".join(rows)


def _plain(cell: str) -> str:
    """Texts as they are, but shapes and nodes as code."""
    return cell if "`" in cell else re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b\w+_\w+\b", r"`\g<0>`", cell)


if __name__ == "__main__":
    print(page(), end="")
