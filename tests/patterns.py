"""Networks with inputs that may be left out, against blocks that are fed no more than is given.

Of a block it is known when the network is checked what feeds it; of a network only when it runs. Both must
compute the same. A node of such a network says what it reads where the input above it is optional.
"""

from __future__ import annotations

import random
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
    # What feeds a block by name still feeds its first input with the node above.
    inner["inputs"] = {
        **{name: ports[name] for name in fed if ports[name] == inputs[name]},
        **ports,
    }
    whole: dict[str, Any] = {
        "netwright": 1,
        "inputs": inputs,
        "dims": {size: each for size, each in spec.get("dims", {}).items() if size in str(inputs)},
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
    fed = {name: x for name, x in inputs.items() if name not in graph.may_lack or name in given}
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


_CONDITIONS = (
    "given(a)", "given(b)", "not given(a)", "not given(b)", "given(a) and given(b)",
    "given(a) and not given(b)", "given(a) or given(b)",
)  # fmt: skip
_GROWN = """netwright: 1
name: net
inputs:
  x: [batch, 8]
  y: [batch, 8]
  a: {shape: [batch, 8], optional: true}
  b: {shape: [batch, 8], optional: true}
blocks:
  two:
    inputs: {p: [n, d], q: {shape: [n, d], optional: true}}
    nodes:
      l: {block: linear, out_features: $d, from: p}
      m: {block: mul, from: [l, q], when: $(given(q))}
      t: {block: tanh, from: p}
      u: {block: add, from: [m, t], when: $(not given(q))}
    outputs: {p: u, q: t}
  one:
    inputs: {p: [n, d], q: {shape: [n, d], optional: true}}
    nodes:
      l: {block: linear, out_features: $d, from: p, when: $(given(q))}
      m: {block: mul, from: [l, q], when: $(given(q))}
      g: {block: gelu, from: m}
nodes:
"""


def grown(seed: int) -> str:
    """A network of a few nodes, most of them under conditions."""
    choose = random.Random(seed)
    values, optional, lines = ["x", "y"], ["a", "b"], []

    def value() -> str:
        return choose.choice([*values[-4:], "x"] if choose.random() < 0.8 else values)

    for number in range(choose.randint(2, 8)):
        when = f", when: $({choose.choice(_CONDITIONS)})" if choose.random() < 0.6 else ""
        given = choose.choice("ab")
        asked = f"when: $(given({given}))"
        fed = f"from: {{p: {value()}, q: {choose.choice(optional + values)}}}{when}"
        node = choose.choices(
            [
                f"block: linear, out_features: 8, from: {value()}{when}",
                f"block: add, from: [{value()}, {value()}]{when}",
                f"block: mul, from: [{value()}, {given}], {asked}",
                f"block: linear, out_features: 8, from: {given}, {asked}",
                f"block: one, {fed}",
                f"block: two, {fed}",
                f"block: linear, repeat: 2, out_features: 8, from: {value()}{when}",
                f"block: one, repeat: 3, {fed}",
            ],
            [25, 20, 20, 10, 8, 7, 5, 5],
        )[0]
        lines.append(f"  n{number}: {{{node}}}\n")
        is_optional = node.startswith("block: linear") and node.endswith(f"from: {given}, {asked}")
        (optional if is_optional else values).append(f"n{number}")
    results = ", ".join(f"o{number}: {value()}" for number in range(choose.randint(1, 3)))
    return f"{_GROWN}{''.join(lines)}outputs: {{{results}}}\n"
