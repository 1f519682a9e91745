"""A spec given as a Python mapping, written as the text that a file would hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as AbstractMapping
from math import isfinite

from netwright.specs.limits import MAX_DEPTH, MAX_TEXT, MAX_VALUES
from netwright.specs.problems import Problem, Problems, SpecError, shown
from netwright.specs.reading import read_text
from netwright.specs.scalars import INTEGER_LIMIT
from netwright.specs.tree import Mapping, Plain

#: Characters of a key; YAML knows no longer ones.
MAX_KEY = 1_000

# What YAML takes for a line break or refuses, and JSON writes as it is.
_TO_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def from_mapping(
    mapping: AbstractMapping[str, object],
    name: str = "<mapping>",
    problems: Problems | None = None,
) -> Mapping:
    """The document in a mapping of Python; its places are those in it written as indented JSON.

    Args:
        mapping: dicts with texts as keys, lists, tuples, texts, numbers, booleans and None.
        name: what problems call it.
        problems: as in :func:`~netwright.specs.reading.read_text`.

    Raises:
        SpecError: for a value of another type, and for what is too deep, too large, or contains
            itself.
    """
    return read_text(as_json(mapping), name, problems)


def as_json(mapping: AbstractMapping[str, object]) -> str:
    """A mapping of Python as indented JSON, which is YAML as well.

    Raises:
        SpecError: for a value of another type, and for what is too deep, too large, or contains
            itself.
    """
    if not isinstance(mapping, AbstractMapping):
        raise _refused("NW016", "a spec is a mapping of keys to values", (), mapping)
    plain = _Copier().copy(mapping, ())
    text = json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _refused(
    code: str, message: str, path: tuple[str, ...], value: object = None, help: str = ""
) -> SpecError:
    if value is not None:
        message += f", not {shown(value)} of type {type(value).__name__}"
    return SpecError(Problem(code, message, path=".".join(path), help=help))


class _Copier:
    """Copies into types of JSON.

    It counts, because a list inside itself, or twice in each of 40 lists, has no end.
    """

    def __init__(self) -> None:
        self.count = 0

    def copy(self, value: object, path: tuple[str, ...]) -> Plain:
        self.count += 1
        if self.count > MAX_VALUES:
            raise _refused("NW403", f"the mapping holds more than {MAX_VALUES:,} values", ())
        if len(path) > MAX_DEPTH:
            raise _refused(
                "NW402",
                f"nested more than {MAX_DEPTH} deep",
                path[:5],
                help="perhaps it contains itself",
            )
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise _refused("NW404", f"a text of {len(value):,} characters is too long", path)
            return str(value)
        if isinstance(value, int):
            if abs(value) >= INTEGER_LIMIT:
                raise _refused("NW405", "integer too large: integers are below 2**63", path)
            return int(value)
        if isinstance(value, float):
            if not isfinite(value):
                raise _refused("NW018", "a number of a spec is finite", path, value)
            return float(value)
        if isinstance(value, AbstractMapping):
            copy: dict[str, Plain] = {}
            for key, item in value.items():
                text = self._key(key, path)
                if text in copy:
                    raise _refused("NW010", f"the key {shown(text)} stands twice", path)
                copy[text] = self.copy(item, (*path, text))
            return copy
        if isinstance(value, (list, tuple)):
            return [self.copy(item, (*path, str(index))) for index, item in enumerate(value)]
        raise _refused(
            "NW019",
            "a spec holds mappings, lists, texts, numbers, booleans and None",
            path,
            value,
        )

    def _key(self, key: object, path: tuple[str, ...]) -> str:
        if isinstance(key, bool) or key is None:
            return {True: "true", False: "false", None: "null"}[key]
        if isinstance(key, int) and abs(key) < INTEGER_LIMIT:
            return str(int(key))
        if not isinstance(key, str):
            raise _refused("NW015", "a key is a text", path, key)
        if len(key) > MAX_KEY:
            raise _refused("NW404", f"a key of {len(key):,} characters is too long", path)
        return str(key)
