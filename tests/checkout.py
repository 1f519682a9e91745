"""The checkout that is tested: which files belong to it, and copies of them."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("specs", "plugins", "blocks", "composer")


@cache
def files() -> tuple[str, ...]:
    """Every file that git tracks or would add, relative to the root. Skips the test without git."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("asks git which files belong to the project")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(name for name in set(listed.split("\0")) if (ROOT / name).is_file()))


def package_files() -> tuple[str, ...]:
    """Those of the packages."""
    return tuple(name for name in files() if name.partition("/")[0] in PACKAGES)


def copy(names: tuple[str, ...], target: Path, under: str = "") -> Path:
    """Copy files of the checkout into a folder (`under`: below that name, but pyproject.toml)."""
    for name in names:
        place = target / name if name == "pyproject.toml" else target / under / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, place)
    return target
