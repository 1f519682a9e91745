"""Nodes of blocks that are written in torch, with what may stand beside them at a node."""

from __future__ import annotations

from typing import Any

from generator.level import BLOCKS, EXAMPLES, Level, Live, Unwritable
from generator.settings import resolved, sizes, tweaked, unified
from generator.typing_rules import Types, applied, same
from netwright.composer.graph import held
from netwright.plugins.block import defaults, ports, shape_settings
from netwright.plugins.docstrings import Example
from netwright.specs.sizes import Size
from netwright.specs.tensors import FLOATING, INTEGER, Tensor

Picked = dict[str, Live | tuple[Live, ...]]
TRIES = 6


def fed(picked: Picked) -> dict[str, Any]:
    """The types of what was picked."""
    return {
        port: tuple(each.type for each in live) if isinstance(live, tuple) else live.type
        for port, live in picked.items()
    }


def made(level: Level, example: Example, free: bool = False) -> tuple[Picked, dict[str, Size]]:
    """Tensors from outside, as an example has them. free: but for dtypes that are wished for."""
    bound = sizes(level.random, example, level.world.symbols, concrete=0.3)
    picked: Picked = {}
    for name, pattern in example.inputs.items():
        wanted = [bound[size] if isinstance(size, str) else size for size in pattern.sizes]
        below = bound.get(pattern.below, None) if isinstance(pattern.below, str) else pattern.below
        if isinstance(pattern.below, str) and below is None:
            raise Unwritable(pattern.below)
        dtype = _dtype(level, pattern.dtype, below) if free else pattern.dtype
        tensor = Tensor(tuple(wanted), dtype, below)
        fitting = [each for each in level.reachable() if same(each.type, tensor)]
        if fitting and level.world.chance(0.6):
            live = level.random.choice(fitting)
        else:
            live = level.new_tensor(tensor)
        port, _, place = name.partition(".")
        if place:
            earlier = picked.get(port, ())
            assert isinstance(earlier, tuple)
            picked[port] = (*earlier, live)
        else:
            picked[port] = live
    return picked, bound


def _dtype(level: Level, usual: str, below: Size | None) -> str:
    """The dtype that an example has, or another one of its kind which is wished for."""
    wished = level.world.wished("dtype")
    for kind in (FLOATING, INTEGER):
        if usual in kind and wished in kind:
            if wished in INTEGER and below is not None and not isinstance(below, int):
                return usual
            return wished
    return usual


def found(level: Level, block: str, example: Example) -> tuple[Picked, dict[str, Size]] | None:
    """Live tensors for the inputs of a block, at random."""
    live = level.reachable()
    if not live:
        return None
    recent = live[-4:]
    picked: Picked = {}
    for port in ports(BLOCKS[block]):
        choice = level.random.choice(recent if level.world.chance(0.6) else live)
        if port.variadic:
            count = level.random.choice([1, 2, 2, 3])
            alike = [each for each in live if each.type.rank == choice.type.rank]
            others = tuple(level.random.choice(alike) for _ in range(count - 1))
            picked[port.name] = (choice, *others)
        elif not port.optional or (port.name in example.inputs and level.world.chance(0.5)):
            picked[port.name] = choice
    plain = {
        name: each.type
        for port, live_one in picked.items()
        for name, each in (
            [(f"{port}.{i}", one) for i, one in enumerate(live_one)]
            if isinstance(live_one, tuple)
            else [(port, live_one)]
        )
    }
    return picked, unified(example, plain)


def leaf(level: Level, x: Live | None = None) -> bool:
    """Add a node of a block that fits; x: it must read this tensor and keep its type."""
    for _ in range(TRIES if x is None else 5 * TRIES):
        wished, _, setting = (level.world.wished("setting") or "").partition(".")
        block = wished or level.world.wished("block") or level.random.choice(list(BLOCKS))
        if block not in BLOCKS:
            block = level.random.choice(list(BLOCKS))
        example = level.random.choice(EXAMPLES[block])
        cls = BLOCKS[block]
        names = [port.name for port in ports(cls)]
        try:
            if x is not None:
                if len(names) != 1:
                    continue
                variadic = ports(cls)[0].variadic
                chosen: Any = (
                    {names[0]: (x,) if variadic else x},
                    unified(example, {names[0]: x.type}),
                )
            elif level.world.chance(0.55) and level.reachable():
                chosen = found(level, block, example)
            else:
                chosen = made(level, example, free=True)
            if chosen is None:
                continue
            picked, bound = chosen
            settings = resolved(cls, example, bound)
            if settings is None:
                continue
            if setting or level.world.chance(0.5):
                often = level.random.choice([0.1, 0.1, 0.5]) if setting else 0.25
                settings = tweaked(level.random, cls, settings, often, setting)
            if place(level, block, settings, picked, x.type if x is not None else None):
                return True
        except Unwritable:
            continue
    return False


def written(level: Level, block: str, settings: dict[str, Any], **extra: Any) -> dict[str, Any]:
    """The settings of a leaf as a spec has them. Raises Unwritable."""
    cls, scope = BLOCKS[block], level.scope(**extra)
    usual = defaults(cls)
    node: dict[str, Any] = {}
    for name, value in settings.items():
        if name in usual and usual[name] == value and level.world.chance(0.3):
            continue
        is_shape = name in shape_settings(cls)
        node[name] = level.shape(value) if is_shape else scope.write(value)
    return node


def place(
    level: Level, block: str, settings: dict[str, Any], picked: Picked, kept: Tensor | None
) -> bool:
    """Add a node of this block on these tensors, perhaps repeated; False if its rule refuses.

    Raises Unwritable. kept: the type that must come out.
    """
    cls, world = BLOCKS[block], level.world
    if ports(cls) and ports(cls)[0].name not in picked:  # the node above would go to it
        return False
    types = fed(picked)
    first = applied(cls, settings, types)
    if first is None:
        return False
    outputs: Types = dict(first.outputs)
    if kept is not None and (list(outputs) != [""] or not same(outputs[""], kept)):
        return False
    names = [port.name for port in ports(cls)]
    node: dict[str, Any] = {"block": block}
    if world.chance(0.05, "block by expression"):
        node["block"] = level.scope().write(block, 0.0)
        world.used["block by expression"] += 1
    name = level.new_name()
    copies = _modified(level, block, settings, types, node, outputs, kept)
    if copies is None:
        return False
    if "repeat" in node or "for" in node:
        outputs = copies[-1] if copies else {"": types[names[0]]}
    if kept is not None and not same(outputs[""], kept):
        return False
    node |= level.feed(picked, names)
    weights = [(path, size) for path, size, trainable in held(first) if trainable]
    if weights and not {"repeat", "for", "when"} & node.keys():
        _beside(level, name, node, weights)
        if "tie" not in node and "init" not in node:
            level.leaves[name] = (block, dict(settings))
    if world.chance(0.04, "note"):
        node["note"] = "a remark: $5 & <b>"
        world.used["note"] += 1
    level.add(name, block if node == {"block": block} and world.chance(0.8) else node, outputs)
    for number, each in enumerate(copies):
        level.live.insert(-1, Live(f"{name}.{number}", each[""]))
    if node.get("parallel") is not None:
        level.stars.append((f"{name}.*", tuple(each[""] for each in copies)))
    world.used[f"block {block}"] += 1
    usual = defaults(cls)
    for setting, value in settings.items():
        world.used[f"setting {block}.{setting}"] += value != usual.get(setting, ...)
    return True


def _modified(
    level: Level,
    block: str,
    settings: dict[str, Any],
    types: dict[str, Any],
    node: dict[str, Any],
    outputs: Types,
    kept: Tensor | None,
) -> list[Types] | None:
    """Write the settings, with copies or a condition: the types of copies, None if they do not fit.

    Raises Unwritable.
    """
    world, own = level.world, ports(BLOCKS[block])
    chained = bool(own) and not own[0].variadic and list(outputs) == [""]
    loop = level.random.random()
    if any(
        world.chance(0.0, what) for what in ("repeat", "for", "index", "repeat share", "for of two")
    ):
        loop = 0.0
    elif world.chance(0.0, "parallel") or world.chance(0.0, "zipped") or world.chance(0.0, "star"):
        loop = 0.15
    if chained and loop < 0.13 and (kept is None or same(outputs[""], types[own[0].name])):
        copies = _repeated(level, block, settings, types, node, kept is not None)
        return copies if copies or "repeat" in node or "for" in node else None
    if chained and kept is None and loop < 0.17 and "parallel" in world.features:
        return _parallel(level, block, settings, types, node)
    node |= written(level, block, settings)
    if chained and world.chance(0.06, "when"):
        on = world.chance(0.5)
        node["when"] = level.scope().write(on, 0.3)
        world.used["when"] += 1
        if not on:
            outputs[""] = types[own[0].name]
    return []


def _varied(
    level: Level, block: str, settings: dict[str, Any], times: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Settings of each copy, and how they are written. Raises Unwritable."""
    random, world = level.random, level.world
    whole = [n for n, v in settings.items() if type(v) is int and n != "index"]
    form = random.random()
    if not whole or form < 0.4 or not times:
        return [settings] * times, {"repeat": times, **written(level, block, settings)}
    which = random.choice(whole)
    rest = {name: value for name, value in settings.items() if name != which}
    if form < 0.6:
        value = settings[which]
        world.used["index"] += 1
        text = random.choice([f"$({value} + index)", f"$(index + {value})"])
        if world.chance(0.3):
            text = f"$([{', '.join(str(value + i) for i in range(times))}][index])"
        each = [settings | {which: value + index} for index in range(times)]
        return each, {"repeat": times, which: text, **written(level, block, rest)}
    values = [settings[which] + random.randint(0, 1) for _ in range(times)]
    world.used["for"] += 1
    each = [settings | {which: value} for value in values]
    lists = level.scope().write(values, 0.5)
    others = [name for name in whole if name != which]
    if others and world.chance(0.3, "for of two"):
        second = random.choice(others)
        del rest[second]
        world.used["for of two"] += 1
        more = [settings[second] + random.randint(0, 1) for _ in range(times)]
        each = [own | {second: value} for own, value in zip(each, more, strict=True)]
        return each, {"for": {which: lists, second: more}, **written(level, block, rest)}
    if form < 0.8:
        return each, {"for": {which: lists}, **written(level, block, rest)}
    variable = world.fresh("v")
    return each, {
        "for": {variable: lists},
        which: random.choice([f"${variable}", f"$({variable} + 0 * index)"]),
        **written(level, block, rest),
    }


def _repeated(
    level: Level,
    block: str,
    settings: dict[str, Any],
    types: dict[str, Any],
    node: dict[str, Any],
    keep: bool,
) -> list[Types]:
    """Copies in a row; their types. Adds `repeat` or `for`. Raises Unwritable."""
    cls = BLOCKS[block]
    times = level.random.choice([0, 1, 2, 3, 3, 4])
    each, said = _varied(level, block, settings, times)
    chain, copies = dict(types), list[Types]()
    for own in each:
        leaf = applied(cls, own, chain)
        if leaf is None or (keep and not same(leaf.outputs[""], types[next(iter(types))])):
            return []
        copies.append(dict(leaf.outputs))
        chain[ports(cls)[0].name] = leaf.outputs[""]
    if "repeat" in said:
        said["repeat"] = level.scope().write(said["repeat"], 0.6)
        if (
            "share" in level.world.features
            and times
            and each[0] == each[-1]
            and level.world.chance(0.3, "repeat share")
        ):
            alike = all(same(one[""], types[ports(cls)[0].name]) for one in copies)
            if alike:
                said["repeat"] = {"times": said["repeat"], "share": True}
                level.world.used["repeat share"] += 1
        level.world.used["repeat"] += 1
    node |= said
    return copies


def _parallel(
    level: Level, block: str, settings: dict[str, Any], types: dict[str, Any], node: dict[str, Any]
) -> list[Types]:
    """Copies beside one another; their types. Raises Unwritable."""
    times = level.random.choice([1, 2, 3])
    each, said = _varied(level, block, settings, times)
    leaves = [applied(BLOCKS[block], own, types) for own in each]
    if any(leaf is None for leaf in leaves):
        raise Unwritable(block)
    node |= said | {"parallel": level.scope().write(True, 0.7)}
    level.world.used["parallel"] += 1
    return [dict(leaf.outputs) for leaf in leaves if leaf is not None]


def _beside(level: Level, name: str, node: dict[str, Any], weights: list[Any]) -> None:
    """Ties and initialisers of the node's own parameters."""
    world, random = level.world, level.random
    path, size = random.choice(weights)
    if path and world.chance(0.3, "tie"):
        alike = [f"{other}.{p}" for other, p, own in level.weights if own == size]
        if alike:
            node["tie"] = {path: random.choice(alike)}
            world.used["tie"] += 1
            return
    if path and world.chance(0.15, "init"):
        value = random.choice(
            ["zeros", "ones", {"normal": {"std": 0.02}}, {"uniform": {"a": -1, "b": 1}}]
        )
        node["init"] = {random.choice([path, "*"]): value}
        world.used["init"] += 1
    if path and "init" not in node:
        level.weights += [(name, p, own) for p, own in weights if p]
