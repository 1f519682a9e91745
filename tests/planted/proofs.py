"""Wrong proofs: equal sizes that are not, sizes that may be 0, facts that nobody asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from netwright.blocks import convolution, pooling
from netwright.blocks.windows import places
from netwright.composer.elaborate import demands, leaves
from netwright.composer.elaborate.inputs import is_name
from netwright.specs import polynomials, sizes
from netwright.specs import tree as trees
from netwright.specs.atoms import Polynomial
from netwright.specs.proofs import Claim
from netwright.specs.sizes import Size, Symbolic, Undecided, decide
from netwright.specs.tensors import Refusal, Tensor
from planted.patching import replaced


@contextmanager
def equal_at_usual_sizes() -> Iterator[None]:
    """Sizes that are equal at 32, 64 and 224 are taken for equal: h // 2 * 2 is h."""
    right = sizes.prove

    def wrong(claim: Claim, p: Polynomial) -> bool:
        if right(claim, p):
            return True
        if claim != "zero":
            return False
        names = polynomials.symbols(p)
        tried = [n for n in (32, 64, 224) if all(each.low <= n <= each.high for each in names)]
        return bool(tried) and all(
            polynomials.evaluate(p, dict.fromkeys(names, number)) == 0 for number in tried
        )

    with replaced(sizes, "prove", wrong):
        yield


@contextmanager
def contrary_of_at_least_zero() -> Iterator[None]:
    """The contrary of p >= 0 is taken to be p <= 0, so that a size that may be 0 is not below 1."""
    right = sizes.contrary

    def wrong(claim: Claim, p: Polynomial) -> tuple[Claim, Polynomial]:
        if claim == "nonnegative":
            return "nonnegative", polynomials.scale(p, -1)
        return right(claim, p)

    with replaced(sizes, "contrary", wrong):
        yield


@contextmanager
def windows_may_not_fit() -> Iterator[None]:
    """A kernel larger than the image is refused only where both are numbers."""

    def slid(x: Tensor, axis: int, **window: Any) -> Size:
        try:
            return places(x, axis, **window)
        except Undecided:
            span = window.get("dilation", 1) * (window["kernel_size"] - 1) + 1
            padded = x.sizes[axis] + sum(window["padding"])
            return (padded - span) // window["stride"] + 1

    with ExitStack() as stack:
        stack.enter_context(replaced(convolution, "places", slid))
        stack.enter_context(replaced(pooling, "places", slid))
        stack.enter_context(_sizes_may_be_zero())
        yield


@contextmanager
def _sizes_may_be_zero() -> Iterator[None]:
    """Nor does what comes after the rule ask it."""

    def wrong(block: Any, name: str, args: list[Any]) -> dict[str, Tensor]:
        inferred = block.infer(*args)
        outputs = {"": inferred} if isinstance(inferred, Tensor) else dict(inferred)
        for tensor in outputs.values():
            if any(decide("<", size, 1) is True for size in tensor.sizes):
                raise Refusal(f"{name} would give {tensor}: sizes are at least 1", code="NW307")
        return {port: replace(tensor, origin=None) for port, tensor in outputs.items()}

    with replaced(leaves, "_inferred", wrong):
        yield


@contextmanager
def multiples_of_symbols_unproved() -> Iterator[None]:
    """A block's demand `multiple_of` is not asked of a symbolic size."""
    right = demands._multiple

    def wrong(name: str, size: Size, value: Size, *rest: Any) -> None:
        if not isinstance(size, Symbolic):
            right(name, size, value, *rest)

    with replaced(demands, "_multiple", wrong):
        yield


@contextmanager
def names_bind_and_never_demand() -> Iterator[None]:
    """In the inputs of a block a name that stands twice takes the first size; the second is not compared."""
    right = demands._demand_size

    def wrong(name: str, item: trees.Node, *rest: Any) -> None:
        is_bare = isinstance(item, trees.Scalar) and isinstance(item.value, str)
        if not (is_bare and is_name(str(item.value))):  # type: ignore[union-attr]
            right(name, item, *rest)

    with replaced(demands, "_demand_size", wrong):
        yield


FAULTS = (
    equal_at_usual_sizes,
    contrary_of_at_least_zero,
    windows_may_not_fit,
    multiples_of_symbols_unproved,
    names_bind_and_never_demand,
)
