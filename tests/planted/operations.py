"""Wrong rules of operations: broadcasting, dtypes, dimensions, bounds on integers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest

from netwright.blocks import broadcasting, combine, interpolate, reduction, slicing
from netwright.blocks.combine import Cat, Chunk, Stack
from netwright.blocks.reduction import Argmax, Mean, Sum
from netwright.blocks.shape import Flatten
from netwright.specs import tensors
from netwright.specs.sizes import Size, Undecided, decide, product
from netwright.specs.tensors import FLOATING, Refusal, Tensor, promote
from planted.patching import replaced


@contextmanager
def undecided_sizes_broadcast() -> Iterator[None]:
    """Where a symbol may be equal to the other size, it is taken to be: [n, h] + [n, 8] gives [n, 8]."""
    right = broadcasting.broadcast

    def wrong(shapes: Sequence[tuple[Size, ...]]) -> tuple[Size, ...]:
        try:
            return right(shapes)
        except Undecided:
            columns = zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)
            return tuple(reversed([_surest(column) for column in columns]))

    with replaced(broadcasting, "broadcast", wrong):
        yield


def _surest(column: tuple[Size, ...]) -> Size:
    others = [size for size in column if not isinstance(size, int) or size != 1]
    numbers = [size for size in others if isinstance(size, int)]
    if any(decide("==", one, two) is False for one in others for two in others):
        raise Refusal(f"sizes {others[0]} and {others[1]} do not agree", code="NW301")
    return (numbers or others or [1])[0]


@contextmanager
def leading_one_is_lost() -> Iterator[None]:
    """A 1 in front, which only the longer shape has, is dropped: [1, 3] + [3] gives [3]."""
    right = broadcasting.broadcast

    def wrong(shapes: Sequence[tuple[Size, ...]]) -> tuple[Size, ...]:
        found = right(shapes)
        shortest = min(map(len, shapes))
        while len(found) > shortest and isinstance(found[0], int) and found[0] == 1:
            found = found[1:]
        return found

    with replaced(broadcasting, "broadcast", wrong):
        yield


@contextmanager
def scalars_promote() -> Iterator[None]:
    """A tensor without dimensions counts like any other when dtypes are promoted."""

    def wrong(*inputs: Tensor) -> str:
        return promote(each.dtype for each in inputs)

    with replaced(broadcasting, "promoted", wrong):
        yield


@contextmanager
def halves_promote_to_the_first() -> Iterator[None]:
    """float16 and bfloat16 together give the one that comes first, for both have 16 bits."""
    right = tensors._wider_float

    def wrong(a: str, b: str) -> str:
        return a if {a, b} == {"float16", "bfloat16"} else right(a, b)

    with replaced(tensors, "_wider_float", wrong):
        yield


@contextmanager
def bytes_promote_to_signed() -> Iterator[None]:
    """uint8 and int8 together give int8, not int16."""
    right = tensors._wider_integer

    def wrong(a: str, b: str) -> str:
        return "int8" if {a, b} == {"uint8", "int8"} else right(a, b)

    with replaced(tensors, "_wider_integer", wrong):
        yield


@contextmanager
def mean_of_integers() -> Iterator[None]:
    """The mean of integers is accepted, as float32; torch has none."""

    def wrong(self: Mean, x: Tensor) -> str:
        return x.dtype if x.dtype in FLOATING else "float32"

    with replaced(Mean, "result", wrong):
        yield


@contextmanager
def sum_keeps_its_dtype() -> Iterator[None]:
    """The sum of small integers keeps their dtype; only of bools it is int64."""

    def wrong(self: Sum, x: Tensor) -> str:
        return "int64" if x.dtype == "bool" else x.dtype

    with replaced(Sum, "result", wrong):
        yield


@contextmanager
def keepdim_of_one_dimension() -> Iterator[None]:
    """keepdim is followed for one dimension or all, and forgotten for a list of them."""
    right = reduction.reduced

    def wrong(
        x: Tensor, dim: int | list[int] | None, keepdim: bool
    ) -> tuple[tuple[Size, ...], Size]:
        return right(x, dim, keepdim and not isinstance(dim, list))

    with replaced(reduction, "reduced", wrong):
        yield


@contextmanager
def argmax_of_all_within_a_row() -> Iterator[None]:
    """argmax over all elements is said to stay below the last size, not below their number."""
    right = Argmax.infer

    def wrong(self: Argmax, x: Tensor) -> Tensor:
        found = right(self, x)
        below = x.sizes[-1] if self.dim is None and x.rank else found.below
        return Tensor(found.sizes, found.dtype, below)

    with replaced(Argmax, "infer", wrong):
        yield


@contextmanager
def stack_counts_back_from_the_input() -> Iterator[None]:
    """A negative dim of stack is counted in the input, which has one dimension less than the result."""
    right = Stack.infer

    def wrong(self: Stack, *inputs: Tensor) -> Tensor:
        found = right(self, *inputs)
        if self.dim >= 0 or -self.dim > inputs[0].rank:
            return found
        dim = self.dim + inputs[0].rank
        sizes = (*inputs[0].sizes[:dim], len(inputs), *inputs[0].sizes[dim:])
        return Tensor(sizes, found.dtype, found.below)

    with replaced(Stack, "infer", wrong):
        yield


@contextmanager
def flatten_to_the_end() -> Iterator[None]:
    """A negative end_dim of flatten is taken for the last dimension, whichever it is."""
    right = Flatten.infer

    def wrong(self: Flatten, x: Tensor) -> Tensor:
        right(self, x)
        if self.end_dim >= 0 or not x.rank:
            return right(self, x)
        start = x.dim(self.start_dim)
        return x.with_sizes(*x.sizes[:start], product(x.sizes[start:]))

    with replaced(Flatten, "infer", wrong):
        yield


@contextmanager
def slice_begins_before_the_start() -> Iterator[None]:
    """A slice that begins further back than the size is longer than what there is."""
    right = slicing._place

    def wrong(index: Size, size: Size) -> Size:
        return size + index if isinstance(index, int) and index < 0 else right(index, size)

    with replaced(slicing, "_place", wrong):
        yield


@contextmanager
def scaled_sizes_are_rounded() -> Iterator[None]:
    """interpolate rounds a scaled size to the nearest, not down; of symbols it is right."""
    right = interpolate._scaled

    def wrong(size: Size, factor: float) -> Size:
        return round(size * factor) if isinstance(size, int) else right(size, factor)

    with replaced(interpolate, "_scaled", wrong):
        yield


@contextmanager
def chunks_leave_the_rest_to_the_last() -> Iterator[None]:
    """chunk gives size // chunks to each piece and the rest to the last: 7 in 2 are 3 and 4."""
    right = Chunk.infer

    def wrong(self: Chunk, x: Tensor) -> Mapping[str, Tensor]:
        dim = x.dim(self.dim)
        size = x.sizes[dim]
        if not isinstance(size, int) or size < self.chunks:
            return right(self, x)
        piece = size // self.chunks
        sizes = [*[piece] * (self.chunks - 1), size - (self.chunks - 1) * piece]
        return {str(number): x.resized(dim, each) for number, each in enumerate(sizes)}

    with replaced(Chunk, "infer", wrong):
        yield


@contextmanager
def cat_lets_symbols_pass() -> Iterator[None]:
    """cat refuses sizes that differ, and lets those pass that may or may not."""

    def wrong(self: Cat, *inputs: Tensor) -> Tensor:
        first = inputs[0]
        dim = first.dim(self.dim)
        for tensor in inputs[1:]:
            if tensor.rank != first.rank or any(
                other != dim and decide("==", first.sizes[other], tensor.sizes[other]) is False
                for other in range(first.rank)
            ):
                raise Refusal(f"{first} and {tensor} differ", code="NW301", tensor=tensor)
        total = sum((tensor.sizes[dim] for tensor in inputs), start=0)
        bound = combine.largest_bound(inputs)
        return Tensor(first.resized(dim, total).sizes, combine.promoted(*inputs), bound)

    with replaced(Cat, "infer", wrong):
        yield


@contextmanager
def bound_of_the_first() -> Iterator[None]:
    """Tensors joined are said to stay below the bound of the first of them."""
    right = combine.largest_bound

    def wrong(inputs: tuple[Tensor, ...]) -> Size | None:
        return None if right(inputs) is None else inputs[0].below

    with replaced(combine, "largest_bound", wrong):
        yield


FAULTS = (
    undecided_sizes_broadcast,
    leading_one_is_lost,
    scalars_promote,
    halves_promote_to_the_first,
    bytes_promote_to_signed,
    mean_of_integers,
    sum_keeps_its_dtype,
    keepdim_of_one_dimension,
    argmax_of_all_within_a_row,
    stack_counts_back_from_the_input,
    flatten_to_the_end,
    slice_begins_before_the_start,
    scaled_sizes_are_rounded,
    chunks_leave_the_rest_to_the_last,
    cat_lets_symbols_pass,
    bound_of_the_first,
)
