"""The options of attention, and the layers around it, against the formulas and torch's own."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from netwright import composer, specs
from netwright.blocks.masks import MergeMasks
from netwright.blocks.torch.masks import (
    alibi_slopes,
    offsets_in_window,
    relative_position_buckets,
)
from netwright.blocks.torch.position import rotary_embedding
from netwright.specs.tensors import Refusal

X = {"x": ["batch", "seq", 12]}


def compiled(node: dict[str, Any], inputs: dict[str, Any] | None = None) -> Any:
    """A model of one node, in evaluation."""
    document = {"netwright": 1, "name": "one", "inputs": inputs or X, "nodes": {"node": node}}
    return composer.compile(specs.load(document), seed=0).eval()


def sample(*sizes: int) -> Tensor:
    return torch.randn(sizes, generator=torch.Generator().manual_seed(0))


def attended(query: Tensor, key: Tensor, value: Tensor, added: Tensor | float = 0.0) -> Tensor:
    """Attention by its formula; key and value may have fewer heads, each read by neighbours."""
    groups = query.shape[1] // key.shape[1]
    key, value = (each.repeat_interleave(groups, dim=1) for each in (key, value))
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + added
    return scores.softmax(-1) @ value


def heads(x: Tensor, count: int) -> Tensor:
    return x.unflatten(-1, [count, -1]).transpose(1, 2)


def merged(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)


def hidden(seen: Tensor) -> Tensor:
    """What takes out the scores of those that are not seen."""
    return torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)


def near(seq: int, before: int, after: int) -> Tensor:
    """Who is seen, place by place."""
    return torch.tensor([[-before <= k - q <= after for k in range(seq)] for q in range(seq)])


@pytest.mark.parametrize("fused", [False, True])
def test_groups_of_heads_share_keys_and_values(fused: bool) -> None:
    settings = {"num_heads": 6, "num_kv_heads": 2, "head_dim": 5, "fused": fused}
    node = compiled({"block": "attention", **settings}).node
    x = sample(2, 7, 12)
    if fused:
        query, key, value = node.qkv(x).split([30, 10, 10], dim=-1)
    else:
        query, key, value = node.query(x), node.key(x), node.value(x)
    expected = attended(heads(query, 6), heads(key, 2), heads(value, 2))
    torch.testing.assert_close(node(x), node.output(merged(expected)))


@pytest.mark.parametrize(("is_causal", "after"), [(True, 0), (False, 2)])
def test_a_window_ends_before_what_is_far(is_causal: bool, after: int) -> None:
    settings = {"num_heads": 3, "window": 3, "is_causal": is_causal}
    node = compiled({"block": "attention", **settings}).node
    x = sample(2, 7, 12)
    query, key, value = (heads(each(x), 3) for each in (node.query, node.key, node.value))
    expected = attended(query, key, value, hidden(near(7, 2, after)))
    torch.testing.assert_close(node(x), node.output(merged(expected)))


def test_everything_at_once_is_what_the_formula_says() -> None:
    settings = {
        "num_heads": 4,
        "is_causal": True,
        "scale": 0.3,
        "bias": False,
        "output_bias": True,
        "qk_norm": {"block": "rms_norm", "eps": 0.01},
        "rotary": {"block": "rotary_embedding", "base": 100, "fraction": 0.5},
        "position_bias": "alibi",
    }
    inputs = {"x": ["batch", "seq", 16], "mask": {"shape": ["batch", 1, 1, "seq"], "dtype": "bool"}}
    model = compiled({"block": "attention", **settings, "from": ["x", "mask"]}, inputs)
    node = model.node
    nn.init.uniform_(node.query_norm.weight)
    nn.init.uniform_(node.key_norm.weight)
    assert node.query.bias is None
    assert node.output.bias is not None
    x, mask = sample(2, 6, 16), torch.ones(2, 1, 1, 6, dtype=torch.bool)
    mask[1, ..., 4:] = False
    placed = [
        rotary_embedding(norm(heads(made(x), 4).transpose(1, 2)).transpose(1, 2), 2, base=100.0)
        for made, norm in ((node.query, node.query_norm), (node.key, node.key_norm))
    ]
    distance = torch.tensor([[-abs(k - q) for k in range(6)] for q in range(6)])
    slopes = torch.tensor([2**-2, 2**-4, 2**-6, 2**-8])[:, None, None]
    added = slopes * distance + hidden(mask & near(6, 6, 0))
    query = placed[0] * 0.3 * math.sqrt(4)  # the formula divides by sqrt(4)
    expected = attended(query, placed[1], heads(node.value(x), 4), added)
    torch.testing.assert_close(model(x, mask), node.output(merged(expected)))


def test_cross_attention_has_heads_of_another_size() -> None:
    inputs = {**X, "memory": ["batch", "past", 7]}
    settings = {"num_heads": 4, "num_kv_heads": 2, "head_dim": 6, "qk_norm": "rms_norm"}
    model = compiled({"block": "cross_attention", **settings, "from": ["x", "memory"]}, inputs)
    x, memory = sample(2, 5, 12), sample(2, 3, 7)
    own = model.node
    query = own.query_norm(own.query(x).unflatten(-1, [4, 6])).transpose(1, 2)
    key = own.key_norm(own.key(memory).unflatten(-1, [2, 6])).transpose(1, 2)
    expected = attended(query, key, heads(own.value(memory), 2))
    torch.testing.assert_close(model(x, memory), own.output(merged(expected)))


@pytest.mark.parametrize(("dim", "settings"), [(13, {}), (13, {"num_kv_heads": 3}), (14, {})])
def test_heads_must_divide_unless_their_size_is_said(dim: int, settings: dict[str, Any]) -> None:
    inputs = {"x": ["batch", "seq", dim]}
    with pytest.raises(specs.SpecError, match="multiple of 3"):
        compiled({"block": "attention", "num_heads": 3, **settings}, inputs)
    assert compiled({"block": "attention", "num_heads": 3, "head_dim": 2, **settings}, inputs)


# -- where a token stands -----------------------------------------------------------------------------


@pytest.mark.parametrize("interleaved", [False, True])
def test_rotary_turns_pairs_as_complex_numbers(interleaved: bool) -> None:
    x = sample(2, 9, 10)
    turned, rest = x[..., :6].double(), x[..., 6:]
    pairs = (
        turned.unflatten(-1, [3, 2])
        if interleaved
        else turned.unflatten(-1, [2, 3]).transpose(-1, -2)
    )
    numbers = torch.view_as_complex(pairs.contiguous())
    angles = torch.arange(9)[:, None] * 50.0 ** (-torch.arange(3).double() / 3)
    found = torch.view_as_real(numbers * torch.polar(torch.ones_like(angles), angles))
    found = found.flatten(-2) if interleaved else found.transpose(-1, -2).flatten(-2)
    expected = torch.cat([found.float(), rest], dim=-1)
    got = rotary_embedding(x, 6, base=50.0, interleaved=interleaved)
    torch.testing.assert_close(got, expected)


def test_slopes_between_powers_of_two_take_every_other_one() -> None:
    assert alibi_slopes(8) == [2.0**-each for each in range(1, 9)]
    assert alibi_slopes(6) == [2**-2, 2**-4, 2**-6, 2**-8, 2**-1, 2**-3]
    assert alibi_slopes(1) == [2**-8]


def _bucket(distance: int, buckets: int, most: int, bidirectional: bool) -> int:
    """The bucket of key - query, after the text of the T5 paper."""
    first = 0
    if bidirectional:
        buckets //= 2
        first = buckets if distance > 0 else 0
        far = abs(distance)
    else:
        far = max(-distance, 0)
    exact = buckets // 2
    if far < exact:
        return first + far
    share = math.log(far / exact) / math.log(most / exact)
    return first + min(exact + int(share * (buckets - exact)), buckets - 1)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("buckets", "most"), [(32, 128), (8, 20)])
def test_buckets_of_distances_grow(buckets: int, most: int, bidirectional: bool) -> None:
    found = relative_position_buckets(150, 140, buckets, most, bidirectional)
    expected = [
        [_bucket(key - query, buckets, most, bidirectional) for key in range(140)]
        for query in range(150)
    ]
    assert found.tolist() == expected


def test_a_learned_bias_depends_on_the_offset_in_the_window() -> None:
    inputs = {"x": ["windows", 6, 4]}
    node = {"block": "relative_position_bias2d", "num_heads": 2, "window_size": [2, 3]}
    model = compiled(node, inputs)
    table = model.node if isinstance(model.node, Tensor) else model.get_parameter("node.table")
    found = model(torch.zeros(1, 6, 4))
    places = [(row, column) for row in range(2) for column in range(3)]
    for q, (row, column) in enumerate(places):
        for k, (other_row, other_column) in enumerate(places):
            entry = (row - other_row + 1) * 5 + (column - other_column + 2)
            torch.testing.assert_close(found[:, q, k], table[entry])
    assert len(set(offsets_in_window(2, 3).flatten().tolist())) == 15


def test_what_does_not_fit_is_said() -> None:
    cases = [
        ({"block": "relative_position_bias", "num_heads": 2, "num_buckets": 9}, "one half"),
        ({"block": "relative_position_bias", "num_heads": 2, "max_distance": 8}, "below 8"),
        ({"block": "relative_position_bias2d", "num_heads": 2, "window_size": 3}, "9 places"),
        ({"block": "rotary_embedding", "fraction": 0.3}, "3 are turned"),
    ]
    for node, message in cases:
        with pytest.raises(specs.SpecError, match=message):
            compiled(node, {"x": [2, 8, 12]})
    with pytest.raises(Refusal, match="no mask"):
        MergeMasks().infer()


# -- layers ---------------------------------------------------------------------------------------------


def _into(own: Any, layer: Any, parts: dict[str, str]) -> None:
    """Give a layer of torch the weights of ours."""
    for mine, theirs in parts.items():
        module = layer.get_submodule(mine)
        other = own.get_submodule(theirs)
        if isinstance(other, nn.MultiheadAttention):
            made = [module.query, module.key, module.value]
            other.in_proj_weight.data = torch.cat([each.weight for each in made]).detach()
            other.in_proj_bias.data = torch.cat([each.bias for each in made]).detach()
            module, other = module.output, other.out_proj
        other.load_state_dict(module.state_dict())


@pytest.mark.parametrize("norm_first", [False, True])
def test_encoder_layers_are_those_of_torch(norm_first: bool) -> None:
    settings = {"nhead": 3, "dim_feedforward": 20, "activation": "gelu", "norm_first": norm_first}
    inputs = {**X, "mask": {"shape": ["seq", "seq"], "dtype": "bool"}}
    model = compiled(
        {"block": "transformer_encoder_layer", **settings, "from": ["x", "mask"]}, inputs
    )
    own = nn.TransformerEncoderLayer(
        12, 3, 20, activation="gelu", norm_first=norm_first, batch_first=True
    ).eval()
    parts = {
        "attend.attention": "self_attn",
        "attend.norm": "norm1",
        "feed.maps.up": "linear1",
        "feed.maps.down": "linear2",
        "feed.norm": "norm2",
    }
    for norm in (model.node.attend.norm, model.node.feed.norm):
        nn.init.uniform_(norm.weight)
    _into(own, model.node, parts)
    x, seen = sample(2, 5, 12), near(5, 2, 1)
    torch.testing.assert_close(model(x, seen), own(x, src_mask=~seen))


@pytest.mark.parametrize("norm_first", [False, True])
def test_decoder_layers_are_those_of_torch(norm_first: bool) -> None:
    inputs = {
        **X,
        "memory": ["batch", "past", 12],
        "mask": {"shape": ["seq", "seq"], "dtype": "bool"},
        "memory_mask": {"shape": ["seq", "past"], "dtype": "bool"},
    }
    settings = {"nhead": 3, "dim_feedforward": 20, "norm_first": norm_first}
    model = compiled(
        {"block": "transformer_decoder_layer", **settings, "from": list(inputs)}, inputs
    )
    own = nn.TransformerDecoderLayer(12, 3, 20, norm_first=norm_first, batch_first=True).eval()
    parts = {
        "attend.attention": "self_attn",
        "attend.norm": "norm1",
        "read.attention": "multihead_attn",
        "read.norm": "norm2",
        "feed.maps.up": "linear1",
        "feed.maps.down": "linear2",
        "feed.norm": "norm3",
    }
    for part in (model.node.attend, model.node.read, model.node.feed):
        nn.init.uniform_(part.norm.weight)
    _into(own, model.node, parts)
    x, memory, seen = sample(2, 5, 12), sample(2, 4, 12), near(5, 2, 4)
    known = near(5, 3, 1)[:, :4]
    expected = own(x, memory, tgt_mask=~(seen & near(5, 5, 0)), memory_mask=~known)
    torch.testing.assert_close(model(x, memory, seen, known), expected)


def test_a_gate_says_how_much_passes() -> None:
    node = {"block": "gated_feed_forward", "hidden_features": 5, "act": "sigmoid", "bias": True}
    model, x = compiled(node), sample(2, 3, 12)
    own = model.node
    expected = own.down(own.gate(x).sigmoid() * own.up(x))
    torch.testing.assert_close(model(x), expected)
    assert own.gate.bias is not None


@pytest.mark.parametrize("normalize", [True, False])
def test_a_mixture_weighs_the_best_experts(normalize: bool) -> None:
    expert = {"block": "linear", "out_features": 12}
    settings = {"num_experts": 4, "top_k": 2, "normalize": normalize, "expert": expert}
    model, x = compiled({"block": "mixture_of_experts", **settings}), sample(2, 3, 12)
    own = model.node
    scores = own.router(x)
    best = scores.argsort(-1, descending=True)[..., :2]
    shares = (scores.gather(-1, best) if normalize else scores).softmax(-1)
    shares = shares if normalize else shares.gather(-1, best)
    answers = torch.stack([each(x) for each in own.experts], dim=-1)
    chosen = answers.take_along_dim(best[..., None, :], -1)
    torch.testing.assert_close(model(x), (chosen * shares[..., None, :]).sum(-1))


def test_a_position_is_taken_from_each_sequence() -> None:
    inputs = {
        "x": ["batch", "seq", 3],
        "end": {"shape": ["batch"], "dtype": "int64", "below": "$seq"},
    }
    model = compiled({"block": "take_position", "from": ["x", "end"]}, inputs)
    x, end = sample(4, 5, 3), torch.tensor([0, 4, 2, 2])
    torch.testing.assert_close(
        model(x, end), torch.stack([x[i, each] for i, each in enumerate(end)])
    )


def continuous_bias(node: Any, size: int, trained: int) -> Tensor:
    """The bias of Swin v2, place by place, from the network of a continuous_position_bias2d."""
    places = [(row, column) for row in range(size) for column in range(size)]
    rows = []
    for one in places:
        for other in places:
            offset = torch.tensor([a - b for a, b in zip(one, other, strict=True)]).float()
            wide = 8 * offset / (trained - 1)
            near = wide.sign() * torch.log2(wide.abs() + 1) / 3
            rows.append(node.table(node.hidden(near).relu()))
    return (16 * torch.stack(rows).sigmoid()).unflatten(0, [len(places)] * 2).permute(2, 0, 1)


@pytest.mark.parametrize("trained", [3, 2])
def test_attention_of_swin_v2(trained: int) -> None:
    """Cosines times a learned factor, and a bias from a network, as Liu et al. 2022 have it."""
    cosine = {"block": "normalize", "dim": -1}
    settings = {
        "num_heads": 2,
        "key_bias": False,
        "qk_norm": cosine,
        "query_norm": {"cosine": cosine, "scale": "logit_scale"},
        "scale": 1.0,
        "position_bias": {
            "block": "continuous_position_bias2d",
            "num_heads": 2,
            "window_size": 3,
            "trained_size": trained,
        },
    }
    node = compiled({"block": "attention", **settings}, {"x": ["windows", 9, 12]}).node
    assert torch.equal(node.scale.log, torch.full((2, 1), math.log(10)))
    factors = torch.tensor([[1.5], [9.0]])  # the second is more than the bound of 100
    node.scale.log.data.copy_(factors)
    x = sample(4, 9, 12)
    query, key, value = (heads(each(x), 2) for each in (node.query, node.key, node.value))
    cosines = nn.functional.cosine_similarity(query[..., :, None, :], key[..., None, :, :], dim=-1)
    scores = cosines * factors[:, None].exp().clamp(max=100)
    scores = scores + continuous_bias(node.bias, 3, trained)
    torch.testing.assert_close(node(x), node.output(merged(scores.softmax(-1) @ value)))
