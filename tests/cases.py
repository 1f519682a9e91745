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
        "{block: attention, num_heads: 2} on x [batch, seq, 8] gives [batch, seq, 8]",
        "{block: attention, num_heads: 1, is_causal: true, dropout: 0.1, bias: false} on x [batch, seq, 3] gives [batch, seq, 3]",
        "{block: attention, num_heads: 4} on x [batch, seq, 4], mask [batch, 4, seq, seq] bool gives [batch, seq, 4]",
    ],
    "center_crop": [
        "{block: center_crop} on x [batch, 3, 7, 8], like [1, 5, 2, 3] gives [batch, 3, 2, 3]",
        "{block: center_crop} on x [batch, 3, height, 4] int64 below 9, like [other, 5, 2, 1] bool gives [batch, 3, 2, 1] int64 below 9 with dims {height: {min: 3}}",
    ],
    "cross_attention": [
        "{block: cross_attention, num_heads: 2} on x [batch, seq, 8], memory [batch, past, 3] gives [batch, seq, 8]",
        "{block: cross_attention, num_heads: 3, dropout: 0.1, bias: false} on x [batch, seq, 3], memory [batch, past, 5], mask [seq, past] gives [batch, seq, 3]",
    ],
    "gat_conv": [
        "{block: gat_conv, out_channels: 4} on x [nodes, 3], edge_index [2, edges] int64 below nodes gives [nodes, 4]",
        "{block: gat_conv, out_channels: 2, heads: 3, concat: false, negative_slope: 0.1, dropout: 0.5, bias: false} on x [nodes, 3], edge_index [2, edges] int64 below nodes gives [nodes, 2]",
    ],
    "gcn_conv": [
        "{block: gcn_conv, out_channels: 4} on x [nodes, 3], edge_index [2, edges] int64 below nodes gives [nodes, 4]",
        "{block: gcn_conv, out_channels: 4, bias: false} on x [nodes, 3], edge_index [2, edges] int64 below nodes, edge_weight [edges] gives [nodes, 4]",
    ],
    "residual": [
        "{block: residual, body: {norm: layer_norm, up: {block: linear, out_features: 4}}} on x [batch, 4] gives [batch, 4]",
    ],
}
"""Examples of the composites, which have no docstring."""


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
