"""The demand that one number divides another, and what to write where it does not."""

from __future__ import annotations

from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor

_SEARCHED = 4096


def demand_divisible(
    amount: Size, divisor: int, *, what: str, setting: str, tensor: Tensor | None = None
) -> None:
    """Refuse unless `divisor` (the value of `setting`) divides `amount` (a number of `what`)."""
    if not amount % divisor == 0:
        near = nearest_divisors(amount, divisor) if isinstance(amount, int) else ()
        raise Refusal(
            f"{setting} is {divisor}, which does not divide {amount} {what}",
            help=f"write {setting}: {' or '.join(map(str, near))}" if near else "",
            tensor=tensor,
            setting=setting,
        )


def nearest_divisors(amount: int, wish: int) -> tuple[int, ...]:
    """The largest divisor of `amount` below `wish` and the smallest above, if near."""
    below = range(min(wish, amount), max(0, wish - _SEARCHED), -1)
    above = range(wish, min(amount, wish + _SEARCHED) + 1)
    found = [next((each for each in side if amount % each == 0), 0) for side in (below, above)]
    return tuple(sorted({each for each in found if each}))
