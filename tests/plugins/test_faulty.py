"""A faulty plugin is blamed in words, by name and place, and harms only the specs that need it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from faults import FAULTS
from installing import FAULTY, Fault, lay_out, marked

UNHARMED = """\
netwright: 1
name: mlp
inputs: {x: [batch, 8]}
nodes:
  hidden: {block: linear, out_features: 16}
  act: relu
  logits: {block: linear, out_features: 4}
"""
LONGEST = 6000


def netwright(
    site: Path, *arguments: str, installed: bool = True
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, run in `site`, where plugins may be installed."""
    path = str(site) if installed else ""
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, "-m", "netwright.composer.cli", *arguments],
        check=False,
        cwd=site,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder that is as good as site-packages, with two specs."""
    (tmp_path / "mlp.yaml").write_text(UNHARMED)
    return tmp_path


def command(fault: Fault) -> Sequence[str]:
    name, *rest = fault.command
    plugins = [text for file in fault.files for text in ("--plugin", f"./{file}")]
    spec = [] if any("/" in each for each in rest) else ["needy.yaml"]
    return [name, *plugins, *rest, *spec]


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_plugin_is_blamed(name: str, site: Path) -> None:
    fault = FAULTS[name]
    lay_out(name, fault, site)
    (site / "needy.yaml").write_text(fault.spec())
    done = netwright(site, *command(fault), installed=bool(fault.installed))
    shown = f"status {done.returncode}\n{done.stderr}\n{done.stdout}"
    assert done.returncode in fault.statuses, shown
    assert "Traceback" not in shown, shown
    assert "\x1b" not in done.stderr, shown
    assert len(done.stderr) < LONGEST, shown
    if fault.is_json:
        json.loads(done.stdout)
    if done.returncode:
        missing = [each for each in (*fault.words, *marked(name)) if each not in shown]
        assert not missing, f"it does not say {', '.join(missing)}:\n{shown}"


def unharmed(site: Path) -> None:
    """A spec that needs no plugin passes, without a word."""
    done = netwright(site, "check", "mlp.yaml")
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stderr}\n{done.stdout}"
    assert done.stdout == "mlp.yaml: ok, x [batch, 8] -> [batch, 4]\n"


# Those of which the metadata alone, which is always looked at, may do harm.
ODD = [
    name
    for name, fault in FAULTS.items()
    if any(each.bare or each.requires or not each.namespace.isalpha() for each in fault.installed)
    or len(fault.installed) > 1
]


@pytest.mark.parametrize("name", [*ODD, "namespace_of_netwright", "deletes_built_in_blocks"])
def test_a_spec_that_does_not_need_it_is_unharmed(name: str, site: Path) -> None:
    lay_out(name, FAULTS[name], site)
    unharmed(site)


def test_all_of_them_installed_do_no_harm(site: Path) -> None:
    for name, fault in FAULTS.items():
        if fault.installed:
            lay_out(name, fault, site)
    unharmed(site)


def test_every_folder_has_its_fault() -> None:
    assert sorted(path.name for path in FAULTY.iterdir() if path.name[0] != ".") == sorted(FAULTS)
