"""What a ``.json`` file must keep to beyond YAML, with the rule that it breaks in words."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from netwright.specs.problems import Place, Problem, Source, SpecError

_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def joined_surrogates(text: str) -> str:
    r"""The text with ``\ud83d\ude00``, which JSON knows and YAML does not, as ``\U0001f600``.

    What stands after one in the same line is then two columns further left per pair.
    """
    if "\\ud" not in text and "\\uD" not in text:
        return text

    def join(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        point = 0x10000 + ((int(match[1], 16) - 0xD800) << 10) + (int(match[2], 16) - 0xDC00)
        return f"\\U{point:08x}"

    return _ESCAPE.sub(join, text)


class _Constant(ValueError):
    pass


def _constant(name: str) -> NoReturn:
    raise _Constant(name)


def check(source: Source) -> None:
    """Hold a text to JSON.

    Raises:
        SpecError: naming the rule that is broken. What nests too deeply for this is let pass.
    """
    text = source.text
    try:
        # Numbers are judged by the reader of the tree: 5,000 digits would raise here.
        json.loads(text, parse_int=len, parse_float=len, parse_constant=_constant)
    except json.JSONDecodeError as error:
        message, offset = _rule(text, error)
    except _Constant as error:
        found = re.search(rf"(?<![\w\"]){re.escape(str(error))}(?![\w\"])", text)
        message, offset = f"{error} is no number of JSON", found.start() if found else 0
    except RecursionError:
        return
    else:
        return
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    raise SpecError(
        Problem(
            "NW017",
            f"this is not JSON: {message}",
            Place(source, line, column),
            help="mend it, or name the file .yaml: YAML allows trailing commas, # comments, "
            "single quotes and unquoted keys",
        )
    )


def _rule(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """The rule that is broken, and where."""
    offset = error.pos
    before = text[:offset].rstrip()
    after = text[offset:].lstrip()
    if "trailing comma" in error.msg or (before.endswith(",") and after[:1] in ("}", "]")):
        comma = offset if text[offset : offset + 1] == "," else len(before) - 1
        return "no comma may stand before a closing bracket", comma
    offset += len(text[offset:]) - len(after)
    if after.startswith(("//", "/*", "#")):
        return "comments are not allowed", offset
    if after.startswith("'"):
        return "texts and keys stand in double quotes", offset
    if "property name" in error.msg:
        return "keys stand in double quotes", offset
    return error.msg[:1].lower() + error.msg[1:], min(error.pos, len(text))
