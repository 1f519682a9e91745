"""Plugins as they are once installed: a module and its metadata, written into a folder on the path."""

from __future__ import annotations

from pathlib import Path


def install(
    site: Path,
    namespace: str,
    source: str,
    *,
    name: str = "",
    version: str = "1.0",
    module: str = "",
) -> Path:
    """Write a plugin with one entry point. name: of the distribution; module: what it imports."""
    name = name or f"{namespace}-blocks"
    module = module or f"{namespace}_plugin"
    file = site / f"{module}.py"
    file.write_text(source, encoding="utf-8")
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[netwright.plugins]\n{namespace} = {module}\n")
    return file
