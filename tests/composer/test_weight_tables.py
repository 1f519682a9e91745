"""Tables of names: each that comes along held to its specs, and their patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

import checkout
from netwright import composer, specs
from netwright.composer.checkpoints.comparing import compare
from netwright.composer.checkpoints.files import Stored, described
from netwright.composer.checkpoints.filling import owned
from netwright.composer.checkpoints.holding import faults
from netwright.composer.checkpoints.patterns import count, pattern
from netwright.composer.checkpoints.tables import table, tables


def test_patterns_know_numbers_rows_and_counts() -> None:
    found = pattern("levels.{inner|deeper}.down.*", tail=True).match(
        "levels.inner.inner.deeper.inner.down.conv1.weight"
    )
    assert found is not None
    match, tail = found
    assert match.numbers == {"inner": 3, "deeper": 1}
    assert (match.star, tail) == ("conv1", ".weight")
    assert match.fill("down.{deeper}.{inner - size}.*", {"size": 2}) == "down.1.1.conv1"
    assert pattern("a.{n}.b.{n}").match("a.1.b.2") is None
    assert count(pattern("s.{s}.c.{c}.w"), ["s.0.c.0.w", "s.2.c.0.w", "s.2.c.1.w"]) == [1, 0, 2]
    assert count(pattern("s.{s}.w"), ["s.0.w", "s.1.w", "s.0.b"]) == 2
    assert count(pattern("s.{s}.w"), ["s.0.w", "s.2.w", "s.1.b"], each=True) == [1, 0, 1]


@pytest.mark.parametrize("name", tables())
def test_tables_say_where_every_tensor_of_their_specs_stands(name: str) -> None:
    """And back: no two of ours are the same part of one of theirs, unless they are tied."""
    known = table(name)
    assert known.specs
    assert known.about
    for spec in known.specs:
        for preset in [None, *specs.load(spec).definition.presets]:
            made = composer.compile(specs.load(spec, preset=preset), device="meta")
            assert not faults(made, name)


@pytest.mark.parametrize("name", tables())
def test_what_is_missing_extra_mis_sized_or_mistyped_is_told_by_name(name: str) -> None:
    """All four in one report, whatever the table."""
    known = table(name)
    made = composer.compile(specs.load(known.specs[0]), device="meta")
    own = owned(made)
    sources = known.sources([*own.sizes])
    # Tensors of theirs that are one of ours, whole, and tied to nothing.
    whole = [
        (path, source.name)
        for path, source in sources.items()
        if source.parts == 1 and [*own.tied.values()].count(own.tied[path]) == 1
        if own.dtypes[path] == "float32" and own.sizes[path]
    ]
    stored = described(composer.weights(made, names=name))
    (missing, theirs), (sized, large), (typed, packed) = whole[0], whole[len(whole) // 2], whole[-1]
    del stored[theirs]
    stored["unheard_of.weight"] = Stored("float32", (1,))
    stored[large] = Stored("float32", tuple(size + 1 for size in stored[large].sizes))
    stored[packed] = Stored("int8", stored[packed].sizes)
    problems = {each.code: each for each in compare(own, stored, known).problems}
    assert {*problems} == {"NW703", "NW704", "NW705", "NW706"}
    assert missing in problems["NW703"].message
    assert theirs in problems["NW703"].message
    assert "unheard_of.weight" in problems["NW704"].message
    assert large in problems["NW705"].message
    assert problems["NW705"].path == sized
    assert packed in problems["NW706"].message
    assert typed in problems["NW706"].message


UNPUBLISHED = {
    "autoencoder", "captioner", "char_lstm", "classification", "contrastive", "conv_autoencoder",
    "deep_linear", "denoising", "denoising_diffusion", "elbo", "fcn", "gan_discriminator_loss",
    "gan_generator_loss", "gin", "graph_classification", "graphsage", "language_modelling", "lenet5",
    "matrix_completion", "mlp", "moe_gpt", "node_classification", "noising", "perceiver", "reconstruction",
    "seq2seq", "seq2seq_bahdanau", "seq2seq_luong", "softmax_regression", "transformer", "unet",
}  # fmt: skip
"""Objectives around a model, and architectures of which nobody has published weights in this form."""


def test_every_architecture_with_published_weights_has_a_table() -> None:
    named = {spec for name in tables() for spec in table(name).specs}
    assert named.isdisjoint(UNPUBLISHED)
    assert named | UNPUBLISHED | {"dcgan_discriminator", "dcgan_generator"} == set(specs.zoo())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("names: {hidden: a}", "does not say where logits.weight stands"),
        ("names: {'*': a}", "hidden.weight and logits.weight are one tensor there, a.weight"),
        ("names: {hidden: {name: a, part: 1, parts: 2}, '*': b}", "of the 2 parts of a.weight"),
    ],
)
def test_a_table_that_forgets_or_repeats_a_tensor_is_found(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(f"{text}\n")
    layer = {"block": "linear", "out_features": 3, "bias": False}
    nodes = {"hidden": layer, "logits": layer}
    made = composer.compile(specs.load({"netwright": 1, "inputs": {"x": [2, 3]}, "nodes": nodes}))
    (problem,) = faults(made, str(path))
    assert said in problem.message
    path.write_text("names: {hidden: a, logits: b}\n")
    assert not faults(made, str(path))


def test_the_page_lists_every_table() -> None:
    page = (checkout.ROOT / "docs" / "weights.md").read_text(encoding="utf-8")
    for name in tables():
        specs_of = ", ".join(f"`{each}`" for each in table(name).specs)
        assert f"| `{name}` | {specs_of} | {' '.join(table(name).about.split())} |" in page
