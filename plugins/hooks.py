"""The hooks: everything that a plugin can say to netwright, on one screen.

A plugin is a module (or object) that implements some of these with the `hookimpl` marker:

    from netwright.plugins import hookimpl

    @hookimpl
    def register_blocks():
        return {"fft": "my_blocks.spectral:Fft"}

Hooks only return values. Arguments may be added in later versions, never taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pluggy

from netwright.plugins.block import Block

PROJECT = "netwright"
GROUP = "netwright.plugins"
"""The entry-point group; the name of an entry point is the namespace of its blocks."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The hook specifications."""

    @hookspec
    def register_blocks(self) -> Mapping[str, type[Block] | str | Path]:  # type: ignore[empty-body]
        """Blocks by name (without namespace).

        A value is the class, or `"package.module:Class"`, which is imported when a spec first uses the
        block, or the path of a spec file, which makes a composite block.
        """
