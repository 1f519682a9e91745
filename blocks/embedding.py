"""Tables of vectors, looked up by index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value
from netwright.plugins.settings import Count, Integer
from netwright.specs.tensors import Refusal, Tensor

EXCLUSIVE = "sparse and scale_grad_by_freq exclude each other in training: leave one of them out"


class Embedding(Block):
    """A learned vector for each index.

    Shapes: x [...] int64 -> [..., embedding_dim] float
    Parameters: num_embeddings * embedding_dim
    Reference: torch.nn.Embedding
    Examples:
        {block: embedding, num_embeddings: 10, embedding_dim: 4} on x [batch, seq] int64 below 10 gives [batch, seq, 4]
        {block: embedding, num_embeddings: 3, embedding_dim: 1, padding_idx: -1} on x [] int32 below 2 gives [1]
        {block: embedding, num_embeddings: 10, embedding_dim: 4, scale_grad_by_freq: true} on x [batch] int64 below 1 gives [batch, 4]
        {block: embedding, num_embeddings: 3, embedding_dim: 1, sparse: true} on x [] int32 below 3 gives [1]
    """

    num_embeddings: Count = Field(
        description="number of vectors in the table; indices stay below it"
    )
    embedding_dim: Count = Field(description="size of a vector")
    padding_idx: Integer | None = Field(
        default=None, description="index of a vector that is 0 and does not learn"
    )
    scale_grad_by_freq: bool = Field(
        default=False, description="divide gradients by how often the index occurs in the batch"
    )
    sparse: bool = Field(default=False, description="make the table's gradient a sparse tensor")

    def infer(self, x: Tensor) -> Tensor:
        x.of("index")
        check_bound(x, self.num_embeddings, "num_embeddings")
        check_padding(self.padding_idx, self.num_embeddings)
        return Tensor((*x.sizes, self.embedding_dim))

    def cautions(self, x: Tensor) -> Iterator[str]:
        yield from unbounded(x, self.num_embeddings)
        if self.sparse and self.scale_grad_by_freq:
            yield EXCLUSIVE
        if self.sparse and self.padding_idx is not None and not x.rank:
            yield "sparse and padding_idx cannot be trained with a single index: leave one of them out"

    def build(self, x: Input) -> Value:
        return Module(
            "torch.nn.Embedding",
            self.num_embeddings,
            self.embedding_dim,
            parameters={"weight": (self.num_embeddings, self.embedding_dim)},
            **self.changed("padding_idx", "scale_grad_by_freq", "sparse"),
        )(x)


class EmbeddingBag(Block):
    """The sum, mean or greatest of the vectors of each bag of indices, without a tensor of them all.

    A bag is a row of x. Bags of several lengths are rows filled up with padding_idx, which does not count.

    Shapes: x [batch, indices] int64, per_sample_weights (optional) [batch, indices] -> [batch, embedding_dim] float
    Parameters: num_embeddings * embedding_dim
    Reference: torch.nn.EmbeddingBag
    Examples:
        {block: embedding_bag, num_embeddings: 10, embedding_dim: 4} on x [batch, seq] int64 below 10 gives [batch, 4]
        {block: embedding_bag, num_embeddings: 5, embedding_dim: 3, mode: max, padding_idx: 0} on x [batch, seq] int64 below 5 gives [batch, 3]
        {block: embedding_bag, num_embeddings: 5, embedding_dim: 3, mode: sum} on x [batch, seq] int32 below 5, per_sample_weights [batch, seq] gives [batch, 3]
        {block: embedding_bag, num_embeddings: 5, embedding_dim: 3, scale_grad_by_freq: true} on x [batch, 2] int64 below 5 gives [batch, 3]
        {block: embedding_bag, num_embeddings: 5, embedding_dim: 3, sparse: true} on x [batch, 2] int64 below 5 gives [batch, 3]
    """

    num_embeddings: Count = Field(
        description="number of vectors in the table; indices stay below it"
    )
    embedding_dim: Count = Field(description="size of a vector")
    scale_grad_by_freq: bool = Field(
        default=False, description="divide gradients by how often the index occurs in the batch"
    )
    mode: Literal["sum", "mean", "max"] = Field(
        default="mean", description="what is made of the vectors of a bag"
    )
    sparse: bool = Field(default=False, description="make the table's gradient a sparse tensor")
    padding_idx: Integer | None = Field(
        default=None, description="index of a vector that is 0 and does not learn, nor count"
    )

    def infer(self, x: Tensor, per_sample_weights: Tensor | None = None) -> Tensor:
        batch, _ = x.match("[batch, indices]", "index")
        check_bound(x, self.num_embeddings, "num_embeddings")
        check_padding(self.padding_idx, self.num_embeddings)
        for setting in ("scale_grad_by_freq", "sparse"):
            if self.mode == "max" and getattr(self, setting):
                raise Refusal(
                    f"{setting} is not for mode: max", help="leave it out", setting=setting
                )
        if per_sample_weights is not None:
            self._weighs(x, per_sample_weights)
        return Tensor((batch, self.embedding_dim))

    def _weighs(self, x: Tensor, weights: Tensor) -> None:
        if self.mode != "sum":
            raise Refusal(
                f"per_sample_weights are for mode: sum, not {self.mode}",
                help="write mode: sum",
                setting="mode",
            )
        weights.of("float")
        if weights.rank != 2 or not weights.sizes == x.sizes:
            raise Refusal(
                f"each index has a weight: per_sample_weights {weights} has not the shape of x {x}",
                code="NW301",
                tensor=weights,
            )

    def cautions(self, x: Tensor, per_sample_weights: Tensor | None = None) -> Iterator[str]:
        yield from unbounded(x, self.num_embeddings)
        if self.sparse and self.scale_grad_by_freq:
            yield EXCLUSIVE

    def build(self, x: Input, per_sample_weights: Input | None = None) -> Value:
        given = {} if per_sample_weights is None else {"per_sample_weights": per_sample_weights}
        return Module(
            "torch.nn.EmbeddingBag",
            self.num_embeddings,
            self.embedding_dim,
            parameters={"weight": (self.num_embeddings, self.embedding_dim)},
            **self.changed("scale_grad_by_freq", "mode", "sparse", "padding_idx"),
        )(x, **given)


def check_padding(padding_idx: int | None, rows: int) -> None:
    """Refuse an index of padding that is not in a table of `rows`."""
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise Refusal(
            f"padding_idx {padding_idx} is outside the table of {rows}",
            help=f"legal are {-rows} to {rows - 1}",
            setting="padding_idx",
        )


def check_bound(index: Tensor, rows: int, setting: str) -> None:
    """Refuse indices that may reach beyond a table of `rows` (the value of `setting`)."""
    if index.below is not None and not index.below <= rows:
        raise Refusal(
            f"indices go up to {index.below - 1}, but {setting} is {rows}",
            help=f"write {setting}: {index.below}, or bound the input: below: {rows}",
            code="NW310",
            tensor=index,
            setting=setting,
        )


def unbounded(index: Tensor, rows: int) -> Iterator[str]:
    """The caution that nothing is known of how far indices go."""
    if index.below is None:
        yield (
            f"nothing says that indices stay below {rows}: an index of {rows} or more will fail "
            f"(write below: {rows} at the input)"
        )
