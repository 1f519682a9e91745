"""Problems and values as text for people.

Whatever a user wrote is escaped here, so that no control character, terminal escape or
invisible letter reaches a terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.specs.problems import Place, Problem

#: Problems written out; the rest is counted.
WRITTEN = 20
#: Characters of a value in a message.
VALUE = 80
#: Columns of a source line; a longer one is cut around the caret.
LINE = 110
#: Characters of a single text of a problem.
TEXT = 2_000

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_COLORS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[34m", "\x1b[0m"


def escape(text: str) -> str:
    r"""The text with everything that does not show written as ``\x1b`` or ``\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escaped, text))


def _escaped(letter: str) -> str:
    if " " <= letter <= "~":
        return letter
    if letter in _NAMED:
        return _NAMED[letter]
    if unicodedata.category(letter) not in _INVISIBLE:
        return letter
    point = ord(letter)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def shown(value: object) -> str:
    """A value as a message writes it: as in YAML, escaped, at most :data:`VALUE` characters.

    Texts are quoted, so that ``'64'`` and ``64`` differ.
    """
    pieces: list[str] = []
    _write(value, pieces, VALUE + 1, 0)
    text = "".join(pieces)
    return text if len(text) <= VALUE else text[: VALUE - 1] + "…"


def _write(value: Any, pieces: list[str], room: int, depth: int) -> int:
    """Append the value, no more than is needed to fill the room; returns the room left."""
    if room <= 0:
        return room
    if isinstance(value, (Mapping, list, tuple)):
        is_mapping = isinstance(value, Mapping)
        opening, closing = "{}" if is_mapping else "[]"
        if depth > 8:
            return _put(f"{opening}…{closing}", pieces, room)
        room = _put(opening, pieces, room)
        for index, item in enumerate(value):
            if room <= 0:
                return room
            room = _put(", " if index else "", pieces, room)
            if is_mapping:
                room = _put(escape(str(item)[:room]) + ": ", pieces, room)
                item = value[item]
            room = _write(item, pieces, room, depth + 1)
        return _put(closing, pieces, room)
    return _put(_single(value, room), pieces, room)


def _put(text: str, pieces: list[str], room: int) -> int:
    pieces.append(text)
    return room - len(text)


def _single(value: object, room: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        cut = value[:room]
        quote = '"' if "'" in cut and '"' not in cut else "'"
        end = quote if len(value) <= room else "…"
        return quote + escape(cut) + end
    if isinstance(value, int) and value.bit_length() > 1_000:
        # Python refuses to write integers of more than 4,300 digits.
        return f"an integer of {value.bit_length()} bits"
    return escape(str(value)[:room])


def render(problems: Iterable[Problem], color: bool = False, more: int = 0) -> str:
    """Problems as text, the first :data:`WRITTEN` of them, then how many more there are.

    Args:
        problems: in the order in which they are written.
        color: with the colours of an ANSI terminal.
        more: how many there are besides these.
    """
    listed = list(problems)
    blocks = [_rendered(problem, color) for problem in listed[:WRITTEN]]
    rest = len(listed) - len(blocks) + more
    if rest:
        blocks.append(f"and {rest:,} more")
    return "\n\n".join(blocks)


def _rendered(problem: Problem, color: bool) -> str:
    def paint(style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if color and text else text

    head = _COLORS[problem.severity]
    places = [place for place, _ in problem.also]
    if problem.place is not None:
        places.insert(0, problem.place)
    width = max((len(str(place.line)) for place in places), default=1)
    gutter = " " * width

    title = paint(head, f"{problem.severity} {problem.code}") + paint(
        _BOLD, ": " + _text(problem.message)
    )
    lines = [title]
    where = [str(problem.place)] if problem.place is not None else []
    if problem.path:
        where.append(problem.path)
    if where:
        lines.append("  " + "  ".join(escape(part) for part in where))
    bar = paint(_DIM, f"{gutter} |")
    current = problem.place
    snippets = [(current, problem.label, "^", head)] if current is not None else []
    snippets += [(place, label, "-", _DIM) for place, label in problem.also]
    for place, label, mark, style in snippets:
        assert place is not None
        if current is None or place.source.name != current.source.name:
            lines.append(paint(_DIM, f"{gutter} :") + f" {escape(str(place))}")
        current = place
        if not place.source.text:  # nothing could be read, or there is nothing
            continue
        code, indent, carets = _excerpt(place)
        number = paint(_DIM, f"{place.line:>{width}} |")
        marks = paint(style, mark * carets + (" " + _text(label) if label else ""))
        lines += [bar, f"{number} {code}".rstrip(), f"{bar} {' ' * indent}{marks}"]
    remarks = [(note, "") for note in problem.notes]
    if problem.uses > 1:
        others = problem.uses - 1
        remarks.append((f"and {others:,} more use{'s' if others > 1 else ''}", ""))
    if problem.help:
        remarks.append((problem.help, "help: "))
    equals = paint(_DIM, f"{gutter} =")
    for text, prefix in remarks:
        first, *others_ = text.split("\n")
        lines.append(f"{equals} {prefix}{_text(first)}")
        lines += [f"{gutter}   {' ' * len(prefix)}{_text(line)}".rstrip() for line in others_]
    return "\n".join(lines)


def _text(text: str) -> str:
    return escape(text if len(text) <= TEXT else text[: TEXT - 1] + "…")


def _excerpt(place: Place) -> tuple[str, int, int]:
    """The source line, the columns before the carets, and the number of carets.

    A long line is cut around the place.
    """
    line = place.source.line(place.line)
    start = min(max(place.column - 1, 0), len(line))
    end = min(start + max(place.length, 1), max(len(line), start + 1))
    left, right = 0, len(line)
    if len(line) > LINE:
        left = max(0, min(start - LINE // 3, len(line) - LINE))
        right = left + LINE
        end = min(end, right)
    cells = [_cell(letter) for letter in line[left:right]]
    lead, tail = ("…" if left else ""), ("…" if right < len(line) else "")
    widths = [_width(cell) for cell in cells]
    before = len(lead) + sum(widths[: start - left])
    carets = sum(widths[start - left : end - left])
    return lead + "".join(cells) + tail, before, max(carets, 1)


def _cell(letter: str) -> str:
    return "    " if letter == "\t" else _escaped(letter)


def _width(cell: str) -> int:
    """Columns that a terminal gives to the text."""
    if cell.isascii():
        return len(cell)
    return sum(
        0
        if unicodedata.combining(letter)
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in cell
    )
