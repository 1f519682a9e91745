"""Settings that pydantic refuses, in words for the spec writer, with what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import POISON, BlockValue
from netwright.composer.elaborate.unknown import unknowns
from netwright.plugins.block import Block
from netwright.specs import tree as trees
from netwright.specs.problems import Fix, shown, suggest
from netwright.specs.sizes import Symbolic

_EXPECTED = {
    "int_type": "expected an integer",
    "int_from_float": "expected an integer",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "string_type": "expected a text",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping",
    "none_required": "expected null",
}
_BOUNDS = {
    "greater_than_equal": ("must be at least", "ge"),
    "greater_than": ("must be above", "gt"),
    "less_than_equal": ("must be at most", "le"),
    "less_than": ("must be below", "lt"),
}
_BOOLEANS = {"yes": True, "on": True, "y": True, "true": True} | {
    "no": False,
    "off": False,
    "n": False,
    "false": False,
}
_NUMBER = re.compile(r"[-+]?[0-9][0-9_,]*(\.[0-9]*)?(e[-+]?[0-9]+)?", re.IGNORECASE)


def refused_settings(
    cls: type[Block],
    name: str,
    settings: Mapping[str, Any],
    nodes: Mapping[str, trees.Node],
    where: Where,
) -> dict[str, Any]:
    """The settings that do not fit (reported), each with what was probably meant, or POISON."""
    wrong: dict[str, Any] = {
        setting: POISON
        for setting, value in settings.items()
        if value is POISON or (isinstance(value, Symbolic) and unknowns([value]))
    }
    for setting, value in settings.items():
        if isinstance(value, BlockValue):
            where.report("NW512", f"{name}.{setting} takes no block", nodes[setting].place)
            wrong[setting] = POISON
    try:
        cls(**{setting: value for setting, value in settings.items() if setting not in wrong})
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=True):
            setting = str(each["loc"][0])
            if setting in wrong:  # of a union each member says no
                continue
            if setting in settings:
                wrong[setting] = _report(each, nodes, where)
            elif each["type"] != "missing":
                message = f"plugin error: the default of {name}.{setting} does not fit its own type"
                where.report("NW513", message, where.blame)
    return wrong


def _report(error: Any, nodes: Mapping[str, trees.Node], where: Where) -> Any:
    """Report one setting; returns what was probably meant by it, or POISON."""
    setting, *inner = error["loc"]
    node = nodes[setting]
    value = error["input"]
    is_whole = True
    for step in inner:
        try:
            node, is_whole = trees.at(node, (step,)), False
        except LookupError:
            break
    if isinstance(value, Symbolic):
        where.report(
            "NW306",
            f"{setting} must be one value for every size that dims allows; it is {value}",
            node.place,
            help="give the size in inputs as a number, or do not let the setting depend on it",
        )
        return POISON
    help, meant = _meant(error, value)
    path = ".".join(map(str, (setting, *(step for step in inner if isinstance(step, int)))))
    is_written = isinstance(node, trees.Scalar) and not str(node.value).startswith("$")
    where.report(
        "NW512",
        f"{path}: {_said(error)}, got {shown(value)}",
        node.place,
        help=help,
        fix=Fix(node.place, shown(meant)) if meant is not POISON and is_written else None,
    )
    return meant if is_whole else POISON


def _said(error: Any) -> str:
    """What is asked for, in our words where they are plainer than pydantic's."""
    kind = error["type"]
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        limit = error["ctx"][bound]
        return f"{words} {int(limit) if limit == int(limit) else limit}"
    said: str = error["msg"]
    return said.removeprefix("Value error, ").replace("Input should be ", "expected ")


def _meant(error: Any, value: Any) -> tuple[str, Any]:
    """A help, and the value that was probably meant, or POISON."""
    kind = error["type"]
    if isinstance(value, str):
        if value in ("None", "nil", "NULL"):
            return "did you mean null?", None
        if kind == "bool_type" and value.lower() in _BOOLEANS:
            meant = _BOOLEANS[value.lower()]
            return f"only true and false are booleans: write {shown(meant)}", meant
        if kind == "literal_error":
            choices = str(error["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
            near = suggest(value, choices.split(", "))
            return (f"did you mean {near}?", near) if near else ("", POISON)
        if value.startswith(("(", "[")):
            parts = value.strip("()[]").replace(",", " ").split()
            return f"write a list: [{', '.join(parts)}]", POISON
        if _NUMBER.fullmatch(value) and kind != "string_type":
            return _number(value, kind)
    if isinstance(value, float) and value.is_integer() and kind in ("int_type", "int_from_float"):
        return f"write {int(value)}", int(value)
    if kind == "less_than_equal" and error["ctx"]["le"] == 1 and 1 < value <= 100:
        return f"did you mean {value / 100:g}?", value / 100
    return "", POISON


def _number(text: str, kind: str) -> tuple[str, Any]:
    plain = text.replace("_", "").replace(",", "")
    number: int | float = float(plain) if set(plain.lower()) & set(".e") else int(plain[:19])
    if isinstance(number, float) and kind.startswith("int"):
        return "", POISON
    return f"write the number {number}, without quotes, `_` or `,`", number
