"""The description of the parts names parts that are there."""

from __future__ import annotations

import re

import checkout

PAGE = checkout.ROOT / "docs" / "architecture.md"


def test_every_file_and_folder_it_names_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+(?:\.py|\.yaml|/))`", text))
    assert len(named) > 40
    missing = [
        name
        for name in sorted(named)
        if not any((checkout.ROOT / each).exists() for each in (name, f"composer/{name}"))
        and not any(path.endswith(f"/{name}") for path in checkout.files())
    ]
    assert missing == []
