"""A failing spec made small: whatever can be left out without losing the failure is left out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Spec = dict[str, Any]


def shrunk(spec: Spec, failure: Callable[[Spec], str | None], rounds: int = 400) -> Spec:
    """The smallest spec found with the same failure. failure: what goes wrong, in a word; None: nothing."""
    wanted = failure(spec)
    left = rounds
    changed = True
    while changed and left > 0:
        changed = False
        for candidate in _smaller(spec):
            left -= 1
            if left <= 0:
                break
            try:
                if failure(candidate) == wanted:
                    spec, changed = candidate, True
                    break
            except RecursionError:
                continue
    return spec


def _smaller(spec: Spec) -> Iterator[Spec]:
    """Copies with one thing left out or made plainer, the largest things first."""
    yield from _without(spec, ("presets",), ("init",), ("params",), ("dims",))
    for path, value in sorted(_paths(spec), key=lambda each: -len(repr(each[1]))):
        if len(path) == 1 and path[0] in ("netwright", "nodes", "inputs"):
            continue
        smaller = copy.deepcopy(spec)
        holder = _at(smaller, path[:-1])
        del holder[path[-1]]
        yield smaller
        if len(path) >= 2 and path[-2] == "nodes":
            yield from _bypassed(spec, path)
        if isinstance(value, str) and path[-1] == "outputs":
            continue
        if isinstance(value, dict) and set(value) == {"block"}:
            smaller = copy.deepcopy(spec)
            _at(smaller, path[:-1])[path[-1]] = value["block"]
            yield smaller
        if type(value) is int and value > 1:
            smaller = copy.deepcopy(spec)
            _at(smaller, path[:-1])[path[-1]] = 1
            yield smaller


def _bypassed(spec: Spec, path: tuple[Any, ...]) -> Iterator[Spec]:
    """Without a node; what read it reads what it read."""
    node = _at(spec, path)
    source = node.get("from") if isinstance(node, dict) else None
    names = [*_at(spec, path[:-1])]
    place = names.index(path[-1])
    above = names[place - 1] if place else "x"
    if isinstance(source, list):
        source = source[0] if source else None
    if isinstance(source, dict):
        source = next(iter(source.values()), None)
        source = source[0] if isinstance(source, list) and source else source
    smaller = copy.deepcopy(spec)
    del _at(smaller, path[:-1])[path[-1]]
    _renamed(smaller, str(path[-1]), source if isinstance(source, str) else above)
    yield smaller


def _renamed(value: Any, old: str, new: str) -> None:
    for key in value if isinstance(value, dict) else range(len(value)):
        each = value[key]
        if isinstance(each, (dict, list)):
            _renamed(each, old, new)
        elif isinstance(each, str) and each.split(".")[0] == old:
            value[key] = new


def _without(spec: Spec, *paths: tuple[str, ...]) -> Iterator[Spec]:
    for path in paths:
        if path[0] in spec:
            yield {key: each for key, each in spec.items() if key != path[0]}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _paths(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _paths(each, (*path, index))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value
