"""The docstring of a block as data: what it says, and examples that can be run.

    Max over a sliding window.

    Shapes: x [batch, channels, length] -> [batch, channels, out_length]
    Parameters: 0
    Reference: torch.nn.MaxPool1d
    Examples:
        {block: max_pool1d, kernel_size: 2} on x [n, 3, 5] gives [n, 3, 2]
        {block: max_pool1d, kernel_size: 2} on x [1, 3, w] gives [1, 3, w // 2] with dims {w: {min: 2}}

An example is `{a node} on NAME SHAPE DTYPE below N, ... gives SHAPE`: the dtype (`float` if left out) and
the bound may be missing, a variadic input is written `inputs.0 [...], inputs.1 [...]`, a block without
inputs stands `on nothing`, several outputs are `gives NAME SHAPE and NAME SHAPE`, and `with dims` says what
must hold of the symbols. Names are symbols, any positive integer that `dims` allows.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netwright.specs.problems import Problems, SpecError
from netwright.specs.reading import read_text
from netwright.specs.tensors import DTYPES

SECTIONS = ("Shapes", "Parameters", "Reference", "Examples")
_SECTION = re.compile(rf"(?P<name>{'|'.join(SECTIONS)}):(?P<rest>.*)")
_SHAPE = (
    r"\[(?P<shape>[^\[\]]*)\]"
    rf"(?:\s+(?P<dtype>{'|'.join(sorted(DTYPES, key=len, reverse=True))})\b)?"
    r"(?:\s+below\s+(?P<below>[^,\[\]]+))?"
)
_INPUT = re.compile(rf"(?P<name>[A-Za-z]\w*(?:\.\d+)?)\s+{_SHAPE}\s*(?:,\s*|$)")
_OUTPUT = re.compile(rf"(?:(?P<name>\w+)\s+)?{_SHAPE}")


class DocstringError(ValueError):
    """A docstring of a block that cannot be read; the message names the line."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A tensor in an example: sizes are integers, names of symbols, or (in outputs) formulas over them."""

    sizes: tuple[int | str, ...]
    dtype: str = "float"
    below: int | str | None = None

    def __str__(self) -> str:
        shape = f"[{', '.join(map(str, self.sizes))}]"
        dtype = "" if self.dtype == "float" else f" {self.dtype}"
        return shape + dtype + ("" if self.below is None else f" below {self.below}")


@dataclass(frozen=True)
class Example:
    """One line of `Examples`.

    settings: the node as a spec has it, `block` included. inputs: `x`, or `inputs.0` of a variadic one.
    outputs: by name; of a single one the name is empty. dims: facts about the symbols.
    """

    text: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, Pattern]
    outputs: Mapping[str, Pattern]
    dims: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names of the symbols in the inputs, in order of appearance."""
        named = (size for each in self.inputs.values() for size in each.sizes)
        return tuple(dict.fromkeys(size for size in named if isinstance(size, str)))


@dataclass(frozen=True)
class Docstring:
    """What a docstring says: a summary, further prose, the sections (empty where one is missing)."""

    summary: str
    prose: str
    shapes: str
    parameters: str
    reference: str
    examples: tuple[Example, ...]


def parse_docstring(text: str) -> Docstring:
    """The docstring of a block. Raises DocstringError for a section twice, or an example that is none."""
    sections: dict[str, list[str]] = {}
    opening: list[str] = []
    current = opening
    for line in inspect.cleandoc(text).splitlines():
        found = _SECTION.match(line)
        if found is None:
            current.append(line.strip())
            continue
        if found["name"] in sections:
            raise DocstringError(f"`{found['name']}:` stands twice")
        current = sections[found["name"]] = [found["rest"].strip()]
    said = "\n".join(opening).strip()
    summary, _, prose = said.partition("\n\n")
    joined = {name: " ".join(filter(None, lines)) for name, lines in sections.items()}
    return Docstring(
        " ".join(summary.split()),
        prose.strip(),
        joined.get("Shapes", ""),
        joined.get("Parameters", ""),
        joined.get("Reference", ""),
        tuple(parse_example(line) for line in sections.get("Examples", ()) if line),
    )


def parse_example(text: str) -> Example:
    """One example. Raises DocstringError that says which part is wrong."""

    def wrong(what: str) -> DocstringError:
        return DocstringError(f"{what}, in the example: {text}")

    end = _closing(text)
    if end is None:
        raise wrong("expected `{block: …}` at the start")
    rest = text[end:]
    if not rest.startswith(" on ") or " gives " not in rest:
        raise wrong("expected `{…} on NAME [SHAPE] gives [SHAPE]`")
    given, _, result = rest.removeprefix(" on ").partition(" gives ")
    result, _, facts = result.partition(" with dims ")
    settings, dims = _mapping(text[:end], wrong), _mapping(facts, wrong) if facts else {}
    if not isinstance(settings.get("block"), str):
        raise wrong("expected the name of a block under `block`")
    inputs: dict[str, Pattern] = {}
    position = len(given) if given.strip() == "nothing" else 0
    while position < len(given):
        found = _INPUT.match(given, position)
        if found is None:
            raise wrong(f"expected `NAME [SHAPE] DTYPE below N` at `{given[position:]}`")
        if found["name"] in inputs:
            raise wrong(f"input {found['name']} stands twice")
        inputs[found["name"]] = _pattern(found)
        if any(isinstance(size, str) and not size.isidentifier() for size in _sizes(found)):
            raise wrong(f"sizes of an input are integers and names, not `[{found['shape']}]`")
        position = found.end()
    outputs: dict[str, Pattern] = {}
    for part in result.split(" and "):
        found = _OUTPUT.fullmatch(part.strip())
        if found is None:
            raise wrong(f"expected `[SHAPE] DTYPE below N` at `{part}`")
        outputs[found["name"] or ""] = _pattern(found)
    return Example(text, settings, inputs, outputs, dims)


def _closing(text: str) -> int | None:
    """Where the mapping ends that the text begins with."""
    depth = 0
    for position, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return position + 1 if position else None
    return None


def _mapping(text: str, wrong: Any) -> dict[str, Any]:
    problems = Problems()
    try:
        found = read_text(text, "example", problems).plain()
        problems.raise_if_any()
    except SpecError as error:
        raise wrong(f"`{text}` is no mapping ({error.problems[0].message})") from error
    return dict(found)


def _pattern(found: re.Match[str]) -> Pattern:
    below = found["below"]
    return Pattern(
        _sizes(found), found["dtype"] or "float", None if below is None else _size(below)
    )


def _sizes(found: re.Match[str]) -> tuple[int | str, ...]:
    # a comma inside (…) belongs to a formula, such as max(a, b)
    parts = re.split(r",(?![^()]*\))", found["shape"])
    return tuple(_size(part) for part in parts) if found["shape"].strip() else ()


def _size(text: str) -> int | str:
    return int(text) if text.strip().isdecimal() else text.strip()


__all__ = ["Docstring", "DocstringError", "Example", "Pattern", "parse_docstring", "parse_example"]
