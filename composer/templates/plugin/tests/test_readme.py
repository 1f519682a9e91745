"""The README says what is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- blocks -->\n", "<!-- end of blocks -->\n"


def said(*arguments: str) -> str:
    """What netwright prints."""
    command = [sys.executable, "-m", "netwright.composer.cli", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_its_table_is_what_netwright_says() -> None:
    """If it is not, put the output of `netwright blocks my_blocks/ --markdown` there."""
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition(BEGIN)
    assert rest.partition(END)[0] == said("blocks", "my_blocks/", "--markdown")


def test_its_picture_is_what_netwright_draws(tmp_path: Path) -> None:
    """If it is not, draw it anew: `netwright render my_blocks/demo -o demo.svg`."""
    said("render", "my_blocks/demo", "-o", str(tmp_path / "demo.svg"))
    assert (tmp_path / "demo.svg").read_bytes() == (ROOT / "demo.svg").read_bytes()


def test_its_demo_runs() -> None:
    assert "as said" in said("compile", "my_blocks/demo", "--try")
