"""Blocks that make one number of many: over the whole tensor, or along dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from netwright.blocks.broadcasting import inexact, refuse_bool
from netwright.blocks.shape import dimensions
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Operand, Unpack, Value, call
from netwright.plugins.settings import Integer
from netwright.plugins.settings import Size as SizeSetting
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import FLOATING, Refusal, Tensor


def reduced(x: Tensor, dim: int | list[int] | None, keepdim: bool) -> tuple[tuple[Size, ...], Size]:
    """The sizes that are left, and how many elements become one."""
    if not x.rank and dim in (0, -1, None):
        return (), 1
    if isinstance(dim, list) and not dim:
        raise Refusal(
            "dim names no dimension", help="leave it out to reduce over all", setting="dim"
        )
    dims = range(x.rank) if dim is None else dimensions(x, dim)
    count = product(x.sizes[each] for each in dims)
    if keepdim:
        return tuple(1 if each in dims else size for each, size in enumerate(x.sizes)), count
    return tuple(size for each, size in enumerate(x.sizes) if each not in dims), count


def arguments(x: Input, dim: int | list[int] | None, keepdim: bool) -> dict[str, Operand]:
    """The arguments dim and keepdim, as far as they are not torch's defaults."""
    if dim is None:
        return (
            {"dim": tuple(range(x.type.rank)), "keepdim": True} if keepdim and x.type.rank else {}
        )
    found: dict[str, Operand] = {"dim": dim if isinstance(dim, int) else tuple(dim)}
    return found | ({"keepdim": True} if keepdim else {})


def along(x: Tensor, dim: int) -> Size:
    """The size of a dimension; torch takes a single number for a dimension of size 1."""
    return x.sizes[x.dim(dim)] if x.rank or dim not in (0, -1) else 1


class Reduction(Block):
    """A reduction along one dimension, several, or all."""

    function: ClassVar[str]

    dim: Integer | list[Integer] | None = Field(
        default=None, description="dimension or dimensions; null for all"
    )
    keepdim: bool = Field(default=False, description="keep the dimensions, with size 1")

    def infer(self, x: Tensor) -> Tensor:
        return Tensor(reduced(x, self.dim, self.keepdim)[0], self.result(x))

    def result(self, x: Tensor) -> str:
        """The dtype of the result."""
        return x.of("floating").dtype

    def build(self, x: Input) -> Value:
        return call(self.function, x, **arguments(x, self.dim, self.keepdim))


class Sum(Reduction):
    """The sum of the elements; of integers and bools in int64.

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.sum
    Examples:
        {block: sum} on x [batch, seq] gives []
        {block: sum, dim: 1} on x [batch, seq, 8] gives [batch, 8]
        {block: sum, dim: [-1, 0], keepdim: true} on x [n, s, 8] bool gives [1, s, 1] int64
        {block: sum, dim: 0} on x [] int32 gives [] int64
        {block: sum, keepdim: true} on x [n, 3] gives [1, 1]
    """

    function = "torch.sum"

    def result(self, x: Tensor) -> str:
        return x.dtype if x.dtype in FLOATING else "int64"


class Mean(Reduction):
    """The mean of the elements.

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.mean
    Examples:
        {block: mean} on x [batch, seq] gives []
        {block: mean, dim: [2, 3]} on x [batch, 8, h, w] gives [batch, 8]
        {block: mean, dim: -1, keepdim: true} on x [batch, 8] gives [batch, 1]
        {block: mean, keepdim: true} on x [n, 3] gives [1, 1]
    """

    function = "torch.mean"


class Amax(Reduction):
    """The largest element.

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.amax
    Examples:
        {block: amax, dim: 1} on x [batch, seq, 8] gives [batch, 8]
        {block: amax} on x [n, 3] int64 below 7 gives [] int64 below 7
        {block: amax, keepdim: true, dim: [0, 1]} on x [n, 3] bool gives [1, 1] bool
    """

    function = "torch.amax"

    def infer(self, x: Tensor) -> Tensor:
        return x.with_sizes(*reduced(x, self.dim, self.keepdim)[0])


class Amin(Amax):
    """The smallest element.

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.amin
    Examples:
        {block: amin, dim: -1} on x [batch, seq, 8] gives [batch, seq]
        {block: amin, keepdim: true} on x [n] int64 below 7 gives [1] int64 below 7
    """

    function = "torch.amin"


class All(Reduction):
    """True where all elements are true (not 0).

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.all
    Examples:
        {block: all, dim: -1} on x [batch, 8] bool gives [batch] bool
        {block: all} on x [batch, 8] uint8 gives [] uint8
        {block: all, dim: [0, 1], keepdim: true} on x [n, 3] gives [1, 1] bool
    """

    function = "torch.all"

    def result(self, x: Tensor) -> str:
        return "uint8" if x.dtype == "uint8" else "bool"


class Any(All):
    """True where one of the elements is true (not 0).

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.any
    Examples:
        {block: any, dim: -1} on x [batch, 8] bool gives [batch] bool
        {block: any} on x [batch, 8] gives [] bool
        {block: any, dim: [0, -1], keepdim: true} on x [n, s, 3] uint8 gives [1, s, 1] uint8
    """

    function = "torch.any"


class Prod(Block):
    """The product of the elements along one dimension, or of all; of integers in int64.

    Shapes: x [...] -> without the dimension
    Parameters: 0
    Reference: torch.prod
    Examples:
        {block: prod, dim: -1} on x [batch, 3] gives [batch]
        {block: prod} on x [batch, 3] int32 gives [] int64
        {block: prod, dim: 0, keepdim: true} on x [n, 3] bool gives [1, 3] int64
    """

    dim: Integer | None = Field(default=None, description="the dimension; null for all")
    keepdim: bool = Field(default=False, description="keep the dimension, with size 1")

    def infer(self, x: Tensor) -> Tensor:
        if self.dim is None and self.keepdim:
            raise Refusal("keepdim needs a dim here", setting="keepdim")
        sizes, _ = reduced(x, self.dim, self.keepdim)
        return Tensor(sizes, x.dtype if x.dtype in FLOATING else "int64")

    def build(self, x: Input) -> Value:
        return call("torch.prod", x, **arguments(x, self.dim, self.keepdim))


class Logsumexp(Block):
    """The logarithm of the sum of exponentials, computed without overflow.

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.logsumexp
    Examples:
        {block: logsumexp, dim: -1} on x [batch, 3] gives [batch]
        {block: logsumexp, dim: [0, 1], keepdim: true} on x [n, 3] int64 gives [1, 1] float32
    """

    dim: Integer | list[Integer] = Field(description="dimension or dimensions")
    keepdim: bool = Field(default=False, description="keep the dimensions, with size 1")

    def infer(self, x: Tensor) -> Tensor:
        return Tensor(reduced(x, self.dim, self.keepdim)[0], inexact(x.dtype))

    def build(self, x: Input) -> Value:
        return call("torch.logsumexp", x, **arguments(x, self.dim, self.keepdim))


class Var(Reduction):
    """The variance of the elements.

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.var
    Examples:
        {block: var, dim: -1} on x [batch, 8] gives [batch]
        {block: var, dim: [1, 2], correction: 0, keepdim: true} on x [n, s, 8] gives [n, 1, 1]
        {block: var} on x [5] gives []
    """

    function = "torch.var"

    correction: Integer = Field(
        default=1, description="what is taken from the number of elements before dividing by it"
    )

    def build(self, x: Input) -> Value:
        correction = {} if self.correction == 1 else {"correction": self.correction}
        return call(self.function, x, **arguments(x, self.dim, self.keepdim), **correction)

    def cautions(self, x: Tensor) -> Iterable[str]:
        _, count = reduced(x, self.dim, self.keepdim)
        if not count > self.correction:
            yield f"of {count} elements the {type(self).__name__.lower()} with correction {self.correction} is nan"


class Std(Var):
    """The standard deviation of the elements.

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.std
    Examples:
        {block: std, dim: -1} on x [batch, 8] gives [batch]
        {block: std, dim: 0, correction: 0} on x [n, 3] gives [3]
        {block: std, dim: [0, 1], keepdim: true} on x [n, 3] gives [1, 1]
    """

    function = "torch.std"


class VectorNorm(Reduction):
    """The norm of the elements as a vector: the ord-th root of the sum of their ord-th powers.

    Shapes: x [...] -> without the dimensions
    Parameters: 0
    Reference: torch.linalg.vector_norm
    Examples:
        {block: vector_norm, dim: -1} on x [batch, 8] gives [batch]
        {block: vector_norm, ord: 1, dim: [1, 2], keepdim: true} on x [n, s, 8] gives [n, 1, 1]
        {block: vector_norm} on x [n, 8] gives []
    """

    function = "torch.linalg.vector_norm"

    ord: float = Field(default=2, description="which norm: 2 is Euclid's, 1 the sum of absolutes")

    def build(self, x: Input) -> Value:
        order = {} if self.ord == 2 else {"ord": self.ord}
        return call(self.function, x, **order, **arguments(x, self.dim, self.keepdim))


class Argmax(Block):
    """The place of the largest element, along one dimension or of all in a row.

    Shapes: x [...] -> without the dimension, int64
    Parameters: 0
    Reference: torch.argmax
    Examples:
        {block: argmax, dim: -1} on x [batch, 8] gives [batch] int64 below 8
        {block: argmax} on x [batch, 8] gives [] int64 below 8 * batch
        {block: argmax, dim: 1, keepdim: true} on x [n, s, 8] int64 gives [n, 1, 8] int64 below s
    """

    function: ClassVar[str] = "torch.argmax"

    dim: Integer | None = Field(default=None, description="the dimension; null for all in a row")
    keepdim: bool = Field(default=False, description="keep the dimension, with size 1")

    def infer(self, x: Tensor) -> Tensor:
        refuse_bool(x)
        sizes, count = reduced(x, self.dim, self.keepdim)
        return Tensor(sizes, "int64", count)

    def build(self, x: Input) -> Value:
        if self.dim is None:
            return call(self.function, x, **({"keepdim": True} if self.keepdim else {}))
        return call(self.function, x, **arguments(x, self.dim, self.keepdim))


class Argmin(Argmax):
    """The place of the smallest element, along one dimension or of all in a row.

    Shapes: x [...] -> without the dimension, int64
    Parameters: 0
    Reference: torch.argmin
    Examples:
        {block: argmin, dim: 0} on x [seq, 8] gives [8] int64 below seq
        {block: argmin, keepdim: true} on x [3, 4] gives [1, 1] int64 below 12
    """

    function: ClassVar[str] = "torch.argmin"


class Topk(Block):
    """The k largest (or smallest) elements along a dimension, and their places.

    Shapes: x [..., size, ...] -> values [..., k, ...], indices [..., k, ...]
    Parameters: 0
    Reference: torch.topk
    Examples:
        {block: topk, k: 2} on x [n, 8] gives values [n, 2] and indices [n, 2] int64 below 8
        {block: topk, k: 1, dim: 0, largest: false} on x [s] gives values [1] and indices [1] int64 below s
        {block: topk, k: 3, sorted: false} on x [3] int64 below 5 gives values [3] int64 below 5 and indices [3] int64 below 3
    """

    k: SizeSetting = Field(description="how many")
    dim: Integer = Field(default=-1, description="the dimension")
    largest: bool = Field(default=True, description="the largest, not the smallest")
    sorted: bool = Field(default=True, description="in order")

    def infer(self, x: Tensor) -> Mapping[str, Tensor]:
        refuse_bool(x)
        size = along(x, self.dim)
        if not self.k >= 1 or not self.k <= size:
            raise Refusal(
                f"k is {self.k}; dim {self.dim} of {x} allows 1 to {size}", tensor=x, setting="k"
            )
        values = x.resized(x.dim(self.dim), self.k) if x.rank else x
        return {"values": values, "indices": Tensor(values.sizes, "int64", size)}

    def build(self, x: Input) -> Unpack:
        changed: dict[str, Operand] = {} if self.dim == -1 else {"dim": self.dim}
        changed |= {name: False for name in ("largest", "sorted") if not getattr(self, name)}
        return Unpack(call("torch.topk", x, self.k, **changed))


class Sort(Block):
    """The elements in order along a dimension, and the places where they stood.

    Shapes: x [...] -> values: same, indices: same, int64
    Parameters: 0
    Reference: torch.sort
    Examples:
        {block: sort} on x [n, 8] gives values [n, 8] and indices [n, 8] int64 below 8
        {block: sort, dim: 0, descending: true} on x [n] bool gives values [n] bool and indices [n] int64 below n
    """

    dim: Integer = Field(default=-1, description="the dimension")
    descending: bool = Field(default=False, description="from the largest down")

    def infer(self, x: Tensor) -> Mapping[str, Tensor]:
        size = along(x, self.dim)
        return {"values": x, "indices": Tensor(x.sizes, "int64", size)}

    def build(self, x: Input) -> Unpack:
        changed: dict[str, Operand] = {} if self.dim == -1 else {"dim": self.dim}
        changed |= {"descending": True} if self.descending else {}
        return Unpack(call("torch.sort", x, **changed))
