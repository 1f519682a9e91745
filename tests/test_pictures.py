"""The pictures in the documents are those that the program draws."""

from __future__ import annotations

import runpy
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import checkout
from netwright.composer.cli import main


def drawn_by(program: str) -> dict[str, Any]:
    path = str(checkout.ROOT / program)
    before = sys.modules.get("pictures")
    sys.modules["pictures"] = ModuleType("pictures")  # where a dataclass looks for its names
    try:
        return runpy.run_path(path, run_name="pictures")
    finally:
        if before is None:
            del sys.modules["pictures"]


def test_pictures_are_what_is_drawn(tmp_path: Path) -> None:
    drawn_by("examples/pictures.py")["main"](tmp_path)
    kept = checkout.ROOT / "docs/images"
    made, there = (
        {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.svg"))}
        for folder in (tmp_path, kept)
    )
    assert list(made) == list(there)
    changed = [name for name, data in made.items() if data != there[name]]
    assert changed == [], "draw them anew with `make pictures`"


def test_the_gallery_is_what_is_written() -> None:
    written = (checkout.ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    assert written == drawn_by("examples/pictures.py")["page"](), "`make pictures` writes it anew"


def test_the_commands_of_the_gallery_draw_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for picture in drawn_by("examples/pictures.py")["GALLERY"]:
        if picture.options:
            assert main(shlex.split(picture.command)[1:]) == 0
            kept = checkout.ROOT / "docs/images/gallery" / f"{picture.name}.svg"
            assert (tmp_path / kept.name).read_bytes() == kept.read_bytes()


def test_the_spec_of_the_front_page_is_the_one_that_is_drawn() -> None:
    spec = (checkout.ROOT / "examples/digits.yaml").read_text(encoding="utf-8")
    assert spec in (checkout.ROOT / "README.md").read_text(encoding="utf-8")
