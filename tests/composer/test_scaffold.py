"""`netwright new plugin`: what it writes works as it is, in an environment of its own, without network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import documents
from netwright.composer.cli import main
from strangers import Stranger, untyped

NAME = "wave_blocks"
FOLDER = "netwright-wave-blocks"


def written(folder: Path) -> dict[str, str]:
    """Every file under a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a package and a single file were begun."""
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["new", "plugin", NAME]) == 0
        assert main(["new", "plugin", NAME, "--single-file"]) == 0
    return folder


@pytest.fixture(scope="module")
def stranger(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """An environment with the package installed."""
    made = Stranger(tmp_path_factory.mktemp("environment") / "env")
    source = tmp_path_factory.mktemp("source") / FOLDER
    for path, text in written(place / FOLDER).items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text, encoding="utf-8")
    made.install(source)
    return made


def test_what_is_written_has_types(place: Path) -> None:
    package = f"{FOLDER}/netwright_{NAME}"
    assert untyped(place, f"{NAME}.py", package, roots=(place, place / FOLDER)) == ""


# A package


def test_a_package_bears_its_own_name_only(place: Path) -> None:
    files = written(place / FOLDER)
    assert {".github/workflows/test.yml", ".gitignore", "README.md", "demo.svg"} <= set(files)
    assert f"netwright_{NAME}/py.typed" in files
    assert not [path for path, text in files.items() if "my_blocks" in path + text]
    assert not [path for path, text in files.items() if "my-blocks" in path + text]


def test_the_tests_of_a_package_pass(place: Path, stranger: Stranger) -> None:
    said = stranger.tests(place / FOLDER)
    assert " passed" in said


def test_the_commands_of_a_package_work(stranger: Stranger, tmp_path: Path) -> None:
    said = stranger.netwright("check", f"{NAME}/demo", folder=tmp_path)
    assert said == f"{NAME}/demo: ok, x [batch, 8] -> [batch, 3]\n"
    tried = stranger.netwright("compile", f"{NAME}/demo", "--try", folder=tmp_path)
    assert "output: [2, 3] float32, as said" in tried
    stranger.netwright("render", f"{NAME}/demo", "-o", "demo.png", folder=tmp_path)
    assert (tmp_path / "demo.png").read_bytes().startswith(b"\x89PNG")


def test_the_check_of_a_demo_does_not_import_torch(stranger: Stranger, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom netwright.composer.cli import main\n"
        f"assert main(['check', '{NAME}/demo']) == 0\n"
        "assert 'torch' not in sys.modules"
    )
    stranger.ran([str(stranger.python), "-c", code], tmp_path)


# A single file


def test_a_single_file_works_by_one_command(place: Path, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.py").write_text((place / f"{NAME}.py").read_text(encoding="utf-8"))
    command = [sys.executable, f"{NAME}.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{NAME}/gated_linear" in done.stdout
    *_, last = done.stdout.splitlines()
    assert last.startswith("trained one step: the loss went from ")
    before, after = (float(word) for word in last.split() if word[0].isdigit())
    assert after < before
    assert (tmp_path / "my_network.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "my_blocks" not in done.stdout


def test_a_single_file_passes_the_kit(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    assert main(["plugins", "check", f"./{NAME}.py"]) == 0, capsys.readouterr().out
    monkeypatch.delitem(sys.modules, NAME, raising=False)


# What is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["my-blocks"], "did you mean my_blocks?"),
        (["class"], "'class' cannot name a plugin"),
        (["../wave"], "did you mean wave?"),
        (["torch", "--single-file"], "the name of a module of Python's path"),
        (["json", "--single-file"], "the name of a module of Python's path"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "plugin", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert written(tmp_path) == {}


@pytest.mark.parametrize("arguments", [[], ["--single-file"]])
def test_nothing_is_overwritten(
    arguments: list[str],
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = written(place)
    monkeypatch.chdir(place)
    assert main(["new", "plugin", NAME, *arguments]) == 2
    assert "already; nothing was written" in capsys.readouterr().err
    assert written(place) == before


def test_a_namespace_that_is_taken_is_refused(stranger: Stranger, tmp_path: Path) -> None:
    command = [str(stranger.bin / "netwright"), "new", "plugin", NAME]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"the namespace {NAME} is taken: {FOLDER} 0.1.0 is installed" in done.stderr
    assert written(tmp_path) == {}


def test_the_readme_of_a_package_says_what_is_done(place: Path, stranger: Stranger) -> None:
    """Its commands run, all but those that install and test, which are run above."""
    text = (place / FOLDER / "README.md").read_text(encoding="utf-8")
    (block,) = (each for each in documents.blocks(text) if each.language == "sh")
    for line in block.text.splitlines():
        if line.startswith("netwright ") and not line.startswith("netwright plugins check"):
            stranger.netwright(*line.split()[1:], folder=place)
