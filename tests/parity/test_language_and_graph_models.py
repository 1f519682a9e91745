"""Models of language, of sequences and of graphs, and their objectives, against plain torch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from architectures import inputs, model, outputs
from netwright import composer, specs
from netwright.blocks.torch.position import rotary_embedding


def test_llama_is_what_its_paper_says() -> None:
    made, (tokens,) = model("llama"), inputs("llama", seq=7)
    seen = torch.tensor([[0 <= q - k < 3 for k in range(7)] for q in range(7)])

    def normed(x: Tensor, norm: Any) -> Tensor:
        result: Tensor = x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt() * norm.weight
        return result

    with torch.no_grad():
        x = made.embed(tokens)
        for layer in made.layers:
            y, own = normed(x, layer.attend.norm), layer.attend.attention
            query, key, value = (
                each(y).unflatten(-1, [-1, 6]).transpose(1, 2)
                for each in (own.query, own.key, own.value)
            )
            query, key = rotary_embedding(query, 6), rotary_embedding(key, 6)
            key, value = (each.repeat_interleave(2, dim=1) for each in (key, value))
            scores = (query @ key.transpose(2, 3) / 6**0.5).masked_fill(~seen, -torch.inf)
            x = x + own.output((scores.softmax(-1) @ value).transpose(1, 2).flatten(2))
            y, own = normed(x, layer.feed.norm), layer.feed.maps
            x = x + own.down(functional.silu(own.gate(y)) * own.up(y))
        expected = normed(x, made.norm) @ made.embed.weight.T
        torch.testing.assert_close(made(tokens), expected)


def test_whisper_places_sound_by_waves_and_reads_it() -> None:
    made, (sound, tokens) = model("whisper"), inputs("whisper")
    own = made.encoder
    with torch.no_grad():
        x = functional.gelu(own.conv2(functional.gelu(own.conv1(sound)))).transpose(1, 2)
        angles = torch.arange(6)[:, None] * 10000 ** (-torch.arange(8) / 7)
        x = x + torch.cat([angles.sin(), angles.cos()], dim=-1)
        for layer in own.layers:
            x = layer(x)
        memory, y = own.norm(x), made.embed(tokens) + made.position.weight[:5]
        for layer in made.decoder:
            y = layer(y, memory)
        expected = made.norm(y) @ made.embed.weight.T
        torch.testing.assert_close(made(sound, tokens), expected)
        shorter = made(sound, tokens[:, :3])
        torch.testing.assert_close(made(sound, tokens)[:, :3], shorter)
        assert own.layers[0].attend.attention.key.bias is None


def test_mlp_mixer_mixes_patches_and_features_in_turn() -> None:
    made, (image,) = model("mlp_mixer"), inputs("mlp_mixer")

    def mapped(maps: Any, x: Tensor) -> Tensor:
        result: Tensor = maps.down(functional.gelu(maps.up(x)))
        return result

    with torch.no_grad():
        x = made.patches.proj(image).flatten(2).transpose(1, 2)
        for layer in made.layers:
            y = layer.patches.norm(x).transpose(1, 2)
            x = x + mapped(layer.patches.maps, y).transpose(1, 2)
            x = x + mapped(layer.features.maps, layer.features.norm(x))
        torch.testing.assert_close(made(image), made.logits(made.norm(x).mean(1)))


def test_perceiver_reads_with_few_latents_again_and_again() -> None:
    made, (x,) = model("perceiver"), inputs("perceiver")
    with torch.no_grad():
        sequence, latents = made.norm_of_sequence(x), made.latent.expand(2, -1, -1)
        for _ in range(2):
            latents = made.rounds(latents, sequence)
        assert latents.shape == (2, 13, 16)
        answer = made.answer(made.query.expand(2, 1, -1), latents)
        torch.testing.assert_close(made(x), made.logits(answer[:, 0]))
        # The order of the sequence is in its features alone.
        torch.testing.assert_close(made(x.flip(1)), made(x))


def test_gin_scores_what_every_layer_knows() -> None:
    made = model("gin")
    x, edges, _ = inputs("gin")
    batch = torch.tensor([0, 0, 2, 2, 2, 0])

    def pooled(x: Tensor) -> Tensor:
        return torch.stack([x[batch == each].sum(0) for each in range(3)])

    with torch.no_grad():
        expected = made.first_score.linear(pooled(x))
        for layer, score in zip(made.layers, made.scores, strict=True):
            conv = layer.conv
            sums = x.new_zeros(x.shape).index_add(0, edges[1], x[edges[0]])
            y = conv.linear1((1 + conv.eps) * x + sums)
            y = conv.linear2(conv.norm1(y).relu())
            x = layer.norm(y).relu()
            expected = expected + score.linear(pooled(x))
        torch.testing.assert_close(made(*inputs("gin")[:2], batch), expected)


def test_graphsage_gives_nodes_the_length_1_after_each_layer() -> None:
    made, (x, edges) = model("graphsage"), inputs("graphsage")
    with torch.no_grad():
        for layer in made.layers:
            count = torch.zeros(6).index_add(0, edges[1], torch.ones(11)).clamp(min=1)
            mean = x.new_zeros(x.shape).index_add(0, edges[1], x[edges[0]]) / count[:, None]
            x = (layer.conv.lin_l(mean) + layer.conv.lin_r(x)).relu()
            x = x / x.norm(dim=-1, keepdim=True).clamp(min=1e-12)
        torch.testing.assert_close(made(*inputs("graphsage")), made.logits(x))


# -- objectives -------------------------------------------------------------------------------------------


def test_a_language_model_learns_each_next_token() -> None:
    made, (tokens,) = model("language_modelling"), inputs("language_modelling")
    with torch.no_grad():
        found = made(tokens)
        logits = made.model(tokens[:, :-1])
        expected = functional.cross_entropy(
            logits.flatten(0, 1), tokens[:, 1:].flatten(), label_smoothing=0.1
        )
    torch.testing.assert_close(found["logits"], logits)
    torch.testing.assert_close(found["loss"], expected)


def test_a_masked_language_model_learns_the_tokens_that_are_asked() -> None:
    name = "masked_language_modelling"
    made, (tokens, mask, types, labels, asked) = model(name), inputs(name)
    with torch.no_grad():
        found = made(tokens, mask, types, labels, asked)
        hidden = made.bert(tokens, mask, types)
        head = made.head.norm(functional.gelu(made.head.map(hidden)))
        logits = head @ made.bert.words.weight.T + made.logits.bias
        expected = functional.cross_entropy(logits[asked], labels[asked])
    assert 0 < asked.sum() < asked.numel()
    torch.testing.assert_close(found["logits"], logits)
    torch.testing.assert_close(found["loss"], expected)
    assert not hasattr(made.bert, "pooler")


def test_padding_changes_nothing_of_what_is_read() -> None:
    made, (tokens, _, types) = model("bert"), inputs("bert")
    mask = torch.tensor([[1, 1, 1, 0, 0]] * 2)
    with torch.no_grad():
        whole = made(tokens, mask, types)
        part = made(tokens[:, :3], mask[:, :3], types[:, :3])
    torch.testing.assert_close(whole["hidden"][:, :3], part["hidden"])
    torch.testing.assert_close(whole["pooled"], part["pooled"])


def test_a_translator_does_not_read_padding() -> None:
    for name in ("t5", "transformer"):
        made, (source, target, _) = model(name), inputs(name)
        mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0]] * 2)
        with torch.no_grad():
            part = made(source[:, :4], target)
            torch.testing.assert_close(made(source, target, mask), part)
            assert not torch.allclose(made(source, target), part, atol=1e-3)


def test_images_and_texts_are_to_find_each_other() -> None:
    made, (tokens, image) = model("contrastive"), inputs("contrastive")
    with torch.no_grad():
        found = made(tokens, image)
        (logits, *_) = outputs(made.clip(tokens, image))
        ones = logits.log_softmax(1).diagonal().mean(), logits.log_softmax(0).diagonal().mean()
    torch.testing.assert_close(found["loss"], -(ones[0] + ones[1]) / 2)


def test_nodes_are_learned_where_their_labels_are_known() -> None:
    made, (x, edges, label, learned) = model("node_classification"), inputs("node_classification")
    learned = torch.tensor([True, False, True, True, False, False])
    with torch.no_grad():
        found = made(x, edges, label, learned)
        logits = made.model(x, edges)
    expected = functional.cross_entropy(logits[learned], label[learned])
    torch.testing.assert_close(found["loss"], expected)


def test_graphs_are_learned_from_their_labels() -> None:
    name = "graph_classification"
    made, (x, edges, batch, label) = model(name), inputs(name)
    with torch.no_grad():
        found = made(x, edges, batch, label)
    assert found["logits"].shape == (3, 2)
    torch.testing.assert_close(found["loss"], functional.cross_entropy(found["logits"], label))


@pytest.mark.parametrize(
    ("objective", "settings"),
    [
        ("language_modelling", {"model": "llama", "preset": "tinyllama_1b", "vocab": 97}),
        ("language_modelling", {"model": "moe_gpt", "vocab": 97}),
        ("language_modelling", {"model": "mixtral"}),
        ("node_classification", {"model": "graphsage"}),
        ("node_classification", {"model": "gat", "preset": "pubmed", "features": 8}),
        ("contrastive", {"preset": "vit_l14_336", "image_size": 336}),
        ("masked_language_modelling", {"preset": "bert_large"}),
    ],
)
def test_objectives_take_other_models(objective: str, settings: dict[str, Any]) -> None:
    graph = composer.check(specs.load(objective, set=settings))
    assert str(graph.outputs["loss"]) == "[]"
