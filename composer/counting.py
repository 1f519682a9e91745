"""What a network has, counted without torch: sizes, parameters and floating point operations of each node.

Counts multiply over equal copies, so that a billion layers are counted like one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netwright.composer.elaborate.scope import BlockValue
from netwright.composer.graph import Element, Graph, Leaf, Node, held
from netwright.specs.problems import Problem, SpecError
from netwright.specs.sizes import (
    Size,
    Symbol,
    Symbolic,
    decide,
    pretty,
    product,
    substitute,
    symbols,
)
from netwright.specs.tensors import Tensor


@dataclass(frozen=True, slots=True)
class Totals:
    """Parameters (tied ones once), buffers, operations and modules of an element."""

    parameters: Size
    buffers: Size
    flops: Size
    modules: int = 0


class Counter:
    """Counts elements, each distinct one once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Element, Totals]] = {}

    def totals(self, element: Element) -> Totals:
        """Parameters, buffers and operations of one copy.

        The operations are those where all that may be left out is given.
        """
        known = self._known.get(id(element))
        if known is None:
            known = self._known[id(element)] = (element, self._count(element))
        return known[1]

    def node(self, node: Node) -> Totals:
        """The same of all copies of a node."""
        each = [self.run(node, index) for index in range(len(node.runs))]
        return Totals(
            sum((totals.parameters for totals in each), start=0),
            sum((totals.buffers for totals in each), start=0),
            sum((totals.flops for totals in each), start=0),
            sum(totals.modules for totals in each),
        )

    def run(self, node: Node, index: int) -> Totals:
        """The same of one run of copies; a module that is shared counts where it stands."""
        run = node.runs[index]
        each = self.totals(run.element)
        times: Size = run.times if node.scan is None else node.scan.steps
        modules = run.times
        if node.share:
            modules = int(node.share == node.name and index == 0)
        return Totals(
            modules * each.parameters,
            modules * each.buffers,
            times * each.flops,
            modules * each.modules,
        )

    def _count(self, element: Element) -> Totals:
        if isinstance(element, Leaf):
            weights = list(held(element))
            return Totals(
                sum((product(sizes) for _, sizes, trainable in weights if trainable), start=0),
                sum((product(sizes) for _, sizes, trainable in weights if not trainable), start=0),
                element.flops,
                len(element.holdings),
            )
        each = [self.node(node) for node in element.nodes.values()]
        tied: Size = sum((product(_weight(element, own)) for own, _ in element.ties), start=0)
        return Totals(
            sum((totals.parameters for totals in each), start=0) - tied,
            sum((totals.buffers for totals in each), start=0),
            sum(
                (
                    totals.flops
                    for node, totals in zip(element.nodes.values(), each, strict=True)
                    if node.when is None or element.whole in node.when
                ),
                start=0,
            ),
            1 + sum(totals.modules for totals in each),
        )


def _weight(graph: Graph, path: str) -> tuple[Size, ...]:
    """The sizes of the parameter at a path."""
    element: Element = graph
    rest = path
    while isinstance(element, Graph):
        name, _, rest = rest.partition(".")
        node = element.nodes[name]
        element = node.runs[0].element
        if node.repeated:
            number, _, rest = rest.partition(".")
            element = next(
                run for first, run in reversed(list(node.elements())) if first <= int(number)
            )
    return next(sizes for own, sizes, _ in held(element) if own == rest)


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of a graph; `str` gives the tree as text, `as_json` the same as data.

    depth: how many levels of composites are shown. shapes: values for symbolic sizes.
    """

    graph: Graph
    depth: int | None = None
    shapes: Mapping[str, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """Sizes and operations are integers, or texts where they depend on symbols."""
        counter = Counter()
        depth = fitting_depth(self.graph, self.depth)
        fix = fixing(self.graph, self.shapes or {})
        totals = counter.totals(self.graph)
        return {
            "name": self.graph.name,
            "description": self.graph.description,
            "parameters": _plain(fix(totals.parameters)),
            "buffers": _plain(fix(totals.buffers)),
            "flops": _plain(fix(totals.flops)),
            "inputs": {
                name: typed(fed, fix) | ({"optional": True} if name in self.graph.may_lack else {})
                for name, fed in self.graph.inputs.items()
                if isinstance(fed, Tensor)
            },
            "outputs": {
                name or "output": typed(tensor, fix) for name, tensor in self.graph.outputs.items()
            },
            "nodes": [_node(node, counter, fix, depth) for node in self.graph.nodes.values()],
        }

    def __str__(self) -> str:
        counter = Counter()
        depth = fitting_depth(self.graph, self.depth)
        fix = fixing(self.graph, self.shapes or {})
        rows = [("node", "block", "output", "parameters", "flops")]
        for name, fed in self.graph.inputs.items():
            if isinstance(fed, Tensor):
                kind = "(optional input)" if name in self.graph.may_lack else "(input)"
                rows.append((name, kind, shape_text(fed, fix), "", ""))
        rows += _rows(self.graph, counter, fix, depth, 0)
        totals = counter.totals(self.graph)
        flops = _number(fix(totals.flops))
        rows.append(("total", "", "", _number(fix(totals.parameters)), _cut(flops)))
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        lines = [
            "  ".join(
                cell.rjust(width) if column > 2 else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        rule = "-" * max(map(len, lines))
        head = self.graph.name + (
            f": {self.graph.description.strip()}" if self.graph.description else ""
        )
        whole = ["", f"flops = {flops}"] if flops != _cut(flops) else []
        return "\n".join([head, "", lines[0], rule, *lines[1:-1], rule, lines[-1], *whole])


MAX_ROWS = 20_000


def fitting_depth(graph: Graph, depth: int | None) -> int | None:
    """The depth that was asked for; less where that would be more than MAX_ROWS rows."""
    rows: dict[tuple[int, int], int] = {}

    def below(element: Element, levels: int) -> int:
        if levels == 0 or isinstance(element, Leaf):
            return 0
        key = (id(element), levels)
        if key not in rows:
            runs = [run for node in element.nodes.values() for run in node.runs]
            rows[key] = len(runs) + sum(below(run.element, levels - 1) for run in runs)
        return rows[key]

    shown, before = 1, -1
    while depth is None or shown < depth:
        count = below(graph, shown + 1)
        if count == before:
            return depth
        if count > MAX_ROWS:
            return shown
        shown, before = shown + 1, count
    return depth


Fix = Callable[[Size], Size]


def fixing(graph: Graph, shapes: Mapping[str, int]) -> Fix:
    """A function that puts numbers for symbolic sizes.

    Raises SpecError for a name or a value that does not fit.
    """
    known = {each.name: each for each in sizes_of(graph)}
    values: dict[Symbol, Size] = {}
    for name, value in shapes.items():
        if name not in known:
            sizes = ", ".join(known) or "none"
            raise SpecError(
                Problem(
                    "NW106",
                    f"{graph.name} has no symbolic size {name}",
                    help=f"its sizes are {sizes}",
                )
            )
        each = known[name]
        high = each.maximum if each.maximum is not None else value
        if not each.minimum <= value <= high or value % each.multiple_of:
            facts = f"from {each.minimum}" + (
                f" to {each.maximum}" if each.maximum is not None else ""
            )
            facts += f", a multiple of {each.multiple_of}" if each.multiple_of > 1 else ""
            raise SpecError(Problem("NW306", f"{name} = {value} is not allowed: dims says {facts}"))
        values[each] = value
    if not values:
        return lambda size: size
    return lambda size: substitute(size, values) if isinstance(size, Symbolic) else size


def sizes_of(graph: Graph) -> Iterator[Symbol]:
    """The symbols of the inputs, each once."""
    found: dict[Symbol, None] = {}
    for fed in graph.inputs.values():
        for size in fed.sizes if isinstance(fed, Tensor) else ():
            found.update(dict.fromkeys(symbols(size)))
    yield from found


def _rows(
    graph: Graph, counter: Counter, fix: Fix, depth: int | None, level: int
) -> list[tuple[str, str, str, str, str]]:
    rows: list[tuple[str, str, str, str, str]] = []
    for node in graph.nodes.values():
        number = 0
        for index, run in enumerate(node.runs):
            name = "  " * level + node.name
            if node.repeated:
                name += f".{number}" if run.times == 1 else f".{number}-{number + run.times - 1}"
            totals = counter.run(node, index)
            block = node.block + (f" ×{run.times}" if run.times > 1 else "")
            shape = " and ".join(
                shape_text(tensor, fix) for tensor in (node.ran or run.element.outputs).values()
            )
            parameters, flops = fix(totals.parameters), fix(totals.flops)
            rows.append((name, block, shape, _number(parameters, ""), _cut(_number(flops, ""))))
            inner = run.element
            if isinstance(inner, Graph) and (depth is None or level + 1 < depth):
                rows += _rows(inner, counter, fix, depth, level + 1)
            number += run.times
    return rows


def _node(node: Node, counter: Counter, fix: Fix, depth: int | None) -> dict[str, Any]:
    totals = counter.node(node)
    found: dict[str, Any] = {
        "name": node.name,
        "block": node.block,
        "settings": {
            name: str(value) if isinstance(value, (Symbolic, BlockValue)) else _jsonable(value)
            for name, value in node.runs[0].settings.items()
        },
        "copies": node.copies if node.repeated else None,
        "outputs": {name or "output": typed(tensor, fix) for name, tensor in node.outputs.items()},
        "parameters": _plain(fix(totals.parameters)),
        "flops": _plain(fix(totals.flops)),
    }
    inner = [run.element for run in node.runs if isinstance(run.element, Graph)]
    if inner and depth != 1:
        deeper = None if depth is None else depth - 1
        found["nodes"] = [_node(each, counter, fix, deeper) for each in inner[0].nodes.values()]
        found["runs"] = [
            {"copies": run.times, "parameters": _plain(fix(counter.totals(run.element).parameters))}
            for run in node.runs
        ]
    return found


def _jsonable(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_jsonable(each) for each in value]
    return str(value) if isinstance(value, Symbolic) else value


def typed(tensor: Tensor, fix: Fix) -> dict[str, Any]:
    """A type as data."""
    return {"shape": [_plain(fix(size)) for size in tensor.sizes], "dtype": tensor.dtype}


def shape_text(tensor: Tensor, fix: Fix) -> str:
    """A type as text, with the sizes as a diagram writes them."""
    shape = f"[{', '.join(pretty(fix(size)) for size in tensor.sizes)}]"
    return shape if tensor.dtype == "float" else f"{shape} {tensor.dtype}"


def _plain(size: Size) -> int | str:
    return size if isinstance(size, int) else str(size)


WIDEST = 36


def _cut(formula: str) -> str:
    """A formula as it fits in a column."""
    return formula if len(formula) <= WIDEST else f"{formula[: WIDEST - 1]}…"


def _number(size: Size, zero: str = "0") -> str:
    if isinstance(size, int):
        return f"{size:,}" if size else zero
    return zero if decide("==", size, 0) is True else pretty(size)
