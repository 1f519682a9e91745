"""Environments of their own, in which a plugin is installed with pip as a stranger's would be.

Nothing is fetched: what netwright needs is taken from the environment that runs the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

import checkout


class Stranger:
    """A fresh environment over the one that runs the tests. bin: where its programs are."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=True)
        self.bin = folder / "bin"
        self.python = self.bin / "python"
        (site,) = folder.glob("lib/python*/site-packages")
        folders = [each for each in sys.path if each.endswith("site-packages")]
        added = "".join(f"import site; site.addsitedir({each!r})\n" for each in folders)
        (site / "over.pth").write_text(added, encoding="utf-8")
        shutil.copy(Path(sys.executable).parent / "netwright", self.bin)
        program = (self.bin / "netwright").read_text(encoding="utf-8").splitlines()
        text = "\n".join([f"#!{self.python}", *program[1:], ""])
        (self.bin / "netwright").write_text(text, encoding="utf-8")

    def install(self, project: Path) -> None:
        """Install a project with pip, without network."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.python)]
        flags = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
        self.ran([*pip, "install", *flags, str(project)], project)

    def netwright(self, *arguments: str, folder: Path) -> str:
        """What a command prints. Fails if it fails."""
        return self.ran([str(self.bin / "netwright"), *arguments], folder)

    def tests(self, project: Path) -> str:
        """Run the tests of a project; what pytest prints. Fails if they fail."""
        return self.ran([str(self.python), "-m", "pytest", "-p", "no:cacheprovider"], project)

    def ran(self, command: list[str], folder: Path) -> str:
        """Run a command in a folder, with the environment's programs first."""
        known = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
        }
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=folder,
            env=known | {"PATH": path, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def untyped(folder: Path, *paths: str, roots: Sequence[Path] = ()) -> str:
    """What mypy, as strict as it can be, finds in files of a plugin; roots: where its modules are.

    It sees netwright as an installed package, which the checkout is not: there is a tree of links for it.
    """
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--namespace-packages",
        "--no-error-summary",
    ]
    command += ["--explicit-package-bases", "--follow-imports", "silent", "--cache-dir", os.devnull]
    path = [checkout.ROOT / ".typing", *(roots or [folder])]
    done = subprocess.run(
        [*command, *paths],
        cwd=folder,
        env={**os.environ, "MYPYPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr
