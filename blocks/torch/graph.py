"""Edges of graphs: `edge_index` [2, edges] holds the source and the target node of each edge."""

from __future__ import annotations

import torch
from torch import Tensor


def add_remaining_self_loops(
    edge_index: Tensor, x: Tensor, edge_weight: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The edges, and behind them a loop at each node; returns them with their weights.

    A loop that is there already keeps its weight, at its new place; at its old one it weighs 0.
    x: the nodes [nodes, ...]; edge_weight: 1 for every edge if it is None.
    """
    num_nodes = x.shape[0]
    if edge_weight is None:
        edge_weight = x.new_ones(edge_index.shape[1])
    source, target = edge_index.unbind()
    is_loop = source == target
    # What is no loop writes to a row behind the last node, which is cut off.
    place = torch.where(is_loop, source, num_nodes)
    loops = edge_weight.new_ones(num_nodes + 1).scatter(0, place, edge_weight)[:num_nodes]
    nodes = torch.arange(num_nodes, device=edge_index.device, dtype=edge_index.dtype)
    edges = torch.cat([edge_index, nodes.expand(2, num_nodes)], dim=1)
    return edges, torch.cat([edge_weight.masked_fill(is_loop, 0), loops])


def gcn_norm(edge_index: Tensor, x: Tensor, edge_weight: Tensor | None) -> tuple[Tensor, Tensor]:
    """The edges with a loop at each node, and their weights, normalised by the degrees at both ends.

    x: the nodes [nodes, ...]; edge_weight: 1 for every edge if it is None.
    """
    edges, weight = add_remaining_self_loops(edge_index, x, edge_weight)
    source, target = edges.unbind()
    degree = weight.new_zeros(x.shape[0]).index_add(0, target, weight)
    scale = degree.rsqrt().masked_fill(degree == 0, 0)
    return edges, scale[source] * weight * scale[target]
