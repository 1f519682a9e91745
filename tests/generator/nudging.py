"""A valid spec with one thing changed, whatever that makes of it: what is then still accepted must hold.

Growing asks the blocks' own rules what fits, and so hardly meets what a rule should have refused. Here
nobody asks: a size is one more, a reference goes elsewhere, a fact is gone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from netwright.specs.tensors import DTYPES

Spec = dict[str, Any]
Holder = Any
"""A mapping or a list, beside the key of what is meant in it."""


def nudged(spec: Spec, random: Random) -> Spec:
    """A copy with one change, or a few."""
    changed = copy.deepcopy(spec)
    for _ in range(random.choice([1, 1, 1, 2])):
        for nudge in random.sample(NUDGES, len(NUDGES)):
            if nudge(changed, random):
                break
    return changed


def numbers(value: Any) -> Iterator[tuple[Holder, Any]]:
    """Where numbers stand that are settings or sizes."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        if type(each) is int and key not in ("netwright", "repeat", "times"):
            yield value, key
        elif isinstance(each, dict | list) and key not in ("presets", "init", "set"):
            yield from numbers(each)


def number(spec: Spec, random: Random) -> bool:
    """A number is another one."""
    found = list(numbers({key: each for key, each in spec.items() if key != "dims"}))
    if not found:
        return False
    holder, key = random.choice(found)
    value = holder[key]
    holder[key] = random.choice(
        [value + 1, value - 1, 2 * value, value + 2, -value, 1, 0, value // 2, -1, 7]
    )
    return True


def _shapes(spec: Spec) -> list[list[Any]]:
    return [each["shape"] if isinstance(each, dict) else each for each in spec["inputs"].values()]


def size(spec: Spec, random: Random) -> bool:
    """A size of an input is another one, or symbolic, or gone."""
    shapes = [each for each in _shapes(spec) if each]
    if not shapes:
        return False
    shape = random.choice(shapes)
    place = random.randrange(len(shape))
    other = random.choice([each for own in shapes for each in own])
    form = random.random()
    if form < 0.15:
        del shape[place]
    elif form < 0.3:
        shape.insert(place, other)
    else:
        shape[place] = random.choice([other, "another", "another", 1, 2, 5])
    return True


def fact(spec: Spec, random: Random) -> bool:
    """A fact about a size is gone, or weaker."""
    if not spec.get("dims"):
        return False
    name = random.choice(list(spec["dims"]))
    facts = spec["dims"][name]
    if not facts:
        return False
    which = random.choice(list(facts))
    if random.random() < 0.5:
        del facts[which]
    else:
        facts[which] = max(1, facts[which] + random.choice([-1, 1, 2]))
    return True


def dtype(spec: Spec, random: Random) -> bool:
    """An input has another dtype, or another bound, or none."""
    if not spec["inputs"]:
        return False
    name = random.choice(list(spec["inputs"]))
    form = spec["inputs"][name]
    form = dict(form) if isinstance(form, dict) else {"shape": form}
    if "below" in form and random.random() < 0.6:
        if random.random() < 0.3 or not isinstance(form["below"], int):
            del form["below"]
        else:
            form["below"] += random.choice([1, 2, 10])
    else:
        form["dtype"] = random.choice(list(DTYPES))
        form.pop("below", None)
    spec["inputs"][name] = form
    return True


def _levels(spec: Spec) -> Iterator[Spec]:
    yield spec
    for block in spec.get("blocks", {}).values():
        if "nodes" in block:
            yield from _levels(block)


def reference(spec: Spec, random: Random) -> bool:
    """A node reads something else."""
    level = random.choice(list(_levels(spec)))
    names = [*level.get("inputs", {"x": []}), *level["nodes"]]
    nodes = [each for each in level["nodes"].values() if isinstance(each, dict)]
    nodes = [each for each in nodes if each.get("from")]
    if not nodes:
        return False
    node = random.choice(nodes)
    source, other = node["from"], random.choice(names)
    if isinstance(source, str):
        node["from"] = other
    elif isinstance(source, list):
        source[random.randrange(len(source))] = other
    else:
        source[random.choice(list(source))] = other
    return True


def block(spec: Spec, random: Random) -> bool:
    """Two nodes have each other's blocks and settings."""
    level = random.choice(list(_levels(spec)))
    if len(level["nodes"]) < 2:
        return False
    one, two = random.sample(list(level["nodes"]), 2)
    nodes = level["nodes"]
    nodes[one], nodes[two] = nodes[two], nodes[one]
    return True


def truth(spec: Spec, random: Random) -> bool:
    """What was true is false."""

    def walk(value: Any) -> Iterator[tuple[Holder, Any]]:
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(each, bool):
                yield value, key
            elif isinstance(each, dict | list):
                yield from walk(each)

    found = list(walk(spec))
    if not found:
        return False
    holder, key = random.choice(found)
    holder[key] = not holder[key]
    return True


def copies(spec: Spec, random: Random) -> bool:
    """A node stands several times."""
    level = random.choice(list(_levels(spec)))
    name = random.choice(list(level["nodes"]))
    node = level["nodes"][name]
    node = {"block": node} if isinstance(node, str) else node
    if {"for", "scan", "share"} & node.keys():
        return False
    node["repeat"] = random.choice([0, 1, 2, 3, {"times": 2, "share": True}])
    level["nodes"][name] = node
    return True


NUDGES: tuple[Callable[[Spec, Random], bool], ...] = (
    number, number, number, size, size, fact, fact, dtype, reference, reference, block, truth, copies,
)  # fmt: skip
