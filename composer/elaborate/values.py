"""Values: what is written for a setting, evaluated in its scope; and params, checked against their types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import POISON, BlockValue, Poisoned, Scope
from netwright.composer.elaborate.unknown import unknowns
from netwright.specs import tree as trees
from netwright.specs.document import Definition, Param
from netwright.specs.expressions import Expression, UnknownName, evaluate, parse
from netwright.specs.problems import shown, suggest
from netwright.specs.sizes import Symbolic


def value_of(node: trees.Node, scope: Scope, where: Where, *, shape: bool = False) -> Any:
    """What a tree stands for: expressions evaluated, everything else as written.

    shape: in the notation of shapes, where a bare name is a size in scope. Raises Poisoned (reported).
    """
    if isinstance(node, trees.Mapping):
        return {name: value_of(entry.node, scope, where) for name, entry in node.entries.items()}
    if isinstance(node, trees.Sequence):
        values = [value_of(item, scope, where, shape=shape) for item in node.items]
        return _with_rest(values, scope) if shape else values
    value = node.value
    if not isinstance(value, str):
        return value
    with where.guard(node.place):
        if value.startswith("$"):
            parsed = parse(value, node.place)
            return (
                evaluate(parsed, scope.lookup, scope.given)
                if isinstance(parsed, Expression)
                else parsed
            )
        if shape and value not in ("...", "_"):
            return _size_named(value, node, scope, where)
    return value


def _with_rest(shape: list[Any], scope: Scope) -> list[Any]:
    """A shape with the sizes that `...` matched in the first input of the block around, if it has one."""
    try:
        rest = scope.lookup("...")
    except UnknownName:
        return shape
    return [
        size
        for item in shape
        for size in (rest if isinstance(item, str) and item == "..." else (item,))
    ]


def _size_named(name: str, node: trees.Node, scope: Scope, where: Where) -> Any:
    try:
        return scope.lookup(name)
    except UnknownName as error:
        near = suggest(name, error.candidates)
        where.report(
            "NW132",
            f"no size or param is called {shown(name)} here",
            node.place,
            help=f"did you mean {near}?" if near else "",
            fix=fix_word(node, near),
        )
        raise Poisoned from error


def constant(node: trees.Node, scope: Scope, where: Where, what: str, kind: type) -> Any:
    """A value that decides structure: one value, of this kind, for every size that dims allows."""
    value = value_of(node, scope, where)
    if isinstance(value, Symbolic):
        if unknowns([value]):
            raise Poisoned
        where.report(
            "NW306",
            f"{what} must be one value for every size that dims allows; it is {value}",
            node.place,
        )
        raise Poisoned
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        expected = {bool: "true or false", int: "an integer", list: "a list"}[kind]
        where.report("NW133", f"{what}: expected {expected}, got {shown(value)}", node.place)
        raise Poisoned
    return value


# -- params ------------------------------------------------------------------------------------------------

_KINDS: dict[str, tuple[type, ...]] = {
    "int": (int, Symbolic),
    "float": (int, float, Symbolic),
    "bool": (bool,),
    "str": (str,),
    "list": (list,),
    "block": (BlockValue,),
}
_WORDS = {
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "list": "a list",
    "block": "a block",
}


def is_block(param: Param) -> bool:
    """Whether the values of a param are blocks."""
    return param.type == "block" or (param.type is None and isinstance(param.default, Mapping))


def param_value(
    name: str, param: Param, node: trees.Node, scope: Scope, where: Where, default: Any = None
) -> Any:
    """The value written for a param, in the scope of its writing. POISON if it is wrong (reported)."""
    try:
        if is_block(param) and not (isinstance(node, trees.Scalar) and node.value is None):
            value: Any = block_value(node, scope, where)
        else:
            value = value_of(node, scope, where)
    except Poisoned:
        return POISON
    return value if check_param(name, param, value, node, where, default) else POISON


def block_value(node: trees.Node, scope: Scope, where: Where) -> Any:
    """A block written as a value: `$param` is the block given there, anything else a block itself."""
    if (
        isinstance(node, trees.Scalar)
        and isinstance(node.value, str)
        and node.value.startswith("$")
    ):
        value = value_of(node, scope, where)
        return BlockValue(node, scope) if isinstance(value, str) else value
    if isinstance(node, trees.Mapping) or (
        isinstance(node, trees.Scalar) and isinstance(node.value, str)
    ):
        return BlockValue(node, scope)
    return value_of(node, scope, where)


def check_param(
    name: str, param: Param, value: Any, node: trees.Node, where: Where, default: Any
) -> bool:
    """Whether a value fits the param's type, bounds and choices; if not, that is reported."""
    kind = param.type or _kind_of(default)
    if value is None and (param.type is None or param.default is None):
        return True
    if kind and (
        not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "bool")
    ):
        where.report("NW133", f"{name}: expected {_WORDS[kind]}, got {shown(value)}", node.place)
        return False
    with_bounds = (("<", param.min, "at least"), (">", param.max, "at most"))
    for relation, bound, words in with_bounds:
        if not isinstance(bound, (int, float)) or not isinstance(value, (int, float)):
            continue
        if value < bound if relation == "<" else value > bound:
            message = f"{name} must be {words} {bound}, got {shown(value)}"
            where.report("NW133", message, node.place)
            return False
    if param.choices is not None and value not in param.choices:
        choices = [str(choice) for choice in param.choices]
        near = suggest(str(value), choices)
        where.report(
            "NW133",
            f"{name}: {shown(value)} is none of {', '.join(choices)}",
            node.place,
            help=f"did you mean {near}?" if near else "",
            fix=fix_word(node, near),
        )
        return False
    return True


def _kind_of(default: Any) -> str | None:
    for kind, python in (
        ("bool", bool),
        ("int", (int, Symbolic)),
        ("float", float),
        ("str", str),
        ("list", list),
    ):
        if isinstance(default, python):
            return kind
    return None


def default_node(tree: trees.Mapping, name: str) -> trees.Node | None:
    """Where the default of a param stands; None if it is required."""
    section = tree.entries.get("params")
    if section is None or not isinstance(section.node, trees.Mapping):
        return None
    node = section.node.entries[name].node
    if isinstance(node, trees.Mapping) and {"default", "type"} & node.entries.keys():
        return node.entries["default"].node if "default" in node.entries else None
    return None if isinstance(node, trees.Scalar) and node.value in _KINDS else node


def with_params(
    definition: Definition,
    tree: trees.Mapping,
    scope: Scope,
    params: dict[str, Any],
    given: Mapping[str, Any],
    where: Where,
) -> None:
    """Fill in the params of a definition, in order: what is given, else the default. Missing: reported.

    params is the table of the scope, so that a default sees the params above it.
    """
    for name, param in definition.params.items():
        node = default_node(tree, name)
        default: Any = POISON
        if node is not None and (name not in given or param.type is None):
            default = param_value(name, param, node, scope, where)
        if name not in given:
            if node is None:
                where.report(
                    "NW511",
                    f"{name} must be set: it has no default"
                    + (f" ({param.help})" if param.help else ""),
                    tree.entries["params"].node.place if not where.path else where.blame,
                    help=f"{name}: … ({_WORDS.get(param.type or '', 'a value')})",
                )
            params[name] = default
            continue
        value = given[name]
        if isinstance(value, Given):
            value = value.check(name, param, default, where)
        params[name] = value


class Given:
    """A value for a param with the place it is written at, checked once the default's type is known."""

    def __init__(self, node: trees.Node, scope: Scope, value: Any = ...) -> None:
        self.node = node
        self.scope = scope
        self.value = value

    def check(self, name: str, param: Param, default: Any, where: Where) -> Any:
        if self.value is POISON:
            return POISON
        if self.value is ...:
            return param_value(name, param, self.node, self.scope, where, default)
        return (
            self.value
            if check_param(name, param, self.value, self.node, where, default)
            else POISON
        )
