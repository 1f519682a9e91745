"""What an expression comes to. Every step is bounded before it is taken.

Values are None, booleans, numbers, texts and lists of them, and symbolic sizes. A size is whatever
is none of the others: it computes for itself, and what it cannot decide leaves here as it comes.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from netwright.specs.grammar import CONSTANTS, ExpressionError, Parsed, position
from netwright.specs.problems import shown, suggest
from netwright.specs.scalars import INTEGER_LIMIT

#: Items of a list, those of the lists in it included.
MAX_LIST = 10_000
#: Characters of a text.
MAX_TEXT = 1_000
#: Steps of one evaluation, so that comprehensions inside one another come to an end.
MAX_STEPS = 200_000

Lookup = Callable[[str], object]
Given = Callable[[str], bool]


class UnknownName(LookupError):
    """Raised by a lookup for a name that is not in scope.

    Attributes:
        name: the name.
        candidates: those in scope.
    """

    def __init__(self, name: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(name, candidates)
        self.name = name
        self.candidates = tuple(candidates)


def compute(expression: Parsed, lookup: Lookup, given: Given | None) -> object:
    """The value of an expression; see :func:`netwright.specs.expressions.evaluate`."""
    return _Evaluation(lookup, given).value(expression.tree)


class _Refused(Exception):
    """Something cannot be computed; the part of the expression that asked for it adds the place."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_size(value: object) -> bool:
    return not isinstance(value, (bool, int, float, str, list, tuple, dict, type(None)))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return shown(value)
    if isinstance(value, (int, float)):
        return f"the number {shown(value)}"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    return f"the size {shown(value)}" if _is_size(value) else shown(value)


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and abs(value) >= INTEGER_LIMIT:
        # Sizes and counts of torch are int64.
        raise _Refused("the result is too large: integers are below 2**63")
    if isinstance(value, float) and not math.isfinite(value):
        raise _Refused("the result is too large for a number")
    if isinstance(value, complex):
        raise _Refused("the result is not a real number")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise _Refused(f"the result is a text of more than {MAX_TEXT:,} characters")
    return value


class _Evaluation:
    def __init__(self, lookup: Lookup, given: Given | None) -> None:
        self.lookup = lookup
        self.given = given
        self.bound: dict[str, object] = {}
        self.steps = 0

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise _Refused("this takes too many steps to compute")

    def value(self, node: ast.expr) -> Any:
        try:
            self.spend(1)
            match node:
                case ast.Constant():
                    return node.value
                case ast.Name():
                    return self.name(node)
                case ast.BinOp():
                    return self.arithmetic(node.op, self.value(node.left), self.value(node.right))
                case ast.UnaryOp():
                    return self.unary(node.op, self.value(node.operand))
                case ast.BoolOp():
                    return self.logic(node)
                case ast.Compare():
                    return self.comparison(node)
                case ast.IfExp():
                    return self.value(node.body if self.value(node.test) else node.orelse)
                case ast.List():
                    return self.listed([self.value(item) for item in node.elts])
                case ast.ListComp():
                    return self.comprehension(node)
                case ast.Subscript():
                    return self.subscript(node)
                case ast.Call():
                    return self.call(node)
        except _Refused as refused:
            raise ExpressionError(
                refused.message, *position(node), refused.help, code="NW131"
            ) from None
        raise AssertionError(f"{type(node).__name__} is let through by the grammar")

    def name(self, node: ast.Name) -> object:
        name = node.id
        if name in self.bound:
            return self.bound[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        try:
            value = self.lookup(name)
        except UnknownName as unknown:
            near = suggest(name, unknown.candidates)
            known = ", ".join(unknown.candidates[:20])
            more = ", …" if len(unknown.candidates) > 20 else ""
            help = f"did you mean `{near}`? " if near else ""
            help += f"names here: {known}{more}" if known else "there are no names here"
            raise ExpressionError(
                f"unknown name `{name}`", *position(node), help, code="NW132"
            ) from None
        return list(value) if isinstance(value, tuple) else value

    def listed(self, items: list[Any]) -> list[Any]:
        """The list, if it is not too long, counting what is inside."""
        count = 0
        waiting: list[Any] = [items]
        while waiting:
            items_ = waiting.pop()
            count += len(items_)
            if count > MAX_LIST:
                raise _Refused(f"the result is a list of more than {MAX_LIST:,} items")
            waiting += [item for item in items_ if isinstance(item, (list, tuple))]
        self.spend(count)
        return items

    def arithmetic(self, op: ast.operator, left: Any, right: Any) -> Any:
        is_sum, is_product = isinstance(op, ast.Add), isinstance(op, ast.Mult)
        if is_sum and isinstance(left, str) and isinstance(right, str):
            return _bounded(left + right)
        if is_sum and isinstance(left, list) and isinstance(right, list):
            return self.listed(left + right)
        if is_product and isinstance(left, list) and type(right) is int:
            if right * len(left) > MAX_LIST:
                raise _Refused(f"the result is a list of more than {MAX_LIST:,} items")
            return self.listed(left * right)
        symbol = _SYMBOLS[type(op)]
        for value in (left, right):
            if not (_is_number(value) or _is_size(value)):
                raise _Refused(f"`{symbol}` takes numbers, not {_kind(value)}")
        if isinstance(op, ast.Div) and (_is_size(left) or _is_size(right)):
            size = left if _is_size(left) else right
            raise _Refused(
                f"`/` does not take the size {shown(size)}, which depends on the input",
                "use `//`, which rounds down",
            )
        if isinstance(op, ast.Pow):
            _check_power(left, right)
        return self.checked(lambda: _BINARY[type(op)](left, right))

    def unary(self, op: ast.unaryop, value: Any) -> Any:
        if isinstance(op, ast.Not):
            return not value
        if not (_is_number(value) or _is_size(value)):
            raise _Refused(f"a sign takes a number, not {_kind(value)}")
        return -value if isinstance(op, ast.USub) else value

    def checked(self, compute: Callable[[], Any]) -> Any:
        """The result, with Python's errors as ours; what a size cannot decide is let through."""
        try:
            return _bounded(compute())
        except ZeroDivisionError:
            raise _Refused("division by zero") from None
        except OverflowError:
            raise _Refused("the result is too large for a number") from None
        except (TypeError, ValueError, ArithmeticError) as error:
            raise _Refused(str(error)) from None

    def logic(self, node: ast.BoolOp) -> Any:
        stops_at = isinstance(node.op, ast.Or)
        value: Any = None
        for part in node.values:
            value = self.value(part)
            if bool(value) is stops_at:
                return value
        return value

    def comparison(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            if not self.compare(op, left, right):
                return False
            left = right
        return True

    def compare(self, op: ast.cmpop, left: Any, right: Any) -> bool:
        match op:
            case ast.Eq():
                return self.equal(left, right)
            case ast.NotEq():
                return not self.equal(left, right)
            case ast.In() | ast.NotIn():
                if isinstance(right, str) and isinstance(left, str):
                    found = left in right
                elif isinstance(right, list):
                    found = any(self.equal(left, item) for item in right)
                else:
                    raise _Refused(f"`in` takes a list, not {_kind(right)}")
                return found is isinstance(op, ast.In)
        are_texts = isinstance(left, str) and isinstance(right, str)
        for value in (left, right):
            if not (are_texts or _is_number(value) or _is_size(value)):
                raise _Refused(f"`{_SYMBOLS[type(op)]}` compares numbers, not {_kind(value)}")
        return bool(self.checked(lambda: _BINARY[type(op)](left, right)))

    def equal(self, left: Any, right: Any) -> bool:
        """Equality; true is not 1."""
        self.spend(1)
        if isinstance(left, list) and isinstance(right, list):
            return len(left) == len(right) and all(map(self.equal, left, right))
        if isinstance(left, bool) or isinstance(right, bool):
            return left is right
        if _is_size(left) or _is_size(right):
            if not all(_is_number(value) or _is_size(value) for value in (left, right)):
                return False
            return bool(self.checked(lambda: left == right))
        return bool(left == right)

    def comprehension(self, node: ast.ListComp) -> list[Any]:
        loop = node.generators[0]
        assert isinstance(loop.target, ast.Name)
        items = self.value(loop.iter)
        if not isinstance(items, list):
            raise _Refused(f"`for` takes a list, not {_kind(items)}")
        outer = self.bound
        results = []
        for item in items:
            self.bound = {**outer, loop.target.id: item}
            results.append(self.value(node.elt))
        self.bound = outer
        return self.listed(results)

    def subscript(self, node: ast.Subscript) -> Any:
        items = self.value(node.value)
        if not isinstance(items, list):
            raise _Refused(f"only a list has items, not {_kind(items)}")
        if isinstance(node.slice, ast.Slice):
            ends = [
                None if part is None else self.index(self.value(part))
                for part in (node.slice.lower, node.slice.upper)
            ]
            return items[ends[0] : ends[1]]
        index = self.index(self.value(node.slice))
        if not -len(items) <= index < len(items):
            have = f"0 to {len(items) - 1}" if items else "none: the list is empty"
            raise _Refused(f"there is no item {index}", f"its indices are {have}")
        return items[index]

    def index(self, value: Any) -> int:
        if type(value) is not int:
            raise _Refused(f"an index is an integer, not {_kind(value)}")
        return value

    def call(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        first = node.args[0]
        if name == "given":
            assert isinstance(first, ast.Name)
            if self.given is None:
                raise _Refused("`given` can only be asked where there are inputs, as in `when`")
            try:
                return self.given(first.id)
            except UnknownName as unknown:
                near = suggest(first.id, unknown.candidates)
                help = f"did you mean `{near}`?" if near else (
                    "optional inputs: " + (", ".join(unknown.candidates[:20]) or "none")
                )  # fmt: skip
                raise ExpressionError(
                    f"there is no input `{first.id}`", *position(first), help, code="NW132"
                ) from None
        if name in ("ceil", "floor", "int", "round") and isinstance(first, ast.BinOp):
            exact = self.quotient(name, first)
            if exact is not None:
                return exact
        arguments = [self.value(argument) for argument in node.args]
        return self.checked(lambda: self.function(name, arguments))

    def quotient(self, name: str, division: ast.BinOp) -> int | None:
        """Rounds `a / b` of integers exactly; a float has 53 bits and sizes have 63."""
        if not isinstance(division.op, ast.Div):
            return None
        left, right = self.value(division.left), self.value(division.right)
        if type(left) is int and type(right) is int and right != 0:
            return int(_bounded(_ROUNDED[name](Fraction(left, right))))
        self.spend(1)
        try:
            ratio = self.arithmetic(division.op, left, right)
        except _Refused as refused:
            raise ExpressionError(
                refused.message, *position(division), refused.help, code="NW131"
            ) from None
        return int(self.checked(lambda: _ROUNDED[name](ratio)))

    def function(self, name: str, arguments: list[Any]) -> Any:
        value = arguments[0]
        if name == "len":
            if not isinstance(value, (list, str)):
                raise _Refused(f"`len` takes a list or a text, not {_kind(value)}")
            return len(value)
        if name in ("min", "max", "sum"):
            items = value if len(arguments) == 1 else arguments
            if not isinstance(items, list):
                raise _Refused(f"`{name}` takes a list, not {_kind(items)}")
            for item in items:
                self.number(name, item)
            self.spend(len(items))
            if name == "sum":
                total: Any = 0
                for item in items:
                    total = _bounded(total + item)
                return total
            if not items:
                raise _Refused(f"`{name}` of an empty list")
            return _extreme(name, items)
        if name == "int" and isinstance(value, bool):
            return int(value)
        self.number(name, value)
        if name == "sqrt":
            if _is_size(value):
                raise _Refused(f"`sqrt` does not take {_kind(value)}, which depends on the input")
            if value < 0:
                raise _Refused(f"the square root of {_kind(value)}")
            return math.sqrt(value)
        if name == "abs":
            if _is_size(value):
                return value if value >= 0 else -value
            return abs(value)
        return value if isinstance(value, int) or _is_size(value) else _ROUNDED[name](value)

    def number(self, name: str, value: Any) -> None:
        if not (_is_number(value) or _is_size(value)):
            raise _Refused(f"`{name}` takes numbers, not {_kind(value)}")


def _check_power(base: Any, exponent: Any) -> None:
    """Refuse a power that is too large before it is computed."""
    if isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1 and exponent > 63:
        raise _Refused("the result is too large: integers are below 2**63")
    if isinstance(base, (int, float)) and isinstance(exponent, (int, float)):
        if base == 0 and exponent < 0:
            raise _Refused("division by zero")
        if base < 0 and exponent != int(exponent):
            raise _Refused("the result is not a real number")


def _extreme(name: str, items: list[Any]) -> Any:
    if any(map(_is_size, items)):
        if any(isinstance(item, float) for item in items):
            raise _Refused(f"`{name}` of sizes takes integers besides")
        # Only here: a spec without symbolic sizes does without them.
        from netwright.specs.sizes import maximum, minimum

        return (minimum if name == "min" else maximum)(*items)
    return min(items) if name == "min" else max(items)


_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: operator.pow, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
_ROUNDED: dict[str, Callable[[Any], int]] = {
    "ceil": math.ceil, "floor": math.floor, "round": round, "int": int,
}  # fmt: skip
