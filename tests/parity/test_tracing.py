"""torch takes compiled models whole: one graph for several sizes, and an export with dynamic ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.export import Dim, export

from architectures import ARCHITECTURES, graph, inputs, model

# A symbolic size of the spec -> how it is exported. Images keep a size: whether a convolution leaves
# something is decided by it.
DYNAMIC: dict[str, Callable[[], Any]] = {
    "batch": lambda: Dim("batch", min=1, max=4096),
    "seq": lambda: Dim("seq", min=1, max=32),
    "source_seq": lambda: Dim("source_seq", min=1, max=32),
    "target_seq": lambda: Dim("target_seq", min=1, max=32),
    "nodes": lambda: Dim("nodes", min=1, max=4096),
    "graphs": lambda: Dim("graphs", min=1, max=4096),
    "images": lambda: Dim("images", min=1, max=4096),
    "texts": lambda: Dim("texts", min=1, max=4096),
    "edges": lambda: Dim("edges", min=1, max=4096),
}
# Of the resnets, one: the other has the same parts.
TRACED = [name for name, each in ARCHITECTURES.items() if name != "resnet50" and each.traced]


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
        # First a size that nothing else has: torch takes equal sizes for the same one.
        for size in (6, 2, 5, 7):
            fed = inputs(name, **{each: size + at for at, each in enumerate(varied)})
            torch.testing.assert_close(compiled(*fed), made(*fed))
    assert len(graphs) == 1


@pytest.mark.parametrize("name", TRACED)
def test_torch_exports_with_dynamic_sizes(name: str) -> None:
    made = model(name)
    dims = {size: make() for size, make in DYNAMIC.items() if size in ARCHITECTURES[name].shapes}
    shapes = tuple(
        {at: dims[str(size)] for at, size in enumerate(fed.sizes) if str(size) in dims}
        for fed in graph(name).inputs.values()
    )
    exported = export(made, tuple(inputs(name)), dynamic_shapes=shapes).module()
    with torch.no_grad():
        for size in (1, 4, 6):
            fed = inputs(name, **{each: size + at for at, each in enumerate(dims)})
            torch.testing.assert_close(exported(*fed), made(*fed))
