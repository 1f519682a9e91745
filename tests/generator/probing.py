"""The types of a node by a check of a small spec: for blocks whose rule is a spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.level import CATALOGUE, Level
from generator.typing_rules import Types
from netwright import composer, specs
from netwright.specs.problems import SpecError
from netwright.specs.sizes import symbols
from netwright.specs.tensors import Tensor


def document(level: Level) -> dict[str, Any]:
    """What a root has so far, as a file."""
    assert level.kind == "root"
    known = level.world.symbols
    used = {
        each.name
        for tensor in level.types.values()
        for size in (*tensor.sizes, *([tensor.below] if tensor.below is not None else []))
        for each in symbols(size)
    }
    dims = {name: dict(facts) for name, (_, facts) in known.items() if facts and name in used}
    spec: dict[str, Any] = {"netwright": 1, "name": "grown"}
    if level.params:
        spec["params"] = dict(level.params)
    if dims:
        spec["dims"] = dims
    spec["inputs"] = dict(level.inputs)
    if level.blocks:
        spec["blocks"] = dict(level.blocks)
    spec["nodes"] = dict(level.nodes)
    return spec


def probed(level: Level, node: Mapping[str, Any], fed: Mapping[str, Any]) -> Types | None:
    """The outputs of a node; None if the check refuses. In composites: on tensors of these types."""
    if level.kind == "root":
        spec = document(level)
    else:
        spec = {"netwright": 1, "inputs": {}, "nodes": {}}
        names: dict[str, str] = {}
        root = Level(level.world, "root")
        for port, tensor in fed.items():
            if not isinstance(tensor, Tensor):
                return None
            names[port] = root.new_tensor(tensor).ref
        root.nodes = {}
        spec = document(root)
        node = {**node, "from": names}
    spec["nodes"]["probe"] = dict(node)
    spec["outputs"] = "probe"
    try:
        graph = composer.check(specs.load(spec), catalogue=CATALOGUE)
    except SpecError:
        return None
    found = graph.nodes.get("probe")
    return None if found is None else dict(found.outputs)
