"""The one place where `plugins` knows the composer: the kit does with a block what its user would do.

A check of a block is a spec of one node, checked, compiled and run. Whoever uses the kit has the composer
beside it; nothing that a plugin imports to say what it is leads here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.plugins.block import Block
from netwright.plugins.catalogue import Catalogue
from netwright.specs.problems import Problem
from netwright.specs.tensors import Tensor

if TYPE_CHECKING:
    import torch
    from torch import nn

    from netwright.composer.checkpoints.tables import Table
    from netwright.composer.graph import Graph as Graph  # noqa: PLC0414 - others have it from here


def checked(document: Mapping[str, Any], catalogue: Catalogue) -> Graph:
    """The graph of a document. Raises SpecError."""
    from netwright import composer, specs

    return composer.check(specs.load(document), catalogue=catalogue)


def cautions(document: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """What a user is warned of that reads a document. Raises SpecError."""
    from netwright import specs
    from netwright.composer.elaborate import elaborate

    return [each.message for each in elaborate(specs.load(document), catalogue)[1]]


def compiled(graph: Graph, device: str | None = None, seed: int = 0) -> nn.Module:
    """A model of it, in evaluation."""
    from netwright import composer

    return composer.compile(graph, device=device, seed=seed).eval()


def emitted(graph: Graph) -> str:
    """Its Python source."""
    from netwright import composer

    return composer.emit(graph)


def made_up(graph: Graph, values: Mapping[str, int], seed: int = 0) -> list[torch.Tensor]:
    """Input that fits: normal floats, integers below their bound, coin-tossed booleans."""
    from netwright.composer.trial import made_up

    return made_up(graph, values, seed)


def named(graph: Graph, result: Any) -> dict[str, torch.Tensor]:
    """What a model returned, by the names of the graph's outputs."""
    from netwright.composer.trial import named

    return named(graph, result)


def held(graph: Graph) -> list[tuple[str, tuple[int, ...], bool]]:
    """Every parameter and buffer as it is declared: path, sizes, whether it is a parameter."""
    from netwright.composer.graph import weights

    return [
        (path, tuple(int(str(size)) for size in sizes), trainable)
        for path, sizes, trainable in weights(graph)
    ]


def types(graph: Graph) -> dict[str, str]:
    """The dtypes of its inputs."""
    return {name: fed.dtype for name, fed in graph.inputs.items() if isinstance(fed, Tensor)}


def leaf(graph: Graph) -> Block | None:
    """The block of its one node, with its settings; None for a composite."""
    element = next(iter(graph.nodes.values())).runs[0].element
    return getattr(element, "block", None)


def flops(graph: Graph, values: Mapping[str, int]) -> int:
    """The operations that are declared, at these sizes."""
    from netwright.composer.counting import Counter
    from netwright.specs.sizes import evaluate

    return evaluate(Counter().totals(graph).flops, values)


def drawn(graph: Graph, path: Path) -> None:
    """Draw it into a file."""
    from netwright import composer

    composer.render(graph, path)


def table(name: str, catalogue: Catalogue) -> Table:
    """A table of names. Raises WeightsError."""
    from netwright.composer.checkpoints.tables import table

    return table(name, catalogue)


def presets(spec: str, catalogue: Catalogue) -> tuple[str | None, ...]:
    """The presets of a spec, and none. Raises SpecError."""
    from netwright import specs

    return (None, *specs.load(spec, catalogue=catalogue).definition.presets)


def misnamed(
    spec: str, preset: str | None, names: str, catalogue: Catalogue
) -> tuple[Problem, ...]:
    """What is wrong with a table of names for a spec. Raises SpecError."""
    from netwright import composer, specs
    from netwright.composer.checkpoints.holding import faults

    loaded = specs.load(spec, preset=preset, catalogue=catalogue)
    return faults(composer.compile(loaded, device="meta", catalogue=catalogue), names, catalogue)


__all__ = [
    "cautions",
    "checked",
    "compiled",
    "drawn",
    "emitted",
    "flops",
    "held",
    "leaf",
    "made_up",
    "misnamed",
    "named",
    "presets",
    "table",
    "types",
]
