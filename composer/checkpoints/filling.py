"""Weights of other libraries into a model, and out of it under their names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netwright.composer.checkpoints.comparing import COUNTER, Owned, compare
from netwright.composer.checkpoints.files import described, dtype_of, state, tensors
from netwright.composer.checkpoints.tables import Source, table
from netwright.plugins.catalogue import Catalogue
from netwright.specs.problems import Problem, WeightsError

if TYPE_CHECKING:
    from torch import Tensor, nn


def fill(
    model: nn.Module,
    source: str | os.PathLike[str] | Mapping[str, Tensor],
    names: str | None = None,
    catalogue: Catalogue | None = None,
) -> None:
    """Give a model the weights of a file, or of a dict. Raises WeightsError; then it is as it was."""
    import torch

    if isinstance(source, Mapping):
        values: Mapping[str, Tensor] = state(source, "the dict")
    else:
        values = tensors(source)
    own = _state(model)
    fit = compare(owned(model), described(values), table(names, catalogue), catalogue)
    if fit.problems:
        raise WeightsError(fit.problems)
    sources: dict[int, list[str]] = {}
    for name in fit.found:
        sources.setdefault(id(own[name]), []).append(name)

    def value(name: str) -> Tensor:
        theirs, how = fit.found[name]
        made: Tensor = how.own(values[theirs], own[name].shape)
        return made

    for first, *others in sources.values():
        for name in others:
            theirs, other = fit.found[first][0], fit.found[name][0]
            if theirs != other and not torch.equal(value(first), value(name)):
                what = f"{theirs} and {other} differ in the file, and are one tensor here: {name}"
                help = "the spec ties them; set it so that it does not"
                raise WeightsError(Problem("NW707", what, path=name, help=help))
    with torch.no_grad():
        for first, *_ in sources.values():
            own[first].copy_(value(first))


def export(
    model: nn.Module, names: str | None = None, catalogue: Catalogue | None = None
) -> dict[str, Tensor]:
    """A model's weights under other names, tied ones under each. Raises WeightsError."""
    import torch

    own = _state(model)
    found = table(names, catalogue)
    sources = found.sources([*own])
    lacking = [name for name in own if name not in sources and not name.endswith(COUNTER)]
    if lacking:
        what = f"the table {found.name} does not say where {lacking[0]} stands"
        notes = (f"and {', '.join(lacking[1:9])}",) if len(lacking) > 1 else ()
        raise WeightsError(Problem("NW702", what, path=lacking[0], notes=notes))
    parts: dict[str, dict[int, tuple[Source, Tensor]]] = {}
    for name, source in sources.items():
        value = source.theirs(own[name].detach())
        parts.setdefault(source.name, {})[source.part] = source, value
    written: dict[str, Any] = {}
    for name, pieces in parts.items():
        ordered = [pieces[part] for part in sorted(pieces)]
        source, value = ordered[0]
        if len(ordered) != source.parts:
            what = f"of the {source.parts} parts of {name} the model has {len(ordered)}"
            raise WeightsError(Problem("NW702", what, path=name))
        # The parts lie along a dimension of theirs, and have been turned to lie as they do there.
        written[name] = (
            value if source.parts == 1 else torch.cat([each for _, each in ordered], source.dim)
        )
    return written


def _state(model: nn.Module) -> dict[str, Tensor]:
    """The parameters and the buffers that are kept, under each of their names; tied ones are one object."""
    kept = model.state_dict(keep_vars=True)
    return {name: value for name, value in kept.items() if hasattr(value, "shape")}


def owned(model: nn.Module, params: Mapping[str, Any] | None = None) -> Owned:
    """What a model has. params: those of its spec."""
    own = _state(model)
    first: dict[int, str] = {}
    tied = {name: first.setdefault(id(value), name) for name, value in own.items()}
    return Owned(
        {name: tuple(value.shape) for name, value in own.items()},
        {name: dtype_of(value) for name, value in own.items()},
        tied,
        params or {},
    )
