"""Demands: a block binds names to the sizes that arrive, and what it says of its inputs is proved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netwright.composer.elaborate.inputs import (
    REST,
    bound_below,
    checked_size,
    dtype_of,
    is_name,
    shape_node,
)
from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import POISON, Poisoned, Scope
from netwright.composer.elaborate.unknown import relaxed, unknowns
from netwright.composer.elaborate.values import value_of
from netwright.composer.graph import Fed
from netwright.specs import tree as trees
from netwright.specs.document import Definition, InputDecl
from netwright.specs.expressions import UnknownName
from netwright.specs.problems import Place, shown
from netwright.specs.sizes import Doubt, Size, decide
from netwright.specs.tensors import Tensor


def bind(
    definition: Definition,
    arrived: Mapping[str, Any],
    sizes: dict[str, Any],
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
        shape = _texts(decl)
        if isinstance(fed, Tensor) and not _rank_fits(shape, fed):
            want = f"[{', '.join(map(str, decl.shape))}]"
            where.report("NW302", f"{name}: expected {want}, got {fed}", place)
            fits, poisoned = False, True
        if isinstance(fed, Tensor) and not poisoned and REST in shape and REST not in sizes:
            ahead = shape.index(REST)
            sizes[REST] = fed.sizes[ahead : fed.rank - (len(shape) - ahead - 1)]
        for dim, size in _aligned(decl.shape, None if poisoned else fed):
            if isinstance(dim, str) and is_name(dim) and dim not in sizes:
                sizes[dim] = size
    return fits


def _texts(decl: InputDecl) -> list[str]:
    return [dim if isinstance(dim, str) else "" for dim in decl.shape]


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
        if not isinstance(fed, Tensor) or not _rank_fits(_texts(decl), fed):
            continue  # what does not fit is reported where names are bound
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
                    fed.of(dtype_of(decl, tree, name, where, "any"))
            below = bound_below(decl, tree, name, scope, where)
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
        checked_size(wanted, item, where),
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
                value = checked_size(value_of(entry.node, scope, where), entry.node, where)
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
