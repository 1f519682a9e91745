"""What is counted before it is made, and what is made to swallow time or memory."""

from __future__ import annotations

import gc
import json
import subprocess
import sys

import pytest

from netwright import composer, specs
from netwright.specs import tree as trees
from netwright.specs.problems import SpecError


def doubling(levels: int) -> dict[str, object]:
    """A network in which each block uses the one before it twice."""
    blocks: dict[str, object] = {
        "b0": {"nodes": {"up": {"block": "linear", "out_features": 8}}},
    }
    for level in range(1, levels + 1):
        blocks[f"b{level}"] = {"nodes": {"one": f"b{level - 1}", "two": f"b{level - 1}"}}
    return {
        "netwright": 1,
        "inputs": {"x": ["batch", 8]},
        "blocks": blocks,
        "nodes": {"net": f"b{levels}"},
    }


def test_doublings_are_counted_and_not_made() -> None:
    spec = specs.load(doubling(50))
    assert composer.summary(spec).as_json()["parameters"] == 72 * 2**50
    assert len(str(composer.summary(spec)).splitlines()) < 20_100  # the levels that fit
    with pytest.raises(SpecError, match="NW408"):
        composer.compile(spec)


def test_a_billion_copies_are_counted_and_not_made() -> None:
    node = {"block": "linear", "out_features": 8, "repeat": 10**9}
    spec = specs.load({"netwright": 1, "inputs": {"x": ["batch", 8]}, "nodes": {"deep": node}})
    assert composer.summary(spec).as_json()["parameters"] == 72 * 10**9
    with pytest.raises(SpecError, match="NW408"):
        composer.compile(spec, device="meta")


def test_weights_that_fit_no_machine_are_made_on_meta_only() -> None:
    node = {"block": "linear", "out_features": 2**30}
    spec = specs.load({"netwright": 1, "inputs": {"x": ["batch", 2**20]}, "nodes": {"wide": node}})
    with pytest.raises(SpecError, match="meta"):
        composer.compile(spec)
    assert composer.compile(spec, device="meta").wide.weight.shape == (2**30, 2**20)


def test_sixty_four_levels_of_nesting() -> None:
    blocks = {
        f"b{level}": {"nodes": {"inner": f"b{level - 1}" if level else "relu"}}
        for level in range(64)
    }
    nodes = {"net": "b63"}
    tree = {"netwright": 1, "inputs": {"x": ["batch", 8]}, "blocks": blocks, "nodes": nodes}
    assert "F.relu" in composer.emit(specs.load(tree))


def test_a_chain_of_100_000_nodes() -> None:
    nodes: dict[str, object] = {f"n{number}": "relu" for number in range(100_000)}
    graph = composer.check(specs.load({"netwright": 1, "inputs": {"x": ["n"]}, "nodes": nodes}))
    assert len(graph.nodes) == 100_000


# -- within a second of the processor and 300 MB over the imports, in a process of its own ------------------

MEASURED = """
import resource, sys, time
from netwright.composer.elaborate import elaborate
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import loads
from netwright.specs.problems import SpecError, render

def checked(text):
    try:
        elaborate(loads(text), Catalogue())
        return "accepted"
    except SpecError as error:
        render(error.problems)
        return error.problems[0].code

checked('{"netwright": 1, "inputs": {"x": ["n", 4]}, "nodes": {"a": {"block": "linear", "out_features": 2}}}')
text = sys.stdin.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
answer = checked(text)
seconds = time.process_time() - start
print(answer, seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""

HEAD = "netwright: 1\ninputs: {x: [n, 8]}\nnodes:\n"
HOSTILE = {
    "a billion copies": (HEAD + "  a: {block: linear, out_features: 8, repeat: 1000000000}\n", "accepted"),
    "more copies than are counted": (HEAD + f"  a: {{block: relu, repeat: {10**30}}}\n", "NW405"),
    "fifty doublings": (json.dumps(doubling(50)), "accepted"),
    "brackets that open": ("[" * 100_000, "NW402"),
    "brackets": ("[" * 100_000 + "]" * 100_000, "NW402"),
    "a tower of powers": (HEAD + "  a: {block: linear, out_features: $(9 ** 9 ** 9)}\n", "NW131"),
    "a number of 5,000 digits": (HEAD + f"  a: {{block: linear, out_features: {'9' * 5000}}}\n", "NW405"),
    "a list that grows": (
        HEAD + '  a: {block: linear, out_features: "$(len([[x for x in [1] * 999] for y in [1] * 9999]))"}\n',
        None,
    ),
    "a text that grows": (HEAD + "  a: {block: linear, out_features: $(len('aaaaaaaa' * 10 ** 9))}\n", None),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="has no measure of memory")
@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_answered_soon_and_in_little_memory(name: str) -> None:
    text, expected = HOSTILE[name]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], input=text, capture_output=True, text=True, check=True
    )
    answer, seconds, megabytes = done.stdout.split()
    assert answer == expected if expected else answer.startswith("NW")
    assert float(seconds) < 1
    assert int(megabytes) < 300


def test_nothing_is_kept_of_specs_that_are_gone() -> None:
    def marks() -> int:
        gc.collect()
        return sum(type(each) is trees.Mapping for each in gc.get_objects())

    composer.check(specs.load("gpt"))
    before = marks()
    for _ in range(3):
        composer.check(specs.load("gpt"))
    assert marks() <= before + 5
