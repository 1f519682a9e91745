"""The built-in blocks pass the kit that is everybody's."""

from __future__ import annotations

from cases import COMPOSITES
from limits import EXPECTED
from netwright.plugins.testing import Case, parametrize_blocks


@parametrize_blocks(expected_failures=EXPECTED, examples=COMPOSITES)
def test_block(case: Case) -> None:
    case.run()
