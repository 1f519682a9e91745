"""The hooks of a plugin. Each returns a value; none has first-result, historic or wrapper options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pluggy

from netwright.plugins.block import Block

hookspec = pluggy.HookspecMarker("netwright")
hookimpl = pluggy.HookimplMarker("netwright")


@hookspec
def register_blocks() -> Mapping[str, str | Path | type[Block]]:  # type: ignore[empty-body]
    """Blocks by name, without the namespace: a class, "module:Class" (loaded on use), or a spec file."""
