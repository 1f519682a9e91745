"""The blocks are held to what netwright's own are held to."""

from netwright.plugins.testing import Case, parametrize_blocks

LOOP = "the scan is a loop over time, which torch.export unrolls: it takes one length, not any"


@parametrize_blocks(
    "mamba",
    expected_failures={"selective_scan": {"export": LOOP}, "mixer": {"export": LOOP}},
)
def test_block(case: Case) -> None:
    case.run()
