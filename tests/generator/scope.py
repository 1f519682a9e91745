"""Writing a value as an expression over the names in scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from netwright.specs.sizes import Symbolic, decide

LONGEST = 120


class Unwritable(Exception):
    """A size for which the names in scope give no expression."""


class Scope:
    """The names that expressions may use here, with their values.

    names: params, sizes, loop variables. param: makes a new param of this value and returns its name, or
    None where there can be none.
    """

    def __init__(
        self,
        random: Random,
        names: Mapping[str, Any],
        param: Callable[[Any], str | None] = lambda _: None,
    ) -> None:
        self.random = random
        self.names = dict(names)
        self._param = param

    def write(self, value: Any, plain: float = 0.6) -> Any:
        """The value as a spec may have it: itself (with this probability), or an expression.

        Raises Unwritable for a symbolic size that no name here leads to.
        """
        if isinstance(value, Symbolic):
            return f"$({self.size(value)})" if self.random.random() < 0.5 else self._short(value)
        if self.random.random() < plain:
            return self._literal(value, plain)
        if self.random.random() < 0.3:
            name = self._param(value)
            if name is not None:
                return f"${name}"
        text = self.expression(value)
        if len(text) > LONGEST:
            return self._literal(value, plain)
        return f"${text}" if text.isidentifier() and text in self.names else f"$({text})"

    def _literal(self, value: Any, plain: float) -> Any:
        if isinstance(value, (list, tuple)):
            return [self.write(each, max(plain, 0.85)) for each in value]
        return "$$" + value[1:] if isinstance(value, str) and value.startswith("$") else value

    def _short(self, value: Symbolic) -> str:
        text = self.size(value)
        return f"${text}" if text.isidentifier() else f"$({text})"

    def size(self, value: Symbolic) -> str:
        """A symbolic size over the names in scope. Raises Unwritable."""
        known = [(n, v) for n, v in self.names.items() if isinstance(v, Symbolic)]
        self.random.shuffle(known)
        for name, each in known:
            if each == value if decide("==", each, value) is True else False:
                return self.random.choice([name, name, name, f"{name} + 0", f"2 * {name} // 2"])
        for name, each in known:
            difference = value - each
            if isinstance(difference, int):
                return f"{name} + {difference}" if difference > 0 else f"{name} - {-difference}"
            for factor in (2, 3, 4):
                if decide("==", factor * each, value) is True:
                    return f"{factor} * {name}"
                if decide("==", each // factor, value) is True:
                    return f"{name} // {factor}"
        raise Unwritable(str(value))

    def expression(self, value: Any, depth: int = 2) -> str:
        """An expression of this value."""
        if value is None:
            return "null"
        same = [
            name
            for name, each in self.names.items()
            if type(each) is type(value) and not isinstance(each, Symbolic) and each == value
        ]
        if same and self.random.random() < 0.5:
            return self.random.choice(same)
        if depth and self.random.random() < 0.25:
            return self._chosen(value, depth - 1)
        if isinstance(value, bool):
            return self._truth(value, depth)
        if isinstance(value, int):
            return self._integer(value, depth)
        if isinstance(value, float):
            return repr(value) if value >= 0 else f"({value!r})"
        if isinstance(value, str):
            return f"'{value}'"
        return self._list(list(value), depth)

    def _chosen(self, value: Any, depth: int) -> str:
        own = self.expression(value, depth)
        if self.random.random() < 0.5:
            condition = self.random.random() < 0.5
            both = (own, "1 // 0") if condition else ("1 // 0", own)
            return f"({both[0]} if {self._truth(condition, depth)} else {both[1]})"
        return self.random.choice([f"[{own}, 7][0]", f"[7, {own}][1]", f"[2, 7, {own}][-1]"])

    def _truth(self, value: bool, depth: int) -> str:
        one, two = self.random.randint(0, 9), self.random.randint(0, 9)
        operator = {
            "<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two,
            "==": one == two, "!=": one != two,
        }  # fmt: skip
        name = self.random.choice([each for each, holds in operator.items() if holds is value])
        left, right = self._integer(one, min(depth, 1)), self._integer(two, 0)
        return self.random.choice(
            [
                "true" if value else "false",
                f"{left} {name} {right}",
                f"not {'false' if value else 'true'}",
                f"(true {'or' if value else 'and'} {'1 // 0 > 0' if value else 'false'})",
            ]
        )

    def _integer(self, value: int, depth: int) -> str:
        literal = str(value) if value >= 0 else f"({value})"
        if not depth:
            return literal
        names = [
            (name, each)
            for name, each in self.names.items()
            if isinstance(each, int) and not isinstance(each, bool) and abs(each) < 1000
        ]
        forms = [literal, f"min({literal}, {value + 5})", f"max({value - 3}, {literal})"]
        forms += [
            f"int({value}.0)",
            f"{literal} + 0",
            f"abs({abs(value)})" if value >= 0 else literal,
        ]
        forms += [f"len([{', '.join('7' for _ in range(value))}])"] if 0 <= value < 5 else []
        forms += [f"sum([x for x in [{literal}, 0]])", f"2 * {literal} // 2", f"ceil({value} / 1)"]
        if names and self.random.random() < 0.6:
            name, each = self.random.choice(names)
            rest = value - each
            forms = [f"{name} + {rest}" if rest >= 0 else f"{name} - {-rest}"]
            if each > 0:
                forms.append(f"{value * each} // {name}" if value >= 0 else literal)
                forms.append(
                    f"{name} * {value // each} + {value % each}" if value >= 0 else literal
                )
        symbolic = [name for name, each in self.names.items() if isinstance(each, Symbolic)]
        if symbolic and self.random.random() < 0.2:
            name = self.random.choice(symbolic)
            return f"({name} - {name} + {literal})"
        return f"({self.random.choice(forms)})"

    def _list(self, value: list[Any], depth: int) -> str:
        items = ", ".join(self.expression(each, 0) for each in value)
        forms = [f"[{items}]", f"[7, {items}][1:]" if value else "[]"]
        if value and all(each == value[0] and type(each) is type(value[0]) for each in value):
            forms.append(f"[{self.expression(value[0], 0)} for x in [{'0, ' * (len(value) - 1)}0]]")
        return self.random.choice(forms)
