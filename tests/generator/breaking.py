"""The twin: one illegal edit of a valid spec is refused, at the edited line; where a fix comes, it mends."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from generator.holding import text
from generator.level import BLOCKS, CATALOGUE
from netwright.composer.elaborate import elaborate
from netwright.plugins.block import defaults, ports, schema
from netwright.specs import tree as trees
from netwright.specs.document import NODE_KEYS
from netwright.specs.load import loads
from netwright.specs.problems import Problem, Problems, SpecError, apply
from netwright.specs.reading import read_text

Path = tuple[str | int, ...]
Edited = tuple[dict[str, Any], Path]
"""The spec with the edit, and the path of what was edited in it."""


class Misled(AssertionError):
    """An edit that was accepted, or refused elsewhere, or a fix that does not mend."""


def refused(spec: Mapping[str, Any], random: Random, census: Counter[str], times: int = 2) -> None:
    """Break a spec in a few ways. Raises Misled."""
    edits = list(EDITS)
    random.shuffle(edits)
    done = 0
    for edit in edits:
        edited = edit(copy.deepcopy(dict(spec)), random)
        if edited is None:
            continue
        _one(edit.__name__, *edited)
        census[f"edit {edit.__name__}"] += 1
        done += 1
        if done == times:
            return


def _one(name: str, broken: dict[str, Any], path: Path) -> None:
    written = text(broken, False)
    problems = _problems(written)
    if not problems:
        raise Misled(f"{name} at {_dotted(path)} is accepted\n{written}")
    tree = read_text(written, "grown.yaml", Problems())
    lines = {trees.place_of(tree, path, key).line for key in (True, False)}
    told = [
        place.line
        for each in problems
        for place in (each.place, *(place for place, _ in each.also))
        if place is not None
    ]
    said = "\n".join(map(str, problems))
    if not lines & set(told):
        raise Misled(
            f"{name} at {_dotted(path)}, line {sorted(lines)}, is refused at {told}\n{said}\n{written}"
        )
    for problem in problems:
        if (
            problem.fix is not None
            and len(problems) == 1
            and _problems(apply(problem.fix, written))
        ):
            raise Misled(
                f"{name} at {_dotted(path)}: the fix does not mend it\n{problem}\n{written}"
            )


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _problems(written: str) -> tuple[Problem, ...]:
    try:
        elaborate(loads(written, "grown.yaml"), CATALOGUE)
    except SpecError as error:
        return error.problems
    except Exception as error:
        raise Misled(f"a crash: {error!r}\n{written}") from error
    return ()


# -- edits ------------------------------------------------------------------------------------------------


def _nodes(spec: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The nodes of the file that stand in the model whatever is left out: those that its outputs name."""
    outputs = spec.get("outputs", next(reversed(spec["nodes"])))
    refs = (
        [outputs]
        if isinstance(outputs, str)
        else list(outputs.values() if isinstance(outputs, dict) else outputs)
    )
    for name in dict.fromkeys(ref.split(".")[0] for ref in refs):
        node = spec["nodes"].get(name)
        if isinstance(node, str):
            node = spec["nodes"][name] = {"block": node}
        if (
            isinstance(node, dict)
            and "when" not in node
            and not str(node.get("block", "$")).startswith("$")
        ):
            times = node.get("repeat", 1)
            if times != 0 and isinstance(times, int):
                yield ("nodes", name), node


def _leaves(spec: Mapping[str, Any]) -> list[tuple[Path, dict[str, Any]]]:
    local = spec.get("blocks", {})
    return [
        (path, node)
        for path, node in _nodes(spec)
        if node.get("block") in BLOCKS and node["block"] not in local
    ]


def misspelt_setting(spec: dict[str, Any], random: Random) -> Edited | None:
    found = [
        (path, node, key) for path, node in _leaves(spec) for key in node if key not in NODE_KEYS
    ]
    if not found:
        return None
    path, node, key = random.choice(found)
    wrong = _misspelt(key, random, set(defaults(BLOCKS[node["block"]])) | set(NODE_KEYS))
    _renamed(node, key, wrong)
    return spec, (*path, wrong)


def unknown_setting(spec: dict[str, Any], random: Random) -> Edited | None:
    found = _leaves(spec)
    if not found:
        return None
    path, node = random.choice(found)
    node["zzz"] = 1
    return spec, (*path, "zzz")


def misspelt_block(spec: dict[str, Any], random: Random) -> Edited | None:
    found = _leaves(spec)
    if not found:
        return None
    path, node = random.choice(found)
    node["block"] = _misspelt(node["block"], random, set(BLOCKS) | set(spec.get("blocks", {})))
    return spec, (*path, "block")


def misspelt_reference(spec: dict[str, Any], random: Random) -> Edited | None:
    found = [(path, node) for path, node in _nodes(spec) if isinstance(node.get("from"), str)]
    if not found:
        return None
    path, node = random.choice(found)
    known = set(spec["nodes"]) | set(spec["inputs"])
    name, dot, rest = node["from"].partition(".")
    node["from"] = _misspelt(name, random, known) + dot + rest
    return spec, (*path, "from")


def missing_setting(spec: dict[str, Any], random: Random) -> Edited | None:
    found = [
        (path, node, key)
        for path, node in _leaves(spec)
        for key, default in defaults(BLOCKS[node["block"]]).items()
        if default is ... and key in node
    ]
    if not found:
        return None
    path, node, key = random.choice(found)
    del node[key]
    return spec, (*path, "block")


def wrong_kind(spec: dict[str, Any], random: Random) -> Edited | None:
    found = []
    for path, node in _leaves(spec):
        properties = schema(BLOCKS[node["block"]]).json_schema().get("properties", {})
        found += [
            (path, node, key)
            for key in node
            if properties.get(key, {}).get("type") in ("integer", "boolean", "number")
        ]
    if not found:
        return None
    path, node, key = random.choice(found)
    node[key] = random.choice(["wrong", [1, 2], {"a": 1}, None, "$([1])"])
    return spec, (*path, key)


def unknown_param(spec: dict[str, Any], random: Random) -> Edited | None:
    found = [
        (path, node, key) for path, node in _leaves(spec) for key in node if key not in NODE_KEYS
    ]
    if not found:
        return None
    path, node, key = random.choice(found)
    node[key] = "$(nowhere + 1)"
    return spec, (*path, key)


def not_an_expression(spec: dict[str, Any], random: Random) -> Edited | None:
    found = [
        (path, node, key) for path, node in _leaves(spec) for key in node if key not in NODE_KEYS
    ]
    if not found:
        return None
    path, node, key = random.choice(found)
    node[key] = random.choice(
        ["$(1 +)", "$(__import__('os'))", "$(1 // 0)", "$(2 ** 999999)", "$()"]
    )
    return spec, (*path, key)


def cycle(spec: dict[str, Any], random: Random) -> Edited | None:
    found = [(path, node) for path, node in _leaves(spec) if ports(BLOCKS[node["block"]])]
    if not found:
        return None
    path, node = random.choice(found)
    node["from"] = path[-1]
    return spec, (*path, "from")


def unknown_key(spec: dict[str, Any], random: Random) -> Edited | None:
    key = random.choice(["node", "input", "zzz", "output", "param"])
    spec[key] = {}
    return spec, (key,)


def unknown_output(spec: dict[str, Any], _: Random) -> Edited | None:
    spec["outputs"] = "nowhere"
    return spec, ("outputs",)


def unknown_dtype(spec: dict[str, Any], random: Random) -> Edited | None:
    if not spec["inputs"]:
        return None
    name = random.choice(list(spec["inputs"]))
    shape = spec["inputs"][name]
    decl = {"shape": shape} if isinstance(shape, list) else shape
    spec["inputs"][name] = {**decl, "dtype": f"{decl.get('dtype', 'float')}x"}
    return spec, ("inputs", name, "dtype")


def wrong_size(spec: dict[str, Any], random: Random) -> Edited | None:
    if not spec["inputs"]:
        return None
    name = random.choice(list(spec["inputs"]))
    decl = spec["inputs"][name]
    shape = decl if isinstance(decl, list) else decl["shape"]
    shape.insert(0, random.choice([0, -1, 1.5, True, "a b", "$(0)"]))
    at: Path = ("inputs", name) if isinstance(decl, list) else ("inputs", name, "shape")
    return spec, (*at, 0)


def too_many_inputs(spec: dict[str, Any], random: Random) -> Edited | None:
    found = []
    for path, node in _leaves(spec):
        own = ports(BLOCKS[node["block"]])
        if not any(port.variadic for port in own) and isinstance(node.get("from"), str):
            found.append((path, node, len(own)))
    if not found:
        return None
    path, node, count = random.choice(found)
    node["from"] = [node["from"]] * (count + 1)
    return spec, (*path, "from")


def node_like_an_input(spec: dict[str, Any], random: Random) -> Edited | None:
    if not spec["inputs"]:
        return None
    name = random.choice(list(spec["inputs"]))
    spec["nodes"][name] = "relu"
    return spec, ("nodes", name)


def reserved_name(spec: dict[str, Any], random: Random) -> Edited | None:
    name = random.choice(["train", "forward", "class", "2x", "a-b", "state_dict", "_x"])
    spec["nodes"][name] = {"block": "zeros", "shape": [1]}
    return spec, ("nodes", name)


def wrong_count(spec: dict[str, Any], random: Random) -> Edited | None:
    found = _leaves(spec)
    if not found:
        return None
    path, node = random.choice(found)
    for key in ("for", "parallel"):
        node.pop(key, None)
    node["repeat"] = random.choice([-1, 1.5, "two", True, [1], None])
    return spec, (*path, "repeat")


def unknown_initialiser(spec: dict[str, Any], random: Random) -> Edited | None:
    spec.setdefault("init", {})
    spec["init"]["*.weight"] = random.choice(
        ["zeroes", {"normal": {"sdt": 1}}, {"normal": {"std": -1}}, 5]
    )
    return spec, ("init", "*.weight")


def unknown_weight(spec: dict[str, Any], random: Random) -> Edited | None:
    found = _leaves(spec)
    if not found:
        return None
    path, node = random.choice(found)
    node["tie"] = {"zzz": "nowhere.weight"}
    return spec, (*path, "tie", "zzz")


def impossible_facts(spec: dict[str, Any], random: Random) -> Edited | None:
    if not spec.get("dims"):
        return None
    name = random.choice(list(spec["dims"]))
    spec["dims"][name] = {"min": 9, "max": 3}
    return spec, ("dims", name)


def unknown_size(spec: dict[str, Any], _: Random) -> Edited | None:
    spec.setdefault("dims", {})["nowhere"] = {"min": 2}
    return spec, ("dims", "nowhere")


def _misspelt(word: str, random: Random, known: set[str]) -> str:
    for _ in range(20):
        place = random.randrange(len(word))
        wrong = random.choice(
            [
                word[:place] + word[place + 1 :],
                word[:place] + word[place] + word[place:],
                word + "s",
            ]
        )
        if wrong not in known and wrong.isidentifier():
            return wrong
    return word + "zzz"


def _renamed(node: dict[str, Any], old: str, new: str) -> None:
    items = [(new if key == old else key, value) for key, value in node.items()]
    node.clear()
    node.update(items)


EDITS: tuple[Callable[[dict[str, Any], Random], Edited | None], ...] = (
    misspelt_setting, unknown_setting, misspelt_block, misspelt_reference, missing_setting, wrong_kind,
    unknown_param, not_an_expression, cycle, unknown_key, unknown_output, unknown_dtype, wrong_size,
    too_many_inputs, node_like_an_input, reserved_name, wrong_count, unknown_initialiser, unknown_weight,
    impossible_facts, unknown_size,
)  # fmt: skip
