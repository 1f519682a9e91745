"""What a check answers without torch: what it imports, what it refuses, and what settles a refusal."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from netwright import blocks, composer, specs
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Element, Graph, Leaf

IMPORTED = """
import json, sys
from netwright.composer.cli import main
status = main()
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
sys.exit(status)
"""


def _leaves(element: Element) -> Iterator[Leaf]:
    if isinstance(element, Leaf):
        yield element
        return
    for node in element.nodes.values():
        for run in node.runs:
            yield from _leaves(run.element)


def _with_imports(modules: set[str]) -> set[str]:
    """The modules of blocks, and those that they import when they are imported."""
    found: set[str] = set()
    left = list(modules)
    while left:
        name = left.pop()
        if name in found or not name.startswith("netwright.blocks"):
            continue
        found.add(name)
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        left += [
            statement.module or ""
            for statement in ast.parse(Path(spec.origin).read_text()).body
            if isinstance(statement, ast.ImportFrom)
        ]
    return found


def test_checking_imports_no_torch_and_only_the_blocks_of_the_spec() -> None:
    command = [sys.executable, "-c", IMPORTED, "check", "gpt", "--preset", "gpt3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stderr))
    heavy = {"torch", "numpy", "sympy", "graphviz", "wasmtime", "asyncio", "rich"}
    assert not modules & heavy
    graph = composer.check(specs.load("gpt", preset="gpt3"))
    needed = {type(leaf.block).__module__ for leaf in _leaves(graph)}
    # Attention also names blocks that are left out here; they are asked for their inputs.
    text = (Path(blocks.__file__).parent / "attention.yaml").read_text()
    named = re.findall(r"block: (\w+)", text.partition("\nnodes:")[2])
    needed |= {str(blocks.BLOCKS[each]).partition(":")[0] for each in named}
    loaded = {name for name in modules if name.startswith("netwright.blocks.")}
    assert needed <= loaded
    assert loaded <= _with_imports(needed)
    assert "netwright.blocks.convolution" not in loaded


@pytest.mark.parametrize("command", ["check", "summary"])
def test_a_sequence_longer_than_the_context_is_refused_by_dims(command: str) -> None:
    for length, status in ((1024, 0), (1025, 1)):
        line = [sys.executable, "-c", IMPORTED, command, "gpt", "--json", f"--shapes=seq={length}"]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == status
        assert "torch" not in json.loads(done.stderr)
        if status:
            (problem,) = json.loads(done.stdout)["problems"]
            assert problem["code"] == "NW306"
            assert "1025" in problem["message"]
            assert "1024" in problem["message"]


def test_a_longer_context_is_another_spec() -> None:
    graph = composer.check(specs.load("gpt", set={"context": 2048}))
    summary = composer.summary(graph, shapes={"seq": 1025}).as_json()
    assert summary["inputs"]["tokens"]["shape"] == ["batch", 1025]


def _image_network(nodes: Mapping[str, Any], dims: Mapping[str, Any] | None = None) -> specs.Spec:
    return specs.load(
        {
            "netwright": 1,
            "name": "network",
            "dims": dict(dims or {}),
            "inputs": {"image": ["batch", 3, "height", "width"]},
            "nodes": dict(nodes),
        }
    )


def test_a_kernel_larger_than_the_image_names_the_line_that_settles_it() -> None:
    nodes = {"conv": {"block": "conv2d", "out_channels": 4, "kernel_size": 7}}
    with pytest.raises(specs.SpecError) as raised:
        composer.check(_image_network(nodes))
    (problem,) = raised.value.problems
    assert problem.code == "NW304"
    assert "height: {min: 7}, width: {min: 7}" in problem.help
    graph = composer.check(_image_network(nodes, {"height": {"min": 7}, "width": {"min": 7}}))
    assert [str(size) for size in graph.outputs[""].sizes] == [
        "batch",
        "4",
        "height - 6",
        "width - 6",
    ]
    with pytest.raises(specs.SpecError):
        composer.check(_image_network(nodes, {"height": {"min": 7}, "width": {"min": 6}}))


def _shortcut(kernel_size: int, stride: int, padding: int) -> dict[str, Any]:
    path = {"block": "conv2d", "out_channels": 4, "kernel_size": kernel_size}
    return {
        "path": {**path, "stride": stride, "padding": padding},
        "shortcut": {
            "block": "conv2d",
            "from": "image",
            "out_channels": 4,
            "kernel_size": 1,
            "stride": 2,
        },
        "sum": {"block": "add", "from": ["path", "shortcut"]},
    }


@pytest.mark.parametrize(("kernel_size", "padding"), [(1, 0), (3, 1), (5, 2), (7, 3)])
def test_a_strided_path_and_its_shortcut_agree_for_every_image(
    kernel_size: int, padding: int
) -> None:
    graph = composer.check(_image_network(_shortcut(kernel_size, 2, padding)))
    assert str(graph.outputs[""].sizes[2]) == "(height - 1) // 2 + 1"


@pytest.mark.parametrize(("kernel_size", "stride", "padding"), [(4, 2, 1), (3, 1, 1), (3, 2, 2)])
def test_paths_that_agree_for_some_images_only_are_refused(
    kernel_size: int, stride: int, padding: int
) -> None:
    # An image so large that every kernel fits: the sum alone is at fault.
    dims = {"height": {"min": 9}, "width": {"min": 9}}
    with pytest.raises(specs.SpecError) as raised:
        composer.check(_image_network(_shortcut(kernel_size, stride, padding), dims))
    assert {problem.path for problem in raised.value.problems} == {"sum"}


def _warnings(spec: specs.Spec) -> list[str]:
    _, warnings = elaborate(spec)
    return [f"{problem.code} {problem.path} {problem.help}" for problem in warnings]


def test_a_batch_norm_that_may_see_one_value_names_the_line_that_settles_it() -> None:
    nodes = {"norm": {"block": "batch_norm2d"}}
    (warning,) = _warnings(_image_network(nodes))
    assert warning.startswith("NW308 norm ")
    assert "batch: {min: 2}" in warning
    assert not _warnings(_image_network(nodes, {"batch": {"min": 2}}))
    # The specs of the zoo say what training asks for.
    assert not _warnings(specs.load("resnet"))


def test_conv_autoencoder_gives_back_the_size_of_its_image() -> None:
    for widths in ([4], [4, 8], [4, 8, 12, 16]):
        graph: Graph = composer.check(specs.load("conv_autoencoder", set={"widths": widths}))
        assert graph.outputs[""].sizes == graph.inputs["noisy"].sizes  # type: ignore[union-attr]
        with pytest.raises(specs.SpecError):
            composer.summary(graph, shapes={"height": 2 ** len(widths) + 1}).as_json()
