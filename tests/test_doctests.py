"""The examples in docstrings do what they show.

The installed modules are walked: pytest's own collection would import each file a second time,
under the name of its folder.
"""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import checkout


def modules() -> list[str]:
    found = []
    for package in checkout.PACKAGES:
        path = [str(checkout.ROOT / package)]
        found.append(f"netwright.{package}")
        found += [module.name for module in pkgutil.walk_packages(path, f"netwright.{package}.")]
    return [name for name in found if not name.endswith("__main__")]


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings(name: str) -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failures, _ = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert failures == 0
