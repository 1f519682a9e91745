"""`netwright weights`: does a file of weights fit a spec? Of a safetensors file no weight is read."""

from __future__ import annotations

from typing import Any

from netwright.composer.checkpoints.comparing import Owned, compare
from netwright.composer.checkpoints.files import described, tensors
from netwright.composer.checkpoints.filling import owned
from netwright.composer.checkpoints.tables import table
from netwright.composer.compiling import compile_graph
from netwright.composer.graph import Graph
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import Spec
from netwright.specs.problems import WeightsError


def fitting(spec: Spec, graph: Graph, path: str, names: str | None, catalogue: Catalogue) -> Owned:
    """The weights of the network of a spec, which a file fits. Raises WeightsError if it does not."""
    stored = described(tensors(path))
    # On meta a model has names, sizes, types and ties, and no weights.
    own = owned(compile_graph(graph, device="meta"), _params(spec))
    fit = compare(own, stored, table(names, catalogue), catalogue)
    if fit.problems:
        raise WeightsError(fit.problems)
    return own


def _params(spec: Spec) -> dict[str, Any]:
    """What the params are, as they are written."""
    chosen = {name: node.plain() for name, node in spec.set.items()}
    defaults = {name: param.default for name, param in spec.definition.params.items()}
    return {**defaults, **spec.definition.presets.get(spec.preset or "", {}), **chosen}
