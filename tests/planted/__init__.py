"""Wrong rules of the project itself, to be found by its safety nets.

Each of `PLANTED` is a context manager in which one rule of the installed code lies, as a tired contributor
might have written it; its docstring says what is wrong. Outside of it everything is as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from planted import elaboration, emission, layers, operations, proofs

Plant = Callable[[], AbstractContextManager[None]]

PLANTED: dict[str, Plant] = {
    each.__name__: each
    for room in (layers, operations, proofs, elaboration, emission)
    for each in room.FAULTS
}

__all__ = ["PLANTED", "Plant"]
