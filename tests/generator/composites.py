"""Nodes of composite blocks and of bodies, which are grown as the file itself is."""

from __future__ import annotations

from random import Random
from typing import Any

from generator.leaves import Picked, leaf, place
from generator.level import BLOCKS, Level, Live
from generator.probing import probed
from generator.typing_rules import Types, applied, same
from netwright.specs.sizes import Size, Symbol
from netwright.specs.tensors import FLOATING, Tensor

DEEPEST = 3


def definer(level: Level) -> Level:
    """Where a composite that is used here is written: at this level, or one around it."""
    own = level.owner()
    choices = [own]
    while own.definer is not None:
        own = own.definer
        choices.append(own)
    return level.random.choice(choices)


def finish(child: Level, outputs: Any) -> dict[str, Any]:
    """The composite as it is written."""
    spec: dict[str, Any] = {}
    if child.sizes and child.world.chance(0.1, "dims of a block"):
        name = child.random.choice(list(child.sizes))
        spec["dims"] = {name: demand(child.random, child.sizes[name])}
        child.world.used["dims of a block"] += 1
    if child.params:
        spec["params"] = child.params
    plain = {"x": ["..."]}
    if child.inputs not in (plain, {"x": {"shape": ["..."]}}) or child.world.chance(0.5):
        spec["inputs"] = child.inputs
    if child.blocks:
        spec["blocks"] = child.blocks
    spec["nodes"] = child.nodes
    if outputs is not None:
        spec["outputs"] = outputs
    items = list(spec.items())
    child.random.shuffle(items)
    return dict(items)


def demand(random: Random, size: Size) -> dict[str, int]:
    """A fact that holds of a size."""
    if isinstance(size, int):
        facts = {"min": random.randint(1, size), "max": size + random.choice([0, 1, 9])}
        facts["multiple_of"] = random.choice([n for n in range(1, size + 1) if size % n == 0])
    elif isinstance(size, Symbol):
        facts = {"min": random.randint(1, size.minimum), "multiple_of": size.multiple_of}
        if size.maximum is not None:
            facts["max"] = size.maximum
    else:
        facts = {"min": 1}
    kept = random.sample(list(facts), random.randint(1, len(facts)))
    return {name: facts[name] for name in kept}


def use(level: Level, child: Level, name: str) -> dict[str, Any]:
    """A node of a composite: its params and what it reads. Raises Unwritable."""
    node: dict[str, Any] = {"block": name}
    scope = level.scope()
    for param, value in child.asked.items():
        node[param] = scope.write(value)
    picked: Picked = dict(child.sources)
    return node | level.feed(picked, list(child.inputs))


def composite(level: Level) -> bool:
    """A new composite block, and a node of it."""
    if level.depth >= DEEPEST:
        return False
    where = definer(level)
    child = Level(level.world, "block", level, where)
    for _ in range(level.random.choice([1, 2, 2, 3, 4])):
        level.world.grow(child)
    own = [each for each in child.live if each.ref.split(".")[0] in child.nodes]
    if not own:
        return False
    outputs, types = chosen(child, own)
    label = level.world.fresh("block")
    node = use(level, child, label)
    where.blocks[label] = finish(child, outputs)
    first = next(iter(child.inputs), None)
    name = level.new_name()
    if list(types) == [""] and first and same(types[""], child.types[first]):
        keeps = types[""].below == child.types[first].below
        if level.world.chance(0.5, "repeat of composite") and keeps and types[""].dtype != "bool":
            times = level.random.choice([0, 1, 2, 3])
            node["repeat"] = level.scope().write(times, 0.6)
            if "share" in level.world.features and times and level.world.chance(0.3):
                node["repeat"] = {"times": times, "share": True}
            elif "parallel" in level.world.features and times and level.world.chance(0.4):
                node["parallel"] = True
                level.stars.append((f"{name}.*", (types[""],) * times))
            level.world.used["repeat of composite"] += 1
    if "repeat" not in node and level.world.chance(0.08) and list(types) == [""] and first:
        on = level.world.chance(0.5)
        node["when"] = level.scope().write(on, 0.3)
        types = types if on else {"": child.types[first]}
    level.add(name, node, types)
    if not {"repeat", "when"} & node.keys():
        level.composites[name] = picked_again(child)
    level.world.used["composite"] += 1
    if level.kind == "root" and "when" not in node:
        again(level, child, node)
    return True


def picked_again(child: Level) -> Picked:
    """What a composite reads, in the order of its inputs."""
    return {name: child.sources[name] for name in child.inputs}


def chosen(level: Level, own: list[Live]) -> tuple[Any, Types]:
    """What a level gives out, and the types."""
    random = level.random
    unread = [each for each in own if each.ref not in read_by(level)] or own
    last = next(reversed(level.nodes))
    form = random.random()
    level.world.used["several outputs"] += form >= 0.7
    if form < 0.7:
        alone = [each for each in own if each.ref == last or each.ref.startswith(f"{last}.")]
        is_last = [each for each in alone if each.ref.split(".")[1:] in ([], ["0"])]
        if random.random() < 0.4 and is_last and last in [each.ref for each in own]:
            return None, {"": next(each.type for each in own if each.ref == last)}
        one = random.choice(unread)
        return one.ref, {"": one.type}
    several = random.sample(unread, min(len(unread), random.randint(1, 3)))
    if form < 0.85:
        return [each.ref for each in several], {str(i): each.type for i, each in enumerate(several)}
    named = {f"out{i}": each for i, each in enumerate(several)}
    return {n: each.ref for n, each in named.items()}, {n: each.type for n, each in named.items()}


def read_by(level: Level) -> set[str]:
    """References in the `from` of the nodes of a level, as written."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, str):
            found.add(value)

    above = ""
    for name, node in level.nodes.items():
        if isinstance(node, dict) and "from" in node:
            walk(node["from"])
        else:
            found.add(above)
        above = name
    return found


def again(level: Level, child: Level, node: dict[str, Any]) -> None:
    """The same composite once more, with other params, other tensors, or copies; typed by a check."""
    if not level.world.chance(0.5, "composite again") and not level.world.chance(
        0, "for of composite"
    ):
        return
    other = {key: value for key, value in node.items() if key not in ("repeat", "parallel", "when")}
    numbers = [p for p, value in child.asked.items() if type(value) is int]
    if numbers and level.world.chance(0.7):
        which = level.random.choice(numbers)
        value = child.asked[which]
        if level.world.chance(0.5, "for of composite"):
            del other[which]
            other["for"] = {which: [value, value + 1, value][: level.random.randint(1, 3)]}
            level.world.used["for of composite"] += 1
        else:
            other[which] = value + level.random.randint(0, 2)
    picked: Picked = dict(child.sources)
    if level.world.chance(0.4):
        picked = {port: level.random.choice(level.live) for port in child.inputs}
    other.pop("from", None)
    other |= level.feed(picked, list(child.inputs))
    types = probed(level, other, {})
    if types is not None:
        level.world.used["composite again"] += 1
        if "for" in other:  # a number after the name is a copy's
            last = len(next(iter(other["for"].values()))) - 1
            types = {f"{last}.{port}".removesuffix("."): each for port, each in types.items()}
        level.add(level.new_name(), other, types)


def residual(level: Level) -> bool:
    """A residual around a body, which may read what is around it."""
    live = [each for each in level.reachable() if each.type.dtype in FLOATING]
    if not live or level.depth >= DEEPEST:
        return False
    x = level.random.choice(live[-5:])
    child = body(level, x, level.random.choice([1, 2, 3]))
    if child is None:
        return False
    out = child.live[-1].type
    summed = applied(BLOCKS["add"], {}, {"inputs": (out, x.type)})
    if summed is None:
        return False
    node = {"block": "residual", "body": child.nodes, **level.feed({"x": x}, ["x"])}
    level.world.used["body"] += 1
    name = level.new_name()
    kept = same(summed.outputs[""], x.type) and summed.outputs[""].below == x.type.below
    if kept and (
        level.world.chance(0.4, "repeat of residual") or level.world.chance(0, "index in a body")
    ):
        times = level.random.choice([1, 2, 3])
        if x.type.dtype == "float" and level.world.chance(0.6):
            child.nodes["scaled"] = {"block": "mul", "other": "$(0.5 + index)"}
            level.world.used["index in a body"] += 1
        node["repeat"] = times
        if (
            "share" in level.world.features
            and "scaled" not in child.nodes
            and level.world.chance(0.3)
        ):
            node["repeat"] = {"times": times, "share": True}
        level.world.used["repeat of residual"] += 1
    level.add(name, node, dict(summed.outputs))
    return True


def body(level: Level, x: Live, count: int) -> Level | None:
    """A body that keeps the type of x."""
    child = Level(level.world, "body", level)
    child.live = [Live("x", x.type)]
    child.types = {"x": x.type}
    for _ in range(count):
        now = child.live[-1]
        others = [
            each
            for each in level.reachable()
            if same(each.type, now.type) and each.ref.split(".")[0] != "x"
        ]
        if others and level.world.chance(0.3, "capture"):
            outer = level.random.choice(others)
            block = level.random.choice(["add", "mul", "maximum"])
            if place(child, block, {}, {"inputs": (now, outer)}, now.type):
                level.world.used["capture"] += 1
                continue
        if level.world.chance(0.12, "body in body") and child.depth < DEEPEST:
            inner = body(child, now, 1)
            if inner is not None and now.type.below is None and now.type.dtype == "float":
                node = {"block": "residual", "body": inner.nodes, **child.feed({"x": now}, ["x"])}
                child.add(child.new_name(), node, {"": Tensor(now.type.sizes, now.type.dtype)})
                level.world.used["body in body"] += 1
                continue
        if not leaf(child, now):
            return None
    return child if child.nodes else None


def wrapper(level: Level) -> bool:
    """A composite with a block for a param: a name, a node, or a body."""
    live = [each for each in level.reachable() if each.type.dtype in FLOATING]
    if not live or level.depth >= DEEPEST:
        return False
    x = level.random.choice(live[-5:])
    inner = body(level, x, level.random.choice([1, 2]))
    if inner is None:
        return False
    where = definer(level)
    label, param = level.world.fresh("wrap"), level.world.fresh("inner")
    nodes: dict[str, Any] = {"first": {"block": f"${param}"}}
    if level.world.chance(0.5, "repeat of body"):
        times = level.random.choice([1, 2])
        nodes["second"] = {"block": f"${param}", "repeat": times}
        level.world.used["repeat of body"] += 1
    where.blocks[label] = {"params": {param: "block"}, "nodes": nodes}
    level.world.used["block param"] += 1
    node = {"block": label, param: inner.nodes, **level.feed({"x": x}, ["x"])}
    level.add(level.new_name(), node, {"": inner.live[-1].type})
    return True
