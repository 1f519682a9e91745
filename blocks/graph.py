"""Blocks over graphs: nodes [nodes, channels], edges [2, edges] from source (row 0) to target (row 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from netwright.blocks.indexing import unbounded, within
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Unpack, Value, call
from netwright.plugins.settings import Size as SizeSetting
from netwright.plugins.symmetries import Permutation, Symmetry
from netwright.specs.sizes import Size, symbol
from netwright.specs.tensors import Refusal, Tensor

GRAPH = "netwright.blocks.torch.graph"
SCATTER = "netwright.blocks.torch.scatter"


def edges_of(edge_index: Tensor, x: Tensor) -> tuple[Size, Size]:
    """How many nodes and edges; Refusal if the edges are not between these nodes."""
    if not x.rank:
        raise Refusal(f"expected [nodes, ...], got {x}", tensor=x)
    (edges,) = edge_index.match("[2, edges]", dtype="int64")
    within(edge_index, x.sizes[0])
    return x.sizes[0], edges


class AddRemainingSelfLoops(Block):
    """Edges with a loop at each node behind them, and the weight of each.

    x gives the number of nodes. A loop that is there already is not doubled: it keeps its weight at
    its new place and weighs 0 at its old one. Without edge_weight, edges weigh 1.

    Shapes: edge_index [2, edges], x [nodes, ...], edge_weight [edges] -> [2, edges + nodes], weights
    Parameters: 0
    Reference: torch_geometric.utils.add_remaining_self_loops
    Examples:
        {block: add_remaining_self_loops} on edge_index [2, e] int64 below n, x [n] gives edge_index [2, e + n] int64 below n and edge_weight [e + n]
        {block: add_remaining_self_loops} on edge_index [2, 3] int64 below n, x [n, 2] float64, edge_weight [3] float64 gives edge_index [2, n + 3] int64 below n and edge_weight [n + 3] float64
    """

    function: ClassVar[str] = f"{GRAPH}.add_remaining_self_loops"

    def infer(
        self, edge_index: Tensor, x: Tensor, edge_weight: Tensor | None = None
    ) -> Mapping[str, Tensor]:
        x.of("floating")
        nodes, edges = edges_of(edge_index, x)
        if edge_weight is not None:
            (weights,) = edge_weight.match("[edges]", dtype=x.dtype)
            if not weights == edges:
                raise Refusal(
                    f"{weights} weights for {edges} edges", code="NW301", tensor=edge_weight
                )
        # A loop's ends are below the number of nodes; an edge's only if that was known before.
        below = None if edge_index.below is None else nodes
        return {
            "edge_index": Tensor((2, edges + nodes), "int64", below),
            "edge_weight": Tensor((edges + nodes,), x.dtype),
        }

    def symmetries(self) -> tuple[Symmetry, ...]:
        return (Permutation("x", 0),)

    def build(self, edge_index: Input, x: Input, edge_weight: Input | None = None) -> Unpack:
        return Unpack(call(self.function, edge_index, x, edge_weight))

    def cautions(
        self, edge_index: Tensor, x: Tensor, edge_weight: Tensor | None = None
    ) -> Iterable[str]:
        return unbounded("edge_index", edge_index, x.sizes[0])


class GcnNorm(AddRemainingSelfLoops):
    """Edges with a loop at each node, weighted by one over the roots of the degrees at both ends.

    Loops are added as by add_remaining_self_loops. An edge that stands twice counts twice.

    Shapes: edge_index [2, edges], x [nodes, ...], edge_weight [edges] -> [2, edges + nodes], weights
    Parameters: 0
    Reference: torch_geometric.nn.conv.gcn_conv.gcn_norm; Kipf and Welling 2017, arXiv:1609.02907
    Examples:
        {block: gcn_norm} on edge_index [2, e] int64 below n, x [n] gives edge_index [2, e + n] int64 below n and edge_weight [e + n]
        {block: gcn_norm} on edge_index [2, 1] int64, x [4], edge_weight [1] gives edge_index [2, 5] int64 and edge_weight [5]
    """

    function: ClassVar[str] = f"{GRAPH}.gcn_norm"


class GraphSoftmax(Block):
    """The softmax over the slices (along dim 0) that bear the same index, such as a node's edges.

    Shapes: src [count, ...], index [count], like [groups, ...] -> the shape of src
    Parameters: 0
    Reference: torch_geometric.utils.softmax
    Examples:
        {block: graph_softmax} on src [e, 8], index [e] int64 below n, like [n, 3] gives [e, 8]
        {block: graph_softmax} on src [e], index [e] int64 below 4 gives [e]
    """

    def infer(self, src: Tensor, index: Tensor, like: Tensor | None = None) -> Tensor:
        src.of("floating")
        (count,) = index.match("[count]", dtype="int64")
        if not src.rank or not src.sizes[0] == count:
            raise Refusal(f"src {src} and index {index} do not agree", code="NW301", tensor=index)
        if like is not None:
            like.match("[nodes, ...]")
        within(index, self._groups(index, like))
        return src.with_sizes(*src.sizes)

    def symmetries(self) -> tuple[Symmetry, ...]:
        return (Permutation("src", 0),)

    def build(self, src: Input, index: Input, like: Input | None = None) -> Value:
        groups = self._groups(index.type, None) if like is None else like.shape[0]
        return call(f"{SCATTER}.scatter_softmax", src, index, groups)

    def cautions(self, src: Tensor, index: Tensor, like: Tensor | None = None) -> Iterable[str]:
        return unbounded("index", index, self._groups(index, like))

    def _groups(self, index: Tensor, like: Tensor | None) -> Size:
        if like is not None and like.rank:
            return like.sizes[0]
        if index.below is None:
            raise Refusal(
                "nothing bounds the index, so the number of groups is open",
                help="feed `like`: a tensor with one row for each group",
                tensor=index,
            )
        return index.below


class GlobalPool(Block):
    """The nodes of each graph of a batch, reduced to one row.

    `batch` holds the number of the graph of each node. How many graphs there are says `size`, or else
    the bound of `batch`; where neither is known they are counted at run time.
    """

    function: ClassVar[str]

    size: SizeSetting | None = Field(
        default=None, description="how many graphs; null takes the bound of batch, or counts them"
    )

    def infer(self, x: Tensor, batch: Tensor) -> Tensor:
        x.of("floating")
        if not x.rank:
            raise Refusal(f"expected [nodes, ...], got {x}", tensor=x)
        (nodes,) = batch.match("[nodes]", dtype="int64")
        if not nodes == x.sizes[0]:
            raise Refusal(
                f"x is {x}, batch is {batch}: {x.sizes[0]} and {nodes} nodes",
                code="NW301",
                tensor=batch,
            )
        graphs = self._graphs(batch)
        if graphs is not None:
            within(batch, graphs)
            return x.resized(0, graphs)
        if batch.origin is None:
            raise Refusal(
                "nothing bounds batch, and it is computed here: the number of graphs is open",
                help="set `size`, or read batch from an input of the network",
                tensor=batch,
                setting="size",
            )
        return x.resized(0, symbol("graphs", origin=batch.origin))

    def symmetries(self) -> tuple[Symmetry, ...]:
        return (Permutation("x", 0),)

    def build(self, x: Input, batch: Input) -> Value:
        graphs = self._graphs(batch.type)
        if graphs is None:
            return call(self.function, x, batch, call(f"{SCATTER}.group_count", batch))
        return call(self.function, x, batch, graphs)

    def cautions(self, x: Tensor, batch: Tensor) -> Iterable[str]:
        return () if self.size is None else unbounded("batch", batch, self.size)

    def _graphs(self, batch: Tensor) -> Size | None:
        graphs = batch.below if self.size is None else self.size
        if graphs is not None and not graphs >= 1:
            raise Refusal(f"size is {graphs}", setting="size")
        return graphs


class GlobalAddPool(GlobalPool):
    """The sum of the nodes of each graph in a batch.

    Shapes: x [nodes, ...], batch [nodes] -> [graphs, ...]
    Parameters: 0
    Reference: torch_geometric.nn.global_add_pool
    Examples:
        {block: global_add_pool} on x [n, 8], batch [n] int64 below 5 gives [5, 8]
        {block: global_add_pool, size: 4} on x [n], batch [n] int64 below 3 gives [4]
    """

    function = f"{SCATTER}.scatter_sum"


class GlobalMeanPool(GlobalPool):
    """The mean of the nodes of each graph in a batch; 0 for a graph without nodes.

    Shapes: x [nodes, ...], batch [nodes] -> [graphs, ...]
    Parameters: 0
    Reference: torch_geometric.nn.global_mean_pool
    Examples:
        {block: global_mean_pool} on x [n, 8], batch [n] int64 below 5 gives [5, 8]
        {block: global_mean_pool, size: 3} on x [n, 2, 2], batch [n] int64 below 3 gives [3, 2, 2]
    """

    function = f"{SCATTER}.scatter_mean"


class GlobalMaxPool(GlobalPool):
    """The largest elements over the nodes of each graph in a batch; 0 for a graph without nodes.

    Shapes: x [nodes, ...], batch [nodes] -> [graphs, ...]
    Parameters: 0
    Reference: torch_geometric.nn.global_max_pool
    Examples:
        {block: global_max_pool} on x [n, 8], batch [n] int64 below 5 gives [5, 8]
        {block: global_max_pool, size: 3} on x [n], batch [n] int64 below 3 gives [3]
    """

    function = f"{SCATTER}.scatter_max"
