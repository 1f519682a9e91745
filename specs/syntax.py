"""Mistakes of YAML's syntax, from the parser's words to ours, with the place where to mend them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import yaml

from netwright.specs.problems import Fix, Place, Problem, Source, shown
from netwright.specs.tree import Mapping, Mark, Scalar, Sequence

#: A collection that is open: its node, the marks and the text of the key it belongs to, and whether
#: it is written in brackets.
Open = tuple[Mapping | Sequence, Mark | None, Mark | None, str, bool]

# How far the end of an expression is looked for; an expression has at most 200 characters.
_EXPRESSION = 300


class Reached:
    """How far the reading came: the open collections, outermost first, and the last value."""

    __slots__ = ("last", "open", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.open: list[Open] = []
        self.last: Scalar | None = None


def cut_expression(source: Source, event: Any, stack: list[Open]) -> Problem | None:
    """The problem of ``$(min(a, b))`` without quotes inside brackets, where YAML cuts it."""
    text: str = event.value
    if not stack or not stack[-1][4] or text.count("(") <= text.count(")"):
        return None
    return _cut(source, event.start_mark, text)


def _cut(source: Source, mark: Mark, text: str) -> Problem:
    written = source.text[mark.index : mark.index + _EXPRESSION].split("\n")[0]
    whole = _balanced(written)
    place = Place(source, mark.line + 1, mark.column + 1, len(whole) if whole else len(text))
    if whole is None:
        return Problem(
            "NW009",
            "the expression is not closed",
            place,
            label=f"YAML reads {shown(text)}",
            help='close its parentheses, and put it in quotes: "$(…)"',
        )
    quoted = f"'{whole}'" if '"' in whole else f'"{whole}"'
    if '"' in whole and "'" in whole:
        quoted = "'" + whole.replace("'", "''") + "'"
    return Problem(
        "NW009",
        "the expression needs quotes here",
        place,
        label=f"inside brackets YAML ends it early and reads {shown(text)}",
        help=f"write {quoted}",
        fix=Fix(place, quoted),
    )


def _balanced(text: str) -> str | None:
    """The beginning of the text up to where its parentheses balance."""
    depth = 0
    for index, letter in enumerate(text):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth == 0:
                return text[: index + 1]
    return None


def _cut_before(last: Scalar, mark: Mark) -> Problem | None:
    """The problem of an expression that YAML cut and, at the mark, could not go on from."""
    if last.quoted or not last.text.startswith("$"):
        return None
    text = last.source.text[last.start.index : last.end.index]
    if text.count("(") <= text.count(")") or last.end.index < mark.index - _EXPRESSION:
        return None
    return _cut(last.source, last.start, text)


def syntax_problem(error: yaml.MarkedYAMLError, reached: Reached) -> Problem:
    """The problem that the parser's error stands for."""
    source = reached.source
    mark: Any = error.problem_mark or error.context_mark
    if mark is None:
        return Problem("NW004", f"this is not YAML: {error.problem}", Place(source, 1, 1))
    said = f"{error.context or ''} {error.problem or ''}"
    place = Place(source, mark.line + 1, mark.column + 1)
    opening: Any = error.context_mark
    rest = source.text[mark.index :]

    if (tab := _tab(source, mark)) is not None:
        return tab
    if rest[:1] == ":" and _before(source, mark).rstrip()[-1:] in ("", "{", ","):
        return Problem("NW015", "a key is missing before `:`", place)
    if "quoted scalar" in said:
        return _in_quotes(said, source, opening, mark)
    last = reached.last
    if last is not None and (cut := _cut_before(last, mark)) is not None:
        return cut
    if (brackets := _brackets(said, opening, mark, place, reached)) is not None:
        return brackets
    if "mapping values are not allowed" in said:
        return _misplaced_colon(source, mark, place, last)
    if "did not find expected key" in said or "'-' indicator" in said:
        if not _before(source, mark).strip() and rest[:1] not in ("]", "}", ","):
            return _indentation(source, mark, reached)
        return _more(source, place, rest, last)
    if "cannot start any token" in said:
        return Problem(
            "NW008",
            f"a text cannot begin with {shown(rest[:1])} without quotes",
            place,
            help="put the text in quotes",
        )
    if "could not find expected ':'" in said and opening is not None:
        written = source.line(opening.line + 1)[opening.column :].rstrip()
        start = Place(source, opening.line + 1, opening.column + 1, len(written))
        return _no_space(source, opening.line + 1) or Problem(
            "NW004", "a key without a value", start, help="write `key: value`, each on its line"
        )
    if rest[:1] in ("]", "}", ","):
        return Problem(
            "NW004",
            f"`{rest[0]}` without anything before it to end",
            place,
            also=_openings(reached),
            help="remove it, or put the text in quotes",
        )
    for phrase, (code, message, advice) in _PLAIN.items():
        if phrase in said:
            return Problem(code, message, place, help=advice)
    return Problem(
        "NW004",
        f"this is not YAML: {error.problem}",
        place,
        notes=(error.context,) if error.context else (),
    )


# Words of the parser that need nothing but other words.
_PLAIN = {
    "block sequence entries are not allowed": (
        "NW004",
        "a list with `-` cannot begin here",
        "begin it on a new line, or write the list in brackets: [a, b]",
    ),
    "document start": (
        "NW006",
        "this is outside of everything above",
        "indent it like the keys it belongs to; the top level has one mapping",
    ),
}
_CLOSING = {"[": "]", "{": "}"}


def _brackets(said: str, opening: Any, mark: Any, place: Place, reached: Reached) -> Problem | None:
    """The problem of a bracket that is not closed, or of a comma that is missing inside."""
    source = reached.source
    is_end = not source.text[mark.index :].strip()
    innermost = _innermost(reached)
    if "node content" in said and is_end and innermost is not None:
        opening = innermost.start
    elif "expected ',' or" not in said or opening is None:
        return None
    bracket = source.text[opening.index : opening.index + 1]
    if mark.line != opening.line or is_end:
        return _unclosed(source, opening, mark, bracket)
    return Problem(
        "NW004",
        f"a comma or the closing `{_CLOSING.get(bracket, bracket)}` is missing",
        place,
        also=((Place(source, opening.line + 1, opening.column + 1), "of what opens here"),),
        help="separate the items with commas, and quote a text with special characters",
    )


def _before(source: Source, mark: Any) -> str:
    return source.line(mark.line + 1)[: mark.column]


def _innermost(reached: Reached) -> Mapping | Sequence | None:
    """The innermost collection, if it is written in brackets."""
    return reached.open[-1][0] if reached.open and reached.open[-1][4] else None


def _openings(reached: Reached) -> tuple[tuple[Place, str], ...]:
    node = _innermost(reached)
    return () if node is None else ((replace(node.place, length=1), "the innermost open bracket"),)


def _tab(source: Source, mark: Any) -> Problem | None:
    line = source.line(mark.line + 1)
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" not in indentation or mark.column > len(indentation):
        return None
    column = indentation.index("\t")
    tabs = len(indentation) - len(indentation[column:].lstrip("\t")) - column
    place = Place(source, mark.line + 1, column + 1, tabs)
    return Problem(
        "NW005",
        "tabs cannot indent YAML",
        place,
        label="a tab" if tabs == 1 else f"{tabs} tabs",
        help="indent with two spaces for each level",
        fix=Fix(place, "  " * tabs),
    )


def _unclosed(source: Source, opening: Any, mark: Any, delimiter: str) -> Problem:
    kind = {"[": "list", "{": "mapping"}.get(delimiter, "text")
    also = (Place(source, mark.line + 1, mark.column + 1), "and is not closed before this")
    help = f"close it with `{_CLOSING.get(delimiter, delimiter)}`"
    comment = _cut_off(source, opening, delimiter)
    if comment is not None:
        also = (comment, "` #` begins a comment, which goes on to the end of the line")
        help = f"quote the text that contains `#`, or {help}"
    return Problem(
        "NW007",
        f"this {kind} is never closed",
        Place(source, opening.line + 1, opening.column + 1, len(delimiter)),
        label=f"`{delimiter}` opens here",
        also=(also,),
        help=help,
    )


def _cut_off(source: Source, opening: Any, delimiter: str) -> Place | None:
    """The comment that swallows the bracket which would close what opens on this line."""
    if delimiter not in _CLOSING:
        return None
    found = re.compile(rf"\s(#.*\{_CLOSING[delimiter]}.*)").search(
        source.line(opening.line + 1), opening.column
    )
    return found and Place(source, opening.line + 1, found.start(1) + 1, len(found[1]))


def _in_quotes(said: str, source: Source, opening: Any, mark: Any) -> Problem:
    if "escape" not in said and "hexdecimal" not in said:
        return _unclosed(source, opening, mark, source.text[opening.index : opening.index + 1])
    start = source.text.rfind("\\", 0, mark.index + 1)
    written = source.text[start : start + 10]
    found = re.match(r"\\[uU]([0-9a-fA-F]+)", written)
    point = int(found[1][: 4 if written[1] == "u" else 8], 16) if found else 0
    column = mark.column + 1 - (mark.index - start)
    if 0xD800 <= point <= 0xDFFF:
        return Problem(
            "NW003",
            f"U+{point:04X} is half a character, a lone surrogate",
            Place(source, mark.line + 1, column, 6),
            help="write the character itself",
        )
    length = len(found[0]) if found else 2
    return Problem(
        "NW004",
        f"{shown(written[:length])} is no escape of YAML",
        Place(source, mark.line + 1, column, length),
        help="write `\\\\` for a backslash, or use single quotes, which know no escapes",
    )


def _no_space(source: Source, number: int) -> Problem | None:
    """The problem of ``key:value``, if that is what the line says."""
    line = source.line(number)
    colon = re.match(r"\s*[\w.]+:(?=\S)", line)
    if colon is None:
        return None
    start = _indent(line)
    return Problem(
        "NW004",
        "a space is missing after `:`",
        Place(source, number, start + 1, len(line.rstrip()) - start),
        help="write `key: value`",
        fix=Fix(Place(source, number, colon.end() + 1, 0), " "),
    )


def _more(source: Source, place: Place, rest: str, last: Scalar | None) -> Problem:
    """Something follows a value that is complete."""
    if rest[:1] in _CLOSING.values():
        return Problem(
            "NW004",
            f"`{rest[0]}` closes nothing",
            place,
            help="remove it, or open it before with "
            + next(f"`{opening}`" for opening, closing in _CLOSING.items() if closing == rest[0]),
        )
    if last is not None and last.quoted and source.text[last.start.index] in "'\"":
        quote = source.text[last.start.index]
        inside = "''" if quote == "'" else '\\"'
        return Problem(
            "NW004",
            "the quoted text has ended, and more follows",
            place,
            label="this is outside the quotes",
            also=((replace(last.place, length=1), "the text begins here"),),
            help=f"close the quotes at the end; a {quote} inside is written {inside}",
        )
    return Problem(
        "NW004",
        "a new line is expected here",
        place,
        help="if this belongs to the text before it, put the whole in quotes",
    )


def _misplaced_colon(source: Source, mark: Any, place: Place, last: Scalar | None) -> Problem:
    before = _before(source, mark)
    above = _line_above(source, mark.line)
    if ": " not in before and before.lstrip()[:1] not in ("-", "?") and above is not None:
        return _no_space(source, above) or _too_far(source, mark, above)
    start = last.start.column + 1 if last is not None and last.start.line == mark.line else None
    if last is None or start is None or last.quoted:
        return Problem(
            "NW008",
            "`:` cannot stand here",
            place,
            help="put a text that contains `: ` in quotes",
        )
    value = source.line(mark.line + 1)[start - 1 :].rstrip()
    whole = Place(source, mark.line + 1, start, len(value))
    quoted = "'" + value.replace("'", "''") + "'"
    return Problem(
        "NW008",
        "a text that contains `: ` needs quotes",
        whole,
        label=f"YAML reads {shown(last.text)} and then meets `:`",
        help=f"write {quoted}, or {{{value}}} if a mapping is meant",
        fix=Fix(whole, quoted),
    )


def _line_above(source: Source, line: int) -> int | None:
    """The number, from 1, of the last line above that says something."""
    for number in range(line, 0, -1):
        text = source.line(number).strip()
        if text and not text.startswith("#"):
            return number
    return None


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _too_far(source: Source, mark: Any, above: int) -> Problem:
    line, other = source.line(mark.line + 1), source.line(above)
    have, want = _indent(line), _indent(other)
    place = Place(source, mark.line + 1, have + 1, len(line.strip()))
    sibling = Place(source, above, want + 1, len(other.strip()))
    if have <= want:
        return Problem("NW006", "this line does not fit under the one above it", place)
    return Problem(
        "NW006",
        "this line is indented too far",
        place,
        label=f"stands at column {have + 1}",
        also=((sibling, f"its sibling stands at column {want + 1}"),),
        help=f"move it to column {want + 1}"
        + ("" if other.rstrip().endswith(":") else ", or end the line above with `:`"),
        fix=Fix(Place(source, mark.line + 1, want + 1, have - want), ""),
    )


def _indentation(source: Source, mark: Any, reached: Reached) -> Problem:
    """A line whose column is that of nothing that is open."""
    line = source.line(mark.line + 1)
    columns: dict[int, str] = {}
    for node, _, _, text, in_brackets in reached.open:
        if in_brackets:
            continue
        first = next(iter(node.entries), "") if isinstance(node, Mapping) else "-"
        columns[node.start.column + 1] = f"in {shown(text)}" if text else (f"beside {shown(first)}")
    above = _line_above(source, mark.line)
    if above is not None:
        columns.setdefault(_indent(source.line(above)) + 1, f"beside line {above}")
    place = Place(source, mark.line + 1, mark.column + 1, max(len(line.strip()), 1))
    is_item = line.lstrip().startswith("- ")
    in_list = bool(reached.open) and not isinstance(reached.open[-1][0], Mapping)
    if mark.column + 1 in columns and is_item != in_list:
        message = "a key stands among the items of a list" if in_list else (
            "an item with `-` stands among the keys of a mapping"
        )  # fmt: skip
        return Problem("NW006", message, place, help="indent it to where it belongs")
    choices = [f"column {column} ({where})" for column, where in sorted(columns.items())]
    return Problem(
        "NW006",
        "this line is indented like nothing above it",
        place,
        label=f"stands at column {mark.column + 1}",
        help="move it to " + " or ".join(choices[-4:]) if choices else "",
    )
