"""Composites of a given form: with an optional input, recursive, run step by step."""

from __future__ import annotations

from typing import Any

from generator.composites import DEEPEST, definer, finish
from generator.leaves import Picked, leaf, made
from generator.level import Level, Live
from generator.typing_rules import same
from netwright.plugins.docstrings import parse_example
from netwright.specs.tensors import FLOATING, Tensor


def optional(level: Level) -> bool:
    """A composite with an input that may be left out, fed or not."""
    live = [each for each in level.reachable() if each.type.dtype in FLOATING]
    if not live:
        return False
    x = level.random.choice(live[-5:])
    others = [each for each in live if same(each.type, x.type)]
    where = definer(level)
    label = level.world.fresh("maybe")
    z: dict[str, Any] = {"shape": ["..."], "optional": True}
    if level.world.chance(0.5):
        z["dtype"] = x.type.dtype
    nodes: dict[str, Any] = {
        "twice": {"block": "add", "from": ["x", "x"]},
        "more": {
            "block": level.random.choice(["add", "mul", "sub"]),
            "from": ["twice", "z"],
            "when": "$(given(z))",
        },
        "last": {"block": "neg"},
    }
    if level.world.chance(0.3):
        nodes["other"] = {"block": "sin", "when": "$(not given(z))"}
    where.blocks[label] = {"inputs": {"x": ["..."], "z": z}, "nodes": nodes}
    picked: Picked = {"x": x}
    if level.world.chance(0.3, "optional input") and level.kind == "root" and level.inputs:
        picked["z"] = level.new_optional(x.type)
        level.world.used["optional input"] += 1
    elif level.world.chance(0.5, "given"):
        picked["z"] = level.random.choice(others)
    node = {"block": label, **level.feed(picked, ["x", "z"])}
    level.world.used["given" if "z" in picked else "not given"] += 1
    level.add(level.new_name(), node, {"": Tensor(x.type.sizes, x.type.dtype)})
    return True


def recursion(level: Level) -> bool:
    """A block that uses itself: a chain, or a U-Net."""
    where = definer(level)
    label, depth = level.world.fresh("rec"), level.random.choice([0, 1, 2, 3])
    number = level.world.fresh("depth")
    inside = {"block": label, "when": f"$({number} > 0)", number: f"$({number} - 1)"}
    if level.world.chance(0.4):
        text = "{block: identity} on x [batch, 4, high, wide] gives [batch, 4, high, wide]"
        example = parse_example(
            f"{text} with dims {{high: {{multiple_of: 16}}, wide: {{multiple_of: 16}}}}"
        )
        picked, _ = made(level, example)
        x = picked["x"]
        assert isinstance(x, Live)
        nodes: dict[str, Any] = {
            "conv": {"block": "conv2d", "out_channels": "$c", "kernel_size": 3, "padding": 1},
            "down": {"block": "max_pool2d", "kernel_size": 2},
            "inside": inside,
            "up": {"block": "interpolate", "scale_factor": 2},
            "sum": {"block": "add", "from": ["up", "conv"]},
        }
        spec = {
            "params": {number: "int"},
            "inputs": {"x": ["b", "c", "h", "w"]},
            "nodes": nodes,
        }
        kind = Tensor(x.type.sizes, "float")
    else:
        if not level.reachable() or level.depth >= DEEPEST:
            return False
        x = level.random.choice(level.reachable()[-5:])
        child = Level(level.world, "block", level, where)
        child.take(x)
        if not leaf(child, child.live[-1]) or len(child.inputs) > 1:
            return False
        child.nodes["inside"] = inside
        child.params = {number: {"type": "int", "min": 0}} | child.params
        inside |= {param: f"${param}" for param in child.asked}
        kind = child.types["x"] if not depth else child.live[-1].type
        kind = child.live[-1].type
        spec = finish(child, None)
    where.blocks[label] = spec
    node: dict[str, Any] = {"block": label, number: level.scope().write(depth)}
    if level.world.chance(0.5):
        node |= level.feed({"x": x}, ["x"])
    else:
        node |= {"from": x.ref}
    if "child" in locals():
        node |= {param: level.scope().write(value) for param, value in child.asked.items()}
    level.world.used["recursion"] += 1
    level.add(level.new_name(), node, {"": kind})
    return True


def scan(level: Level) -> bool:
    """A cell that is run along a dimension."""
    if "scan" not in level.world.features:
        return False
    dim = 0 if level.world.chance(0.3, "scan along 0") else 1
    cut = ["seq, batch, 3", "batch, seq, 3"][dim]
    text = f"{{block: identity}} on x [{cut}], h [batch, 4] gives [batch]"
    picked, _ = made(level, parse_example(text))
    x, h = picked["x"], picked["h"]
    assert isinstance(x, Live) and isinstance(h, Live)
    where = definer(level)
    label = level.world.fresh("cell")
    batch = x.type.sizes[1 - dim]
    # What the cell does beside carrying its state is grown, like any composite.
    cell = Level(level.world, "block", level, where)
    cell.depth = DEEPEST
    step = Tensor((batch, x.type.sizes[2]), "float")
    cell.live = [Live("x", step), Live("h", h.type)]
    cell.inputs = {"x": ["b", "_"], "h": ["b", "k"]}
    cell.types = {"x": step, "h": h.type}
    cell.sizes = {"b": batch, "k": h.type.sizes[1]}
    cell.above = "x"
    for _ in range(level.random.choice([0, 1, 2])):
        leaf(cell, level.random.choice(cell.live))
    steps = [each.ref for each in cell.live if each.ref in cell.nodes and same(each.type, step)]
    both = [level.random.choice(["x", *steps]), "h"]
    cell.nodes |= {
        "both": {"block": "cat", "from": both, "dim": 1},
        "next": {"block": "linear", "out_features": "$k"},
        "carried": "tanh",
        "said": {"block": "linear", "out_features": 5},
    }
    grown = [each for each in cell.live if each.ref in cell.nodes and each.type.rank]
    outputs = {"h": "carried", "y": "said"}
    if grown and level.world.chance(0.5):
        outputs["z"] = grown[-1].ref
    spec = finish(cell, outputs)
    where.blocks[label] = spec
    node = {
        "block": label,
        "scan": {"over": ["x"], "dim": 0}
        if not dim
        else level.random.choice([["x"], "x", {"over": ["x"]}, {"over": ["x"], "dim": 1}]),
        "from": level.random.choice([[x.ref, h.ref], {"x": x.ref, "h": h.ref}]),
    }
    node |= {param: level.scope().write(value) for param, value in cell.asked.items()}
    types = {"h": h.type, "y": Tensor((*x.type.sizes[:2], 5), "float")}
    if "z" in outputs:
        last = grown[-1].type
        types["z"] = last.with_sizes(*last.sizes[:dim], x.type.sizes[dim], *last.sizes[dim:])
    level.world.used["scan" if dim else "scan along 0"] += 1
    level.add(level.new_name(), node, types)
    return True
