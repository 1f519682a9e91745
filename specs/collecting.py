"""Pauses Python's garbage collector, which would walk what is being made again and again."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Pause:
    """How many are pausing the collector, and whether it ran before: one state, as it has."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.was_enabled = False


_PAUSE = _Pause()


@contextmanager
def paused_collector() -> Iterator[None]:
    """Keep the garbage collector from running; threads that do so at once share the pause."""
    with _PAUSE.lock:
        if _PAUSE.count == 0:
            _PAUSE.was_enabled = gc.isenabled()
            gc.disable()
        _PAUSE.count += 1
    try:
        yield
    finally:
        with _PAUSE.lock:
            _PAUSE.count -= 1
            if _PAUSE.count == 0 and _PAUSE.was_enabled:
                gc.enable()
