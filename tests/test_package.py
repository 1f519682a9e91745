"""What is installed is what the checkout holds, no more and no less."""

from __future__ import annotations

import configparser
import importlib.metadata
import importlib.util
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import checkout

BESIDE = ("pyproject.toml", "README.md", "LICENSE")


def project() -> dict[str, Any]:
    settings = tomllib.loads((checkout.ROOT / "pyproject.toml").read_text())
    return settings["project"]


def build(source: Path, target: Path, kind: str) -> Path:
    """Build a `wheel` or an `sdist` of `source` into `target`."""
    code = f"import sys; from setuptools import build_meta; build_meta.build_{kind}(sys.argv[1])"
    target.mkdir()
    command = [sys.executable, "-c", code, str(target)]
    result = subprocess.run(command, check=False, cwd=source, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout: a build leaves files in it that the next build would take up."""
    return checkout.copy((*BESIDE, *checkout.package_files()), tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    built = build(source, tmp_path_factory.mktemp("built") / "wheel", "wheel")
    with zipfile.ZipFile(built) as archive:
        yield archive


def packaged(wheel: zipfile.ZipFile) -> set[str]:
    """The files of the wheel beside its own metadata."""
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    assert packaged(wheel) == {f"netwright/{name}" for name in checkout.package_files()}


def test_the_wheel_declares_its_types(wheel: zipfile.ZipFile) -> None:
    assert packaged(wheel) >= {f"netwright/{name}/py.typed" for name in checkout.PACKAGES}


def test_the_wheel_leaves_the_namespace_open(wheel: zipfile.ZipFile) -> None:
    """With `netwright/__init__.py`, nobody else could add to the namespace."""
    assert "netwright/__init__.py" not in wheel.namelist()


def test_a_file_that_is_not_declared_is_missed(tmp_path: Path) -> None:
    """The comparison above sees a package that pyproject.toml does not list."""
    forgotten = checkout.copy((*BESIDE, *checkout.package_files()), tmp_path / "source")
    package = forgotten / "specs" / "forgotten"
    package.mkdir()
    (package / "__init__.py").touch()
    with zipfile.ZipFile(build(forgotten, tmp_path / "wheel", "wheel")) as wheel:
        assert "netwright/specs/forgotten/__init__.py" not in packaged(wheel)


def test_entry_points_lead_to_modules_of_the_wheel(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    points = configparser.ConfigParser()
    points.read_string(wheel.read(name).decode())
    assert points["console_scripts"]["netwright"] == "netwright.composer.cli:command"
    assert points["netwright.plugins"]["netwright"] == "netwright.blocks"
    for point in [*points["console_scripts"].values(), *points["netwright.plugins"].values()]:
        module = point.partition(":")[0].replace(".", "/")
        assert {f"{module}.py", f"{module}/__init__.py"} & packaged(wheel), point


def test_the_wheel_carries_the_licence_and_the_version(wheel: zipfile.ZipFile) -> None:
    folder = f"netwright-{project()['version']}.dist-info"
    assert f"{folder}/licenses/LICENSE" in wheel.namelist()
    metadata = wheel.read(f"{folder}/METADATA").decode()
    assert f"\nVersion: {project()['version']}\n" in metadata
    assert "\nLicense-Expression: MIT\n" in metadata


def test_the_source_archive_holds_what_the_wheel_is_built_from(
    source: Path, wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    with tarfile.open(build(source, tmp_path / "sdist", "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    with zipfile.ZipFile(build(unpacked, tmp_path / "again", "wheel")) as again:
        assert packaged(again) == packaged(wheel)


def test_the_installed_version_is_the_one_of_the_checkout() -> None:
    assert importlib.metadata.version("netwright") == project()["version"]


def test_the_changelog_knows_the_version() -> None:
    changelog = (checkout.ROOT / "CHANGELOG.md").read_text()
    assert "\n## [Unreleased]\n" in changelog or f"\n## [{project()['version']}]" in changelog


def test_the_checkout_is_what_is_tested() -> None:
    for package in checkout.PACKAGES:
        found = importlib.util.find_spec(f"netwright.{package}")
        assert found is not None
        assert found.origin == str(checkout.ROOT / package / "__init__.py")


def test_every_requirement_is_pinned() -> None:
    """constraints.txt names one version of everything that pyproject.toml asks for."""
    pins = dict(
        line.split("==")
        for line in (checkout.ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    )
    known = {name.lower().replace("_", "-") for name in pins}
    settings = project()
    extras = settings["optional-dependencies"].values()
    for requirement in chain(settings["dependencies"], *extras):
        name = requirement.partition(">")[0].lower().replace("_", "-")
        assert name in known, requirement
    assert "+" not in "".join(pins.values()), "a build of torch is the choice of who installs it"
