"""One module met at several places: one class whose forward suits them all.

Elaboration made an element for each place, for the types that arrive there. Where they differ in a size,
the joined element has a symbol, which forward finds in the shape of what it is given, or is handed by
whoever calls. What a constructor says must be the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import combinations_with_replacement
from typing import Any, NoReturn, TypeAlias

from netwright.composer.emission.names import Names
from netwright.composer.emission.parts import key
from netwright.composer.emission.runtime import word
from netwright.composer.graph import Element, Graph, Leaf, Node, Varied
from netwright.plugins.expression import Built, Input, Module, Unpack, Value, Weight
from netwright.specs import polynomials
from netwright.specs.atoms import Polynomial
from netwright.specs.problems import Place, Problem, SpecError
from netwright.specs.sizes import Size, Symbol, Symbolic, divide, symbol, symbols
from netwright.specs.tensors import Tensor

Column: TypeAlias = tuple[Any, ...]
"""What stands at one position of each of the elements."""


@dataclass(frozen=True, slots=True)
class Met:
    """A module that is met at several places.

    element: what its class is written for. sizes: by the id of the element that elaboration made for a
    place, what stands there for the symbols of `element`.
    """

    element: Element
    sizes: Mapping[int, Mapping[Symbol, Size]] = field(default_factory=dict)

    def size(self, general: Symbolic, place: Element) -> Size:
        """What a size of `element` is at a place."""
        values = self.sizes.get(id(place), {})
        found = polynomials.substitute(
            general.polynomial, {each: _polynomial(size) for each, size in values.items()}
        )
        number = polynomials.as_int(found)
        return Symbolic(found) if number is None else number


def join(elements: Sequence[Element], name: str, place: Place | None, number: int) -> Met:
    """One element for all of these, which have the same parameters.

    number: tells the symbols of this module from those of others. Raises SpecError (NW211) where the
    elements differ in more than sizes at run time.
    """
    distinct = {id(each): each for each in elements}
    if len(distinct) == 1:
        return Met(elements[0])
    joining = _Join(len(distinct), name, place, number)
    element = joining.element(tuple(distinct.values()))
    return Met(element, dict(zip(distinct, joining.values, strict=True)))


@dataclass(frozen=True, eq=False)
class _JoinedLeaf(Leaf):
    """A leaf whose expression is joined of several."""

    expression: Built | None = None

    @cached_property
    def built(self) -> Built:
        assert self.expression is not None
        return self.expression


ANY_RANK = "any rank"
"""The origin of a type that stands for tensors of several ranks: its sizes say nothing."""


class _Join:
    def __init__(self, count: int, name: str, place: Place | None, number: int) -> None:
        self.values: list[dict[Symbol, Size]] = [{} for _ in range(count)]
        """For each element, the values of the symbols."""
        self._name = name
        self._place = place
        self._number = number
        self._sizes: dict[Any, Size] = {}
        self._bases: list[tuple[Size, Column]] = []
        self._known: dict[tuple[int, ...], Any] = {}
        self._names = Names()

    def _refuse(self, what: str) -> NoReturn:
        message = f"the module {self._name} is shared, and its uses differ in {what}"
        help = "write a node of its own where it must differ"
        raise SpecError([Problem("NW211", message, self._place, self._name, help=help)])

    # Elements

    def element(self, column: Column) -> Element:
        made: Element = self._once(column, self._element)
        return made

    def _once(self, column: Column, made: Callable[[Column], Any]) -> Any:
        ids = tuple(map(id, column))
        if ids not in self._known:
            self._known[ids] = column[0] if len(set(ids)) == 1 else made(column)
        return self._known[ids]

    def _element(self, column: Column) -> Element:
        first = column[0]
        if isinstance(first, Graph) and all(isinstance(each, Graph) for each in column):
            return self._graph(column)
        if any(isinstance(each, Varied) for each in column):
            self._refuse("what may be left out")
        if any(each.name != first.name or not isinstance(each, Leaf) for each in column):
            self._refuse(f"their blocks: {', '.join(each.name for each in column)}")
        return _JoinedLeaf(
            first.name,
            first.block,
            self._types([each.inputs for each in column]),
            self._types([each.outputs for each in column]),
            self.tree(tuple(each.built for each in column), first.name),
        )

    def _graph(self, graphs: Column) -> Graph:
        first: Graph = graphs[0]
        for each in graphs[1:]:
            same = (
                each.nodes.keys() == first.nodes.keys()
                and each.inputs.keys() == first.inputs.keys()
                and each.sizes.keys() == first.sizes.keys()
                and (each.results, each.form, each.ties) == (first.results, first.form, first.ties)
            )
            if (each.may_lack, each.patterns) != (first.may_lack, first.patterns):
                self._refuse("what may be left out")
            if not same:
                self._refuse(f"the nodes of {first.name}")
        sizes = {
            name: self.size(tuple(each.sizes[name] for each in graphs), name)
            for name in first.sizes
        }
        return replace(
            first,
            sizes=sizes,
            inputs=self._types([each.inputs for each in graphs], first.shapes),
            outputs=self._types([each.outputs for each in graphs]),
            nodes={
                name: self._node(tuple(each.nodes[name] for each in graphs)) for name in first.nodes
            },
        )

    def _node(self, nodes: Column) -> Node:
        first: Node = nodes[0]
        for each in nodes[1:]:
            same = (
                [run.times for run in each.runs] == [run.times for run in first.runs]
                and each.sources == first.sources
                and (each.chained, each.zipped, each.share, each.when, each.otherwise)
                == (first.chained, first.zipped, first.share, first.when, first.otherwise)
            )
            if not same:
                self._refuse(f"what {first.name} reads, or its copies")
        runs = tuple(
            replace(run, element=self.element(tuple(each.runs[at].element for each in nodes)))
            for at, run in enumerate(first.runs)
        )
        return replace(first, runs=runs, ran=self._types([each.ran for each in nodes]))

    def _types(
        self, column: Sequence[Any], shapes: Mapping[str, tuple[str, ...]] | None = None
    ) -> Any:
        """Types by name, tensors, tuples of them or None."""
        found: dict[str, Any] = {}
        for name, first in column[0].items():
            every = tuple(each.get(name) for each in column)
            if isinstance(first, tuple):
                found[name] = tuple(self._tensor(each) for each in zip(*every, strict=True))
            elif first is None or any(each is None for each in every):
                if any(each is not None for each in every):
                    self._refuse(f"whether {name} is given")
                found[name] = None
            else:
                found[name] = self._tensor(every, (shapes or {}).get(name, ()))
        return found

    def _tensor(self, column: Column, written: tuple[str, ...] = ()) -> Tensor:
        first: Tensor = column[0]
        if any(each.rank != first.rank for each in column):
            return Tensor((), first.dtype, origin=ANY_RANK)
        sizes = tuple(
            self.size(each, word(written, index, first.rank))
            for index, each in enumerate(zip(*(each.sizes for each in column), strict=True))
        )
        return first.with_sizes(*sizes)

    # Expressions

    def tree(self, column: Column, name: str) -> Any:
        """One tree for several that are equal but for sizes. name: whose it is."""
        first = column[0]
        if all(_is_size(each) for each in column):
            return self.size(column)
        if any(type(each) is not type(first) for each in column):
            self._refuse(f"what {name} computes")
        if isinstance(first, (Value, Module, Unpack)):
            return self._once(column, lambda each: self._value(each, name))
        if isinstance(first, (list, tuple)):
            if any(len(each) != len(first) for each in column):
                self._refuse(f"what {name} computes")
            return type(first)(self.tree(each, name) for each in zip(*column, strict=True))
        if isinstance(first, Mapping):
            if any(list(each) != list(first) for each in column):
                self._refuse(f"what {name} computes")
            return {k: self.tree(tuple(each[k] for each in column), name) for k in first}
        if isinstance(first, slice):
            ends = [(each.start, each.stop, each.step) for each in column]
            return slice(*(self.tree(each, name) for each in zip(*ends, strict=True)))
        if any(key(each) != key(first) for each in column):
            self._refuse(f"a setting of {name}: {', '.join(map(str, column))}")
        return first

    def _value(self, column: Column, name: str) -> Any:
        first = column[0]
        if isinstance(first, (Module, Weight)):
            said = [told(each) for each in column]
            if any(each != said[0] for each in said):
                self._refuse(f"how {name} is made")
            return first
        if isinstance(first, Input):
            return Input(first.name, self._tensor(tuple(each.type for each in column)))
        made = (
            self.tree(tuple(getattr(each, part.name) for each in column), name)
            for part in fields(first)
        )
        return type(first)(*made)

    # Sizes

    def size(self, column: Column, name: str = "") -> Size:
        """The sizes of several elements as one: itself if they are equal, else over symbols."""
        first: Size = column[0]
        keys = tuple(map(_key, column))
        if all(each == keys[0] for each in keys):
            return first
        found = self._sizes.get(keys)
        if found is None:
            found = None if name else self._expressed(column)
            if found is None:
                found = self._fresh(column, name)
            self._sizes[keys] = found
            self._bases.append((found, column))
        return found

    def _fresh(self, column: Column, name: str) -> Size:
        made = symbol(self._names.take(name or "size"), origin=("met", self._number))
        (atom,) = symbols(made)
        for values, size in zip(self.values, column, strict=True):
            values[atom] = size
        return made

    def _expressed(self, column: Column) -> Size | None:
        """As a multiple, or a part, of sizes that have a symbol already."""
        near = self._bases[:12]
        products = [
            (a * b, tuple(x * y for x, y in zip(one, two, strict=True)))
            for (a, one), (b, two) in combinations_with_replacement(near, 2)
        ]
        for made, values in products:
            if _factor(column, values) == 1:
                return made
        for made, values in near:
            factor = _factor(column, values)
            if factor is not None:
                return made * factor
        for made, values in near:
            for by in (2, 4, 8, 16, 32):
                for general, parts in (
                    (made // by, [each // by for each in values]),
                    ((made + by - 1) // by, [(each + by - 1) // by for each in values]),
                ):
                    if [_key(part) for part in parts] == [_key(each) for each in column]:
                        return general
        for made, values in products:
            factor = _factor(column, values)
            if factor is not None:
                return made * factor
        return None


def _factor(column: Column, values: Column) -> int | None:
    """The number that all of `values` are multiplied by in `column`, if there is one."""
    factor = divide(column[0], values[0])
    if not isinstance(factor, int):
        return None
    products = [_key(each * factor) for each in values]
    return factor if products == [_key(each) for each in column] else None


def _is_size(value: Any) -> bool:
    return isinstance(value, Symbolic) or type(value) is int


def _key(size: Size) -> Any:
    """Symbolic sizes are compared by their normal form: `==` asks for a proof."""
    return size.polynomial if isinstance(size, Symbolic) else size


def _polynomial(size: Size) -> Polynomial:
    return size.polynomial if isinstance(size, Symbolic) else polynomials.constant(size)


def told(held: Module | Weight) -> Any:
    """What a constructor is told."""
    if isinstance(held, Weight):
        return (held.name, tuple(map(_key, held.sizes)), key(held.init), held.trainable)
    return (held.target, held.around, _plain(held.args), _plain(held.kwargs))


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return (type(value), tuple(map(_plain, value)))
    return value.polynomial if isinstance(value, Symbolic) else key(value)
