"""How far vectors are apart, or how alike they are."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from netwright.blocks.broadcasting import shape_of
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Integer, Number, Positive
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor


class PairwiseDistance(Block):
    """The p-norm of the difference of two vectors, the last sizes of x1 and x2.

    Shapes: x1 [..., features], x2 [..., features] -> [...]
    Parameters: 0
    Reference: torch.nn.functional.pairwise_distance
    Examples:
        {block: pairwise_distance} on x1 [batch, 4], x2 [batch, 4] gives [batch]
        {block: pairwise_distance, p: 1, eps: 0.001, keepdim: true} on x1 [batch, seq, 4], x2 [1, 4] gives [batch, seq, 1]
    """

    p: Number = Field(default=2.0, description="which norm: 2 is the root of the sum of squares")
    eps: Number = Field(default=1e-6, description="added to the difference")
    keepdim: bool = Field(default=False, description="keep the last dimension, with a size of 1")

    def infer(self, x1: Tensor, x2: Tensor) -> Tensor:
        sizes = _aligned(x1, x2, -1)
        return x1.with_sizes(*sizes[:-1], *((1,) if self.keepdim else ()))

    def build(self, x1: Input, x2: Input) -> Value:
        options = self.changed("p", "eps", "keepdim")
        return call("torch.nn.functional.pairwise_distance", x1, x2, **options)


class CosineSimilarity(Block):
    """The cosine of the angle between vectors along a dimension: 1 where they point the same way.

    Shapes: x1 [..., features, ...], x2 [..., features, ...] -> [..., ...]
    Parameters: 0
    Reference: torch.nn.functional.cosine_similarity
    Examples:
        {block: cosine_similarity} on x1 [batch, 4], x2 [batch, 4] gives [batch]
        {block: cosine_similarity, dim: -1, eps: 0.001} on x1 [batch, seq, 1, 4], x2 [batch, 1, past, 4] gives [batch, seq, past]
    """

    dim: Integer = Field(default=1, description="the dimension of the vectors")
    eps: Positive = Field(default=1e-8, description="the least length that is divided by")

    def infer(self, x1: Tensor, x2: Tensor) -> Tensor:
        both = x1.with_sizes(*_aligned(x1, x2, self.dim))
        dim = both.dim(self.dim)
        return both.with_sizes(*both.sizes[:dim], *both.sizes[dim + 1 :])

    def build(self, x1: Input, x2: Input) -> Value:
        return call("torch.nn.functional.cosine_similarity", x1, x2, **self.changed("dim", "eps"))


class Cdist(Block):
    """The distance of every row of x1 to every row of x2.

    Shapes: x1 [..., rows, features], x2 [..., others, features] -> [..., rows, others]
    Parameters: 0
    Reference: torch.cdist
    Examples:
        {block: cdist} on x1 [batch, n, 3], x2 [batch, m, 3] gives [batch, n, m]
        {block: cdist, p: 1} on x1 [4, n, 3], x2 [m, 3] gives [4, n, m]
        {block: cdist, compute_mode: donot_use_mm_for_euclid_dist} on x1 [n, 3], x2 [m, 3] gives [n, m]
    """

    p: Number = Field(default=2.0, ge=0, description="which norm the distance is")
    compute_mode: Literal[
        "use_mm_for_euclid_dist_if_necessary",
        "use_mm_for_euclid_dist",
        "donot_use_mm_for_euclid_dist",
    ] = Field(
        default="use_mm_for_euclid_dist_if_necessary",
        description="whether p = 2 goes by a matrix product, which is quick and less precise: if there are "
        "more than 25 rows, always, or never",
    )

    def infer(self, x1: Tensor, x2: Tensor) -> Tensor:
        *_, rows, features = x1.match("[..., rows, features]", "floating")
        *_, others, other_features = x2.match("[..., rows, features]", x1.dtype)
        if not features == other_features:
            raise Refusal(
                f"the last sizes are {features} of x1 and {other_features} of x2, {x2}",
                help="distances are between vectors of one size: project one of them",
                code="NW301",
                tensor=x2,
            )
        if x1.dtype in ("float16", "bfloat16"):
            raise Refusal(
                f"torch has no distances of {x1.dtype}",
                help="convert x1 and x2 first: {block: to, dtype: float32}",
                code="NW303",
                tensor=x1,
            )
        lead = shape_of(x1.with_sizes(*x1.sizes[:-2]), x2.with_sizes(*x2.sizes[:-2]))
        return x1.with_sizes(*lead, rows, others)

    def build(self, x1: Input, x2: Input) -> Value:
        return call("torch.cdist", x1, x2, **self.changed("p", "compute_mode"))


def _aligned(x1: Tensor, x2: Tensor, dim: int) -> tuple[Size, ...]:
    """The common shape; Refusal if there is none, or if it has no such dimension."""
    x1.of("floating")
    x2.of(x1.dtype)
    both = x1.with_sizes(*shape_of(x1, x2))
    both.dim(dim)
    return both.sizes
