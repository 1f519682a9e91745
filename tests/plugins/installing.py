"""A faulty plugin in a folder, as pip would have installed it, and the spec that needs it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

FAULTY = Path(__file__).with_name("faulty")
MARK = "# <- fault"


@dataclass(frozen=True)
class Installed:
    """A distribution with one entry point.

    target: what the entry point names, `module` or `module:object`. bare: its METADATA is lost.
    """

    namespace: str
    target: str = ""
    version: str = "1.4"
    requires: tuple[str, ...] = ()
    distribution: str = ""
    bare: bool = False

    @property
    def name(self) -> str:
        return self.distribution or f"netwright-{self.namespace}"

    def write(self, site: Path) -> None:
        """Make its metadata in a folder of installed packages."""
        folder = site / f"{self.name.replace('-', '_')}-{self.version}.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Dist: {each}" for each in self.requires]
        if not self.bare:
            (folder / "METADATA").write_text("\n".join([*lines, "", ""]))
        target = self.target or f"{self.namespace}_plugin"
        entry = f"[netwright.plugins]\n{self.namespace} = {target}\n"
        (folder / "entry_points.txt").write_text(entry)
        (folder / "RECORD").write_text("")


@dataclass(frozen=True)
class Fault:
    """A faulty plugin, how its user meets it, and what the message must contain.

    node: the node that needs it. words: of the message: the plugin, the place, what is wrong; the file and
    number of the marked line are added. command: before the spec. statuses: what the command may end with;
    after 0 there need not be a message. is_json: standard output must be JSON.
    """

    description: str
    words: tuple[str, ...]
    node: str = ""
    installed: tuple[Installed, ...] = ()
    files: tuple[str, ...] = ()
    command: tuple[str, ...] = ("check",)
    statuses: tuple[int, ...] = (1,)
    is_json: bool = False

    def spec(self) -> str:
        """A network that needs the plugin."""
        return (
            "netwright: 1\n"
            "name: needy\n"
            "inputs: {x: [batch, 8]}\n"
            "nodes:\n"
            "  first: {block: linear, out_features: 8}\n"
            f"  faulty: {self.node}\n"
        )


def lay_out(name: str, fault: Fault, site: Path) -> None:
    """Put its files and metadata into a folder."""
    shutil.copytree(FAULTY / name, site, dirs_exist_ok=True)
    for each in fault.installed:
        each.write(site)


def marked(name: str) -> tuple[str, ...]:
    """The place of the fault as a message names it, `file.py:12`; nothing if none is marked."""
    return tuple(
        f"{path.name}:{number}"
        for path in sorted((FAULTY / name).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if line.endswith(MARK)
    )
