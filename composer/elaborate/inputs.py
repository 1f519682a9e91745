"""Inputs: a file declares sizes that are symbols; a block binds names to the sizes that arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import POISON, Poison, Poisoned, Scope
from netwright.composer.elaborate.values import value_of
from netwright.specs import tree as trees
from netwright.specs.document import Definition, InputDecl
from netwright.specs.names import check_name
from netwright.specs.problems import Place, shown, suggest
from netwright.specs.sizes import Size, Symbolic, symbol
from netwright.specs.tensors import DTYPES, GROUPS, INTEGER, Tensor

REST = "..."
WILDCARDS = (REST, "_")


def shape_node(tree: trees.Mapping, name: str) -> trees.Sequence | None:
    """The shape of an input as it stands in the file; None for the input that is not written."""
    try:
        node = trees.at(tree, ("inputs", name))
        if isinstance(node, trees.Mapping):
            node = trees.at(node, ("shape",))
    except LookupError:  # it is not written, or wrong
        return None
    return node if isinstance(node, trees.Sequence) else None


def written(definition: Definition) -> dict[str, tuple[str, ...]]:
    """The shapes of the inputs as texts, for messages, docs and emitted code."""
    return {name: tuple(str(dim) for dim in decl.shape) for name, decl in definition.ports.items()}


# -- a file: names are symbols ----------------------------------------------------------------------------


def declare(
    definition: Definition,
    tree: trees.Mapping,
    scope: Scope,
    sizes: dict[str, Size | Poison],
    where: Where,
) -> dict[str, Any]:
    """The types of a file's inputs; fills in sizes. What is wrong is reported, and POISON.

    An input that is not given has none, and a size that only such inputs have is not known.
    """
    facts = _facts(definition, tree, scope, where)
    for name in definition.ports:
        shape = shape_node(tree, name)
        for item in shape.items if shape else ():
            if (
                isinstance(item, trees.Scalar)
                and isinstance(item.value, str)
                and is_name(item.value)
            ):
                _new_size(item.value, item, facts.get(item.value, {}), definition, sizes, where)
    for name in facts.keys() - sizes.keys():
        near = suggest(name, sizes)
        dims = tree.entries["dims"].node
        assert isinstance(dims, trees.Mapping)
        entry = dims.entries[name]
        where.report(
            "NW106",
            f"no input has a size called {shown(name)}",
            entry.key_place,
            help=f"did you mean `{near}`?"
            if near
            else f"sizes are {', '.join(sizes)}"
            if sizes
            else "",
            fix=fix_word(entry, near),
        )
    given = {name: decl for name, decl in definition.ports.items() if scope.fed[name]}
    for name in sizes.keys() - {str(dim) for decl in given.values() for dim in decl.shape}:
        del sizes[name]
    return {
        name: _declared(name, decl, tree, scope, where) if name in given else None
        for name, decl in definition.ports.items()
    }


def is_name(text: str) -> bool:
    """Whether an element of a shape is a name."""
    return text not in WILDCARDS and not text.startswith("$")


def _new_size(
    name: str,
    item: trees.Scalar,
    facts: Mapping[str, int] | None,
    definition: Definition,
    sizes: dict[str, Size | Poison],
    where: Where,
) -> None:
    if name in sizes:
        return
    wrong = check_name(name, "size")
    if wrong is not None:
        where.report("NW105", wrong.message, item.place, help=wrong.help)
        sizes[name] = POISON
        return
    if name in definition.params:
        where.report(
            "NW107",
            f"{name} is a param; a size needs another name",
            item.place,
            help=f"write ${name} for the param's value",
        )
        sizes[name] = POISON
        return
    if facts is None:
        sizes[name] = POISON
        return
    sizes[name] = symbol(
        name,
        minimum=facts.get("min", 1),
        maximum=facts.get("max"),
        multiple_of=facts.get("multiple_of", 1),
    )


def _facts(
    definition: Definition, tree: trees.Mapping, scope: Scope, where: Where
) -> dict[str, dict[str, int] | None]:
    """What is said of each size; None where that is wrong, and reported: then it is not known what holds."""
    found: dict[str, dict[str, int] | None] = {}
    for name in definition.dims:
        node = trees.at(tree, ("dims", name))
        found[name] = {}
        if not isinstance(node, trees.Mapping):
            continue
        facts: dict[str, int] = {}
        for fact, entry in node.entries.items():
            try:
                value = value_of(entry.node, scope, where)
            except Poisoned:
                found[name] = None
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                where.report(
                    "NW133",
                    f"{name}.{fact}: expected an integer of at least 1, got {shown(value)}",
                    entry.node.place,
                )
                found[name] = None
                continue
            facts[fact] = value
        low, high, step = facts.get("min", 1), facts.get("max"), facts.get("multiple_of", 1)
        if high is not None and high // step * step < max(low, step):
            where.report("NW108", f"no size fits these facts about {name}", node.place)
            found[name] = None
        elif found[name] is not None:
            found[name] = facts
    return found


def _declared(name: str, decl: InputDecl, tree: trees.Mapping, scope: Scope, where: Where) -> Any:
    shape = shape_node(tree, name)
    place = _input_place(tree, name)
    section = tree.entries.get("inputs")
    if shape is None and section is not None and section.node.plain() is not None:
        return POISON  # what stands there is no shape; that is reported
    if shape is None:
        where.report("NW208", "a network has inputs", place, help="add `inputs: {x: [batch, …]}`")
        return POISON
    sizes: list[Size] = []
    try:
        for index, item in enumerate(shape.items):
            if isinstance(item, trees.Scalar) and item.value == "...":
                where.report(
                    "NW309", "a file says each size of its inputs: `...` is for blocks", item.place
                )
                raise Poisoned
            if isinstance(item, trees.Scalar) and item.value == "_":
                sizes.append(symbol(f"{name}_{index}", origin=("anonymous", name, index)))
                continue
            size = value_of(item, scope, where, shape=isinstance(item, trees.Scalar))
            sizes.append(checked_size(size, item, where))
        dtype = dtype_of(decl, tree, name, where, "float")
        below = bound_below(decl, tree, name, scope, where)
    except Poisoned:
        return POISON
    if dtype in GROUPS:
        where.report(
            "NW303",
            f"the input {name} needs one dtype, not {dtype}",
            place,
            help=f"one of {', '.join(GROUPS[dtype])}",
        )
        return POISON
    counted = below is None and dtype in INTEGER  # a size may be counted in it, such as of graphs
    return Tensor(tuple(sizes), dtype, below, origin=name if counted else None)


def checked_size(size: Any, item: trees.Node, where: Where) -> Size:
    """A size that was written, if it is one. Raises Poisoned (reported)."""
    if isinstance(size, Symbolic):
        with where.guard(item.place):
            if size < 1:
                where.report("NW307", f"a size is at least 1, this is {size}", item.place)
                raise Poisoned
        return size
    if isinstance(size, int) and not isinstance(size, bool) and size >= 2**31:
        where.report("NW309", f"{shown(size)} is too large: a size is below 2**31", item.place)
        raise Poisoned
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        where.report(
            "NW309",
            f"expected a size (an integer of at least 1, a name, an expression), got {shown(size)}",
            item.place,
        )
        raise Poisoned
    return size


def dtype_of(decl: InputDecl, tree: trees.Mapping, name: str, where: Where, default: str) -> str:
    """The dtype of an input, or a group of dtypes that it may have. Raises Poisoned (reported)."""
    if decl.dtype is None:
        return default
    if decl.dtype not in DTYPES and decl.dtype not in GROUPS:
        node = trees.at(tree, ("inputs", name, "dtype"))
        near = suggest(decl.dtype, DTYPES)
        where.report(
            "NW303",
            f"there is no dtype {shown(decl.dtype)}",
            node.place,
            notes=(f"dtypes are {', '.join(DTYPES)}",),
            help=f"did you mean {near}?" if near else "",
            fix=fix_word(node, near),
        )
        raise Poisoned
    return decl.dtype


def bound_below(
    decl: InputDecl, tree: trees.Mapping, name: str, scope: Scope, where: Where
) -> Size | None:
    """What the values of an input stay below. Raises Poisoned (reported)."""
    if decl.below is None:
        return None
    node = trees.at(tree, ("inputs", name, "below"))
    return checked_size(value_of(node, scope, where, shape=True), node, where)


def _input_place(tree: trees.Mapping, name: str) -> Place:
    return trees.place_of(tree, ("inputs", name), key=True)
