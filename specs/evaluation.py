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
from netwright.specs.operands import (
    CannotCompute,
    bounded,
    check_power,
    described,
    extreme,
    is_number,
    is_size,
)
from netwright.specs.problems import shown, suggest

#: Items of a list, those of the lists in it included.
MAX_LIST = 10_000
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


class _Evaluation:
    def __init__(self, lookup: Lookup, given: Given | None) -> None:
        self.lookup = lookup
        self.given = given
        self.bound: dict[str, object] = {}
        self.steps = 0

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise CannotCompute("this takes too many steps to compute")

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
        except CannotCompute as refused:
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
            meant = f"did you mean `{near}`? " if near else ""
            there = f"names here: {known}{more}" if known else "there are no names here"
            raise ExpressionError(
                f"unknown name `{name}`", *position(node), meant + there, code="NW132"
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
                raise CannotCompute(f"the result is a list of more than {MAX_LIST:,} items")
            waiting += [item for item in items_ if isinstance(item, (list, tuple))]
        self.spend(count)
        return items

    def arithmetic(self, op: ast.operator, left: Any, right: Any) -> Any:
        is_sum, is_product = isinstance(op, ast.Add), isinstance(op, ast.Mult)
        if is_sum and isinstance(left, str) and isinstance(right, str):
            return bounded(left + right)
        if is_sum and isinstance(left, list) and isinstance(right, list):
            return self.listed(left + right)
        if is_product and isinstance(left, list) and type(right) is int:
            if right * len(left) > MAX_LIST:
                raise CannotCompute(f"the result is a list of more than {MAX_LIST:,} items")
            return self.listed(left * right)
        symbol = _SYMBOLS[type(op)]
        for value in (left, right):
            if not (is_number(value) or is_size(value)):
                raise CannotCompute(f"`{symbol}` takes numbers, not {described(value)}")
        if isinstance(op, ast.Div) and (is_size(left) or is_size(right)):
            size = left if is_size(left) else right
            raise CannotCompute(
                f"`/` does not take the size {shown(size)}, which depends on the input",
                "use `//`, which rounds down",
            )
        if isinstance(op, ast.Pow):
            check_power(left, right)
        return self.checked(lambda: _BINARY[type(op)](left, right))

    def unary(self, op: ast.unaryop, value: Any) -> Any:
        if isinstance(op, ast.Not):
            return not value
        if not (is_number(value) or is_size(value)):
            raise CannotCompute(f"a sign takes a number, not {described(value)}")
        return -value if isinstance(op, ast.USub) else value

    def checked(self, compute: Callable[[], Any]) -> Any:
        """The result, with Python's errors as ours; what a size cannot decide is let through."""
        try:
            return bounded(compute())
        except ZeroDivisionError:
            raise CannotCompute("division by zero") from None
        except OverflowError:
            raise CannotCompute("the result is too large for a number") from None
        except (TypeError, ValueError, ArithmeticError) as error:
            raise CannotCompute(str(error)) from None

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
                    raise CannotCompute(f"`in` takes a list, not {described(right)}")
                return found is isinstance(op, ast.In)
        are_texts = isinstance(left, str) and isinstance(right, str)
        for value in (left, right):
            if not (are_texts or is_number(value) or is_size(value)):
                raise CannotCompute(
                    f"`{_SYMBOLS[type(op)]}` compares numbers, not {described(value)}"
                )
        return bool(self.checked(lambda: _BINARY[type(op)](left, right)))

    def equal(self, left: Any, right: Any) -> bool:
        """Equality; true is not 1."""
        self.spend(1)
        if isinstance(left, list) and isinstance(right, list):
            return len(left) == len(right) and all(map(self.equal, left, right))
        if isinstance(left, bool) or isinstance(right, bool):
            return left is right
        if is_size(left) or is_size(right):
            if not all(is_number(value) or is_size(value) for value in (left, right)):
                return False
            return bool(self.checked(lambda: left == right))
        return bool(left == right)

    def comprehension(self, node: ast.ListComp) -> list[Any]:
        loop = node.generators[0]
        assert isinstance(loop.target, ast.Name)
        items = self.value(loop.iter)
        if not isinstance(items, list):
            raise CannotCompute(f"`for` takes a list, not {described(items)}")
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
            raise CannotCompute(f"only a list has items, not {described(items)}")
        if isinstance(node.slice, ast.Slice):
            ends = [
                None if part is None else self.index(self.value(part))
                for part in (node.slice.lower, node.slice.upper)
            ]
            return items[ends[0] : ends[1]]
        index = self.index(self.value(node.slice))
        if not -len(items) <= index < len(items):
            have = f"0 to {len(items) - 1}" if items else "none: the list is empty"
            raise CannotCompute(f"there is no item {index}", f"its indices are {have}")
        return items[index]

    def index(self, value: Any) -> int:
        if type(value) is not int:
            raise CannotCompute(f"an index is an integer, not {described(value)}")
        return value

    def call(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        first = node.args[0]
        if name == "given":
            assert isinstance(first, ast.Name)
            if self.given is None:
                raise CannotCompute(
                    "`given` can only be asked where there are inputs, as in `when`"
                )
            try:
                return self.given(first.id)
            except UnknownName as unknown:
                near = suggest(first.id, unknown.candidates)
                known = ", ".join(unknown.candidates[:20]) or "none"
                meant = f"did you mean `{near}`?" if near else f"optional inputs: {known}"
                raise ExpressionError(
                    f"there is no input `{first.id}`", *position(first), meant, code="NW132"
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
            return int(bounded(_ROUNDED[name](Fraction(left, right))))
        self.spend(1)
        try:
            ratio = self.arithmetic(division.op, left, right)
        except CannotCompute as refused:
            raise ExpressionError(
                refused.message, *position(division), refused.help, code="NW131"
            ) from None
        return int(self.checked(lambda: _ROUNDED[name](ratio)))

    def function(self, name: str, arguments: list[Any]) -> Any:
        value = arguments[0]
        if name == "len":
            if not isinstance(value, (list, str)):
                raise CannotCompute(f"`len` takes a list or a text, not {described(value)}")
            return len(value)
        if name in ("min", "max", "sum"):
            items = value if len(arguments) == 1 else arguments
            if not isinstance(items, list):
                raise CannotCompute(f"`{name}` takes a list, not {described(items)}")
            for item in items:
                self.number(name, item)
            self.spend(len(items))
            if name == "sum":
                total: Any = 0
                for item in items:
                    total = bounded(total + item)
                return total
            if not items:
                raise CannotCompute(f"`{name}` of an empty list")
            return extreme(name, items)
        if name == "int" and isinstance(value, bool):
            return int(value)
        self.number(name, value)
        if name == "sqrt":
            if is_size(value):
                raise CannotCompute(
                    f"`sqrt` does not take {described(value)}, which depends on the input"
                )
            if value < 0:
                raise CannotCompute(f"the square root of {described(value)}")
            return math.sqrt(value)
        if name == "abs":
            if is_size(value):
                return value if value >= 0 else -value
            return abs(value)
        return value if isinstance(value, int) or is_size(value) else _ROUNDED[name](value)

    def number(self, name: str, value: Any) -> None:
        if not (is_number(value) or is_size(value)):
            raise CannotCompute(f"`{name}` takes numbers, not {described(value)}")


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
