"""Expressions as Python: what a block builds, in terms of the variables of a forward method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netwright.composer.emission.names import Names
from netwright.composer.emission.parts import Hole, Part, Statement, literal
from netwright.composer.emission.targets import Targets
from netwright.plugins.expression import (
    Apply,
    Attribute,
    Binary,
    Call,
    Input,
    InTraining,
    Item,
    Module,
    Shape,
    Value,
    Weight,
)
from netwright.specs.sizes import Symbolic
from netwright.specs.tensors import Tensor

# Binding strength: a part is put in brackets where it binds less than its place asks.
_TERNARY, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(6)
_BINARY = {
    "+": _SUM, "-": _SUM,
    "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT, "@": _PRODUCT,
    "**": _POWER,
}  # fmt: skip
_LONG = 76
# Functions of torch that read better as methods of what they are applied to.
_METHODS = frozenset({
    "torch.reshape", "torch.flatten", "torch.unflatten", "torch.transpose", "torch.permute", "torch.squeeze",
    "torch.unsqueeze", "torch.movedim", "torch.chunk", "torch.split",
})  # fmt: skip
# Methods that take sizes one by one as well as in a list.
_SPREADING = frozenset({"reshape", "view", "expand", "permute", "repeat", "new_zeros", "new_ones"})


@dataclass(slots=True)
class Printer:
    """Prints the expressions of one leaf at one place.

    operands: input of the leaf -> the text that stands for it. holding: a module or weight -> its text.
    types: variable -> type, of what may be read for sizes. Sub-expressions that are used twice, or would
    make a line too long, become statements of their own (`before`).
    """

    operands: Mapping[str, str]
    holding: Callable[[Module | Weight], str]
    targets: Targets
    size: Callable[[Symbolic, Mapping[str, Tensor]], str]
    types: Mapping[str, Tensor]
    settings: Mapping[Any, str]
    """Value of a setting -> its name: what a literal is called as an argument."""
    names: Names
    node: str
    depth: int = 0
    lists: Mapping[str, int] = field(default_factory=dict)
    """Variables that hold a list, with its length."""
    before: list[Statement] = field(default_factory=list)
    _known: dict[int, str] = field(default_factory=dict)
    _uses: dict[int, int] = field(default_factory=dict)

    def statement_parts(self, value: Any) -> tuple[Part, ...]:
        """The expression; what must run before it is in `before`."""
        if (
            isinstance(value, Apply)
            and all(type(each) is Input for each in value.args)
            and not value.kwargs
        ):
            arguments = ", ".join(self.operands[each.name] for each in value.args)
            return (f"{self.holding(value.module)}({arguments})",)
        if not self._uses:
            self._count(value)
        parts = self.show(value, _TERNARY)
        return tuple(parts)

    def count(self, values: Sequence[Any]) -> None:
        """Count the uses over several outputs, so that what they share runs once."""
        for value in values:
            self._count(value)

    def _count(self, tree: Any) -> None:
        if isinstance(tree, (list, tuple)):
            for each in tree:
                self._count(each)
        elif isinstance(tree, Mapping):
            for each in tree.values():
                self._count(each)
        elif isinstance(tree, slice):
            self._count((tree.start, tree.stop, tree.step))
        elif isinstance(tree, (Call, Apply, Binary, InTraining, Item)):
            uses = self._uses.get(id(tree), 0)
            self._uses[id(tree)] = uses + 1
            if not uses:
                for name in tree.__dataclass_fields__:
                    if name != "module":
                        self._count(getattr(tree, name))
        elif isinstance(tree, (Attribute, Shape)):
            self._count(tree.value)

    def show(self, value: Any, place: int, name: str = "") -> list[Part]:
        """The parts of an expression at a place of this binding strength; name: what a literal is."""
        if not isinstance(value, Value):
            return self._literal(value, place, name)
        known = self._known.get(id(value))
        if known is not None:
            return [known]
        parts, strength = self._parts(value)
        shared = self._uses.get(id(value), 1) > 1 and not _is_size(value)
        if shared or (
            place > _TERNARY and isinstance(value, (Call, Apply)) and _length(parts) > _LONG
        ):
            variable = self.names.take(self._wanted(value))
            self.before.append((self.depth, (f"{variable} = ", *parts)))
            self._known[id(value)] = variable
            return [variable]
        return ["(", *parts, ")"] if strength < place else parts

    def _wanted(self, value: Value) -> str:
        if isinstance(value, Call):
            return value.target.rpartition(".")[2].strip("_")
        if isinstance(value, Apply):
            return value.module.target.rpartition(".")[2].lower()
        return self.node

    def _parts(self, value: Value) -> tuple[list[Part], int]:
        if isinstance(value, Input):
            return [self.operands[value.name]], _ATOM
        if isinstance(value, Apply):
            return [f"{self.holding(value.module)}(", *self._arguments(value), ")"], _ATOM
        if isinstance(value, Call):
            return self._call(value), _ATOM
        if isinstance(value, Weight):
            return [self.holding(value)], _ATOM
        if isinstance(value, Attribute):
            return [*self.show(value.value, _ATOM), f".{value.name}"], _ATOM
        if isinstance(value, Shape):
            return [*self.show(value.value, _ATOM), ".shape"], _ATOM
        if isinstance(value, Item):
            return [*self.show(value.value, _ATOM), "[", *self._index(value.index), "]"], _ATOM
        if isinstance(value, InTraining):
            training = self.show(value.training, _SUM)
            return [
                *training,
                " if self.training else ",
                *self.show(value.evaluation, _SUM),
            ], _TERNARY
        assert isinstance(value, Binary), f"{type(value).__name__} is no kind of expression"
        strength = _BINARY[value.operator]
        if value.operator == "-" and type(value.left) is int and value.left == 0:
            return ["-", *self.show(value.right, _UNARY)], _UNARY
        if value.operator == "**":
            base, exponent = self.show(value.left, _ATOM), self.show(value.right, _UNARY)
            simple = len(base) == len(exponent) == 1 and all(map(_is_simple, (*base, *exponent)))
            return [*base, "**" if simple else " ** ", *exponent], _POWER
        left = self.show(value.left, strength)
        return [*left, f" {value.operator} ", *self.show(value.right, strength + 1)], strength

    def _call(self, value: Call) -> list[Part]:
        method_like = (
            value.target in _METHODS and bool(value.args) and isinstance(value.args[0], Value)
        )
        if not (method_like or value.target.startswith("torch.Tensor.")):
            return [f"{self.targets.text(value.target)}(", *self._arguments(value), ")"]
        method = value.target.rpartition(".")[2]
        receiver, *args = value.args
        spread = (
            method in _SPREADING
            and len(args) == 1
            and isinstance(args[0], (list, tuple))
            and args[0]
        )
        inside = self._inside(args[0]) if spread else self._joined(args)
        named = self._keywords(value.kwargs)
        joint = [", "] if inside and named else []
        return [*self.show(receiver, _ATOM), f".{method}(", *inside, *joint, *named, ")"]

    def _arguments(self, value: Call | Apply) -> list[Part]:
        positional = self._joined(value.args)
        named = self._keywords(value.kwargs)
        return [*positional, *([", "] if positional and named else []), *named]

    def _joined(self, values: Sequence[Any]) -> list[Part]:
        parts: list[Part] = []
        for number, each in enumerate(values):
            parts += [", "] if number else []
            parts += self.show(each, _TERNARY)
        return parts

    def _keywords(self, kwargs: Sequence[tuple[str, Any]]) -> list[Part]:
        parts: list[Part] = []
        for number, (name, each) in enumerate(kwargs):
            parts += [f", {name}=" if number else f"{name}=", *self.show(each, _TERNARY, name)]
        return parts

    def _inside(self, values: Sequence[Any]) -> list[Part]:
        """Elements of a list; several sizes (a shape, whole or sliced) are spread."""
        parts: list[Part] = []
        skip = 0
        for number, each in enumerate(values):
            if number < skip:
                continue
            parts += [", "] if number else []
            if self.lists and (whole := self._listed(values[number:])):
                parts.append(f"*{whole}")
                skip = number + self.lists[whole]
                continue
            several = isinstance(each, Shape) or (
                isinstance(each, Item)
                and isinstance(each.value, Shape)
                and isinstance(each.index, slice)
            )
            parts += (["*"] if several else []) + self.show(each, _ATOM if several else _TERNARY)
        return parts

    def _listed(self, values: Sequence[Any]) -> str:
        """The list variable whose elements these values begin with, if there are several."""
        if not isinstance(values[0], Input):
            return ""
        name = self.operands[values[0].name].partition("[")[0]
        length = self.lists.get(name, 0)
        return name if length > 1 and self._whole(values[:length]) == name else ""

    def _whole(self, values: Sequence[Any]) -> str:
        """The list variable that holds exactly these values, in order."""
        texts = [self.operands[each.name] if isinstance(each, Input) else "" for each in values]
        name = texts[0].partition("[")[0]
        return (
            name
            if texts == [f"{name}[{number}]" for number in range(self.lists.get(name, 0))]
            else ""
        )

    def _index(self, index: Any) -> list[Part]:
        if isinstance(index, tuple) and index:
            parts: list[Part] = []
            for number, each in enumerate(index):
                parts += [", "] if number else []
                parts += self._index(each)
            return [*parts, ","] if len(index) == 1 else parts
        if isinstance(index, slice):
            ends = [[] if each is None else self._index(each) for each in (index.start, index.stop)]
            simple = all(
                len(end) == 1 and isinstance(end[0], str) and " " not in end[0]
                for end in ends
                if end
            )
            colon = ":" if simple else " : "
            parts = [*ends[0], colon if ends[0] else colon.lstrip(), *ends[1]]
            if not ends[1] and parts[-1] == " : ":
                parts[-1] = " :"
            return parts if index.step is None else [*parts, ":", *self._index(index.step)]
        if isinstance(index, (Value, list, Symbolic)):
            return self.show(index, _TERNARY)
        return [literal(index)]

    def _literal(self, value: Any, place: int, name: str = "") -> list[Part]:
        if isinstance(value, Symbolic):
            text = self.size(value, self.types)
            return [f"({text})" if " " in text and place > _TERNARY else text]
        if isinstance(value, (list, tuple)) and _has_value(value):
            inside = self._inside(value)
            if self.lists and (whole := self._whole(value)):
                return [whole]
            if isinstance(value, list):
                return ["[", *inside, "]"]
            return ["(", *inside, ",)" if len(value) == 1 else ")"]
        if isinstance(value, Mapping) and _has_value(value):
            parts: list[Part] = ["{"]
            for number, (each, item) in enumerate(value.items()):
                parts += [
                    ", " if number else "",
                    f"{literal(each)}: ",
                    *self.show(item, _TERNARY, each),
                ]
            return [*parts, "}"]
        if isinstance(value, (list, dict)):
            return [Hole(value, name or self.node)]
        if not name:
            name = self.settings.get((type(value), value), "")
        negative = isinstance(value, (int, float)) and value < 0 and place > _SUM
        if negative:
            return ["(", literal(value), ")"] if place >= _POWER else [literal(value)]
        return [Hole(value, name or self.node, tight=place > _TERNARY)]


def _has_value(tree: Any) -> bool:
    if isinstance(tree, (Value, Symbolic)):
        return True
    if isinstance(tree, Mapping):
        return any(_has_value(each) for each in tree.values())
    return isinstance(tree, (list, tuple)) and any(_has_value(each) for each in tree)


def _is_simple(part: Part) -> bool:
    """Whether a formatter writes a power of it without spaces."""
    return isinstance(part, Hole) or (
        isinstance(part, str) and part.replace(".", "").replace("_", "").isalnum()
    )


def _is_size(value: Value) -> bool:
    return isinstance(value, Item) and isinstance(value.value, Shape)


def _length(parts: Sequence[Part]) -> int:
    return sum(len(each) if isinstance(each, str) else 4 for each in parts)
