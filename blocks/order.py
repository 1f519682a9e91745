"""Blocks that change the order of dimensions, or of elements along one."""

from __future__ import annotations

from pydantic import Field

from netwright.blocks.shape import dimensions
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Count, Integer
from netwright.specs.sizes import product
from netwright.specs.tensors import Refusal, Tensor


class Permute(Block):
    """Dimension number dims[i] of the input becomes dimension i.

    Shapes: x [...] -> the same sizes in another order
    Parameters: 0
    Reference: torch.permute
    Examples:
        {block: permute, dims: [0, 2, 3, 1]} on x [batch, 8, h, w] gives [batch, h, w, 8]
        {block: permute, dims: [-1, 0]} on x [s, n] int64 below 7 gives [n, s] int64 below 7
        {block: permute, dims: []} on x [] gives []
    """

    dims: list[Integer] = Field(description="for each dimension of the result, the input's")

    def infer(self, x: Tensor) -> Tensor:
        dims = dimensions(x, self.dims, "dims")
        if len(dims) != x.rank:
            raise Refusal(
                f"{x} has {x.rank} dimensions, dims names {len(dims)}",
                help="name each dimension once",
                tensor=x,
                setting="dims",
            )
        return x.with_sizes(*(x.sizes[dim] for dim in dims))

    def build(self, x: Input) -> Value:
        return call("torch.permute", x, tuple(self.dims))


class Transpose(Block):
    """Two dimensions swapped.

    Shapes: x [...] -> the same sizes, two of them swapped
    Parameters: 0
    Reference: torch.transpose
    Examples:
        {block: transpose, dim0: 1, dim1: 2} on x [batch, seq, 4, 8] gives [batch, 4, seq, 8]
        {block: transpose, dim0: -1, dim1: -2} on x [batch, seq, 8] gives [batch, 8, seq]
        {block: transpose, dim0: 0, dim1: 0} on x [seq] bool gives [seq] bool
    """

    dim0: Integer = Field(description="one dimension")
    dim1: Integer = Field(description="the other")

    def infer(self, x: Tensor) -> Tensor:
        if not x.rank and {self.dim0, self.dim1} <= {0, -1}:
            return x
        (first,), (second,) = dimensions(x, self.dim0, "dim0"), dimensions(x, self.dim1, "dim1")
        sizes = list(x.sizes)
        sizes[first], sizes[second] = sizes[second], sizes[first]
        return x.with_sizes(*sizes)

    def build(self, x: Input) -> Value:
        return call("torch.transpose", x, self.dim0, self.dim1)


class Movedim(Block):
    """One dimension moved to another place; the others keep their order.

    Shapes: x [...] -> the same sizes in another order
    Parameters: 0
    Reference: torch.movedim
    Examples:
        {block: movedim, source: 1, destination: -1} on x [batch, 8, h, w] gives [batch, h, w, 8]
        {block: movedim, source: -1, destination: 0} on x [batch, seq] gives [seq, batch]
    """

    source: Integer = Field(description="where it stands")
    destination: Integer = Field(description="where it comes to stand")

    def infer(self, x: Tensor) -> Tensor:
        (source,) = dimensions(x, self.source, "source")
        (destination,) = dimensions(x, self.destination, "destination")
        sizes = [size for dim, size in enumerate(x.sizes) if dim != source]
        sizes.insert(destination, x.sizes[source])
        return x.with_sizes(*sizes)

    def build(self, x: Input) -> Value:
        return call("torch.movedim", x, self.source, self.destination)


class Flip(Block):
    """The elements in reverse order along dimensions.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.flip
    Examples:
        {block: flip, dims: [1]} on x [batch, seq, 8] gives [batch, seq, 8]
        {block: flip, dims: [0, -1]} on x [rows, columns] int64 below 4 gives [rows, columns] int64 below 4
    """

    dims: list[Integer] = Field(description="the dimensions")

    def infer(self, x: Tensor) -> Tensor:
        dimensions(x, self.dims, "dims")
        return x

    def build(self, x: Input) -> Value:
        return call("torch.flip", x, tuple(self.dims))


class Roll(Block):
    """The elements shifted along dimensions; what leaves at the end comes back at the front.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.roll
    Examples:
        {block: roll, shifts: [-2, 3], dims: [1, 2]} on x [batch, h, w, 8] gives [batch, h, w, 8]
        {block: roll, shifts: 1, dims: -1} on x [batch, seq] gives [batch, seq]
        {block: roll, shifts: 1} on x [rows, columns] gives [rows, columns]
    """

    shifts: Integer | list[Integer] = Field(description="how far; one number for each dimension")
    dims: Integer | list[Integer] | None = Field(
        default=None, description="the dimensions; null shifts over all elements in a row"
    )

    def infer(self, x: Tensor) -> Tensor:
        shifts = 1 if isinstance(self.shifts, int) else len(self.shifts)
        dims = self.dims if isinstance(self.dims, list) else [0 if self.dims is None else self.dims]
        if shifts != len(dims):
            raise Refusal(
                f"{shifts} shifts for {len(dims)} dims",
                help="give one shift for each dim",
                setting="shifts",
            )
        if not dims:
            raise Refusal(
                "no shift is given", help="{block: roll, shifts: 1, dims: -1}", setting="shifts"
            )
        if self.dims is not None:
            for dim in dims:
                dimensions(x, dim, "dims")
        return x

    def build(self, x: Input) -> Value:
        shifts = self.shifts if isinstance(self.shifts, int) else tuple(self.shifts)
        if self.dims is None:
            return call("torch.roll", x, shifts)
        return call(
            "torch.roll", x, shifts, self.dims if isinstance(self.dims, int) else tuple(self.dims)
        )


class Tile(Block):
    """The whole tensor, repeated along each dimension; new dimensions come first.

    Shapes: x [...] -> each size times its number in dims
    Parameters: 0
    Reference: torch.tile
    Examples:
        {block: tile, dims: [1, 3]} on x [batch, 4] gives [batch, 12]
        {block: tile, dims: [2]} on x [batch, 4] gives [batch, 8]
        {block: tile, dims: [2, 1, 2]} on x [3, seq] gives [2, 3, 2 * seq]
        {block: tile, dims: []} on x [] gives []
    """

    dims: list[Count] = Field(description="how often, for each dimension; missing ones count 1")

    def infer(self, x: Tensor) -> Tensor:
        rank = max(x.rank, len(self.dims))
        sizes = [1] * (rank - x.rank) + list(x.sizes)
        counts = [1] * (rank - len(self.dims)) + list(self.dims)
        return x.with_sizes(*(size * count for size, count in zip(sizes, counts, strict=True)))

    def build(self, x: Input) -> Value:
        return call("torch.tile", x, tuple(self.dims))


class RepeatInterleave(Block):
    """Each element along a dimension, repeated: a, b becomes a, a, b, b.

    Shapes: x [..., size, ...] -> [..., size * repeats, ...]
    Parameters: 0
    Reference: torch.repeat_interleave
    Examples:
        {block: repeat_interleave, repeats: 2, dim: 1} on x [batch, 4, seq] gives [batch, 8, seq]
        {block: repeat_interleave, repeats: 1, dim: -1} on x [batch, seq] gives [batch, seq]
        {block: repeat_interleave, repeats: 3} on x [n] int64 below 5 gives [3 * n] int64 below 5
    """

    repeats: Count = Field(description="how often each element stands")
    dim: Integer | None = Field(
        default=None, description="the dimension; null takes all elements in a row"
    )

    def infer(self, x: Tensor) -> Tensor:
        if self.dim is None:
            return x.with_sizes(product(x.sizes) * self.repeats)
        dim = x.dim(self.dim)
        return x.resized(dim, x.sizes[dim] * self.repeats)

    def build(self, x: Input) -> Value:
        dim = {} if self.dim is None else {"dim": self.dim}
        return call("torch.repeat_interleave", x, self.repeats, **dim)


class Triangle(Block):
    """One half of each matrix in the last two dimensions."""

    diagonal: Integer = Field(
        default=0, description="the diagonal where it ends; 0 is the main one, 1 is above it"
    )

    def infer(self, x: Tensor) -> Tensor:
        if x.rank < 2:
            raise Refusal(f"expected [..., rows, columns], got {x}", tensor=x)
        return x

    def build(self, x: Input) -> Value:
        target = f"torch.{type(self).__name__.lower()}"
        return call(target, x, self.diagonal) if self.diagonal else call(target, x)


class Tril(Triangle):
    """The lower triangle of each matrix in the last two dimensions; zeros elsewhere.

    Shapes: x [..., rows, columns] -> same
    Parameters: 0
    Reference: torch.tril
    Examples:
        {block: tril} on x [seq, seq] bool gives [seq, seq] bool
        {block: tril, diagonal: -1} on x [batch, seq, 8] gives [batch, seq, 8]
    """


class Triu(Triangle):
    """The upper triangle of each matrix in the last two dimensions; zeros elsewhere.

    Shapes: x [..., rows, columns] -> same
    Parameters: 0
    Reference: torch.triu
    Examples:
        {block: triu} on x [seq, seq] bool gives [seq, seq] bool
        {block: triu, diagonal: 1} on x [batch, seq, 8] gives [batch, seq, 8]
    """
