"""Blocks that take or place elements where an integer tensor says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from netwright.blocks.broadcasting import shape_of
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Integer
from netwright.plugins.settings import Size as SizeSetting
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor


def within(index: Tensor, size: Size) -> None:
    """Refuse indices that are known to reach beyond a size."""
    if index.below is not None and not index.below <= size:
        raise Refusal(
            f"indices are below {index.below}, there are only {size}",
            help="declare a smaller bound where the index comes from: below: ...",
            tensor=index,
        )


def unbounded(name: str, index: Tensor, size: Size) -> Iterable[str]:
    """The caution about an index of which no bound is known."""
    if index.below is None:
        yield f"nothing bounds the values of {name}: an index of {size} or more would fail"


class IndexSelect(Block):
    """The slices along a dimension that an index names.

    Shapes: x [..., size, ...], index [count] -> [..., count, ...]
    Parameters: 0
    Reference: torch.index_select
    Examples:
        {block: index_select} on x [n, 8], index [e] int64 below n gives [e, 8]
        {block: index_select, dim: -1} on x [3, n] bool, index [] int32 below n gives [3, 1] bool
        {block: index_select, dim: 1} on x [n, 4] int64 below 6, index [2] int64 gives [n, 2] int64 below 6
    """

    dim: Integer = Field(default=0, description="the dimension")

    def infer(self, x: Tensor, index: Tensor) -> Tensor:
        dim = x.dim(self.dim)
        index.of("index")
        if index.rank > 1:
            raise Refusal(
                f"the index has one dimension, got {index}",
                help="flatten it first, and unflatten the result; or use embedding, gather",
                tensor=index,
            )
        within(index, x.sizes[dim])
        return x.resized(dim, index.sizes[0] if index.rank else 1)

    def build(self, x: Input, index: Input) -> Value:
        return call("torch.index_select", x, self.dim, index)

    def cautions(self, x: Tensor, index: Tensor) -> Iterable[str]:
        return unbounded("index", index, x.sizes[x.dim(self.dim)])


class Gather(Block):
    """For each element of the index, the element of x at that place along a dimension.

    All other places are those of the index, whose other sizes are at most those of x.

    Shapes: x [..., size, ...], index [..., count, ...] -> the shape of the index
    Parameters: 0
    Reference: torch.gather
    Examples:
        {block: gather, dim: 1} on x [n, 8], index [n, 3] int64 below 8 gives [n, 3]
        {block: gather, dim: -1} on x [4, 8] int64 below 9, index [2, s] int64 below 8 gives [2, s] int64 below 9
        {block: gather, dim: 0} on x [n], index [s] int64 below n gives [s]
    """

    dim: Integer = Field(description="the dimension")

    def infer(self, x: Tensor, index: Tensor) -> Tensor:
        dim = x.dim(self.dim)
        index.of("int64")
        if index.rank != x.rank:
            raise Refusal(
                f"x {x} and index {index} must have equally many dimensions",
                help="add one: {block: unsqueeze, dim: -1}, or use take_along_dim, which broadcasts",
                code="NW301",
                tensor=index,
            )
        for other, (size, most) in enumerate(zip(index.sizes, x.sizes, strict=True)):
            if other != dim and not size <= most:
                raise Refusal(
                    f"dim {other} of the index {index} is {size}, of x {x} only {most}",
                    code="NW301",
                    tensor=index,
                )
        within(index, x.sizes[dim])
        return x.with_sizes(*index.sizes)

    def build(self, x: Input, index: Input) -> Value:
        return call("torch.gather", x, self.dim, index)

    def cautions(self, x: Tensor, index: Tensor) -> Iterable[str]:
        return unbounded("index", index, x.sizes[x.dim(self.dim)])


class TakeAlongDim(Block):
    """As gather, but x and the index broadcast in all other dimensions.

    Shapes: x [..., size, ...], index [..., count, ...] -> the common shape, with count
    Parameters: 0
    Reference: torch.take_along_dim
    Examples:
        {block: take_along_dim, dim: 1} on x [n, s, 8], index [n, 1, 1] int64 below s gives [n, 1, 8]
        {block: take_along_dim, dim: -1} on x [n, 8], index [1, 3] int64 below 8 gives [n, 3]
    """

    dim: Integer = Field(description="the dimension")

    def infer(self, x: Tensor, index: Tensor) -> Tensor:
        dim = x.dim(self.dim)
        index.of("int64")
        if index.rank != x.rank:
            raise Refusal(
                f"x {x} and index {index} must have equally many dimensions",
                help="add one: {block: unsqueeze, dim: -1}",
                code="NW301",
                tensor=index,
            )
        within(index, x.sizes[dim])
        sizes = shape_of(x.resized(dim, 1), index.resized(dim, 1))
        return x.with_sizes(*sizes[:dim], index.sizes[dim], *sizes[dim + 1 :])

    def build(self, x: Input, index: Input) -> Value:
        return call("torch.take_along_dim", x, index, self.dim)

    def cautions(self, x: Tensor, index: Tensor) -> Iterable[str]:
        return unbounded("index", index, x.sizes[x.dim(self.dim)])


class TakePosition(Block):
    """Of each sequence the position that its index names, such as the token that ends a text.

    Shapes: x [batch, seq, ...], index [batch] -> [batch, ...]
    Parameters: 0
    Reference: Radford et al. 2021, arXiv:2103.00020, section 2.4
    Examples:
        {block: take_position} on x [batch, seq, 8], index [batch] int64 below seq gives [batch, 8]
        {block: take_position} on x [batch, 5] int64 below 9, index [batch] int64 below 5 gives [batch] int64 below 9
    """

    def infer(self, x: Tensor, index: Tensor) -> Tensor:
        if x.rank < 2:
            raise Refusal(f"expected [batch, seq, ...], got {x}", tensor=x)
        (batch,) = index.match("[batch]", dtype="int64")
        if not batch == x.sizes[0]:
            raise Refusal(
                f"{batch} indices for the {x.sizes[0]} sequences of {x}",
                code="NW301",
                tensor=index,
            )
        within(index, x.sizes[1])
        return Tensor((x.sizes[0], *x.sizes[2:]), x.dtype, x.below)

    def build(self, x: Input, index: Input) -> Value:
        return x[call("torch.arange", x.shape[0], device=x.device), index]

    def cautions(self, x: Tensor, index: Tensor) -> Iterable[str]:
        return unbounded("index", index, x.sizes[1])


class OneHot(Block):
    """A 1 at the place that each integer names, 0 elsewhere.

    Shapes: x [...] -> [..., num_classes], int64
    Parameters: 0
    Reference: torch.nn.functional.one_hot
    Examples:
        {block: one_hot, num_classes: 10} on x [batch] int64 below 10 gives [batch, 10] int64 below 2
        {block: one_hot} on x [batch, s] int64 below 7 gives [batch, s, 7] int64 below 2
        {block: one_hot, num_classes: $s} on x [s] int64 below s gives [s, s] int64 below 2
        {block: one_hot, num_classes: 5} on x [] int64 gives [5] int64 below 2
    """

    num_classes: SizeSetting | None = Field(
        default=None, description="how many places; null takes the bound of the input"
    )

    def infer(self, x: Tensor) -> Tensor:
        x.of("int64")
        classes = self._classes(x)
        if not classes >= 1:
            raise Refusal(f"num_classes is {classes}", setting="num_classes")
        within(x, classes)
        return Tensor((*x.sizes, classes), "int64", 2)

    def build(self, x: Input) -> Value:
        return call("torch.nn.functional.one_hot", x, self._classes(x.type))

    def cautions(self, x: Tensor) -> Iterable[str]:
        return unbounded("x", x, self._classes(x))

    def _classes(self, x: Tensor) -> Size:
        classes = x.below if self.num_classes is None else self.num_classes
        if classes is None:
            raise Refusal(
                "nothing bounds the input, so the number of classes is open",
                help="write it: {block: one_hot, num_classes: 10}",
                tensor=x,
                setting="num_classes",
            )
        return classes


class Scatter(Block):
    """The slices of src along a dimension that bear the same index, reduced to one.

    How many come out: `dim_size`, or the size of `like` along the dimension, or the bound of the index.
    Where no slice goes there is 0 (of `mul`, 1).

    Shapes: src [..., count, ...], index [count], like [..., targets, ...] -> [..., targets, ...]
    Parameters: 0
    Reference: torch_geometric.utils.scatter
    Examples:
        {block: scatter} on src [e, 8], index [e] int64 below n, like [n, 3] gives [n, 8]
        {block: scatter, reduce: mean, dim: -1} on src [3, e], index [e] int64 below 5 gives [3, 5]
        {block: scatter, reduce: max} on src [e, 2, 2], index [e] int64 below 5, like [9] gives [9, 2, 2]
        {block: scatter, reduce: min, dim: 1} on src [2, e] int64, index [e] int64 below 4 gives [2, 4] int64
        {block: scatter, reduce: mul, dim_size: 6} on src [e], index [e] int64 below 4 gives [6]
        {block: scatter, dim_size: 6} on src [e] int32, index [e] int64 gives [6] int32
    """

    dim: Integer = Field(default=0, description="the dimension that is reduced")
    dim_size: SizeSetting | None = Field(default=None, description="how many slices come out")
    reduce: Literal["sum", "mean", "max", "min", "mul"] = Field(
        default="sum", description="how several slices become one"
    )

    def infer(self, src: Tensor, index: Tensor, like: Tensor | None = None) -> Tensor:
        dim = src.dim(self.dim)
        src.of("floating" if self.reduce == "mean" else "number")
        index.match("[count]", dtype="int64")
        if not src.sizes[dim] == index.sizes[0]:
            raise Refusal(
                f"dim {self.dim} of src {src} is {src.sizes[dim]}, the index has {index.sizes[0]}",
                code="NW301",
                tensor=index,
            )
        targets = self._targets(index, like)
        if not targets >= 1:
            raise Refusal(f"dim_size is {targets}", setting="dim_size")
        within(index, targets)
        return Tensor(src.resized(dim, targets).sizes, src.dtype)

    def build(self, src: Input, index: Input, like: Input | None = None) -> Value:
        targets = (
            like.shape[self.dim]
            if like is not None and self.dim_size is None
            else self._targets(index.type, None)
        )
        dim = {"dim": self.dim} if self.dim else {}
        return call(f"{FUNCTIONS}.scatter_{self.reduce}", src, index, targets, **dim)

    def cautions(self, src: Tensor, index: Tensor, like: Tensor | None = None) -> Iterable[str]:
        return unbounded("index", index, self._targets(index, like))

    def _targets(self, index: Tensor, like: Tensor | None) -> Size:
        if self.dim_size is not None:
            return self.dim_size
        if like is not None:
            return like.sizes[like.dim(self.dim)]
        if index.below is None:
            raise Refusal(
                "nothing bounds the index, so the number of slices that come out is open",
                help="feed `like`, or set dim_size",
                tensor=index,
                setting="dim_size",
            )
        return index.below


FUNCTIONS = "netwright.blocks.torch.scatter"
