"""Blocks that give the elements of a tensor another shape or order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from netwright.blocks.broadcasting import listed
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Integer, Shape, ShapeSetting
from netwright.specs.sizes import Size, divide, product
from netwright.specs.tensors import ANY, REST, Refusal, Tensor


def fill(shape: Shape, ahead: Sequence[Size], what: str) -> tuple[Size, ...]:
    """The sizes that a shape setting gives to elements that now have the sizes `ahead`.

    `_` is what is left over. `...` (first) is as many of the sizes as leave the others to the rest.
    Raises Refusal if the number of elements does not agree.
    """
    if REST in _marks(shape):
        shape = Shape([*_kept(shape, ahead, what), *shape[1:]])
    for size in shape:
        if size != ANY and not size >= 1:
            hint = "write `_` for the size that follows from the others" if size == -1 else ""
            raise Refusal(f"a size in {listed(shape)} is {size}", help=hint, setting="shape")
    known = [size for size in shape if not _is(size, ANY)]
    if len(known) == len(shape):
        if not product(known) == product(ahead):
            raise Refusal(
                f"{what} has {product(ahead)} elements, {listed(shape)} has {product(known)}",
                help="`_` stands for the one size that follows from the others",
                code="NW301",
                setting="shape",
            )
        return tuple(shape)
    rest = _left_over(ahead, known)
    if rest is None:
        raise Refusal(
            f"{what} has {product(ahead)} elements, which {product(known)} does not divide",
            help=f"the sizes of {listed(shape)} have to divide {product(ahead)}",
            code="NW301",
            setting="shape",
        )
    return tuple(rest if _is(size, ANY) else size for size in shape)


def written(shape: Shape, sizes: Sequence[Size], x: Value) -> list[Any]:
    """The shape as an argument: -1 for `_`, the input's own sizes for `...`."""
    kept = len(sizes) - len(shape) + 1 if REST in _marks(shape) else 0
    arguments: list[Any] = []
    for size in shape:
        if _is(size, REST):
            arguments += [x.shape[:kept]] if kept else []
        else:
            arguments.append(-1 if _is(size, ANY) else size)
    return arguments


def _marks(shape: Shape) -> list[str]:
    return [size for size in shape if isinstance(size, str)]


def _is(size: Any, mark: str) -> bool:
    return isinstance(size, str) and size == mark


def _left_over(ahead: Sequence[Size], known: Sequence[Size]) -> Size | None:
    """The one size by which `known` has as many elements as `ahead`; None if there is none."""
    total, divisor = product(ahead), product(known)
    exact = divide(total, divisor)
    if exact is not None:
        return exact
    # Equal symbols cancel, so that what is left to divide by may be a number.
    rest = list(ahead)
    behind: list[Size] = []
    for size in known:
        same = next(
            (
                i
                for i, other in enumerate(rest)
                if type(other) is type(size) and str(other) == str(size)
            ),
            None,
        )
        if same is None:
            behind.append(size)
        else:
            del rest[same]
    total, divisor = product(rest), product(behind)
    if isinstance(divisor, int) and total % divisor == 0:
        return total // divisor
    return None


def _kept(shape: Shape, ahead: Sequence[Size], what: str) -> Sequence[Size]:
    """The leading sizes that `...` stands for."""
    if not _is(shape[0], REST) or ANY in _marks(shape):
        raise Refusal(
            f"{listed(shape)} leaves open which sizes of {what} `...` stands for",
            help="name the sizes, or write `...` first and no `_` beside it",
            setting="shape",
        )
    wanted = product(shape[1:])
    for kept in range(len(ahead), -1, -1):
        left = divide(product(ahead[kept:]), wanted)
        if isinstance(left, int) and left == 1:
            return ahead[:kept]
    raise Refusal(
        f"no last sizes of {what} have together the {wanted} elements of {listed(shape[1:])}",
        code="NW301",
        setting="shape",
    )


class Reshape(Block):
    """The same elements, in the same order, in another shape.

    `_` is the one size that follows from the others, `...` (first) keeps leading sizes.

    Shapes: x [...] -> the setting `shape`
    Parameters: 0
    Reference: torch.reshape
    Examples:
        {block: reshape, shape: [batch, seq, 4, 8]} on x [batch, seq, 32] gives [batch, seq, 4, 8]
        {block: reshape, shape: [batch, _]} on x [batch, 3, 4, 5] gives [batch, 60]
        {block: reshape, shape: [_, 12]} on x [batch, seq, 4, 3] gives [batch * seq, 12]
        {block: reshape, shape: [..., 4, 8]} on x [batch, seq, 32] gives [batch, seq, 4, 8]
        {block: reshape, shape: [...]} on x [batch, seq] gives [batch, seq]
        {block: reshape, shape: []} on x [1, 1] gives []
        {block: reshape, shape: [1, _]} on x [] gives [1, 1]
        {block: reshape, shape: [4, _]} on x [2, 6] int64 below 9 gives [4, 3] int64 below 9
    """

    shape: ShapeSetting = Field(description="the new shape; `_` once for the size that follows")

    def infer(self, x: Tensor) -> Tensor:
        return x.with_sizes(*fill(self.shape, x.sizes, str(x)))

    def build(self, x: Input) -> Value:
        return call("torch.reshape", x, written(self.shape, self.infer(x.type).sizes, x))


class Flatten(Block):
    """The dimensions from start_dim to end_dim as one.

    Shapes: x [...] -> [..., the product of the sizes, ...]
    Parameters: 0
    Reference: torch.nn.Flatten
    Examples:
        {block: flatten} on x [batch, 8, 5, 5] gives [batch, 200]
        {block: flatten} on x [batch, 7] gives [batch, 7]
        {block: flatten, start_dim: 0} on x [n, s] int64 below 5 gives [n * s] int64 below 5
        {block: flatten, start_dim: -2} on x [batch, seq, h, w] gives [batch, seq, h * w]
        {block: flatten, start_dim: 0, end_dim: 1} on x [batch, seq, 3] gives [batch * seq, 3]
        {block: flatten, start_dim: 0} on x [] gives [1]
    """

    start_dim: Integer = Field(default=1, description="first dimension of those that become one")
    end_dim: Integer = Field(default=-1, description="last dimension of those that become one")

    def infer(self, x: Tensor) -> Tensor:
        if not x.rank and self.start_dim in (0, -1) and self.end_dim in (0, -1):
            return x.with_sizes(1)
        (start,) = dimensions(x, self.start_dim, "start_dim")
        (end,) = dimensions(x, self.end_dim, "end_dim")
        if start > end:
            raise Refusal(
                f"start_dim {self.start_dim} comes after end_dim {self.end_dim} in {x}",
                tensor=x,
                setting="start_dim",
            )
        return x.with_sizes(
            *x.sizes[:start], product(x.sizes[start : end + 1]), *x.sizes[end + 1 :]
        )

    def build(self, x: Input) -> Value:
        end = {} if self.end_dim == -1 else {"end_dim": self.end_dim}
        return call("torch.flatten", x, self.start_dim, **end)


class Unflatten(Block):
    """One dimension as several.

    Shapes: x [..., size, ...] -> [..., sizes, ...]
    Parameters: 0
    Reference: torch.unflatten
    Examples:
        {block: unflatten, dim: -1, sizes: [4, _]} on x [batch, seq, 32] gives [batch, seq, 4, 8]
        {block: unflatten, dim: 1, sizes: [3, 8, 8]} on x [batch, 192] gives [batch, 3, 8, 8]
        {block: unflatten, dim: 0, sizes: [_, 2]} on x [6] gives [3, 2]
        {block: unflatten, dim: 0, sizes: [_, 2]} on x [even] gives [even // 2, 2] with dims {even: {multiple_of: 2}}
    """

    dim: Integer = Field(description="the dimension")
    sizes: ShapeSetting = Field(description="its new sizes; `_` once for the one that follows")

    def infer(self, x: Tensor) -> Tensor:
        dim = x.dim(self.dim)
        if not self.sizes or REST in _marks(self.sizes):
            raise Refusal(
                f"{listed(self.sizes)} must be at least one size, without `...`", setting="sizes"
            )
        try:
            sizes = fill(self.sizes, x.sizes[dim : dim + 1], f"dim {self.dim} of {x}")
        except Refusal as refusal:
            refusal.setting = "sizes"
            raise
        return x.resized(dim, *sizes)

    def build(self, x: Input) -> Value:
        return call("torch.unflatten", x, self.dim, written(self.sizes, self.sizes, x))


class Squeeze(Block):
    """Without dimensions of size 1: those named by `dim` if their size is 1, or all.

    Shapes: x [..., 1, ...] -> [...]
    Parameters: 0
    Reference: torch.squeeze
    Examples:
        {block: squeeze} on x [1, 3, 1] gives [3]
        {block: squeeze, dim: -1} on x [batch, seq, 1] gives [batch, seq]
        {block: squeeze, dim: 1} on x [batch, 3] gives [batch, 3]
        {block: squeeze, dim: [2, -1]} on x [batch, 8, 1, 1] gives [batch, 8]
        {block: squeeze} on x [] gives []
    """

    dim: Integer | list[Integer] | None = Field(
        default=None, description="dimension or dimensions; null for all"
    )

    def infer(self, x: Tensor) -> Tensor:
        if isinstance(self.dim, int) and not x.rank and self.dim in (0, -1):
            return x
        dims = range(x.rank) if self.dim is None else dimensions(x, self.dim)
        return x.with_sizes(
            *(size for dim, size in enumerate(x.sizes) if dim not in dims or not size == 1)
        )

    def build(self, x: Input) -> Value:
        if self.dim is None:
            return call("torch.squeeze", x)
        return call("torch.squeeze", x, self.dim if isinstance(self.dim, int) else tuple(self.dim))


class Unsqueeze(Block):
    """With a new dimension of size 1 at `dim`.

    Shapes: x [...] -> [..., 1, ...]
    Parameters: 0
    Reference: torch.unsqueeze
    Examples:
        {block: unsqueeze, dim: 1} on x [batch, seq] gives [batch, 1, seq]
        {block: unsqueeze, dim: -1} on x [batch] int64 below 3 gives [batch, 1] int64 below 3
        {block: unsqueeze, dim: 0} on x [] gives [1]
    """

    dim: Integer = Field(description="where the new dimension stands in the result")

    def infer(self, x: Tensor) -> Tensor:
        if not -x.rank - 1 <= self.dim <= x.rank:
            raise Refusal(
                f"dim {self.dim} does not exist in the result of unsqueezing {x}; "
                f"legal are {-x.rank - 1} to {x.rank}",
                tensor=x,
                setting="dim",
            )
        dim = self.dim % (x.rank + 1)
        return x.with_sizes(*x.sizes[:dim], 1, *x.sizes[dim:])

    def build(self, x: Input) -> Value:
        return call("torch.unsqueeze", x, self.dim)


def dimensions(x: Tensor, dims: int | Sequence[int], setting: str = "dim") -> list[int]:
    """Positions of dimensions from the front, in the order given; Refusal for one named twice."""
    found: list[int] = []
    for dim in [dims] if isinstance(dims, int) else dims:
        try:
            found.append(x.dim(dim))
        except Refusal as refusal:
            refusal.setting = setting
            raise
        if found[-1] in found[:-1]:
            raise Refusal(f"dim {dim} of {x} is named twice", tensor=x, setting=setting)
    return found


class Expand(Block):
    """Sizes of 1 repeated to other sizes, without copying; new dimensions may come first.

    `_` keeps a size, `...` (first) keeps all sizes that the rest does not name.

    Shapes: x [...] -> the setting `shape`
    Parameters: 0
    Reference: torch.Tensor.expand
    Examples:
        {block: expand, shape: [4, 1, 8]} on x [1, 1, 8] gives [4, 1, 8]
        {block: expand, shape: [seq, seq, _]} on x [seq, 8] gives [seq, seq, 8]
        {block: expand, shape: [..., 4]} on x [batch, seq, 1] gives [batch, seq, 4]
        {block: expand, shape: [3]} on x [] bool gives [3] bool
    """

    shape: ShapeSetting = Field(description="the sizes to repeat to")

    def infer(self, x: Tensor) -> Tensor:
        return x.with_sizes(*(size for size, _ in self._pairs(x)))

    def build(self, x: Input) -> Value:
        kept = [-1 if is_kept else size for size, is_kept in self._pairs(x.type)]
        return call("torch.Tensor.expand", x, *kept) if kept else x

    def _pairs(self, x: Tensor) -> list[tuple[Size, bool]]:
        """Each size of the result, and whether it is the input's."""
        shape: list[Any] = list(self.shape)
        if _is(shape[0] if shape else None, REST):
            shape = [ANY] * max(0, x.rank - len(shape) + 1) + shape[1:]
        new = len(shape) - x.rank
        if new < 0 or REST in _marks(Shape(shape)) or ANY in _marks(Shape(shape[:new])):
            raise Refusal(
                f"{x} cannot be expanded to {listed(self.shape)}", tensor=x, setting="shape"
            )
        pairs: list[tuple[Size, bool]] = [(size, False) for size in shape[:new]]
        for dim, (size, own) in enumerate(zip(shape[new:], x.sizes, strict=True)):
            keeps = _is(size, ANY) or bool(not (isinstance(own, int) and own == 1) and size == own)
            if not keeps and not own == 1:
                raise Refusal(
                    f"dim {dim} of {x} is {own}: only a size of 1 can be expanded to {size}",
                    help="repeat it in memory: {block: tile}, or {block: repeat_interleave}",
                    code="NW301",
                    tensor=x,
                    setting="shape",
                )
            pairs.append((own if keeps else size, keeps))
        if any(not size >= 1 for size, _ in pairs):
            raise Refusal(f"a size in {listed(self.shape)} is below 1", setting="shape")
        return pairs
