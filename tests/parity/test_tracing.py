"""torch takes compiled models whole: one graph for several sizes, and an export with dynamic ones."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.export import Dim, export

from architectures import ARCHITECTURES, graph, inputs, model

# The symbolic sizes of specs that are exported as such, and the most of each. Images keep a size: whether a
# convolution leaves something is decided by it.
DYNAMIC = {
    "batch": 4096,
    "seq": 32,
    "source_seq": 32,
    "target_seq": 32,
    "graphs": 4096,
    "images": 4096,
    "texts": 4096,
    "nodes": 4096,
    "edges": 4096,
}
RECURRENT = ("captioner", "char_lstm")
"""Specs with a recurrent layer of torch, which it does not trace by itself."""

# Sizes that nothing else in the network has: torch takes equal sizes for the same one. Else 6.
FIRST = {"graph_network": 9}

# Of the resnets, one, and no densenet: the same parts, many times over.
TRACED = [
    name
    for name, each in ARCHITECTURES.items()
    if name not in ("resnet50", "densenet", *RECURRENT) and each.traced
]


@pytest.mark.parametrize("name", TRACED)
def test_torch_compiles_one_graph_for_several_sizes(name: str) -> None:
    made = model(name)
    graphs: list[torch.fx.GraphModule] = []

    def backend(traced: torch.fx.GraphModule, _: Any) -> Any:
        graphs.append(traced)
        return traced.forward

    torch._dynamo.reset()
    compiled = torch.compile(made, fullgraph=True, dynamic=True, backend=backend)
    varied = [size for size in ARCHITECTURES[name].shapes if size in DYNAMIC]
    with torch.no_grad():
        for size in (FIRST.get(name, 6), 2, 5, 7):
            fed = inputs(name, **{each: size + at for at, each in enumerate(varied)})
            torch.testing.assert_close(compiled(*fed), made(*fed))
    assert len(graphs) == 1


@pytest.mark.parametrize("name", TRACED)
def test_torch_exports_with_dynamic_sizes(name: str) -> None:
    made = model(name)
    least = ARCHITECTURES[name].least
    dims = {
        size: Dim(size, min=least, max=most)
        for size, most in DYNAMIC.items()
        if size in ARCHITECTURES[name].shapes
    }
    shapes = tuple(
        {at: dims[str(size)] for at, size in enumerate(fed.sizes) if str(size) in dims}
        for fed in graph(name).inputs.values()
    )
    exported = export(made, tuple(inputs(name)), dynamic_shapes=shapes).module()
    with torch.no_grad():
        for size in (least, 4, 6):
            fed = inputs(name, **{each: size + at for at, each in enumerate(dims)})
            torch.testing.assert_close(exported(*fed), made(*fed))
