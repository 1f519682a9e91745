"""What elementwise operations have in common: one shape by broadcasting, one dtype by promotion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netwright.specs.sizes import Size
from netwright.specs.tensors import FLOATING, Refusal, Tensor, broadcast, promote

LARGEST = {
    "uint8": 2**8 - 1,
    "int8": 2**7 - 1,
    "int16": 2**15 - 1,
    "int32": 2**31 - 1,
    "float16": 65504,
    "bfloat16": (2**8 - 1) * 2**120,
    "float32": (2**24 - 1) * 2**104,
    "float": (2**24 - 1) * 2**104,
}


def together(*tensors: Tensor) -> Tensor:
    """The common shape and dtype of an elementwise operation; Refusal if there is none."""
    return Tensor(shape_of(*tensors), promoted(*tensors))


def shape_of(*tensors: Tensor) -> tuple[Size, ...]:
    """The common shape; the Refusal names both shapes and the dimension."""
    shape = tensors[0].sizes
    for tensor in tensors[1:]:
        try:
            shape = broadcast([shape, tensor.sizes])
        except Refusal as refusal:
            ahead = Tensor(shape, tensors[0].dtype)
            raise Refusal(
                f"shapes {ahead} and {tensor} do not agree: {refusal.message}",
                help=_projection(ahead, tensor),
                code=refusal.code,
                tensor=tensor,
            ) from None
    return shape


def promoted(*tensors: Tensor) -> str:
    """The dtype that torch promotes these tensors to.

    A tensor without dimensions only decides the dtype when it is of a higher kind (bool, integer,
    floating) than all tensors with dimensions.
    """
    dimensioned = [tensor.dtype for tensor in tensors if tensor.rank]
    scalars = [tensor.dtype for tensor in tensors if not tensor.rank]
    if not dimensioned or not scalars:
        return promote(dimensioned or scalars)
    dtype, scalar = promote(dimensioned), promote(scalars)
    return scalar if _kind(scalar) > _kind(dtype) else dtype


def promoted_by(dtype: str, constant: float) -> str:
    """The dtype of an operation of a tensor and a number; Refusal if the number does not fit."""
    if dtype in FLOATING:
        return dtype
    if not isinstance(constant, int):
        return "float32"
    return "int64" if dtype == "bool" else dtype


def fits(x: Tensor, constant: float, setting: str) -> None:
    """Refuse a number that the dtype of a tensor cannot hold."""
    largest = LARGEST.get(x.dtype)
    if largest is not None and not -largest - 1 <= constant <= largest:
        raise Refusal(
            f"{constant} does not fit into {x.dtype}, which ends at {largest if largest < 2**32 else f'{largest:.4g}'}",
            help=f"convert x first: {{block: to, dtype: {'float64' if x.dtype in FLOATING else 'int64'}}}",
            code="NW303",
            tensor=x,
            setting=setting,
        )


def holds(x: Tensor, constant: float, setting: str) -> None:
    """Refuse a number that would be cut off or wrapped when it is written into a tensor."""
    fits(x, constant, setting)
    if x.dtype == "uint8" and constant < 0:
        raise Refusal(
            f"{constant} in a tensor of uint8 would wrap",
            help="write a number of at least 0, or convert the tensor first: {block: to, dtype: int64}",
            code="NW303",
            tensor=x,
            setting=setting,
        )
    if not isinstance(constant, int) and x.dtype not in FLOATING:
        raise Refusal(
            f"{constant} in a tensor of {x.dtype} would be cut off",
            help="write an integer, or convert the tensor first: {block: to, dtype: float}",
            code="NW303",
            tensor=x,
            setting=setting,
        )


def too_large_for_half(x: Tensor, constant: float) -> Iterator[str]:
    """The caution about a number that torch writes into the model's floats, but not into float16."""
    if x.dtype == "float" and abs(constant) > LARGEST["float16"]:
        least = "-6.0e+4" if constant < 0 else "6.0e+4"
        yield f"{constant:g} does not fit into float16: after .half() the model fails; {least} would do"


def inexact(dtype: str) -> str:
    """The dtype of a function that leaves the integers: for these, torch's default float32."""
    return dtype if dtype in FLOATING else "float32"


def refuse_bool(*tensors: Tensor) -> None:
    """Refuse bools, where torch wants numbers."""
    for tensor in tensors:
        tensor.of("number")


def listed(shape: Sequence[object]) -> str:
    """A shape as it is written."""
    return f"[{', '.join(map(str, shape))}]"


def _kind(dtype: str) -> int:
    return 2 if dtype in FLOATING else dtype != "bool"


def _projection(a: Tensor, b: Tensor) -> str:
    """The block that would bring one branch to the size of the other."""
    if a.rank != b.rank or a.dtype not in FLOATING:
        return ""
    differing = [dim for dim in range(a.rank) if str(a.sizes[dim]) != str(b.sizes[dim])]
    if a.rank == 4 and 1 in differing:
        stride = ", stride: ..." if len(differing) > 1 else ""
        block = f"{{block: conv2d, out_channels: {a.sizes[1]}, kernel_size: 1{stride}}}"
        return f"project one of them: {block}"
    if a.rank in (2, 3) and differing == [a.rank - 1]:
        return f"project one of them: {{block: linear, out_features: {a.sizes[-1]}}}"
    return ""
