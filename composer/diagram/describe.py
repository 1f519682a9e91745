"""The words in a diagram: sizes of tensors, telling settings, counts of parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from netwright.composer.diagram.measure import legible
from netwright.composer.diagram.runs import run_of
from netwright.composer.graph import Element, Graph, Leaf, Node, held
from netwright.plugins.block import defaults
from netwright.specs.sizes import Size, Symbolic, evaluate, pretty, symbols
from netwright.specs.tensors import Tensor

# A setting or a size longer than this is cut; the tooltip keeps what fits a line of it.
_LONGEST = 60


class Words:
    """How sizes are written: as symbols, or with numbers for those symbols whose value is given."""

    def __init__(self, shapes: Mapping[str, int] | None = None) -> None:
        self._values = dict(shapes or {})
        self._known: dict[object, str] = {}

    def size(self, size: Size) -> str:
        """One size: `3`, `⌈height/2⌉`. SizeError where a given value breaks the facts of its symbol."""
        if isinstance(size, int):
            return str(size)
        text = self._known.get(size.polynomial)
        if text is None:
            names = {symbol.name for symbol in symbols(size)}
            given = names <= self._values.keys() and len(names) == len(symbols(size))
            text = str(evaluate(size, self._values)) if given else pretty(size)
            self._known[size.polynomial] = text
        return text

    def tensor(self, tensor: Tensor) -> str:
        """`[batch, 64, ⌈height/2⌉]`, with the dtype behind where it is not the model's floating type."""
        shape = f"[{', '.join(self.size(size) for size in tensor.sizes)}]"
        return shape if tensor.dtype == "float" else f"{shape} {tensor.dtype}"

    def settings(self, node: Node, element: Element) -> list[str]:
        """The settings that tell something: written in the spec, not the default, short enough to read."""
        usual = defaults(type(element.block)) if isinstance(element, Leaf) else {}
        told = []
        for name, value in node.settings.items():
            if name in usual and _same(usual[name], value):
                continue
            text = self._value(value)
            if text is not None:
                told.append(legible(name) if value is True else f"{legible(name)} {text}")
        return told

    def _value(self, value: Any) -> str | None:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, Symbolic):
            return self.size(value)
        if isinstance(value, float):
            return f"{value:g}"
        if isinstance(value, (int, str)):
            return legible(str(value))[:_LONGEST]
        if value is None:
            return "null"
        if isinstance(value, Sequence) and len(value) <= 8:
            texts = [self._value(each) for each in value]
            known = [text for text in texts if text is not None]
            if len(known) < len(texts):
                return None
            if 2 <= len(value) <= 3 and all(isinstance(each, int) for each in value):
                return "×".join(known)
            return f"[{', '.join(known)}]"
        return None  # a block, a body: it shows itself


def _same(one: Any, other: Any) -> bool:
    # Comparing symbolic sizes may be undecided, which raises; true is not 1 here.
    return type(one) is type(other) and not isinstance(one, Symbolic) and bool(one == other)


class Counts:
    """Numbers of parameters, multiplied over what is shared instead of walked."""

    def __init__(self) -> None:
        self._known: dict[Element, int] = {}

    def parameters(self, element: Element) -> int:
        """Of all copies; a tied parameter counts once, where the one it is tied to stands."""
        count = self._known.get(element)
        if count is None:
            if isinstance(element, Leaf):
                count = sum(_product(sizes) for _, sizes, trainable in held(element) if trainable)
            else:
                count = sum(self.of(node) for node in element.nodes.values())
                count -= sum(_tied(element, own) for own, _ in element.ties)
            self._known[element] = count
        return count

    def of(self, node: Node) -> int:
        """Of a node, all copies."""
        return sum(run.times * self.parameters(run.element) for run in node.runs)


def _product(sizes: Iterable[Size]) -> int:
    return math.prod(size for size in sizes if isinstance(size, int))


def _tied(graph: Graph, path: str) -> int:
    """Elements of the parameter at this path from a graph."""
    element: Element = graph
    names = path.split(".")
    while isinstance(element, Graph):
        node = element.nodes[names.pop(0)]
        number = run_of(node, int(names.pop(0))) if node.repeated else 0
        element = node.runs[number].element
    rest = ".".join(names)
    return sum(_product(sizes) for name, sizes, trainable in held(element) if trainable and name == rest)


def short_count(count: int) -> str:
    """`9,408`, `38.6M`, `175B`; nothing for none."""
    if count < 10_000:
        return f"{count:,}" if count else ""
    # A number that rounds up to 1,000 takes the next unit.
    for unit, power in (("K", 3), ("M", 6), ("B", 9), ("T", 12)):
        scaled = float(f"{count / 10**power:.3g}")
        if scaled < 1000 or unit == "T":
            break
    return f"{scaled:g}{unit}"


def long_count(count: int) -> str:
    """`1 parameter`, `9,408 parameters`; nothing for none."""
    if not count:
        return ""
    return f"{count:,} parameter{'' if count == 1 else 's'}"


def prose(text: str, limit: int = 2000) -> str:
    """A text of the spec's author for a tooltip: legible, lines kept, not without end."""
    lines = (legible(line) for line in text.strip().splitlines())
    joined = "\n".join(lines)
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"
