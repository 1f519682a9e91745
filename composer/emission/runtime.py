"""Sizes at run time: a symbolic size as an expression over what a forward method has at hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from netwright.composer.emission.names import Names
from netwright.specs.size_text import plain
from netwright.specs.sizes import Size, Symbol, Symbolic, symbol, symbols
from netwright.specs.tensors import Tensor


@dataclass(slots=True)
class _Dimension:
    """A symbolic dimension of an input, and the local name that it gets when it is first used."""

    size: Symbolic
    input: str
    index: int
    word: str
    name: str = ""


class RuntimeSizes:
    """Finds expressions for symbolic sizes in one forward method, and remembers which are used.

    First the dimensions of the inputs, under the names that their shapes give them; then a dimension of
    a tensor that is at hand; then an extra argument, which whoever calls hands down (`extra`).
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[str, ...]],
        inputs: Mapping[str, Tensor],
        variables: Mapping[str, str],
        names: Names,
    ) -> None:
        """inputs: name -> type; variables: name -> variable; names: taken in this method."""
        self.extra: list[tuple[str, Symbolic]] = []
        self._variables = variables
        self._names = names
        self._written = {name: shapes.get(name, ()) for name in inputs}
        self._dimensions = [
            _Dimension(size, name, index, word(self._written[name], index, tensor.rank))
            for name, tensor in inputs.items()
            for index, size in enumerate(tensor.sizes)
            if isinstance(size, Symbolic)
        ]

    def words(self) -> list[str]:
        """The names that may be bound at the top of the method."""
        return [each.word for each in self._dimensions if each.word]

    def text(self, size: Symbolic, at_hand: Mapping[str, Tensor]) -> str:
        """The size as Python. at_hand: variables that may be read where it is written."""
        whole = self._find(size, at_hand) or self._product(size)
        if whole is not None:
            return whole
        found: dict[Symbol, str] = {}
        for each in symbols(size):
            name = self._find(_value(each), at_hand)
            if name is None:
                return self._handed_down(size)
            found[each] = name
        return _hugged(plain(size.polynomial, found))

    def _product(self, size: Symbolic) -> str | None:
        """A size that is two dimensions of the inputs multiplied, where these are not plain symbols."""
        compound = [each for each in self._dimensions if len(each.size.polynomial) > 1 or each.word]
        for one, two in combinations(compound[:8], 2):
            if _same(one.size * two.size, size):
                return f"{self._bind(one)} * {self._bind(two)}"
        return None

    def _find(self, size: Symbolic, at_hand: Mapping[str, Tensor]) -> str | None:
        equal = [each for each in self._dimensions if _same(each.size, size)]
        named = next((each for each in equal if each.word), None)
        if named is not None:
            return self._bind(named)
        for variable, tensor in at_hand.items():
            for index, other in enumerate(tensor.sizes):
                if _same(other, size):
                    return f"{variable}.shape[{index}]"
        if equal:
            return self._bind(equal[0])
        return next((name for name, extra in self.extra if _same(extra, size)), None)

    def _bind(self, dimension: _Dimension) -> str:
        if not dimension.name:
            dimension.name = self._names.take(dimension.word or f"{dimension.input}_size")
        return dimension.name

    def _handed_down(self, size: Symbolic) -> str:
        named = symbols(size)
        name = self._names.take(named[0].name if len(named) == 1 else "size")
        self.extra.append((name, size))
        return name

    def unpacking(self) -> list[str]:
        """The statements that bind the sizes in use, for the top of the method."""
        statements: list[str] = []
        for name, variable in self._variables.items():
            used = {
                each.index: each.name
                for each in self._dimensions
                if each.input == name and each.name
            }
            written = self._written.get(name, ())
            if len(used) > 1 and written and "..." not in written:
                targets = ", ".join(used.get(index, "_") for index in range(len(written)))
                statements.append(f"{targets} = {variable}.shape")
            else:
                statements += [
                    f"{local} = {variable}.shape[{index}]" for index, local in used.items()
                ]
        return statements


def word(written: tuple[str, ...], index: int, rank: int) -> str:
    """The name that a written shape gives to a dimension, or nothing."""
    if "..." in written:
        rest = written.index("...")
        behind = len(written) - rest - 1
        if index >= rest:
            if index < rank - behind:
                return ""
            index = len(written) - (rank - index)
    word = written[index] if index < len(written) else ""
    return word if word.isidentifier() and word != "_" else ""


def _hugged(text: str) -> str:
    """Powers of names as they are formatted: `h**2`."""
    return re.sub(r"(?<![\w.)])(\w+) \*\* (\d+)", r"\1**\2", text)


def _same(a: Size, b: Size) -> bool:
    return isinstance(a, Symbolic) and isinstance(b, Symbolic) and a.polynomial == b.polynomial


def _value(each: Symbol) -> Symbolic:
    value = symbol(
        each.name,
        minimum=each.minimum,
        maximum=each.maximum,
        multiple_of=each.multiple_of,
        origin=each.origin,
    )
    assert isinstance(value, Symbolic), "a symbol in a size has more than one value"
    return value
