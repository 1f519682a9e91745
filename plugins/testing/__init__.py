"""The conformance kit: what the built-in blocks are held to, for yours.

from netwright.plugins.testing import parametrize_blocks

@parametrize_blocks("my_blocks", expected_failures={"fft": {"export": "torch exports no complex numbers"}})
def test_block(case):
    case.run()

Each block is held to each check of `checks.CHECKS`; a pair of the two is one case.
`check_weight_names("my_blocks")` holds the tables of names that the plugin brings to its specs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from netwright.plugins.host import BUILT_IN
from netwright.plugins.testing.cases import Case, Expected, Outcome, cases
from netwright.plugins.testing.naming import check_weight_names


def parametrize_blocks(
    namespace: str = BUILT_IN,
    *,
    files: Sequence[str | Path] = (),
    expected_failures: Expected | None = None,
    examples: Mapping[str, Sequence[str]] | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Parametrise a test by `case`: every check of every block of a plugin.

    namespace: the plugin's. files: for a plugin that is a single file, its path. expected_failures: block
    -> check -> why it fails; or -> {node of an example: why}, if only some examples do. What is expected to
    fail and passes is a failure. examples: block -> examples beside those of its docstring.
    """
    import pytest

    found = cases(namespace, files=files, expected_failures=expected_failures, examples=examples)
    return pytest.mark.parametrize("case", found, ids=str)


__all__ = ["Case", "Outcome", "cases", "check_weight_names", "parametrize_blocks"]
