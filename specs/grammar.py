"""What an expression may contain: Python's syntax for expressions, less nearly all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import isinf

from netwright.specs.problems import shown, suggest
from netwright.specs.scalars import INTEGER_LIMIT

#: Characters of an expression.
MAX_TEXT = 200
#: Operators and calls inside one another.
MAX_DEPTH = 100

#: The functions, and how many arguments each takes at least and at most.
FUNCTIONS: dict[str, tuple[int, int]] = {
    "min": (1, MAX_TEXT),
    "max": (1, MAX_TEXT),
    "abs": (1, 1),
    "ceil": (1, 1),
    "floor": (1, 1),
    "round": (1, 1),
    "sqrt": (1, 1),
    "len": (1, 1),
    "sum": (1, 1),
    "int": (1, 1),
    "given": (1, 1),
}
CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

ALLOWED = (
    "an expression knows numbers, quoted texts, true false null, + - * / // % **, comparisons, "
    "and or not, `a if c else b`, lists, list[i], list[a:b], [f for x in list], and "
    + " ".join(FUNCTIONS)
)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# What begins like a number, and what is one. Python takes `1if x else 2`, with a warning.
_NUMERIC = re.compile(r"(?<![\w.])(?:0[xX]\w*|\.?\d[\w.]*(?:(?<=[eE])[+-]\d+)?)")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WORDS = {"True": "true", "False": "false", "None": "null"}

_OPERATORS = (
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.USub, ast.UAdd,
    ast.Not, ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In,
    ast.NotIn, ast.Load,
)  # fmt: skip
_KINDS = (
    ast.Constant, ast.Name, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.List,
    ast.Subscript, ast.ListComp, ast.Call,
)  # fmt: skip
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "attributes (`.name`) are not allowed",
    ast.Lambda: "`lambda` is not allowed",
    ast.JoinedStr: "f-strings are not allowed",
    ast.NamedExpr: "`:=` is not allowed",
    ast.Starred: "`*` before a value is not allowed",
    ast.Tuple: "a tuple is not allowed: a list stands in [ ]",
    ast.Dict: "a mapping is not allowed",
    ast.Set: "a set is not allowed",
    ast.GeneratorExp: "a generator is not allowed: put it in [ ]",
    ast.Is: "`is` is not allowed: use `==`",
    ast.IsNot: "`is not` is not allowed: use `!=`",
    ast.MatMult: "`@` is not allowed",
    ast.BitXor: "`^` is not allowed: a power is `**`",
    ast.BitAnd: "`&` is not allowed: use `and`",
    ast.BitOr: "`|` is not allowed: use `or`",
    ast.Invert: "`~` is not allowed: use `not`",
}


class ExpressionError(ValueError):
    """An expression that cannot be read or computed.

    Attributes:
        message: what is wrong.
        column: where in the text, from 1; the `$` is 1.
        length: how many characters are concerned.
        help: how to mend it.
        code: of the problem.
    """

    def __init__(
        self, message: str, column: int = 1, length: int = 1, help: str = "", code: str = "NW130"
    ) -> None:
        super().__init__(message, column, length, help, code)
        self.message = message
        self.column = column
        self.length = length
        self.help = help
        self.code = code

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Parsed:
    """A valid expression.

    Attributes:
        tree: its syntax, of the allowed kinds alone; not to be changed.
        names: the names whose values it may read.
        given: the names that it asks ``given(…)`` about.
    """

    tree: ast.expr
    names: frozenset[str]
    given: frozenset[str]


def is_expression(text: str) -> bool:
    """Whether a text is an expression rather than itself."""
    return text.startswith("$") and not text.startswith("$$")


def position(node: ast.expr) -> tuple[int, int]:
    """Column from 1, counting the `$`, and length of a part of an expression.

    What Python counts in bytes is counted in characters: the tree is of an ASCII text.
    """
    return node.col_offset + 2, max(1, (node.end_col_offset or 0) - node.col_offset)


@lru_cache(maxsize=4096)
def parsed(text: str) -> Parsed:
    """The syntax of ``$name`` or ``$(expression)``.

    Raises:
        ExpressionError: for anything but what the language allows.
    """
    if len(text) > MAX_TEXT:
        raise ExpressionError(
            f"an expression has at most {MAX_TEXT} characters, and this has {len(text):,}",
            length=len(text),
            help="compute a part of it as a param whose default is an expression",
        )
    inner = text[1:]
    if not inner.startswith("("):
        return _name(inner)
    # Line breaks are spaces between parentheses, and columns are then those of one line.
    inner = inner.replace("\n", " ")
    _check_text(inner)
    # Only texts in quotes may be more than ASCII. Python would count columns in bytes of UTF-8, and
    # texts are put back below.
    letters = _QUOTED.sub(lambda match: _masked(match[0]), inner)
    try:
        tree = ast.parse(letters, mode="eval").body
    except SyntaxError as error:
        column = min(max(error.offset or 1, 1), len(inner)) + 1
        raise ExpressionError(
            f"the expression cannot be read: {error.msg}", column, help=ALLOWED
        ) from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(f"the expression cannot be read: {error}") from None
    return _checked(tree, inner)


def _masked(quoted: str) -> str:
    return quoted if quoted.isascii() else quoted[0] + "x" * (len(quoted) - 2) + quoted[-1]


def _name(inner: str) -> Parsed:
    match = _NAME.match(inner)
    if match is None or match.end() != len(inner):
        at = 0 if match is None else match.end()
        raise ExpressionError(
            "after `$` stands a name, or an expression in parentheses",
            at + 2 if at < len(inner) else 1,
            help=f"write $({inner}), or $${inner} for the text itself" if inner else "",
        )
    tree = ast.Name(inner, ast.Load(), lineno=1, col_offset=0, end_col_offset=len(inner))
    names = frozenset() if inner in CONSTANTS else frozenset((inner,))
    return Parsed(tree, names, frozenset())


def _check_text(inner: str) -> None:
    """What is refused before Python reads it: it would warn, or read it in a way of its own."""
    bare = _QUOTED.sub(lambda match: " " * len(match[0]), inner)
    for index, letter in enumerate(bare):
        if not " " <= letter <= "~":
            raise ExpressionError(
                f"the character U+{ord(letter):04X} is not allowed in an expression", index + 2
            )
    if "\\" in inner:
        raise ExpressionError("a backslash is not allowed", inner.index("\\") + 2)
    if "#" in bare:
        raise ExpressionError("a comment is not allowed", bare.index("#") + 2)
    for match in _NUMERIC.finditer(bare):
        if not _NUMBER.fullmatch(match[0]):
            plain = match[0].replace("_", "")
            raise ExpressionError(
                f"{shown(match[0])} is no number",
                match.start() + 2,
                len(match[0]),
                help=f"write {plain}" if _NUMBER.fullmatch(plain) else "",
            )
    depth = 0
    for index, letter in enumerate(bare):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and bare[index + 1 :].strip():
            raise ExpressionError(
                "the expression ends here, and more follows",
                index + 2,
                help="an expression is a whole value: put everything into one $(…)",
            )


def _checked(tree: ast.expr, inner: str) -> Parsed:
    """Hold the tree to the language, and put in what Python's words differ in."""
    names: set[str] = set()
    given: set[str] = set()
    # Level by level instead of by recursion; the names bound by comprehensions go along.
    level: list[tuple[ast.expr, frozenset[str]]] = [(tree, frozenset())]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            column, length = position(level[0][0])
            raise ExpressionError("the expression is nested too deeply", column, length)
        level = [
            (child, bound)
            for node, inside in level
            for child, bound in _visit(node, inside, inner, names, given)
        ]
    return Parsed(tree, frozenset(names), frozenset(given))


def _visit(
    node: ast.expr, bound: frozenset[str], inner: str, names: set[str], given: set[str]
) -> Iterator[tuple[ast.expr, frozenset[str]]]:
    """Check one part of the tree; the parts below it, each with the names bound there."""
    if not isinstance(node, _KINDS):
        raise _refusal(node, node)
    if isinstance(node, ast.Constant):
        _check_constant(node, inner)
    elif isinstance(node, ast.Name):
        if node.id in FUNCTIONS and node.id not in bound:
            raise ExpressionError(f"`{node.id}` is a function: write {node.id}(…)", *position(node))
        if node.id not in CONSTANTS and node.id not in bound:
            names.add(node.id)
    elif isinstance(node, ast.Call):
        yield from ((argument, bound) for argument in _arguments(node, inner, given))
    elif isinstance(node, ast.ListComp):
        yield from _comprehension(node, bound)
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        if node.slice.step is not None:
            raise ExpressionError("a slice has no step", *position(node.slice.step))
        parts = (node.value, node.slice.lower, node.slice.upper)
        yield from ((part, bound) for part in parts if part is not None)
    else:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield child, bound
            elif not isinstance(child, _OPERATORS):
                raise _refusal(child, node)


def _arguments(node: ast.Call, inner: str, given: set[str]) -> list[ast.expr]:
    """Check a call; its arguments, less the names of inputs that it asks about."""
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        near = suggest(node.func.id, FUNCTIONS) if isinstance(node.func, ast.Name) else None
        what = inner[node.func.col_offset : node.func.end_col_offset]
        raise ExpressionError(
            f"{shown(what)} cannot be called",
            *position(node.func),
            help=f"did you mean `{near}`?" if near else ALLOWED,
        )
    if node.keywords:
        raise ExpressionError("arguments cannot be given by name", *position(node))
    name = node.func.id
    least, most = FUNCTIONS[name]
    if not least <= len(node.args) <= most:
        count = "one argument" if most == 1 else "at least one argument"
        raise ExpressionError(f"`{name}` takes {count}", *position(node))
    if name == "given":
        asked = node.args[0]
        if not isinstance(asked, ast.Name):
            raise ExpressionError("`given` takes the name of an input", *position(asked))
        given.add(asked.id)
        return []
    return node.args


def _comprehension(
    node: ast.ListComp, bound: frozenset[str]
) -> Iterator[tuple[ast.expr, frozenset[str]]]:
    loop = node.generators[0]
    if len(node.generators) > 1 or loop.ifs or loop.is_async:
        raise ExpressionError("only `[f for x in list]` is allowed", *position(node))
    if not isinstance(loop.target, ast.Name) or loop.target.id in CONSTANTS:
        raise ExpressionError("`for` takes one name", *position(loop.target))
    yield loop.iter, bound
    yield node.elt, bound | {loop.target.id}


def _check_constant(node: ast.Constant, inner: str) -> None:
    value = node.value
    if isinstance(value, str):
        written = inner[node.col_offset : node.end_col_offset]
        if not written.startswith(("'", '"')) or written[1:-1].count(written[0]):
            raise ExpressionError(
                "a text stands in one pair of quotes, without letters before", *position(node)
            )
        node.value = written[1:-1]
    elif value is None or isinstance(value, bool):
        raise ExpressionError(f"{value} is written {_WORDS[str(value)]}", *position(node))
    elif isinstance(value, int):
        if value >= INTEGER_LIMIT:
            raise ExpressionError("integer too large: integers are below 2**63", *position(node))
    elif not isinstance(value, float) or isinf(value):
        raise ExpressionError(f"{shown(str(value))} is not allowed", *position(node), help=ALLOWED)


def _refusal(node: ast.AST, where: ast.expr) -> ExpressionError:
    message = _REFUSED.get(type(node), "this is not allowed in an expression")
    return ExpressionError(message, *position(where), help=ALLOWED)
