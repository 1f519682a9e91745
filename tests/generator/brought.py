"""Nodes of what stands elsewhere: composites of the catalogue, the zoo, other nodes and their copies."""

from __future__ import annotations

from typing import Any

from generator.frames import file_of, kind_of
from generator.leaves import Picked, fed, made
from generator.level import BLOCKS, EXAMPLES, Level, Live
from generator.probing import probed
from generator.settings import resolved
from generator.typing_rules import applied, same
from netwright import composer, specs
from netwright.composer.graph import Ref, held
from netwright.plugins.block import ports
from netwright.specs.load import zoo
from netwright.specs.sizes import symbols
from netwright.specs.tensors import Tensor


def built_in(level: Level) -> bool:
    """A composite block of the catalogue."""
    names = [name for name in EXAMPLES if name not in BLOCKS and EXAMPLES[name]]
    wished = level.world.wished("block")
    name = wished if wished in names else level.random.choice(names)
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
    params = file_of(name)["params"] if settings else {}
    node = {
        key: scope.write(value) if key in params and kind_of(params[key]) != "block" else value
        for key, value in node.items()
    }
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
    name = level.random.choice([each for each in zoo() if each in SMALL])
    setting = SMALL[name]
    graph = composer.check(specs.load(name, set=setting))
    label = level.world.fresh("zoo")
    picked: Picked = {}
    for port, tensor in graph.inputs.items():
        assert isinstance(tensor, Tensor)
        for size in tensor.sizes:
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
    if len(inner) > 1 and level.world.chance(0.4, "expose"):
        tapped = level.random.choice(inner)
        definition["expose"] = level.random.choice([tapped, [tapped], {"inner": tapped}])
        kind = graph.target(Ref(tapped, next(iter(graph.nodes[tapped].outputs))))
        form = definition["expose"]
        types = (
            {"": kind}
            if isinstance(form, str)
            else {"0": kind}
            if isinstance(form, list)
            else {"inner": kind}
        )
        level.world.used["expose"] += 1
    level.world.used["use"] += 1
    level.add(level.new_name(), node, types)
    return True


def shared(level: Level) -> bool:
    """The module of a node once more."""
    if "share" not in level.world.features:
        return False
    if level.kind == "root" and level.composites and level.world.chance(0.2, "share of composite"):
        return _composite_again(level)
    if not level.leaves:
        return False
    name = level.random.choice(list(level.leaves))
    block, settings = level.leaves[name]
    if name not in level.nodes:
        return False
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


def _composite_again(level: Level) -> bool:
    name = level.random.choice(list(level.composites))
    picked = dict(level.composites[name])
    if not picked:
        return False
    for port, live in picked.items():
        alike = [each for each in level.live if same(each.type, live.type)]
        picked[port] = level.random.choice([live, *alike])
    refs = {port: live.ref for port, live in picked.items()}
    node = {"share": name, "from": level.random.choice([refs, list(refs.values())])}
    types = probed(level, node, {})
    if types is None:
        return False
    level.world.used["share of composite"] += 1
    level.add(level.new_name(), node, types)
    return True


def starred(level: Level) -> bool:
    """A node that reads every copy of another."""
    if not level.stars:
        return False
    ref, types = level.random.choice(level.stars)
    copies = tuple(Live(ref, each) for each in types)
    if level.world.chance(0.4, "zipped"):
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
