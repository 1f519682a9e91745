"""Networks with inputs that may be left out, against the same network as a block that is fed no more than is given.

Of a block it is known when the network is checked what feeds it; of a network only when it runs. Both must
compute the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import yaml
from torch import nn

from netwright import composer, specs
from netwright.composer.graph import Graph, Pattern
from netwright.composer.trial import made_up, named, smallest


def given_only(spec: Mapping[str, Any], given: Pattern, outputs: list[str]) -> dict[str, Any]:
    """The network as a block of one that has only these of its optional inputs."""
    ports = spec["inputs"]
    fed = {
        name: port
        for name, port in ports.items()
        if not (isinstance(port, Mapping) and port.get("optional")) or name in given
    }
    inputs = {
        name: {key: each for key, each in port.items() if key != "optional"}
        if isinstance(port, Mapping)
        else port
        for name, port in fed.items()
    }
    inner = {key: each for key, each in spec.items() if key not in ("netwright", "name", "dims")}
    whole: dict[str, Any] = {
        "netwright": 1,
        "inputs": inputs,
        "dims": {
            size: each for size, each in spec.get("dims", {}).items() if size in str(inputs)
        },
        "blocks": {"whole": inner},
        "nodes": {"net": {"block": "whole", "from": {name: name for name in fed}}},
    }
    if outputs != [""]:
        whole["outputs"] = {name: f"net.{name}" for name in outputs}
    return whole


def agree(text: str, at_least: int = 3) -> Graph:
    """Hold a network against that block, in every pattern. Returns its graph."""
    spec = yaml.safe_load(text)
    graph = composer.check(specs.loads(text, "net.yaml"))
    model = composer.compile(graph, seed=0).eval()
    values = smallest(graph, at_least)
    inputs = dict(zip(graph.inputs, made_up(graph, values), strict=True))
    assert graph.patterns
    for given in graph.patterns:
        _agree(model, graph, spec, given, inputs)
    return graph


def _agree(
    model: nn.Module,
    graph: Graph,
    spec: Mapping[str, Any],
    given: Pattern,
    inputs: Mapping[str, torch.Tensor],
) -> None:
    fed = {name: x for name, x in inputs.items() if name not in graph.optional or name in given}
    simple = composer.check(specs.load(given_only(spec, given, list(graph.outputs))))
    plain = composer.compile(simple, seed=1).eval()
    weights = {f"net.{name}": each for name, each in model.state_dict().items()}
    own = plain.state_dict()
    assert own.keys() <= weights.keys()
    plain.load_state_dict({name: weights[name] for name in own})
    with torch.no_grad():
        want = named(simple, plain(**fed))
        found = named(graph, model(**fed))
    assert found.keys() == (want.keys() if graph.form != "tuple" else found.keys())
    for one, two in zip(found.values(), want.values(), strict=True):
        torch.testing.assert_close(one, two)
