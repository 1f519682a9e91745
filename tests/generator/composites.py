"""Nodes of composite blocks: grown here, built in, recursive, scanned, from the zoo."""

from __future__ import annotations

from typing import Any

from generator.leaves import Picked, fed, leaf, made, place
from generator.level import BLOCKS, EXAMPLES, Level, Live, Unwritable
from generator.probing import probed
from generator.settings import resolved
from generator.typing_rules import Types, applied, same
from netwright.composer.graph import Ref
from netwright.specs.load import zoo
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
        grow(child)
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
        if level.world.chance(0.5) and keeps and types[""].dtype not in ("bool",):
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
    level.world.used["composite"] += 1
    if level.kind == "root" and "when" not in node:
        again(level, label, child, node)
    return True


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


def again(level: Level, label: str, child: Level, node: dict[str, Any]) -> None:
    """The same composite once more, with other params, other tensors, or copies; typed by a check."""
    if not level.world.chance(0.5):
        return
    other = {key: value for key, value in node.items() if key not in ("repeat", "when")}
    numbers = [p for p, value in child.asked.items() if type(value) is int]
    if numbers and level.world.chance(0.7):
        which = level.random.choice(numbers)
        value = child.asked[which]
        if level.world.chance(0.5):
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
    if kept and level.world.chance(0.4):
        times = level.random.choice([1, 2, 3])
        if x.type.dtype == "float" and level.world.chance(0.6):
            child.nodes["scaled"] = {"block": "mul", "other": "$(0.5 + index)"}
            level.world.used["index in a body"] += 1
        node["repeat"] = times
        if "share" in level.world.features and "scaled" not in child.nodes and level.world.chance(0.3):
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
        if others and level.world.chance(0.3):
            outer = level.random.choice(others)
            block = level.random.choice(["add", "mul", "maximum"])
            if place(child, block, {}, {"inputs": (now, outer)}, now.type):
                level.world.used["capture"] += 1
                continue
        if level.world.chance(0.12) and child.depth < DEEPEST:
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
    if level.world.chance(0.5):
        times = level.random.choice([1, 2])
        nodes["second"] = {"block": f"${param}", "repeat": times}
        level.world.used["repeat of body"] += 1
    where.blocks[label] = {"params": {param: "block"}, "nodes": nodes}
    level.world.used["block param"] += 1
    node = {"block": label, param: inner.nodes, **level.feed({"x": x}, ["x"])}
    level.add(level.new_name(), node, {"": inner.live[-1].type})
    return True


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
        "more": {"block": level.random.choice(["add", "mul", "sub"]), "from": ["twice", "z"], "when": "$(given(z))"},
        "last": {"block": "neg"},
    }
    if level.world.chance(0.3):
        nodes["other"] = {"block": "sin", "when": "$(not given(z))"}
    where.blocks[label] = {"inputs": {"x": ["..."], "z": z}, "nodes": nodes}
    picked: Picked = {"x": x}
    if level.world.chance(0.5):
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
        from netwright.plugins.docstrings import parse_example

        text = "{block: identity} on x [batch, 4, high, wide] gives [batch, 4, high, wide]"
        example = parse_example(f"{text} with dims {{high: {{multiple_of: 16}}, wide: {{multiple_of: 16}}}}")
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
    from netwright.plugins.docstrings import parse_example

    text = "{block: identity} on x [batch, seq, 3], h [batch, 4] gives [batch]"
    picked, _ = made(level, parse_example(text))
    x, h = picked["x"], picked["h"]
    assert isinstance(x, Live) and isinstance(h, Live)
    where = definer(level)
    label = level.world.fresh("cell")
    batch = x.type.sizes[0]
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
    cell.nodes |= {
        "both": {"block": "cat", "from": [level.random.choice(["x", *(e.ref for e in cell.live if e.ref in cell.nodes and same(e.type, step))]), "h"], "dim": 1},
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
        "scan": level.random.choice([["x"], {"over": ["x"]}, {"over": ["x"], "dim": 1}]),
        "from": level.random.choice([[x.ref, h.ref], {"x": x.ref, "h": h.ref}]),
    }
    node |= {param: level.scope().write(value) for param, value in cell.asked.items()}
    types = {"h": h.type, "y": Tensor((*x.type.sizes[:2], 5), "float")}
    if "z" in outputs:
        last = grown[-1].type
        types["z"] = last.with_sizes(last.sizes[0], x.type.sizes[1], *last.sizes[1:])
    level.world.used["scan"] += 1
    level.add(level.new_name(), node, types)
    return True


def built_in(level: Level) -> bool:
    """A composite block of the catalogue."""
    names = [name for name in EXAMPLES if name not in BLOCKS and EXAMPLES[name]]
    name = level.random.choice(names)
    example = level.random.choice(EXAMPLES[name])
    picked, bound = made(level, example)
    settings = resolved(None, example, bound)
    if settings is None:
        return False
    node: dict[str, Any] = {"block": name, **settings}
    node["from"] = {port: each.ref for port, each in picked.items() if isinstance(each, Live)}
    types = probed(level, node, fed(picked))
    if types is None:
        return False
    scope = level.scope()
    node = {key: value if key in ("block", "from", "body") else scope.write(value) for key, value in node.items()}
    level.world.used[f"block {name}"] += 1
    level.add(level.new_name(), node, types)
    return True


SMALL = {
    "gpt": {"vocab": 20, "context": 12, "width": 8, "heads": 2, "layers": 2},
    "resnet": {"depths": [1, 1, 1, 1], "classes": 5},
    "gcn": {"features": 6, "hidden": 4, "classes": 3},
    "mlp": {"sizes": [6, 5, 3]},
    "conv_autoencoder": {"widths": [4, 6]},
    "lenet5": {"classes": 3},
}


def from_zoo(level: Level) -> bool:
    """A spec of the zoo as a block; its inputs become inputs of the file."""
    if level.kind != "root" or "use" not in level.world.features or level.world.used["use"]:
        return False
    from netwright import composer, specs

    name = level.random.choice([each for each in zoo() if each in SMALL])
    setting = SMALL[name]
    graph = composer.check(specs.load(name, set=setting))
    label = level.world.fresh("zoo")
    picked: Picked = {}
    for port, tensor in graph.inputs.items():
        assert isinstance(tensor, Tensor)
        for size in tensor.sizes:
            from netwright.specs.sizes import symbols

            for each in symbols(size):
                said = {"min": each.minimum, "multiple_of": each.multiple_of}
                if each.maximum is not None:
                    said["max"] = each.maximum
                known = level.world.symbols.get(each.name)
                if known is not None and (known[1] != said or each.name != str(size)):
                    return False
                level.world.symbols[each.name] = (size, said)
        picked[port] = level.new_tensor(tensor)
    definition: dict[str, Any] = {"use": name, "set": setting}
    level.blocks[label] = definition
    node: dict[str, Any] = {"block": label} | level.feed(picked, list(picked))
    types = dict(graph.outputs)
    inner = [n for n, each in graph.nodes.items() if not each.repeated]
    if len(inner) > 1 and level.world.chance(0.4):
        tapped = level.random.choice(inner)
        definition["expose"] = level.random.choice([tapped, [tapped], {"inner": tapped}])
        kind = graph.target(Ref(tapped, next(iter(graph.nodes[tapped].outputs))))
        form = definition["expose"]
        types = {"": kind} if isinstance(form, str) else {"0": kind} if isinstance(form, list) else {"inner": kind}
        level.world.used["expose"] += 1
    level.world.used["use"] += 1
    level.add(level.new_name(), node, types)
    return True


def shared(level: Level) -> bool:
    """The module of a node once more."""
    if "share" not in level.world.features or not level.leaves:
        return False
    name = level.random.choice(list(level.leaves))
    block, settings = level.leaves[name]
    if name not in level.nodes:
        return False
    from netwright.composer.graph import held
    from netwright.plugins.block import ports

    names = [port.name for port in ports(BLOCKS[block])]
    if len(names) != 1:
        return False
    x = level.random.choice(level.reachable())
    twin = applied(BLOCKS[block], settings, {names[0]: x.type})
    if twin is None or [w for w in level.weights if w[0] == name] != [
        (name, path, size) for path, size, trainable in held(twin) if trainable
    ]:
        return False
    node = {"share": name, "from": x.ref}
    level.world.used["share"] += 1
    level.add(level.new_name(), node, dict(twin.outputs))
    return True


def starred(level: Level) -> bool:
    """A node that reads every copy of another."""
    if not level.stars:
        return False
    ref, types = level.random.choice(level.stars)
    copies = tuple(Live(ref, each) for each in types)
    if level.world.chance(0.4):
        block = level.random.choice(["relu", "neg", "identity"])
        leaves = [applied(BLOCKS[block], {}, {"x": each}) for each in types]
        if any(each is None for each in leaves):
            return False
        node = {"block": block, "from": ref, "parallel": True}
        name = level.new_name()
        outs = tuple(each.outputs[""] for each in leaves if each is not None)
        level.add(name, node, {"": outs[-1]})
        level.stars.append((f"{name}.*", outs))
        level.world.used["zipped"] += 1
        return True
    for block in level.random.sample(["cat", "stack", "add", "maximum"], 4):
        found = applied(BLOCKS[block], {}, {"inputs": tuple(each.type for each in copies)})
        if found is not None:
            level.world.used["star"] += 1
            node = {"block": block, "from": level.random.choice([ref, [ref]])}
            level.add(level.new_name(), node, dict(found.outputs))
            return True
    return False


KINDS = (
    (leaf, 60), (composite, 12), (residual, 8), (wrapper, 4), (optional, 2), (recursion, 3), (scan, 3), (built_in, 4),
    (from_zoo, 2), (shared, 5), (starred, 6),
)  # fmt: skip


def grow(level: Level) -> bool:
    """One node more, of any kind; False if nothing was found."""
    kinds, weights = zip(*KINDS, strict=True)
    for _ in range(4):
        try:
            if level.random.choices(kinds, weights)[0](level):
                return True
        except Unwritable:
            continue
    return False
