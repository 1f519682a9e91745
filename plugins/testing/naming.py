"""The tables of names that a plugin brings, held to its specs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netwright.plugins.catalogue import Catalogue
from netwright.plugins.host import BUILT_IN
from netwright.plugins.testing import composing


def check_weight_names(
    namespace: str = BUILT_IN, *, files: Sequence[str | Path] = ()
) -> tuple[str, ...]:
    """Hold each table of names of a plugin to each spec that it names, with each preset; no weights are made.

    A table says where every tensor of its specs stands, and no two of these are one of theirs unless they
    are tied. files: single-file plugins. Returns what was compared: `mamba/mamba for mamba/lm`.

    Raises AssertionError with all that is wrong, ValueError if there is no table, PluginError.
    """
    catalogue = Catalogue(files)
    plugin = catalogue.plugin(namespace)
    if plugin is None or not plugin.weight_names:
        raise ValueError(f"there is nothing to check: no plugin {namespace!r} registers a table")
    wrong: list[str] = []
    compared: list[str] = []
    for short in plugin.weight_names:
        name = f"{namespace}/{short}"
        known = composing.table(name, catalogue)
        if not known.about or not known.specs:
            wrong.append(f"{name}: it does not say what it is for, under `about` and `specs`")
        for spec in known.specs:
            compared.append(f"{name} for {spec}")
            for preset in composing.presets(spec, catalogue):
                said = f"{compared[-1]}{f' ({preset})' if preset else ''}"
                found = composing.misnamed(spec, preset, name, catalogue)
                wrong += [f"{said}: {each.message}" for each in found]
    assert not wrong, "\n".join(wrong)
    return tuple(compared)


__all__ = ["check_weight_names"]
