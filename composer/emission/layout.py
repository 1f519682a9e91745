"""Breaking statements that are too long for a line, as `ruff format` breaks them."""

from __future__ import annotations

import re
from itertools import pairwise

WIDTH = 100
_ASSIGNED = re.compile(r"(?:return |[A-Za-z_][\w.]* = )")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def lines(text: str, indent: int) -> list[str]:
    """A logical line, indented by so many spaces, on as many lines as it needs."""
    line = " " * indent + text
    if len(line) <= WIDTH:
        return [line]
    found = _last_group(text)
    operation = _operation(text, found is not None and found[1] == len(text) - 1)
    if operation is not None:
        target, operands = operation
        whole = " ".join(operands)
        margin = " " * (indent + 4)
        short = len(margin) + len(whole) <= WIDTH
        inner = [margin + each for each in ([whole] if short else operands)]
        return [" " * indent + target + "(", *inner, " " * indent + ")"]
    if found is None:
        return [line]
    start, end = found
    head, inside, tail = text[: start + 1], text[start + 1 : end], text[end:]
    elements, is_generator = _elements(inside)
    below = indent + 4
    collection = _is_collection(text, start)
    # A list is one element a line as soon as it is broken; arguments may share the line below.
    if not collection and below + len(inside) <= WIDTH:
        body = [" " * below + inside]
    elif is_generator:
        body = _generator(inside, below)
    else:
        comma = "," if collection or len(elements) > 1 else ""
        body = [line for each in elements for line in lines(each + comma, below)]
    return [" " * indent + head, *body, " " * indent + tail]


def _operation(text: str, ends_in_bracket: bool) -> tuple[str, list[str]] | None:
    """Target and operands (with their operators before them) of a sum or product to put in brackets."""
    start = _ASSIGNED.match(text)
    if start is None:
        return None
    right = text[start.end() :]
    for signs in (("+", "-"), ("*", "/", "//", "%", "@")):
        cuts = _operators(right, signs)
        if cuts:
            if len(cuts) == 1 and ends_in_bracket:
                return None  # one operation breaks inside its last operand
            edges = [0, *cuts, len(right)]
            return start.group(), [right[a:b].strip() for a, b in pairwise(edges)]
    return None


def _operators(text: str, signs: tuple[str, ...]) -> list[int]:
    """Where these binary operators stand outside all brackets and strings."""
    depth = 0
    found: list[int] = []
    for at, sign in _code(text):
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0 and sign == " ":
            word = text[at + 1 :].partition(" ")[0]
            if word in signs:
                found.append(at)
    return found


def _is_collection(text: str, start: int) -> bool:
    """Whether the bracket opens a list, tuple or dict, and not a call, an index or a def."""
    before = text[:start].rstrip()
    return not (before and (before[-1].isalnum() or before[-1] in "_)]\"'")) or before.endswith(
        ("return", " in", "*")
    )


def _generator(inside: str, indent: int) -> list[str]:
    """A comprehension: its element, then `for … in …`."""
    at = _top_level(inside, " for ")
    element, rest = inside[:at], inside[at + 1 :]
    return [*lines(element, indent), " " * indent + rest]


def _last_group(text: str) -> tuple[int, int] | None:
    """The bracket pair at which a statement is broken: a def's parameters, else the last one."""
    stack: list[int] = []
    found: tuple[int, int] | None = None
    for at, sign in _code(text):
        if sign in "([{":
            stack.append(at)
        elif sign in ")]}":
            start = stack.pop()
            if not stack:
                found = (start, at)
                if text.startswith("def "):
                    return found
    return found


def _elements(inside: str) -> tuple[list[str], bool]:
    """What stands between the commas, and whether it is one comprehension."""
    if _top_level(inside, " for ") >= 0:
        return [inside], True  # its own commas, as in `for a, b in`, part no elements
    parts: list[str] = []
    depth = 0
    last = 0
    for at, sign in _code(inside):
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append(inside[last:at].strip())
            last = at + 1
    rest = inside[last:].strip()
    if rest:
        parts.append(rest)
    return parts, False


def _top_level(text: str, wanted: str) -> int:
    """Where this stands outside all brackets and strings; -1 if it does not."""
    depth = 0
    for at, sign in _code(text):
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith(wanted, at):
            return at
    return -1


def _code(text: str) -> list[tuple[int, str]]:
    """The characters outside string literals."""
    found: list[tuple[int, str]] = []
    quote = ""
    skip = False
    for at, sign in enumerate(text):
        if skip:
            skip = False
        elif quote:
            if sign == "\\":
                skip = True
            elif sign == quote:
                quote = ""
        elif sign in "\"'":
            quote = sign
        else:
            found.append((at, sign))
    return found
