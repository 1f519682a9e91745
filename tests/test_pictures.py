"""The pictures in the documents are those that the program draws."""

from __future__ import annotations

import runpy
from pathlib import Path

import checkout


def test_pictures_are_what_is_drawn(tmp_path: Path) -> None:
    runpy.run_path(str(checkout.ROOT / "examples/pictures.py"))["main"](tmp_path)
    kept = checkout.ROOT / "docs/images"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in kept.iterdir())
    changed = [p.name for p in tmp_path.iterdir() if p.read_bytes() != (kept / p.name).read_bytes()]
    assert changed == [], "draw them anew with `make pictures`"


def test_the_spec_of_the_front_page_is_the_one_that_is_drawn() -> None:
    spec = (checkout.ROOT / "examples/digits.yaml").read_text(encoding="utf-8")
    assert spec in (checkout.ROOT / "README.md").read_text(encoding="utf-8")
