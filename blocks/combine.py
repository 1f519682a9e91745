"""Blocks that join tensors along a dimension, or cut one into several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from netwright.blocks.broadcasting import listed, promoted
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Unpack, Value, call
from netwright.plugins.settings import Count, Integer
from netwright.plugins.settings import Size as SizeSetting
from netwright.specs.sizes import Size, Symbolic, ceil_div, decide
from netwright.specs.tensors import Refusal, Tensor

MOST_PIECES = 4096


def largest_bound(tensors: tuple[Tensor, ...]) -> Size | None:
    """A bound on the values of all these tensors, if one is known."""
    largest: Size = 1
    for tensor in tensors:
        if tensor.below is None:
            return None
        if decide(">=", tensor.below, largest) is True:
            largest = tensor.below
        elif decide(">=", largest, tensor.below) is not True:
            return None
    return largest


class Cat(Block):
    """Tensors joined along a dimension; all other sizes agree.

    Shapes: inputs [..., size, ...] -> [..., sum of the sizes, ...]
    Parameters: 0
    Reference: torch.cat
    Examples:
        {block: cat, dim: 1} on inputs.0 [n, 3, h, w], inputs.1 [n, c, h, w] gives [n, c + 3, h, w]
        {block: cat, dim: -1} on inputs.0 [n, 4], inputs.1 [n, 4], inputs.2 [n, 1] gives [n, 9]
        {block: cat} on inputs.0 [n] int64 below 5, inputs.1 [m] int64 below 9 gives [n + m] int64 below 9
        {block: cat} on inputs.0 [n] bool, inputs.1 [2] gives [n + 2]
        {block: cat} on inputs.0 [n] gives [n]
    """

    dim: Integer = Field(default=0, description="the dimension along which they are joined")

    def infer(self, *inputs: Tensor) -> Tensor:
        first = _first(inputs)
        dim = first.dim(self.dim)
        total: Size = 0
        for number, tensor in enumerate(inputs):
            if tensor.rank != first.rank:
                raise Refusal(
                    f"inputs.0 is {first}, inputs.{number} is {tensor}: "
                    f"{first.rank} and {tensor.rank} dimensions",
                    code="NW301",
                    tensor=tensor,
                )
            for other in range(first.rank):
                if other != dim and not first.sizes[other] == tensor.sizes[other]:
                    raise _disagreement(first, number, tensor, other)
            total += tensor.sizes[dim]
        return Tensor(first.resized(dim, total).sizes, promoted(*inputs), largest_bound(inputs))

    def build(self, *inputs: Input) -> Value:
        dim = {"dim": self.dim} if self.dim else {}
        return call("torch.cat", list(inputs), **dim)


class Stack(Block):
    """Tensors of one shape side by side, along a new dimension.

    Shapes: inputs [...] -> [..., number of inputs, ...]
    Parameters: 0
    Reference: torch.stack
    Examples:
        {block: stack} on inputs.0 [n, 3], inputs.1 [n, 3] gives [2, n, 3]
        {block: stack, dim: -1} on inputs.0 [n], inputs.1 [n], inputs.2 [n] gives [n, 3]
        {block: stack} on inputs.0 [] int64 below 4, inputs.1 [] int64 below 4 gives [2] int64 below 4
    """

    dim: Integer = Field(default=0, description="where the new dimension stands in the result")

    def infer(self, *inputs: Tensor) -> Tensor:
        first = _first(inputs)
        if not -first.rank - 1 <= self.dim <= first.rank:
            raise Refusal(
                f"dim {self.dim} does not exist in a stack of {first}; "
                f"legal are {-first.rank - 1} to {first.rank}",
                setting="dim",
            )
        for number, tensor in enumerate(inputs):
            if tensor.rank != first.rank:
                raise Refusal(
                    f"inputs.0 is {first}, inputs.{number} is {tensor}", code="NW301", tensor=tensor
                )
            for other in range(first.rank):
                if not first.sizes[other] == tensor.sizes[other]:
                    raise _disagreement(first, number, tensor, other)
        dim = self.dim % (first.rank + 1)
        sizes = (*first.sizes[:dim], len(inputs), *first.sizes[dim:])
        return Tensor(sizes, promoted(*inputs), largest_bound(inputs))

    def build(self, *inputs: Input) -> Value:
        dim = {"dim": self.dim} if self.dim else {}
        return call("torch.stack", list(inputs), **dim)


def _first(inputs: tuple[Tensor, ...]) -> Tensor:
    if not inputs:
        raise Refusal("needs at least one input", help="from: [a, b]")
    return inputs[0]


def _disagreement(first: Tensor, number: int, tensor: Tensor, dim: int) -> Refusal:
    sizes = first.sizes[dim], tensor.sizes[dim]
    hint = ""
    if first.rank == 4 and dim >= 2:
        hint = (
            "halving an odd size and doubling it again loses one: use sizes divisible by 2 for each "
            "halving (32 for five), or interpolate one to the other's size"
        )
    return Refusal(
        f"inputs.0 is {first}, inputs.{number} is {tensor}: dim {dim} is {sizes[0]} and {sizes[1]}",
        help=hint,
        code="NW301",
        tensor=tensor,
    )


class Split(Block):
    """A tensor cut along a dimension into pieces of given sizes.

    Shapes: x [..., size, ...] -> 0, 1, …: [..., a piece of size, ...]
    Parameters: 0
    Reference: torch.split
    Examples:
        {block: split, split_size: 2} on x [5, n] gives 0 [2, n] and 1 [2, n] and 2 [1, n]
        {block: split, split_size: [1, 3], dim: -1} on x [n, 4] gives 0 [n, 1] and 1 [n, 3]
        {block: split, split_size: 8, dim: 1} on x [n, 8] gives 0 [n, 8]
    """

    split_size: Count | list[SizeSetting] = Field(
        description="size of each piece (the last may be smaller), or the list of all sizes"
    )
    dim: Integer = Field(default=0, description="the dimension that is cut")

    def infer(self, x: Tensor) -> Mapping[str, Tensor]:
        dim = x.dim(self.dim)
        size = x.sizes[dim]
        if isinstance(self.split_size, int):
            return _pieces(x, dim, _cut(x, dim, self.split_size))
        if any(not piece >= 1 for piece in self.split_size):
            raise Refusal(f"a size in {listed(self.split_size)} is below 1", setting="split_size")
        total = sum(self.split_size)
        if not total == size:
            raise Refusal(
                f"the sizes {listed(self.split_size)} sum up to {total}, dim {self.dim} of {x} is {size}",
                code="NW301",
                tensor=x,
                setting="split_size",
            )
        return _pieces(x, dim, self.split_size)

    def build(self, x: Input) -> Unpack:
        dim = {"dim": self.dim} if self.dim else {}
        return Unpack(call("torch.split", x, self.split_size, **dim))


class Chunk(Block):
    """A tensor cut along a dimension into so many pieces of one size, the last may be smaller.

    Where the size is small there may be fewer pieces, as in torch: 5 in 4 chunks gives 2, 2 and 1.

    Shapes: x [..., size, ...] -> 0, 1, …: [..., a piece of size, ...]
    Parameters: 0
    Reference: torch.chunk
    Examples:
        {block: chunk, chunks: 3, dim: -1} on x [n, 12] gives 0 [n, 4] and 1 [n, 4] and 2 [n, 4]
        {block: chunk, chunks: 4} on x [5] gives 0 [2] and 1 [2] and 2 [1]
        {block: chunk, chunks: 2} on x [6, n] gives 0 [3, n] and 1 [3, n]
        {block: chunk, chunks: 1} on x [n] bool gives 0 [n] bool
        {block: chunk, chunks: 2} on x [7] gives 0 [4] and 1 [3]
        {block: chunk, chunks: 2} on x [wide] gives 0 [(wide + 1) // 2] and 1 [wide // 2] with dims {wide: {min: 2}}
    """

    chunks: Count = Field(description="how many pieces")
    dim: Integer = Field(default=0, description="the dimension that is cut")

    def infer(self, x: Tensor) -> Mapping[str, Tensor]:
        dim = x.dim(self.dim)
        size = x.sizes[dim]
        piece = ceil_div(size, self.chunks)
        if isinstance(piece, int):
            return _pieces(x, dim, _cut(x, dim, piece))
        last = size - (self.chunks - 1) * piece
        if decide(">=", last, 1) is not True and not size % self.chunks == 0:
            raise Refusal(
                f"how many pieces dim {self.dim} of {x} makes depends on its size", setting="chunks"
            )
        return _pieces(x, dim, [*([piece] * (self.chunks - 1)), last])

    def build(self, x: Input) -> Unpack:
        dim = {"dim": self.dim} if self.dim else {}
        return Unpack(call("torch.chunk", x, self.chunks, **dim))


class Unbind(Block):
    """The slices along a dimension, each for itself; the dimension is gone.

    Shapes: x [..., size, ...] -> 0, 1, …: [...]
    Parameters: 0
    Reference: torch.unbind
    Examples:
        {block: unbind} on x [3, n, 4] gives 0 [n, 4] and 1 [n, 4] and 2 [n, 4]
        {block: unbind, dim: -1} on x [n, 1] int64 below 6 gives 0 [n] int64 below 6
    """

    dim: Integer = Field(default=0, description="the dimension that is taken apart")

    def infer(self, x: Tensor) -> Mapping[str, Tensor]:
        dim = x.dim(self.dim)
        count = len(_cut(x, dim, 1))
        return {str(number): x.resized(dim) for number in range(count)}

    def build(self, x: Input) -> Unpack:
        dim = {"dim": self.dim} if self.dim else {}
        return Unpack(call("torch.unbind", x, **dim))


def _cut(x: Tensor, dim: int, piece: int) -> list[Size]:
    """The sizes of a dimension cut into pieces; Refusal if their number is not known."""
    size = x.sizes[dim]
    count = ceil_div(size, piece)
    if isinstance(count, Symbolic):
        raise Refusal(
            f"the number of pieces is {count}: it depends on a symbolic size of {x}",
            help="give a list of sizes to split, or cut with narrow or slice",
            tensor=x,
        )
    if count > MOST_PIECES:
        raise Refusal(f"{count} pieces of {x} are more than {MOST_PIECES}", tensor=x)
    last: Size = size - (count - 1) * piece
    return [*([piece] * (count - 1)), last]


def _pieces(x: Tensor, dim: int, sizes: Sequence[Size]) -> Mapping[str, Tensor]:
    return {str(number): x.resized(dim, size) for number, size in enumerate(sizes)}
