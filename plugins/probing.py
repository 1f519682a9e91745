"""Plugins looked at: what is installed, told from metadata, and what one registers, told by loading it.

A plugin is loaded in a process of its own, so that its time is measured from a fresh start and nothing of
it is left here. That process runs this file:

    python -m netwright.plugins.probing NAMESPACE_OR_FILE
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from netwright.plugins.blame import said
from netwright.plugins.hooks import HOOKS
from netwright.plugins.host import from_environment, load_file, load_namespace
from netwright.plugins.installed import claims
from netwright.plugins.project import project
from netwright.specs.problems import PluginError

SECONDS = 120
"""The most that a plugin may take to be loaded."""

State = Literal["ok", "broken", "disabled", "clashing", "not loaded"]


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a plugin.

    origin: distribution and version, or the path of a file. target: the module that is imported. message:
    why it is not ok. hint: what would be better. seconds, torch and what it registers are None until it is
    loaded.
    """

    namespace: str
    origin: str
    target: str
    state: State
    message: str = ""
    hint: str = ""
    seconds: float | None = None
    blocks: tuple[str, ...] | None = None
    specs: tuple[str, ...] | None = None
    weight_names: tuple[str, ...] | None = None
    checks: tuple[str, ...] | None = None
    renderers: tuple[str, ...] | None = None
    initialisers: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """The report in types of JSON."""
        return asdict(self)


def listed(files: Sequence[str] = ()) -> tuple[Report, ...]:
    """Every plugin: installed ones, those of the environment, and these files. None is imported."""
    settings = project(Path.cwd())
    found = [Report(Path(path).stem, path, path, "not loaded") for path in files]
    for namespace, paths in from_environment().items():
        found += [
            Report(namespace, path, path, "not loaded") for path in paths if path not in files
        ]
    for claim in claims():
        state: State = "not loaded"
        message = claim.fault
        if claim.fault:
            state = "broken"
        elif claim.namespace in settings.disabled:
            state, message = "disabled", f"disabled in {settings.file}"
        found.append(Report(claim.namespace, claim.origin, claim.target, state, message))
    owners: dict[str, list[str]] = {}
    for each in found:
        if each.state == "not loaded":
            owners.setdefault(each.namespace, []).append(each.origin)
    return tuple(_clashing(each, owners.get(each.namespace, ())) for each in found)


def _clashing(report: Report, owners: Sequence[str]) -> Report:
    others = [each for each in owners if each != report.origin]
    if report.state != "not loaded" or not others:
        return report
    message = f"{' and '.join(others)} claims the same namespace"
    return Report(report.namespace, report.origin, report.target, "clashing", message)


def probed(report: Report) -> Report:
    """What a plugin registers: it is loaded in a process of its own. One that cannot be is left as it is."""
    if report.state != "not loaded":
        return report
    source = report.origin if report.origin == report.target else report.namespace
    command = [sys.executable, "-P", "-m", "netwright.plugins.probing", source]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, encoding="utf-8", timeout=SECONDS
        )
        found = json.loads(done.stdout.rpartition("\0")[2])
    except subprocess.TimeoutExpired:
        found = {"state": "broken", "message": f"is not loaded after {SECONDS} seconds"}
    except ValueError:
        found = {"state": "broken", "message": f"ends the process with status {done.returncode}"}
    lists = {key: tuple(value) for key, value in found.items() if isinstance(value, list)}
    return Report(report.namespace, report.origin, report.target, **(found | lists))


def _load(source: str) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        plugin = load_file(source) if source.endswith(".py") else load_namespace(source)
    except PluginError as error:
        return {"state": "broken", "message": "\n".join(each.message for each in error.problems)}
    except Exception as error:  # a bug of the host itself, told all the same
        return {"state": "broken", "message": said(error)}
    seconds = time.perf_counter() - start
    if plugin is None:
        return {"state": "broken", "message": f"no plugin {source} is installed"}
    hint = "\n".join(each.message for each in plugin.warnings)
    if plugin.imports_torch and source.endswith(".py"):
        hint = "it imports torch at its top: every check that uses it waits for torch"
    kinds = [hook.removeprefix("register_") for hook in HOOKS]
    names = {kind: sorted(getattr(plugin, kind)) for kind in kinds}
    return {"state": "ok", "seconds": seconds, "hint": hint, **names}


if __name__ == "__main__":
    # Whatever the plugin printed comes before the mark.
    print("\0" + json.dumps(_load(sys.argv[1])))
