"""Inputs: a file declares sizes that are symbols; a block binds names to the sizes that arrive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import POISON, Poisoned, Scope
from netwright.composer.elaborate.unknown import relaxed, unknowns
from netwright.composer.elaborate.values import value_of
from netwright.composer.graph import Fed
from netwright.specs import tree as trees
from netwright.specs.document import Definition, InputDecl
from netwright.specs.expressions import UnknownName
from netwright.specs.names import check_name
from netwright.specs.problems import Place, shown, suggest
from netwright.specs.sizes import Doubt, Size, Symbolic, decide, symbol
from netwright.specs.tensors import DTYPES, GROUPS, Refusal, Tensor

WILDCARDS = ("...", "_")


def shape_node(tree: trees.Mapping, name: str) -> trees.Sequence | None:
    """The shape of an input as it stands in the file; None for the input that is not written."""
    if "inputs" not in tree.entries:
        return None
    node = trees.at(tree, ("inputs", name))
    node = node.entries["shape"].node if isinstance(node, trees.Mapping) else node
    return node if isinstance(node, trees.Sequence) else None


def written(definition: Definition) -> dict[str, tuple[str, ...]]:
    """The shapes of the inputs as texts, for messages, docs and emitted code."""
    return {name: tuple(str(dim) for dim in decl.shape) for name, decl in definition.ports.items()}


# -- a file: names are symbols ----------------------------------------------------------------------------


def declare(
    definition: Definition, tree: trees.Mapping, scope: Scope, sizes: dict[str, Size], where: Where
) -> dict[str, Any]:
    """The types of a file's inputs; fills in sizes. What is wrong is reported, and POISON."""
    facts = _facts(definition, tree, scope, where)
    for name in definition.ports:
        shape = shape_node(tree, name)
        for item in shape.items if shape else ():
            if (
                isinstance(item, trees.Scalar)
                and isinstance(item.value, str)
                and _is_name(item.value)
            ):
                _new_size(item.value, item, facts.get(item.value, {}), definition, sizes, where)
    for name in facts.keys() - sizes.keys():
        near = suggest(name, sizes)
        entry = tree.entries["dims"].node.entries[name]  # type: ignore[union-attr]
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
    return {
        name: _declared(name, decl, tree, scope, where) for name, decl in definition.ports.items()
    }


def _is_name(text: str) -> bool:
    return text not in WILDCARDS and not text.startswith("$")


def _new_size(
    name: str,
    item: trees.Scalar,
    facts: Mapping[str, int],
    definition: Definition,
    sizes: dict[str, Size],
    where: Where,
) -> None:
    if name in sizes:
        return
    wrong = check_name(name, "size")
    if wrong is not None:
        where.report("NW105", wrong.message, item.place, help=wrong.help)
        sizes[name] = POISON  # type: ignore[assignment]
        return
    if name in definition.params:
        where.report(
            "NW107",
            f"{name} is a param; a size needs another name",
            item.place,
            help=f"write ${name} for the param's value",
        )
        sizes[name] = POISON  # type: ignore[assignment]
        return
    sizes[name] = symbol(
        name,
        minimum=facts.get("min", 1),
        maximum=facts.get("max"),
        multiple_of=facts.get("multiple_of", 1),
    )


def _facts(
    definition: Definition, tree: trees.Mapping, scope: Scope, where: Where
) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name in definition.dims:
        node = trees.at(tree, ("dims", name))
        found[name] = {}
        if not isinstance(node, trees.Mapping):
            continue
        for fact, entry in node.entries.items():
            try:
                value = value_of(entry.node, scope, where)
            except Poisoned:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                where.report(
                    "NW133",
                    f"{name}.{fact}: expected an integer of at least 1, got {shown(value)}",
                    entry.node.place,
                )
                continue
            found[name][fact] = value
        low, high, step = (
            found[name].get("min", 1),
            found[name].get("max"),
            found[name].get("multiple_of", 1),
        )
        if high is not None and high // step * step < max(low, step):
            where.report("NW108", f"no size fits these facts about {name}", node.place)
            found[name] = {}
    return found


def _declared(name: str, decl: InputDecl, tree: trees.Mapping, scope: Scope, where: Where) -> Any:
    shape = shape_node(tree, name)
    place = _input_place(tree, name)
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
            sizes.append(_checked_size(size, item, where))
        dtype = _dtype(decl, tree, name, where, "float")
        below = _below(decl, tree, name, scope, where)
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
    return Tensor(tuple(sizes), dtype, below)


def _checked_size(size: Any, item: trees.Node, where: Where) -> Size:
    if isinstance(size, Symbolic):
        with where.guard(item.place):
            if size < 1:
                where.report("NW307", f"a size is at least 1, this is {size}", item.place)
                raise Poisoned
        return size
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size < 2**31:
        where.report(
            "NW309",
            f"expected a size (an integer of at least 1, a name, an expression), got {shown(size)}",
            item.place,
        )
        raise Poisoned
    return size


def _dtype(decl: InputDecl, tree: trees.Mapping, name: str, where: Where, default: str) -> str:
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


def _below(
    decl: InputDecl, tree: trees.Mapping, name: str, scope: Scope, where: Where
) -> Size | None:
    if decl.below is None:
        return None
    node = trees.at(tree, ("inputs", name, "below"))
    return _checked_size(value_of(node, scope, where, shape=True), node, where)


def _input_place(tree: trees.Mapping, name: str) -> Place:
    return trees.place_of(tree, ("inputs", name), key=True)


# -- a block: names are bound to what arrives ---------------------------------------------------------------


def bind(
    definition: Definition,
    arrived: Mapping[str, Any],
    sizes: dict[str, Size],
    where: Where,
    place: Place | None,
) -> bool:
    """Bind the names in the shapes of a block's inputs. False (reported) if ranks do not fit."""
    fits = True
    for name, decl in definition.ports.items():
        fed = arrived.get(name)
        if fed is None:  # an optional input that is not fed binds nothing
            continue
        poisoned = not isinstance(fed, Tensor)
        shape = [dim if isinstance(dim, str) else "" for dim in decl.shape]
        if isinstance(fed, Tensor) and not _rank_fits(shape, fed):
            want = f"[{', '.join(map(str, decl.shape))}]"
            where.report("NW302", f"{name}: expected {want}, got {fed}", place)
            fits, poisoned = False, True
        for dim, size in _aligned(decl.shape, None if poisoned else fed):
            if isinstance(dim, str) and _is_name(dim) and dim not in sizes:
                sizes[dim] = size
    return fits


def _rank_fits(shape: list[str], fed: Tensor) -> bool:
    return len(shape) - 1 <= fed.rank if "..." in shape else len(shape) == fed.rank


def _aligned(shape: list[Any], fed: Tensor | None) -> Iterator[tuple[Any, Any]]:
    """Each dim of a pattern with the size that it meets; `...` left out."""
    if fed is None:
        yield from ((dim, POISON) for dim in shape if dim != "...")
        return
    split = shape.index("...") if "..." in shape else len(shape)
    yield from zip(shape[:split], fed.sizes, strict=False)
    tail = len(shape) - split - 1
    if tail > 0:
        yield from zip(shape[split + 1 :], fed.sizes[-tail:], strict=True)


def demand(
    definition: Definition,
    tree: trees.Mapping,
    arrived: Mapping[str, Fed],
    scope: Scope,
    where: Where,
    place: Place | None,
) -> bool:
    """Prove what a block demands of its inputs: sizes, dtypes, facts, bounds. False: reported."""
    fits = True
    for name, decl in definition.ports.items():
        fed = arrived.get(name)
        if not isinstance(fed, Tensor):
            continue
        shape = shape_node(tree, name)
        try:
            for item, size in (
                _aligned(list(shape.items), fed)
                if shape and not _has_rest(shape)
                else _with_rest(shape, fed)
            ):
                _demand_size(name, item, size, scope, where, place)
            if decl.dtype is not None:
                with where.guard(place):
                    fed.of(_dtype(decl, tree, name, where, "any"))
            below = _below(decl, tree, name, scope, where)
            if below is not None and fed.below is not None:
                _settle(
                    "<=",
                    fed.below,
                    below,
                    f"{name}: values below {fed.below}, expected below {below}",
                    where,
                    place,
                )
        except Poisoned:
            fits = False
    return _demand_facts(definition, tree, scope, where, place) and fits


def _has_rest(shape: trees.Sequence) -> bool:
    return any(isinstance(item, trees.Scalar) and item.value == "..." for item in shape.items)


def _with_rest(shape: trees.Sequence | None, fed: Tensor) -> Iterator[tuple[trees.Node, Size]]:
    if shape is None:
        return
    split = next(
        i
        for i, item in enumerate(shape.items)
        if isinstance(item, trees.Scalar) and item.value == "..."
    )
    yield from zip(shape.items[:split], fed.sizes, strict=False)
    tail = shape.items[split + 1 :]
    if tail:
        yield from zip(tail, fed.sizes[-len(tail) :], strict=True)


def _demand_size(
    name: str, item: trees.Node, size: Size, scope: Scope, where: Where, place: Place | None
) -> None:
    if isinstance(item, trees.Scalar) and item.value == "_":
        return
    wanted = value_of(item, scope, where, shape=True)
    if wanted is size:
        return
    text = item.text if isinstance(item, trees.Scalar) else ""
    _settle(
        "==",
        size,
        _checked_size(wanted, item, where),
        f"{name}: expected {text} = {wanted}, got {size}",
        where,
        place,
    )


def _demand_facts(
    definition: Definition, tree: trees.Mapping, scope: Scope, where: Where, place: Place | None
) -> bool:
    fits = True
    for name in definition.dims:
        node = trees.at(tree, ("dims", name))
        try:
            size = scope.lookup(name)
        except Poisoned:
            continue
        except UnknownName:
            where.report("NW106", f"no input has a size called {shown(name)}", node.place)
            fits = False
            continue
        for fact, entry in node.entries.items() if isinstance(node, trees.Mapping) else ():
            try:
                value = _checked_size(value_of(entry.node, scope, where), entry.node, where)
                if fact == "multiple_of":
                    _multiple(name, size, value, where, place)
                else:
                    relation, words = (">=", "at least") if fact == "min" else ("<=", "at most")
                    _settle(
                        relation,
                        size,
                        value,
                        f"{name} must be {words} {value}, it is {size}",
                        where,
                        place,
                    )
            except Poisoned:
                fits = False
    return fits


def _multiple(name: str, size: Size, value: Size, where: Where, place: Place | None) -> None:
    help = ""
    if unknowns((size, value)):
        return
    if isinstance(size, int) and isinstance(value, int):
        near = [n for n in (size // value * value, -(-size // value) * value) if n]
        divisors = [n for n in range(1, min(size, 4096) + 1) if size % n == 0]
        below = max((n for n in divisors if n < value), default=None)
        above = min((n for n in divisors if n > value), default=None)
        legal = " or ".join(str(n) for n in (below, above) if n)
        multiples = " and ".join(map(str, near))
        help = f"{size} is a multiple of {legal}; multiples of {value} near it are {multiples}"
    with where.guard(place):
        remainder = size % value
    _settle(
        "==",
        remainder,
        0,
        f"{name} must be a multiple of {value}, it is {size}",
        where,
        place,
        help,
    )


def _settle(
    relation: Any, a: Size, b: Size, message: str, where: Where, place: Place | None, help: str = ""
) -> None:
    verdict = decide(relation, a, b)
    if verdict is True:
        return
    if unknowns((a, b)):
        verdict = decide(relation, *relaxed((a, b)))
        if verdict is not False:
            return  # it depends on a mistake that is reported
    if isinstance(verdict, Doubt):
        where.doubt(verdict, place, message)
    else:
        where.report("NW301" if relation == "==" else "NW302", message, place, help=help)
    raise Poisoned


__all__ = ["Refusal", "bind", "declare", "demand", "written"]
