"""Mistakes sown into the specs of the zoo, and where each must be found.

A mistake is a few edits of the text; the mark ‸ in what is written anew stands where the mistake must be
reported. The edits of two mistakes never touch the same words, so that any two can be made at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from netwright.specs.load import ZOO

MARK = "‸"


@dataclass(frozen=True)
class Mistake:
    """A mistake, by name: its code, its edits, and whether a fix must come with it."""

    name: str
    code: str
    edits: tuple[tuple[str, str], ...]
    fixed: bool = False


def _one(name: str, code: str, old: str, new: str, fixed: bool = False) -> Mistake:
    return Mistake(name, code, ((old, new),), fixed)


RESNET = (
    _one(
        "misspelt setting",
        "NW510",
        "conv_norm, out_channels: 64",
        "conv_norm, ‸out_chanels: 64",
        True,
    ),
    _one("misspelt key", "NW102", "presets:", "‸preset:", True),
    _one("unknown block", "NW501", "act2: relu\n\n  bottle", "act2: ‸rleu\n\n  bottle", True),
    _one("unknown reference", "NW202", "max_pool2d, ", "max_pool2d, from: ‸actt, ", True),
    _one(
        "cycle",
        "NW203",
        "act1: relu\n      conv2: {block: conv_norm, out_channels: $width}",
        "act1: {block: relu, from: ‸sum}\n      conv2: {block: conv_norm, out_channels: $width}",
    ),
    Mistake(
        "size mismatch",
        "NW301",
        (
            ("out_channels: $width\n        kernel", "out_channels: $(2 * width)\n        kernel"),
            ("sum: {block: add, from: [conv2", "sum: {block: add, from: ‸[conv2"),
        ),
    ),
    Mistake(
        "wrong dtype",
        "NW303",
        (
            (
                "image: [batch, $channels, height, width]",
                "image: {shape: [batch, $channels, height, width], dtype: int64}",
            ),
            ("block: conv2d", "block: ‸conv2d"),
        ),
    ),
    _one(
        "value out of range",
        "NW512",
        "kernel_size: 3, stride: 2, padding: 1",
        "kernel_size: 3, stride: ‸0, padding: 1",
    ),
    _one("duplicate key", "NW010", "  channels: {", "  ‸classes: 10\n  channels: {"),
    _one("wrong type", "NW512", "bias: false\n", "bias: ‸no\n"),
    _one("missing setting", "NW511", "linear, out_features: $classes", "‸linear"),
    Mistake(
        "rank mismatch",
        "NW302",
        (
            ("mean: {block: ", "flat: flatten\n  mean: {block: ‸"),
            ("  flat: flatten\n  logits", "  logits"),
        ),
    ),
    Mistake(
        "does not divide",
        "NW302",
        (("groups: $groups\n", "groups: ‸5\n"),),
    ),
    _one(
        "unknown param in a preset",
        "NW109",
        "[3, 8, 36, 3], bottleneck",
        "[3, 8, 36, 3], ‸botleneck",
        True,
    ),
    _one("bad expression", "NW130", "kernel_size // 2", "kernel_size // ‸* 2"),
    _one("unknown name", "NW132", "$(stride if index", "$(‸strid if index", True),
    _one(
        "port that is not there",
        "NW205",
        "act: relu\n  pool",
        "act: {block: relu, from: ‸stem.out}\n  pool",
    ),
    _one(
        "tie to nothing",
        "NW209",
        "out_channels: $width}\n      shortcut",
        "out_channels: $width, tie: {norm.weight: ‸conv1.norm.wieght}}\n      shortcut",
        True,
    ),
    _one(
        "bad initialiser",
        "NW514",
        "nodes:\n  stem",
        'init: {"*.bias": ‸zeroes}\n\nnodes:\n  stem',
        True,
    ),
    _one("bad name", "NW105", "act3: relu", "‸eval: relu"),
)

GPT = (
    _one("misspelt setting", "NW510", "num_embeddings: $vocab", "‸num_embedings: $vocab", True),
    _one("misspelt key", "NW102", "presets:", "‸preset:", True),
    _one("unknown block", "NW501", "block: gelu,", "block: ‸gelou,", True),
    _one("unknown reference", "NW202", "bias: false, tie", "bias: false, from: ‸norn, tie", True),
    _one(
        "cycle",
        "NW203",
        "  drop: {block: dropout, p: $dropout}\n  layers",
        "  drop: {block: dropout, from: ‸norm, p: $dropout}\n  layers",
    ),
    Mistake(
        "size mismatch",
        "NW301",
        (
            ("feed:\n        block: ", "feed:\n        block: ‸"),
            ("out_features: $dim}", "out_features: $(2 * dim)}"),
        ),
    ),
    Mistake(
        "wrong dtype",
        "NW303",
        (
            ("dtype: int64, below: $vocab", "dtype: float"),
            ("{block: embedding", "{block: ‸embedding"),
        ),
    ),
    _one(
        "value out of range",
        "NW512",
        "drop: {block: dropout, p: $dropout}\n      feed",
        "drop: {block: dropout, p: ‸50}\n      feed",
        True,
    ),
    _one(
        "duplicate key", "NW010", "  layers: {default: 12", "  ‸heads: 16\n  layers: {default: 12"
    ),
    _one("wrong type", "NW133", "is_causal: true", "is_causal: ‸yes"),
    _one("missing setting", "NW511", "learned_position, length: $context", "‸learned_position"),
    Mistake(
        "rank mismatch",
        "NW302",
        (("{block: layer, ", "{block: ‸layer, "), ("x: [batch, seq, dim]", "x: [batch, dim]")),
    ),
    _one(
        "does not divide",
        "NW301",
        "{block: attention, num_heads: $heads",
        "{block: ‸attention, num_heads: $(heads + 1)",
    ),
    _one("unknown param in a preset", "NW109", "1600, heads: 25", "1600, ‸haeds: 25", True),
    _one(
        "bad expression",
        "NW130",
        '0.02 / sqrt(2 * layers))}}\n  "*.down',
        '0.02 / ‸* sqrt(2 * layers))}}\n  "*.down',
    ),
    _one("unknown name", "NW132", "4 * dim", "4 * ‸dimm", True),
    _one(
        "copy that is not there",
        "NW205",
        "  norm: layer_norm\n  logits",
        "  norm: {block: layer_norm, from: ‸layers.12}\n  logits",
    ),
    _one("tie to nothing", "NW209", "weight: embed.weight", "weight: ‸embed.wieght", True),
    _one("bad initialiser", "NW514", '"*.bias": zeros', '"*.bias": ‸zeroes', True),
    _one(
        "bad name",
        "NW105",
        "drop: {block: dropout, p: $dropout}\n\nnodes",
        "‸train: {block: dropout, p: $dropout}\n\nnodes",
    ),
)

SEEDED = {"resnet": RESNET, "gpt": GPT}


def text_of(spec: str) -> str:
    """The text of a spec of the zoo."""
    return (ZOO / f"{spec}.yaml").read_text(encoding="utf-8")


def sown(text: str, *mistakes: Mistake) -> tuple[str, list[tuple[str, int, int]]]:
    """The text with the mistakes, and (code, line, column) of each in the order of the text."""
    found: list[tuple[str, int, int]] = []
    marks = [chr(0xE000 + number) for number in range(len(mistakes))]
    for mark, mistake in zip(marks, mistakes, strict=True):
        for old, new in mistake.edits:
            assert text.count(old) == 1, (mistake.name, old, text.count(old))
            text = text.replace(old, new.replace(MARK, mark))
    clean = text.translate({ord(mark): None for mark in marks})
    for mark, mistake in zip(marks, mistakes, strict=True):
        assert text.count(mark) == 1, mistake.name
        before = text.partition(mark)[0].translate({ord(each): None for each in marks})
        found.append((mistake.code, before.count("\n") + 1, len(before) - before.rfind("\n")))
    return clean, sorted(found, key=lambda each: each[1:])
