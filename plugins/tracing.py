"""What the host does, told as it happens: what is scanned, imported, from where, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Trace: TypeAlias = Callable[[str, float], None]
"""Takes what was done, in words, and how many seconds it took."""


def silent(what: str, seconds: float) -> None:
    """Tells nothing."""


@contextmanager
def timed(trace: Trace, what: str) -> Iterator[None]:
    """Tells what is done inside once it is over, also if it fails."""
    start = time.perf_counter()
    try:
        yield
    except BaseException:
        trace(f"{what}: failed", time.perf_counter() - start)
        raise
    trace(what, time.perf_counter() - start)
