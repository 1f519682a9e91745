"""One block by itself, at sizes, dtypes, bounds and settings that nobody asked its rule about.

Growing takes what the rules allow, and most of it is usual. Here an example of a block is changed in a few
places at once, mostly to what stands near another number in it: a bound as large as a table, a kernel as
large as the image, a size of 1. What the check then accepts has to run as it was said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from random import Random
from typing import Any

from generator.leaves import made
from generator.level import BLOCKS, CATALOGUE, EXAMPLES, Level, Unwritable, World
from generator.nudging import Spec, numbers
from generator.probing import document
from generator.settings import resolved, tweaked
from netwright import specs
from netwright.composer.elaborate import elaborate
from netwright.plugins.block import defaults, ports, schema, shape_settings
from netwright.plugins.testing.drawing import limits
from netwright.specs.problems import SpecError
from netwright.specs.tensors import DTYPES

SINGLES = 12
"""Blocks tried by themselves, for one seed."""
ATTEMPTS = 6
"""To find one that takes several tensors of these dtypes: most take no two."""
PAIRS = tuple(combinations(DTYPES, 2))
SEVERAL = tuple(
    name
    for name, cls in BLOCKS.items()
    if any(port.variadic for port in ports(cls)) or len(ports(cls)) > 1
)
"""Blocks that read more than one tensor."""
WEIGHTS = {
    name: 3
    + len(defaults(cls)) ** 1.5
    + 9 * any(each.below for own in EXAMPLES[name] for each in own.inputs.values())
    for name, cls in BLOCKS.items()
    if EXAMPLES[name]
}
"""The more settings and bounds, the more there is to go wrong between them."""

MANY = ([0, 0, 1, 2], [0, 0, 1], [1, 1, 2, 2, 3])
"""How many further changes, where dtypes are mixed, where one is another, and elsewhere."""


def singles(seed: int) -> list[Spec]:
    """The blocks that are tried by themselves beside the spec of a seed."""
    found: list[Spec] = []
    for turn in range(seed * SINGLES, (seed + 1) * SINGLES):
        for attempt in range(ATTEMPTS if turn % 3 == 0 else 1):
            spec = single(Random(f"single {turn} {attempt}"), turn)
            if spec is not None and (turn % 3 or _accepted(spec)):
                found.append(spec)
                break
    return found


def _accepted(spec: Spec) -> bool:
    try:
        elaborate(specs.load(spec), CATALOGUE)
    except SpecError:
        return False
    except Exception:  # noqa: BLE001 - whoever tries it then tells of the crash
        return True
    return True


def single(random: Random, turn: int) -> Spec | None:
    """A file of one block, valid or not; None where the example does not come out.

    turn: in turns that follow one another each block meets other dtypes, and what reads several tensors meets
    each pair of them.
    """
    number, kind = divmod(turn, 3)
    if kind == 0:
        block = random.choice(SEVERAL)
    elif kind == 1:
        block = list(WEIGHTS)[number % len(WEIGHTS)]
    else:
        block = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    found = _usual(random, block)
    if found is None:
        return None
    spec, node = found
    if kind == 0:
        _mix(spec, random, PAIRS[number % len(PAIRS)])
    elif kind == 1:
        _dtype(spec, node, random)
    if kind == 2 and random.random() < 0.5 and _bound(spec, node, random):
        kind = 0  # one thing too many at a time
    for change in random.sample(CHANGES, random.choice(MANY[kind])):
        change(spec, node, random)
    spec["nodes"]["out"] |= {name: each for name, each in node.items() if each is not ...}
    return spec


def _usual(random: Random, block: str) -> tuple[Spec, dict[str, Any]] | None:
    """A file of an example of the block, and its settings, some drawn anew."""
    cls = BLOCKS[block]
    example = random.choice(EXAMPLES[block])
    root = Level(World(random, lambda _: False), "root")
    try:
        picked, bound = made(root, example)
        settings = resolved(cls, example, bound)
        if settings is None:
            return None
        settings = tweaked(random, cls, settings, random.choice([0, 0, 0.2, 0.5]))
        scope = root.scope()
        node = {
            name: root.shape(each) if name in shape_settings(cls) else scope.write(each, 1.0)
            for name, each in settings.items()
        }
    except Unwritable:
        return None
    spec = document(root)
    refs = {
        port: [each.ref for each in live] if isinstance(live, tuple) else live.ref
        for port, live in picked.items()
    }
    spec["nodes"] = {"out": {"block": block, **({"from": refs} if refs else {})}}
    return spec, node


def _mix(spec: Spec, random: Random, pair: tuple[str, str]) -> None:
    """Two of the inputs have these dtypes; one of them may have no dimensions."""
    names = list(spec["inputs"])
    if len(names) == 1:  # read twice
        names.append("z")
        form = spec["inputs"][names[0]]
        spec["inputs"]["z"] = dict(form) if isinstance(form, dict) else list(form)
        _reread(spec, "z")
    places = random.sample(names, 2)
    for name, dtype in zip(places, random.sample(pair, 2), strict=True):
        form = spec["inputs"][name]
        shape = list(form["shape"] if isinstance(form, dict) else form)
        spec["inputs"][name] = {"shape": shape, "dtype": dtype}
    if random.random() < 0.4:
        del spec["inputs"][places[0]]["shape"][: random.choice([1, 9])]


def _reread(spec: Spec, name: str) -> None:
    """The last tensor that the node reads is another one."""
    refs = spec["nodes"]["out"]["from"]
    last = next(reversed(refs))
    if isinstance(refs[last], list):
        refs[last][-1:] = [refs[last][-1], name] if len(refs[last]) == 1 else [name]
    else:
        refs[last] = name


# -- changes ----------------------------------------------------------------------------------------------


def _near(spec: Spec, node: dict[str, Any], random: Random) -> None:
    """A number is what another one is, or one more or less."""
    both = {"inputs": spec["inputs"], "node": node}
    found = list(numbers(both))
    if found:
        holder, key = random.choice(found)
        other, place = random.choice(found)
        value = other[place] + random.choice([-1, 0, 0, 1])
        holder[key] = -value if holder is node and random.random() < 0.3 else value


def _bound(spec: Spec, node: dict[str, Any], random: Random) -> bool:
    """The bound of an input is near a setting; whether there are both."""
    own = [each for each in spec["inputs"].values() if isinstance(each, dict) and "below" in each]
    others = [holder[key] for holder, key in numbers(node)]
    if own and others:
        random.choice(own)["below"] = max(1, random.choice(others) + random.choice([-1, 0, 1, 1]))
    return bool(own and others)


def _size(spec: Spec, node: dict[str, Any], random: Random) -> None:
    """A size is 1, or small, or as symbolic as the first one."""
    del node
    shapes = [each for each in _shapes(spec) if each]
    if shapes:
        shape = random.choice(shapes)
        place = random.randrange(len(shape))
        shape[place] = random.choice([1, 1, 2, 3, "other", shape[place]])


def _ones(spec: Spec, node: dict[str, Any], random: Random) -> None:
    """Sizes of an input are 1, all but one or two of them."""
    del node
    shapes = [each for each in _shapes(spec) if each]
    if shapes:
        shape = random.choice(shapes)
        kept = {random.randrange(len(shape)) for _ in range(random.choice([1, 1, 2]))}
        shape[:] = [each if place in kept else 1 for place, each in enumerate(shape)]


def _rank(spec: Spec, node: dict[str, Any], random: Random) -> None:
    """An input has a dimension less, or one more, or none."""
    del node
    shapes = list(_shapes(spec))
    if shapes:
        shape = random.choice(shapes)
        form = random.random()
        if form < 0.5 and shape:
            del shape[random.choice([0, random.randrange(len(shape))])]
        elif form < 0.85:
            shape.insert(random.choice([0, 0, len(shape)]), random.choice([1, 1, 2, "another"]))
        else:
            shape.clear()


def _dtype(spec: Spec, node: dict[str, Any], random: Random) -> None:
    """An input has another dtype, and no bound."""
    del node
    if spec["inputs"]:
        name = random.choice(list(spec["inputs"]))
        form = spec["inputs"][name]
        shape = form["shape"] if isinstance(form, dict) else form
        spec["inputs"][name] = {"shape": shape, "dtype": random.choice(DTYPES[1:])}


def _limit(spec: Spec, node: dict[str, Any], random: Random) -> None:
    """A setting is at its limit."""
    cls = BLOCKS[spec["nodes"]["out"]["block"]]
    properties = schema(cls).json_schema().get("properties", {})
    names = [name for name in properties if name not in shape_settings(cls)]
    if names:
        name = random.choice(names)
        found = list(limits(properties[name]))
        if found:
            value = random.choice(found)
            node[name] = -value if type(value) is int and random.random() < 0.3 else value


def _shapes(spec: Spec) -> Iterator[list[Any]]:
    for each in spec["inputs"].values():
        yield each["shape"] if isinstance(each, dict) else each


CHANGES: tuple[Callable[[Spec, dict[str, Any], Random], object], ...] = (
    _near, _near, _bound, _size, _ones, _rank, _dtype, _limit, _limit, _limit,
)  # fmt: skip
