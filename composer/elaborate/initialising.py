"""Initialisers: what `init` says at a node and in a spec, nearest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import Poisoned
from netwright.composer.elaborate.values import value_of
from netwright.composer.graph import Leaf, Node, held
from netwright.plugins.initialisers import InitialiserError, initialiser
from netwright.specs import tree as trees
from netwright.specs.document import Definition
from netwright.specs.problems import NetwrightError, Place, shown

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import Level

Init = tuple[str, str, tuple[tuple[str, Any], ...]]


def initialisers(level: Level, definition: Definition, tree: trees.Mapping) -> Iterator[Init]:
    """Those of the nodes, nearest, then those that came with bodies, then the spec's own."""
    for state in level.states.values():
        entry = state.tree.entries.get("init") if state.tree is not None else None
        if entry is None or not isinstance(entry.node, trees.Mapping):
            continue
        prefix = f"{state.name}.*" if state.node and numbered(state.node) else state.name
        for pattern, each in entry.node.entries.items():
            found = _initialiser(level, each.node, level.where.at(state.name))
            if found is None:
                continue
            meant = [f"{prefix}.{pattern}"]
            if pattern == "*":  # of a node that is a parameter itself, that
                meant.append(prefix)
            elif pattern.startswith("*."):  # which may match nothing
                meant.append(f"{prefix}.{pattern[2:]}")
            node = level.nodes.get(state.name)
            if node is not None and pattern != "*" and not node.share:
                place = trees.place_of(entry.node, (pattern,), key=True)
                _missed(level, meant, [node], f"{shown(pattern)} in {state.name}", place)
            for path in meant:
                yield (path, *found)
    for body in level.spliced:
        yield from body.inits
    for pattern in definition.init:
        found = _initialiser(level, trees.at(tree, ("init", pattern)), level.where)
        if found is None:
            continue
        place = trees.place_of(tree, ("init", pattern), key=True)
        _missed(level, [pattern], level.nodes.values(), shown(pattern), place)
        yield (pattern, *found)


def _missed(
    level: Level, meant: Iterable[str], nodes: Iterable[Node], said: str, place: Place | None
) -> None:
    """Warn of patterns that fit no parameter of these nodes, unless some are not known."""
    known = all(state.outputs is not None for state in level.states.values())
    if known and not any(_fits(pattern)(path) for path in _paths(nodes) for pattern in meant):
        level.where.warn("NW212", f"no parameter has a name like {said}", place)


def _fits(pattern: str) -> Callable[[str], object]:
    """Whether a pattern fits a path in which a copy's number is 0, or any."""
    if pattern.startswith("*") and "*" not in pattern[1:]:
        end = pattern[1:]
        return lambda path: path.endswith(end) or path == end.removeprefix(".")
    parts = (".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", pattern))
    whole = "".join(parts).replace(r"\.", "[.]")
    whole = re.sub(r"(?<=\])[0-9]+(?=\[)", "[0-9]+", whole)
    return re.compile(f"(?:{whole}|{whole[5:] if pattern.startswith('*.') else whole})").fullmatch


def _paths(nodes: Iterable[Node]) -> Iterator[str]:
    """The paths of the parameters; of equal copies the first one's."""
    for node in nodes:
        if node.share and node.share != node.name:
            continue
        for first, element in node.elements():
            name = f"{node.name}.{first}" if numbered(node) else node.name
            if isinstance(element, Leaf):
                own = iter([path for path, _, trainable in held(element) if trainable])
            else:
                own = _paths(element.nodes.values())
            yield from (f"{name}.{path}".removesuffix(".") for path in own)


def _initialiser(
    level: Level, node: trees.Node, where: Where
) -> tuple[str, tuple[tuple[str, Any], ...]] | None:
    try:
        value = value_of(node, level.scope, where)
        return initialiser(value, level.elaborator.catalogue.initialiser)
    except Poisoned:
        return None
    except NetwrightError as error:
        for problem in error.problems:
            where.report(problem.code, problem.message, node.place, help=problem.help)
        return None
    except InitialiserError as error:
        near = re.fullmatch(r"did you mean (\w+)\?", error.help)
        is_word = near is not None and isinstance(node, trees.Scalar)
        where.report(
            "NW514",
            str(error),
            node.place,
            help=error.help,
            fix=fix_word(node, near[1]) if is_word and near is not None else None,
        )
        return None


def numbered(node: Node) -> bool:
    """Whether the modules of a node are NAME.0, NAME.1, …; copies that share theirs have one."""
    return node.repeated and not node.share
