"""A whole file, grown at random."""

from __future__ import annotations

from random import Random
from typing import Any

from generator.census import wishes
from generator.composites import chosen, read_by
from generator.growing import grow
from generator.level import FEATURES, Level, Live, World
from generator.probing import document
from netwright.specs.tensors import Tensor

MORE = 6
"""Nodes at most for the sake of blocks that have their turn and were not met."""


def grown(seed: int, features: frozenset[str] = FEATURES) -> tuple[dict[str, Any], World]:
    """The valid spec of a seed as a mapping, and what is in it."""
    random = Random(seed)
    world = World(random, grow, features, wishes(seed))
    root = Level(world, "root")
    target = random.choice([1, 2, 3, 4, 5, 6, 8, 10])
    for wish in world.wishes:
        if wish.startswith("dtype "):
            size, least = random.choice([2, 3, 4]), random.choice([1, 4])
            root.new_tensor(Tensor((size, least), wish.partition(" ")[2]))
    for _ in range(3 * target):
        if len(root.nodes) >= target:
            break
        grow(root)
    while not root.nodes:
        grow(root)
    for _ in range(MORE):
        if not any(each.startswith("block ") and not world.used[each] for each in world.wishes):
            break
        grow(root)
    spec = document(root)
    own = [each for each in root.live if each.ref.split(".")[0] in root.nodes]
    outputs, _ = _results(root, own)
    if outputs is not None:
        spec["outputs"] = outputs
    _inits(root, spec)
    if random.random() < 0.15:
        _presets(root, spec)
    head = {"netwright": spec.pop("netwright")}
    items = list(spec.items())
    if random.random() < 0.3:
        random.shuffle(items)
    items = [*head.items(), *items]
    if not root.implicit and random.random() < 0.4 and "outputs" in spec:
        _disorder(random, items)
    return dict(items), world


def _results(root: Level, own: list[Live]) -> tuple[Any, Any]:
    """Mostly everything that nothing reads; sometimes an input beside it."""
    if root.world.chance(0.3):
        return chosen(root, own)
    read = read_by(root)
    unread = [each for each in own if each.ref not in read] or own[-1:]
    if root.live and root.world.chance(0.1):
        unread.append(root.random.choice(root.live))
    refs = list(dict.fromkeys(each.ref for each in unread))[:12]
    root.world.used["several outputs"] += len(refs) > 1
    if len(refs) == 1 and root.world.chance(0.6):
        return refs[0], None
    if root.world.chance(0.5):
        return refs, None
    return {f"o{i}": ref for i, ref in enumerate(refs)}, None


def _inits(root: Level, spec: dict[str, Any]) -> None:
    if root.weights and root.world.chance(0.2):
        root.world.used["init of a spec"] += 1
        rules: dict[str, Any] = {
            "*.bias": "zeros",
            "*.weight": {"normal": {"std": 0.1}},
            "*": {"constant": {"val": 0.5}},
        }
        names = root.random.sample(list(rules), root.random.randint(1, 3))
        spec["init"] = {name: rules[name] for name in sorted(names, key=len, reverse=True)}


def _presets(root: Level, spec: dict[str, Any]) -> None:
    names = root.random.sample(list(root.values), min(2, len(root.values)))
    if names:
        spec["presets"] = {"usual": {name: root.values[name] for name in names}}


def _disorder(random: Random, items: list[tuple[str, Any]]) -> None:
    """Nodes may be written in any order where each says what it reads."""
    for place, (key, value) in enumerate(items):
        if key == "nodes":
            nodes = list(value.items())
            random.shuffle(nodes)
            items[place] = (key, dict(nodes))
