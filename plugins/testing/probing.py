"""Uses of a block that nobody wrote: found by asking its rule what it takes.

Settings come from the schema, inputs from the signature: shapes of every rank, dtypes, bounds. What the
rule takes is then generalised: each size becomes a symbol, if the rule takes that as well.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwright.plugins.block import Block, defaults, ports, shape_settings
from netwright.plugins.catalogue import Catalogue, Composite
from netwright.plugins.describe import describe
from netwright.plugins.docstrings import Example, Pattern
from netwright.plugins.testing import composing
from netwright.plugins.testing.drawing import limits
from netwright.plugins.testing.subjects import document
from netwright.plugins.testing.variants import example, settable, text_of
from netwright.specs.document import InputDecl
from netwright.specs.problems import NetwrightError
from netwright.specs.tensors import Tensor

if TYPE_CHECKING:
    from netwright.plugins.testing.composing import Graph

WANTED = 3
MOST = 1500
"""How many uses are tried."""
RANKS = (2, 3, 4, 1, 5, 0)
SHAPES = ((2, 4, 8, 6, 10), (4, 4, 4, 4, 4), (2, 8, 8, 8, 8), (3, 1, 4, 4, 4))


def probed(name: str, found: type[Block] | Composite, catalogue: Catalogue) -> list[Example]:
    """Uses that the rule takes, of different ranks and dtypes; over symbols as far as it takes them."""
    taken: dict[Any, Example] = {}
    for each in itertools.islice(_uses(name, found), MOST):
        kind = tuple((len(p.sizes), p.dtype) for p in each.inputs.values())
        if kind in taken:
            continue
        graph = _graph(each, catalogue)
        if graph is not None:
            taken[kind] = _general(_with_outputs(each, graph), name, found, catalogue)
        if len(taken) == WANTED:
            break
    return list(taken.values())


def _graph(use: Example, catalogue: Catalogue) -> Graph | None:
    try:
        return composing.checked(document(use), catalogue)
    except NetwrightError:
        return None


def _uses(name: str, found: type[Block] | Composite) -> Iterator[Example]:
    """Uses that may fit, the likely ones first."""
    settings = list(itertools.islice(_settings(found), 12))
    for types in _types(found):
        for own in settings:
            yield example({"block": name, **own}, types)


_OF_TYPE: dict[str, list[Any]] = {
    "block": ["identity", "relu"],
    "list": [[4, 4], [2]],
    "str": ["same", "none"],
}


def _types(found: type[Block] | Composite) -> Iterator[dict[str, Tensor]]:
    return (
        _of_ports(found.definition.ports) if isinstance(found, Composite) else _of_signature(found)
    )


def _settings(found: type[Block] | Composite) -> Iterator[dict[str, Any]]:
    """The required settings, at values that the schema allows."""
    known = settable(found)
    choices: list[list[Any]]
    required: dict[str, Any]
    if isinstance(found, Composite):
        required = {n: p for n, p in found.definition.params.items() if p.required}
        choices = [
            _OF_TYPE.get(each.type or "") or list(limits(known[name]))
            for name, each in required.items()
        ]
    else:
        required = {name: None for name, each in defaults(found).items() if each is ...}
        shapes = shape_settings(found)
        choices = [
            [["..."], [4]] if name in shapes else list(limits(known[name])) for name in required
        ]
    # 2 before 1: what works for 1 alone says little
    ordered = [sorted(each, key=_likely) for each in choices]
    for values in itertools.product(*ordered):
        yield dict(zip(required, values, strict=True))


def _likely(value: Any) -> int:
    return {2: 0, 4: 1, 1: 2}.get(value, 3) if type(value) is int else 0


def _of_signature(block: type[Block]) -> Iterator[dict[str, Tensor]]:
    """Types of the inputs of a class: required ones first, then the optional ones too."""
    own = ports(block)
    for optional in (False, True):
        names = [
            name
            for port in own
            if optional or not port.optional
            for name in ([f"{port.name}.0", f"{port.name}.1"] if port.variadic else [port.name])
        ]
        if optional and not any(port.optional for port in own):
            return
        if not names:
            yield {}
            continue
        for ranks in _ranks(len(names)):
            for shape in SHAPES:
                for dtypes in _dtypes(len(names)):
                    sizes = [shape[:rank] for rank in ranks]
                    yield from _bounded(
                        dict(zip(names, zip(sizes, dtypes, strict=True), strict=True))
                    )


def _ranks(count: int) -> Iterator[tuple[int, ...]]:
    equal = [(rank,) * count for rank in RANKS]
    yield from equal
    if count <= 3:
        yield from (
            each for each in itertools.product(RANKS[:4], repeat=count) if each not in equal
        )


def _dtypes(count: int) -> Iterator[tuple[str, ...]]:
    yield ("float",) * count
    for dtype in ("int64", "bool"):
        for place in range(count - 1, -1, -1):
            yield tuple(dtype if each == place else "float" for each in range(count))
    if count > 1:
        yield ("int64",) * count


def _bounded(types: Mapping[str, tuple[tuple[int, ...], str]]) -> Iterator[dict[str, Tensor]]:
    """With bounds on the integers: those of the sizes that are there, or none."""
    if not any(dtype == "int64" for _, dtype in types.values()):
        yield {name: Tensor(sizes, dtype) for name, (sizes, dtype) in types.items()}
        return
    sizes = [size for own, dtype in types.values() if dtype != "int64" for size in own]
    for below in dict.fromkeys([*sizes, 2, 1]):
        yield {
            name: Tensor(own, dtype, below if dtype == "int64" else None)
            for name, (own, dtype) in types.items()
        }


def _of_ports(declared: Mapping[str, InputDecl]) -> Iterator[dict[str, Tensor]]:
    """Types of the inputs of a spec, from the shapes that it declares."""
    for optional in (False, True):
        own = {n: each for n, each in declared.items() if optional or not each.optional}
        if optional and len(own) == sum(not each.optional for each in declared.values()):
            return
        for rest in ((4,), (2, 4), (), (2, 4, 4), (2, 4, 8, 8)):
            for number in (4, 8, 6, 2, 12, 1):
                bound: dict[str, int] = {}
                types = {}
                for name, each in own.items():
                    sizes = tuple(_sizes(each.shape, rest, number, bound))
                    dtype = each.dtype if each.dtype not in (None, "any") else "float"
                    below = each.below
                    if isinstance(below, str):
                        below = bound.get(below.lstrip("$"), number)
                    types[name] = Tensor(sizes, str(dtype), below)
                yield types
            if not any("..." in map(str, each.shape) for each in own.values()):
                break


def _sizes(shape: Any, rest: tuple[int, ...], usual: int, bound: dict[str, int]) -> Iterator[int]:
    for place, each in enumerate(shape):
        if each == "...":
            yield from rest
        elif isinstance(each, int):
            yield each
        elif str(each).isidentifier() and each != "_":
            yield bound.setdefault(str(each), 3 if place == 0 else usual)
        else:
            yield usual


def _with_outputs(use: Example, graph: Graph) -> Example:
    """The use with what the rule says comes out."""
    leaf = next(iter(graph.nodes.values()))
    outputs = {
        name: Pattern(tuple(_plain(size) for size in each.sizes), each.dtype, _plain(each.below))
        for name, each in leaf.outputs.items()
    }
    return replace(use, outputs=outputs, text=f"{use.text} gives {_gives(outputs)}")


def _plain(size: Any) -> Any:
    return size if isinstance(size, int) or size is None else str(size)


def _gives(outputs: Mapping[str, Pattern]) -> str:
    return " and ".join(f"{name} {each}".strip() for name, each in outputs.items())


def _general(
    use: Example, name: str, found: type[Block] | Composite, catalogue: Catalogue
) -> Example:
    """The use with symbols for the sizes, as far as the rule takes them."""
    places = [(port, dim) for port, each in use.inputs.items() for dim in range(len(each.sizes))]
    names = _dim_names(name, found)
    current = use
    for port, dim in places:
        size = current.inputs[port].sizes[dim]
        if not isinstance(size, int):
            continue
        used = set(current.symbols)
        symbol = names.get((port, len(current.inputs[port].sizes), dim), f"n{len(used)}")
        symbol = symbol if symbol not in used else f"n{len(used)}"
        same = [(p, d) for p, d in places if current.inputs[p].sizes[d] == size]
        for chosen in ([(port, dim)], same):
            other = _replaced(current, chosen, size, symbol)
            graph = _graph(other, catalogue)
            if graph is not None:
                current = _with_outputs(
                    replace(other, text=text_of(other.settings, other.inputs)), graph
                )
                break
    return current


def _replaced(use: Example, places: list[tuple[str, int]], size: int, symbol: str) -> Example:
    inputs = {
        port: replace(
            each,
            sizes=tuple(
                symbol if (port, dim) in places else own for dim, own in enumerate(each.sizes)
            ),
            below=symbol if len(places) > 1 and each.below == size else each.below,
        )
        for port, each in use.inputs.items()
    }
    return replace(use, inputs=inputs)


def _dim_names(name: str, found: type[Block] | Composite) -> dict[tuple[str, int, int], str]:
    """What `Shapes:` calls the dimensions: (input, its rank, dimension) -> name, where it says it plainly."""
    try:
        shapes = describe(name, found).shapes.partition("->")[0]
    except NetwrightError:
        return {}
    named: dict[tuple[str, int, int], str] = {}
    for port, inside in re.findall(r"(\w+) \[([^\]]*)\]", shapes):
        dims = [each.strip() for each in inside.split(",")]
        if "..." not in dims:
            for dim, each in enumerate(dims):
                if each.isidentifier() and each != "_":
                    named[port, len(dims), dim] = each
        elif dims[0] != "...":
            for rank in range(1, 6):
                named |= {
                    (port, rank, dim): each
                    for dim, each in enumerate(dims[: dims.index("...")])
                    if each.isidentifier()
                }
    return named


__all__ = ["probed"]
