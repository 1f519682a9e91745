"""A table of names held to a model: every tensor stands somewhere, and no two at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.composer.checkpoints.comparing import compare
from netwright.composer.checkpoints.files import described
from netwright.composer.checkpoints.filling import export, owned
from netwright.composer.checkpoints.tables import table
from netwright.plugins.catalogue import Catalogue
from netwright.specs.problems import Problem, WeightsError

if TYPE_CHECKING:
    from torch import nn


def faults(model: nn.Module, names: str, catalogue: Catalogue | None = None) -> tuple[Problem, ...]:
    """What is wrong with a table for this model, which may be one on meta; empty if nothing is.

    It says where each tensor stands; what is written by it fits what is read by it; and no two tensors are
    the same part of one of theirs, unless they are tied. Raises WeightsError if there is no such table,
    or it cannot be read; PluginError if its plugin cannot be had.
    """
    known = table(names, catalogue)
    try:
        written = export(model, names, catalogue)
    except WeightsError as error:
        return error.problems
    own = owned(model)
    fit = compare(own, described(written), known, catalogue)
    if fit.problems:
        return fit.problems
    at: dict[tuple[str, int], str] = {}
    for path, (theirs, source) in fit.found.items():
        if own.tied[path] == path and at.setdefault((theirs, source.part), path) != path:
            both = f"{at[theirs, source.part]} and {path}"
            what = f"the table {names} says that {both} are one tensor there, {theirs}"
            return (Problem("NW702", what, path=path),)
    return ()
