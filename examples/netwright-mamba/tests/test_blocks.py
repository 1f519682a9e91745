"""The blocks are held to what netwright's own are held to."""

from netwright.plugins.testing import Case, parametrize_blocks


@parametrize_blocks("mamba")
def test_block(case: Case) -> None:
    case.run()
