"""A plugin for pytest that counts at the end: of each block, how many checks came out how.

In `conftest.py`: `pytest_plugins = ["netwright.plugins.testing.summary"]`
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

KINDS = {
    "passed": "passed",
    "failed": "failed",
    "xfailed": "expected",
    "skipped": "skipped",
}
"""What pytest calls an outcome -> what the kit does."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for the blocks that came out alike."""
    from netwright.plugins.testing.checks import CHECKS
    from netwright.plugins.testing.report import told

    counts: dict[str, Counter[str]] = {}
    pattern = re.compile(rf"\[(?P<block>[\w/]+)-(?:{'|'.join(CHECKS)})\]$")
    for pytests, kind in KINDS.items():
        for report in terminalreporter.stats.get(pytests, ()):
            found = pattern.search(getattr(report, "nodeid", ""))
            if found:
                counts.setdefault(found["block"], Counter())[kind] += 1
    alike: dict[str, list[str]] = {}
    for block, each in sorted(counts.items()):
        alike.setdefault(told("", each).removeprefix(": "), []).append(block)
    if alike:
        terminalreporter.section("checks of blocks")
    for line, blocks in alike.items():
        terminalreporter.write_line(f"{line}: {', '.join(blocks)}")


__all__ = ["pytest_terminal_summary"]
