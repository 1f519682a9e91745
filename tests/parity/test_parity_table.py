"""The page of the zoo says what is measured."""

from __future__ import annotations

from parity_table import BOUND, page

import checkout


def test_the_page_is_what_is_measured_now() -> None:
    written = (checkout.ROOT / "docs" / "zoo.md").read_text(encoding="utf-8")
    assert page() == written, "make parity-table"


def test_sizes_are_those_published_and_differences_small() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page().splitlines()
        if line.startswith("| `")
    ]
    assert len(rows) > 50
    assert all(row[2] == row[3] for row in rows)
    compared = [row for row in rows if row[4]]
    assert len(compared) > 15
    assert {row[5] for row in compared} == {f"below {BOUND:.0e}"}
