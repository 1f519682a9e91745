"""What is known of a tensor before it exists: its sizes, its dtype, a bound on its values.

A rule of a block takes and returns such types. It refuses what does not fit by raising `Refusal`;
whoever called the rule knows the file, the line and the node, and makes a problem of it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from netwright.specs.sizes import Size, decide

FLOATING = ("float", "float16", "bfloat16", "float32", "float64")
INTEGER = ("uint8", "int8", "int16", "int32", "int64")
DTYPES = (*FLOATING, *INTEGER, "bool")

# What a rule may ask for, beside a single dtype.
GROUPS: dict[str, tuple[str, ...]] = {
    "any": DTYPES,
    "floating": FLOATING,
    "integer": INTEGER,
    "number": (*FLOATING, *INTEGER),
    "index": ("int64", "int32"),
}

REST = "..."
ANY = "_"


class Refusal(Exception):
    """A rule's "no", in words for the spec writer.

    message: what is wrong, in one line. help: what to do about it. code: the kind of problem.
    tensor: the input that is at fault (found again by identity); setting: the setting that is.
    """

    def __init__(
        self,
        message: str,
        *,
        help: str = "",
        code: str = "NW302",
        tensor: Tensor | None = None,
        setting: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.code = code
        self.tensor = tensor
        self.setting = setting


@dataclass(frozen=True, slots=True)
class Tensor:
    """The type of a tensor: sizes, dtype, and the bound that its (integer) values stay below.

    dtype: one of DTYPES; `float` is the model's own floating type, which `.half()` and its like change.
    below: values are 0 <= v < below; None where nothing is known.
    origin: which tensor it is, where whoever calls the rule knows; None elsewhere. A rule that counts
    something in the values gives it to the new size, `symbol("graphs", origin=batch.origin)`: counted
    again from the same tensor it is the same size, from another one another.
    """

    sizes: tuple[Size, ...]
    dtype: str = "float"
    below: Size | None = None
    origin: Hashable = None

    @property
    def rank(self) -> int:
        return len(self.sizes)

    def with_sizes(self, *sizes: Size) -> Tensor:
        """The same dtype and bound in another shape."""
        return Tensor(sizes, self.dtype, self.below)

    def with_dtype(self, dtype: str) -> Tensor:
        """The same shape in another dtype; a bound on the values is forgotten."""
        return Tensor(self.sizes, dtype)

    def match(self, pattern: str, dtype: str = "any") -> tuple[Size, ...]:
        """The sizes under the names of a pattern such as `[batch, channels, height, width]`.

        The names in order of writing, each once; `...` (once) is not among them: see `lead`.
        An integer demands that size, a name written twice demands equal sizes.
        Raises Refusal if rank, size or dtype does not fit; dtype is one of DTYPES or of GROUPS.
        """
        self.of(dtype)
        dims = _dims(pattern)
        if len(dims) != self.rank if REST not in dims else len(dims) - 1 > self.rank:
            unbatched = dims[:1] == ("batch",) and self.rank == len(dims) - 1
            raise Refusal(
                f"expected {pattern}, got {self}",
                help="the batch dimension is missing: {block: unsqueeze, dim: 0} adds one"
                if unbatched
                else "",
                tensor=self,
            )
        split = dims.index(REST) if REST in dims else len(dims)
        ahead = zip(dims[:split], self.sizes, strict=False)
        behind = zip(reversed(dims[split + 1 :]), reversed(self.sizes), strict=False)
        bound: dict[str, Size] = {}
        for name, size in [*ahead, *reversed(list(behind))]:
            demanded = int(name) if name.isdigit() else bound.setdefault(name, size)
            if not demanded == size:
                raise Refusal(
                    f"expected {pattern}, got {self}: {name} is {demanded} and {size}", tensor=self
                )
        return tuple(bound[name] for name in bound if not name.isdigit())

    def of(self, dtype: str) -> Tensor:
        """This type, if its dtype is the one asked for or in that group; else Refusal."""
        if self.dtype != dtype and self.dtype not in GROUPS.get(dtype, ()):
            wanted = f"a {dtype} dtype" if dtype in GROUPS else dtype
            raise Refusal(
                f"expected {wanted}, got {self.dtype}",
                help=f"convert it first: {{block: to, dtype: {GROUPS.get(dtype, (dtype,))[0]}}}",
                code="NW303",
                tensor=self,
            )
        return self

    def dim(self, index: int) -> int:
        """The position of a dimension counted from the front (negative: from the back); else Refusal."""
        if not -self.rank <= index < self.rank:
            legal = (
                f"legal are {-self.rank} to {self.rank - 1}" if self.rank else "it has no dimension"
            )
            raise Refusal(
                f"dim {index} of {self} does not exist; {legal}", tensor=self, setting="dim"
            )
        return index % self.rank

    def resized(self, dim: int, *sizes: Size) -> Tensor:
        """With one dimension (from the front) replaced by the given ones: none, one or several."""
        return self.with_sizes(*self.sizes[:dim], *sizes, *self.sizes[dim + 1 :])

    def __str__(self) -> str:
        shape = f"[{', '.join(map(str, self.sizes))}]"
        return shape if self.dtype == "float" else f"{shape} {self.dtype}"


@lru_cache(maxsize=512)
def _dims(pattern: str) -> tuple[str, ...]:
    inside = pattern.strip().removeprefix("[").removesuffix("]")
    return tuple(part.strip() for part in inside.split(",")) if inside.strip() else ()


def promote(dtypes: Iterable[str]) -> str:
    """The dtype of an elementwise operation over these, as torch's promotion of tensors has it.

    `float` with a named floating dtype depends on what the model is converted to: refused.
    """
    floating: str | None = None
    integer: str | None = None
    for dtype in dtypes:
        if dtype in FLOATING:
            floating = dtype if floating is None else _wider_float(floating, dtype)
        elif dtype != "bool":
            integer = dtype if integer is None else _wider_integer(integer, dtype)
    return floating or integer or "bool"


def _wider_float(a: str, b: str) -> str:
    if a == b:
        return a
    if "float" in (a, b):
        other = b if a == "float" else a
        raise Refusal(
            f"float and {other} together: the result would depend on the model's floating type",
            help="convert one of them first: {block: to, dtype: float}",
            code="NW303",
        )
    if {a, b} == {"float16", "bfloat16"}:
        return "float32"
    return max(a, b, key=lambda dtype: int(dtype.removeprefix("bfloat").removeprefix("float")))


def _wider_integer(a: str, b: str) -> str:
    if a == b:
        return a
    if "uint8" in (a, b):
        other = b if a == "uint8" else a
        return "int16" if other == "int8" else other
    return max(a, b, key=lambda dtype: int(dtype.removeprefix("int")))


def broadcast(shapes: Sequence[tuple[Size, ...]]) -> tuple[Size, ...]:
    """The common shape of an elementwise operation, aligned from the back.

    Sizes agree if they are proved equal, or one of them is the integer 1. Raises Refusal where they
    cannot agree, `Undecided` where that depends on a symbol.
    """
    result: list[Size] = []
    for column in zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1):
        size: Size = 1
        for other in column:
            if isinstance(other, int) and other == 1:
                continue
            if isinstance(size, int) and size == 1:
                size = other
            elif not size == other:
                raise Refusal(
                    f"sizes {size} and {other} do not agree (dim -{len(result) + 1})", code="NW301"
                )
        result.append(size)
    return tuple(reversed(result))


def same_shape(a: Tensor, b: Tensor) -> bool:
    """Proved to have equal sizes, without raising."""
    return a.rank == b.rank and all(
        decide("==", one, other) is True for one, other in zip(a.sizes, b.sizes, strict=True)
    )
