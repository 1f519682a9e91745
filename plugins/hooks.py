"""The hooks: everything that a plugin can say to netwright, on one screen.

A plugin is a module (or object) that implements some of these with the `hookimpl` marker:

    from netwright.plugins import hookimpl

    @hookimpl
    def register_blocks():
        return {"fft": "my_blocks.spectral:Fft"}

Hooks only return values: a mapping by name, without namespace. All that a plugin returns is checked, and
taken whole or not at all. Arguments may be added in later versions, never taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pluggy

from netwright.plugins.block import Block
from netwright.plugins.initialisers import Initialiser
from netwright.plugins.network import Finding, Network

PROJECT = "netwright"
GROUP = "netwright.plugins"
"""The entry-point group; the name of an entry point is the namespace of its blocks."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

Check: TypeAlias = Callable[[Network], Iterable[Finding]]
"""A rule over a whole network."""


@dataclass(frozen=True, slots=True)
class Renderer:
    """A format of pictures or files. draw: makes the file's content of what `of` names.

    "network": a `Network`. "scene": what a diagram shows, boxes and edges without positions.
    "layout": the same with positions. Scenes are `netwright.composer.diagram.scene.Scene`.
    "levels": each composite laid out by itself, for what opens and closes them:
    `netwright.composer.diagram.levels.Levels`.
    """

    draw: Callable[[Any], bytes]
    of: Literal["network", "scene", "layout", "levels"] = "network"


class Hooks:
    """The hook specifications."""

    @hookspec
    def register_blocks(self) -> Mapping[str, type[Block] | str | Path]:  # type: ignore[empty-body]
        """Blocks: what a spec names as `namespace/name`.

        A value is the class, or `"package.module:Class"`, which is imported when a spec first uses the
        block, or the path of a spec file, which makes a composite block.
        """

    @hookspec
    def register_specs(self) -> Mapping[str, Path]:  # type: ignore[empty-body]
        """Whole architectures: what the command line, `specs.load` and `use` name as `namespace/name`.

        A value is the path of a spec file. It may use files of its own folder.
        """

    @hookspec
    def register_weight_names(self) -> Mapping[str, Path]:  # type: ignore[empty-body]
        """Tables of names: where the files of another library have the tensors of the plugin's specs.

        A value is the path of a table, a YAML file as `docs/weights.md` describes it. `composer.load_weights`
        and `netwright weights` name it as `namespace/name`.
        """

    @hookspec
    def register_checks(self) -> Mapping[str, Check | str]:  # type: ignore[empty-body]
        """Rules over a whole network, such as those of a house: "no dropout in what is exported".

        A value is a function that takes a `Network` and yields each `Finding`, or
        `"package.module:function"`. Its problems have the code `namespace/name`, and its docstring is
        what `netwright explain namespace/name` shows. It is run wherever a network is checked that uses
        or requires the plugin, or for which the plugin was named with `--plugin`.
        """

    @hookspec
    def register_renderers(self) -> Mapping[str, Renderer]:  # type: ignore[empty-body]
        """Formats for `netwright render -o FILE.name`: the ending of the file -> what writes it.

        A `Renderer` says what it draws: the network as data, or the scene of the diagram. The endings of
        netwright's own formats are taken.
        """

    @hookspec
    def register_initialisers(self) -> Mapping[str, Initialiser]:  # type: ignore[empty-body]
        """Initialisers: what `init` names as `namespace/name`.

        An `Initialiser` is data: the import path of a function that fills a tensor in place, and its
        arguments with their defaults. The emitted model calls that function.
        """


HOOKS = tuple(name for name in vars(Hooks) if name.startswith("register_"))
"""The names of the hooks."""
