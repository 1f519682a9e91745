"""The examples of the built-in blocks, as the kit has them."""

from __future__ import annotations

from functools import cache

from netwright.plugins.block import Block
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.testing.specimen import specimens
from netwright.plugins.testing.subjects import Subject

CATALOGUE = Catalogue()

COMPOSITES = {
    "attention": [
        "{block: attention, num_heads: 1, is_causal: true, dropout: 0.1, bias: false} on x [batch, seq, 3] gives [batch, seq, 3]",
        "{block: attention, num_heads: 4} on x [batch, seq, 4], mask [batch, 4, seq, seq] bool gives [batch, seq, 4]",
        "{block: attention, num_heads: 4, num_kv_heads: 2, head_dim: 6, fused: true, key_bias: true, output_bias: false, scale: 0.5, window: 3} on x [batch, seq, 5] gives [batch, seq, 5]",
        "{block: attention, num_heads: 2, is_causal: true, qk_norm: rms_norm, key_bias: false, rotary: {block: rotary_embedding, base: 100}, position_bias: alibi} on x [batch, seq, 8], mask [batch, 1, 1, seq] gives [batch, seq, 8]",
        "{block: attention, num_heads: 2, qk_norm: {block: normalize, dim: -1}, query_norm: {cosine: {block: normalize, dim: -1}, scale: logit_scale}, scale: 1, key_bias: false, position_bias: {block: continuous_position_bias2d, num_heads: 2, window_size: 2, hidden_features: 5}} on x [windows, 4, 6] gives [windows, 4, 6]",
    ],
    "class_token": [
        "{block: class_token, count: 3} on x [batch, seq, 4] gives [batch, seq + 3, 4]",
    ],
    "patch_embed": [
        "{block: patch_embed, embed_dim: 5, patch_size: 2, bias: false} on x [batch, 3, high, 4] gives [batch, high // 2 * 2, 5] with dims {high: {multiple_of: 2}}",
    ],
    "center_crop": [
        "{block: center_crop} on x [batch, 3, height, 4] int64 below 9, like [other, 5, 2, 1] bool gives [batch, 3, 2, 1] int64 below 9 with dims {height: {min: 3}}",
    ],
    "cross_attention": [
        "{block: cross_attention, num_heads: 3, dropout: 0.1, bias: false} on x [batch, seq, 3], memory [batch, past, 5], mask [seq, past] gives [batch, seq, 3]",
        "{block: cross_attention, num_heads: 4, num_kv_heads: 2, head_dim: 6, key_bias: false, output_bias: false, scale: 1, qk_norm: layer_norm} on x [batch, seq, 5], memory [batch, past, 3] gives [batch, seq, 5]",
        "{block: cross_attention, num_heads: 2} on x [batch, seq, 4], memory [batch, past, 3], values [batch, past, 5] gives [batch, seq, 4]",
    ],
    "continuous_position_bias2d": [
        "{block: continuous_position_bias2d, num_heads: 1, window_size: 3, trained_size: 2, hidden_features: 4, bound: 2.0} on x [windows, 9, 6] gives [1, 9, 9]",
    ],
    "logit_scale": [
        "{block: logit_scale, init_log: 0.5, max_factor: 1.2} on x [batch, seq, 3, 4] gives [batch, seq, 3, 4]",
    ],
    "multihead_attention": [
        "{block: multihead_attention, num_heads: 2, dropout: 0.1, bias: false} on query [batch, seq, 4], key [batch, past, 3], value [batch, past, 5], key_padding_mask [batch, past] bool, attn_mask [seq, past] bool gives [batch, seq, 4]",
    ],
    "edge_conv": [
        "{block: edge_conv, aggr: mean, body: relu} on x [nodes, 3], edge_index [2, edges] int64 below nodes gives [nodes, 6]",
    ],
    "feed_forward": [
        "{block: feed_forward, hidden_features: 5, act: relu, dropout: 0.1, bias: false} on x [batch, 3] gives [batch, 3]",
    ],
    "gated_feed_forward": [
        "{block: gated_feed_forward, hidden_features: 5, act: gelu, dropout: 0.1, bias: true} on x [batch, 3] gives [batch, 3]",
    ],
    "gatv2_conv": [
        "{block: gatv2_conv, out_channels: 2, heads: 3, concat: false, negative_slope: 0.1, dropout: 0.5, bias: false} on x [nodes, 3], edge_index [2, edges] int64 below nodes gives [nodes, 2]",
    ],
    "gin_conv": [
        "{block: gin_conv, train_eps: true, body: relu} on x [nodes, 3], edge_index [2, edges] int64 below nodes gives [nodes, 3]",
    ],
    "meta_layer": [
        "{block: meta_layer, aggr: max, edge_model: tanh, node_model: relu, global_model: tanh} on x [nodes, 1], edge_index [2, edges] int64 below nodes, edge_attr [edges, 2], u [graphs, 3], batch [nodes] int64 below graphs gives x [nodes, 11] and edge_attr [edges, 7] and u [graphs, 21]",
    ],
    "mixture_of_experts": [
        "{block: mixture_of_experts, num_experts: 3, top_k: 1, normalize: false, expert: {block: linear, out_features: 4}} on x [batch, 4] gives [batch, 4]",
    ],
    "sage_conv": [
        "{block: sage_conv, out_channels: 4, aggr: max, normalize: true, root_weight: false, bias: false} on x [nodes, 3], edge_index [2, edges] int64 below nodes gives [nodes, 4]",
    ],
    "transformer_decoder_layer": [
        "{block: transformer_decoder_layer, nhead: 2, dim_feedforward: 5, dropout: 0.0, activation: gelu, norm_first: true, norm: rms_norm, bias: false} on x [batch, seq, 4], memory [batch, past, 3], mask [seq, seq], memory_mask [batch, 1, 1, past] bool gives [batch, seq, 4]",
    ],
    "transformer_encoder_layer": [
        "{block: transformer_encoder_layer, nhead: 2, dim_feedforward: 5, dropout: 0.0, activation: gelu, norm_first: true, is_causal: true, norm: rms_norm, bias: false} on x [batch, seq, 4], mask [seq, seq] gives [batch, seq, 4]",
    ],
    "gat_conv": [
        "{block: gat_conv, out_channels: 2, heads: 3, concat: false, negative_slope: 0.1, dropout: 0.5, bias: false} on x [nodes, 3], edge_index [2, edges] int64 below nodes gives [nodes, 2]",
    ],
    "gcn_conv": [
        "{block: gcn_conv, out_channels: 4, bias: false} on x [nodes, 3], edge_index [2, edges] int64 below nodes, edge_weight [edges] gives [nodes, 4]",
    ],
    "gaussian_kl": [
        "{block: gaussian_kl, reduction: none} on mean [batch, 3, 2], logvar [batch, 3, 2] gives [batch, 3, 2]",
    ],
    "gaussian_nll_loss": [
        "{block: gaussian_nll_loss, full: true, eps: 0.001, reduction: none} on x [batch, 3], target [batch, 3], var [batch, 1] gives [batch, 3]",
    ],
    "causal_conv1d": [
        "{block: causal_conv1d, out_channels: 6, kernel_size: 3, dilation: 2, groups: 3, bias: false} on x [batch, 3, length] gives [batch, 6, length]",
    ],
    "conv_norm_act": [
        "{block: conv_norm_act, out_channels: 6, kernel_size: 2, stride: 2, padding: 1, dilation: 2, groups: 3, norm: {block: group_norm, num_groups: 2}, act: silu} on x [batch, 3, 5, 6] gives [batch, 6, 3, 3]",
    ],
    "convnext_block": [
        "{block: convnext_block, kernel_size: 3, mlp_ratio: 2, init_value: 1.0, drop: 0.5} on x [batch, 3, height, width] gives [batch, 3, height, width]",
    ],
    "inverted_residual": [
        "{block: inverted_residual, out_channels: 4, expand_channels: 6, squeeze_channels: 2, norm: {block: batch_norm2d, eps: 0.001}, squeeze_act: relu, squeeze_gate: hardsigmoid} on x [2, 3, height, width] gives [2, 4, height, width]",
        "{block: inverted_residual, out_channels: 4, expand_channels: 3, kernel_size: 5, stride: 2, squeeze_channels: 2, act: silu} on x [2, 3, height, width] gives [2, 4, (height + 1) // 2, (width + 1) // 2]",
    ],
    "partial_conv2d": [
        "{block: partial_conv2d, out_channels: 4, kernel_size: 2, stride: 2, bias: false} on x [batch, 3, 5, 6], mask [batch, 1, 5, 6] gives x [batch, 4, 2, 3] and mask [batch, 1, 2, 3]",
    ],
    "triplet_margin_with_distance_loss": [
        "{block: triplet_margin_with_distance_loss, distance: {block: bilinear, out_features: 1}, margin: 0.5, swap: true, reduction: none} on anchor [batch, 4], positive [batch, 4], negative [batch, 4] gives [batch, 1]",
        "{block: triplet_margin_with_distance_loss, distance: {block: pairwise_distance, p: 1}, reduction: sum} on anchor [batch, 4], positive [batch, 4], negative [batch, 4] gives []",
    ],
    "fourier_features": [
        "{block: fourier_features} on x [batch, 1] gives [batch, 20]",
    ],
    "patch_merging": [
        "{block: patch_merging, out_features: 5} on x [batch, 2, 4, 3] gives [batch, 1, 2, 5]",
    ],
    "scaled_subsample": [
        "{block: scaled_subsample, kernel_size: 3} on x [batch, 3, 4, 7] gives [batch, 3, 1, 2]",
    ],
    "spatial_attention": [
        "{block: spatial_attention, num_heads: 2, dropout: 0.1, bias: false} on x [batch, 4, height, 3] gives [batch, 4, height, 3]",
    ],
    "squeeze_excite": [
        "{block: squeeze_excite, squeeze_channels: 1, act: silu, gate: hardsigmoid} on x [batch, 4, height, width] gives [batch, 4, height, width]",
    ],
    "timestep_embedding": [
        "{block: timestep_embedding, embedding_dim: 4, out_features: 6, flip_sin_to_cos: true, downscale_freq_shift: 0.0} on x [batch] gives [batch, 6]",
    ],
}
"""More examples of the composites, beside those in their files."""


@cache
def names() -> list[str]:
    """Every built-in block."""
    return list(CATALOGUE.names())


@cache
def cases() -> list[Subject]:
    """Every example of every built-in block."""
    found = specimens(CATALOGUE, "", COMPOSITES)
    return [subject for specimen in found for subject in specimen.written]


def block_class(name: str) -> type[Block] | None:
    """The class of a block; None of a composite."""
    found = CATALOGUE.find(name)
    return found if isinstance(found, type) else None
