"""examples/netwright-mamba as a stranger's plugin: installed with pip, held to its own tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import checkout
import documents
from strangers import Stranger, untyped

FOLDER = "examples/netwright-mamba"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: a build leaves files behind."""
    names = tuple(name for name in checkout.files() if name.startswith(FOLDER))
    return checkout.copy(names, tmp_path_factory.mktemp("project")) / FOLDER


@pytest.fixture(scope="module")
def stranger(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    made = Stranger(tmp_path_factory.mktemp("environment") / "env")
    made.install(project)
    return made


def test_its_own_tests_pass(project: Path, stranger: Stranger) -> None:
    said = stranger.tests(project)
    assert " passed" in said


def test_it_has_types(project: Path) -> None:
    assert untyped(project, "netwright_mamba", "tests") == ""


def test_its_readme_is_true(project: Path, stranger: Stranger, tmp_path: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    documents.run(text, tmp_path, [stranger.bin])


def test_what_it_emits_needs_torch_only(stranger: Stranger, tmp_path: Path) -> None:
    small = ("--set", "layers=1", "--set", "width=16", "--set", "vocab=7")
    stranger.netwright("compile", "mamba/lm", *small, "-o", "mamba.py", folder=tmp_path)
    code = (
        "import sys; sys.modules['netwright'] = sys.modules['netwright_mamba'] = None\n"
        "sys.path.insert(0, '')\n"
        "import mamba, torch\n"
        "print(list(mamba.Mamba()(torch.tensor([[1, 2, 3]])).shape))"
    )
    command = [str(stranger.python), "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "[1, 3, 7]\n", done.stderr


def test_a_spec_that_does_not_name_it_does_not_import_it(
    stranger: Stranger, tmp_path: Path
) -> None:
    code = (
        "import sys\nfrom netwright.composer.cli import main\n"
        "assert main(['check', 'gpt']) == 0\nassert 'netwright_mamba' not in sys.modules\n"
        "assert main(['check', 'mamba/lm']) == 0\nassert 'netwright_mamba' in sys.modules\n"
        "assert 'torch' not in sys.modules"
    )
    stranger.ran([str(stranger.python), "-c", code], tmp_path)
