"""How a wrong rule takes the place of a right one, and leaves no trace behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

# What is remembered there may have been worked out by the other rule.
_REMEMBERING = (
    "netwright.specs.",
    "netwright.plugins.block",
    "netwright.composer.elaborate.",
    "netwright.composer.emission.",
)


@contextmanager
def replaced(owner: Any, name: str, wrong: Any) -> Iterator[None]:
    """`owner.name` is `wrong`; what was remembered is forgotten before and after."""
    with mock.patch.object(owner, name, wrong):
        forget()
        try:
            yield
        finally:
            forget()
    forget()


def forget() -> None:
    """Empty the caches of the functions that the rules are made of."""
    for name, module in list(sys.modules.items()):
        if name.startswith(_REMEMBERING):
            for each in list(vars(module).values()):
                if hasattr(each, "cache_clear"):
                    each.cache_clear()
