"""Every block is held to what netwright's own are held to."""

from netwright.plugins.testing import Case, parametrize_blocks


@parametrize_blocks("my_blocks")
def test_block(case: Case) -> None:
    case.run()
