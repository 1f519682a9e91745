"""Reads a document: from a file, bytes or a text to a tree whose nodes know their places.

The tree is built from the events of PyYAML's C parser, as they come, so that limits hold before
memory is spent. Anchors, aliases, tags, merge keys and duplicate keys are refused. JSON is read in
the same way, and a ``.json`` file must be JSON besides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from netwright.specs import json_rules
from netwright.specs.collecting import paused_collector
from netwright.specs.files import decoded, read_bytes, too_large
from netwright.specs.limits import MAX_BYTES, MAX_DEPTH, MAX_TEXT, MAX_VALUES
from netwright.specs.problems import Place, Problem, Problems, Source, SpecError, shown
from netwright.specs.scalars import NOT_TEXT, ScalarRefused, resolve
from netwright.specs.syntax import Reached, cut_expression, syntax_problem
from netwright.specs.tree import Entry, Mapping, Mark, Node, Scalar, Sequence, Value

# Mistakes after which the rest of the document still says what it was meant to say.
_HARMLESS = frozenset({"NW010", "NW012", "NW018", "NW405"})

# What YAML lets a text contain; the rest would fail in the parser without a line.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_file(path: str, problems: Problems | None = None) -> Mapping:
    """The document in a file; otherwise as :func:`read_text`."""
    return read_text(read_bytes(path), path, problems)


def read_text(
    text: str | bytes, name: str = "<stdin>", problems: Problems | None = None
) -> Mapping:
    """The document in a text.

    Args:
        text: YAML or JSON; bytes are UTF-8.
        name: what problems call it; with a name that ends in ``.json`` it must be JSON.
        problems: where to put mistakes that leave a document to go on with, such as a key that
            stands twice, instead of raising them.

    Raises:
        SpecError: with every mistake that can be told from the text alone.
    """
    node = read_value(text, name, problems)
    if isinstance(node, Mapping):
        return node
    what = f"a list of {len(node.items)}" if isinstance(node, Sequence) else shown(node.value)
    is_empty = isinstance(node, Scalar) and node.value is None and not node.text
    raise SpecError(
        Problem(
            "NW016",
            "there is nothing in the file" if is_empty else "a spec is a mapping of keys to values",
            Place(node.source, 1, 1, 0) if is_empty else node.place,
            label="" if is_empty else f"this is {what}",
            help="begin with `netwright: 1`, then `inputs:` and `nodes:`",
        )
    )


def read_value(text: str | bytes, name: str = "<value>", problems: Problems | None = None) -> Node:
    """Whatever a text contains: a mapping, a sequence, or a scalar. Else as :func:`read_text`."""
    if len(text) > MAX_BYTES:
        raise SpecError(too_large(name, len(text)))
    if isinstance(text, bytes):
        text = decoded(text, name)
    source = Source(name, text.removeprefix("\ufeff"))
    _check_characters(source)
    if not name.endswith(".json"):
        return _read(source, source.text, problems)
    try:
        node = _read(source, json_rules.joined_surrogates(source.text), problems)
    except SpecError as error:
        if error.problems[0].code < "NW010":  # a mistake of syntax: say it in terms of JSON
            json_rules.check(source)
        raise
    json_rules.check(source)
    return node


def _check_characters(source: Source) -> None:
    found = _UNPRINTABLE.search(source.text)
    if found is None:
        return
    line = source.text.count("\n", 0, found.start()) + 1
    column = found.start() - (source.text.rfind("\n", 0, found.start()) + 1) + 1
    raise SpecError(
        Problem(
            "NW003",
            f"the character U+{ord(found[0]):04X} is not allowed in a spec",
            Place(source, line, column),
            help="remove it; in a quoted text it can be written as an escape such as \\e",
        )
    )


def _parser(text: str) -> Any:
    if yaml.__with_libyaml__:
        from yaml.cyaml import CParser  # type: ignore[attr-defined]

        return CParser(text)
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class PythonParser(Reader, Scanner, Parser):
        def __init__(self) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    return PythonParser()


def _read(source: Source, text: str, collected: Problems | None) -> Node:
    reached = Reached(source)
    problems = Problems()
    node: Node | None = None
    with paused_collector():
        try:
            node = _build(_parser(text).get_event, source, reached, problems)
        except yaml.MarkedYAMLError as error:
            problems.add(syntax_problem(error, reached))
        except (yaml.YAMLError, UnicodeError, ValueError) as error:
            # What is left after the characters were checked, such as an escape out of range.
            problems.add(Problem("NW004", f"this is not YAML: {error}", Place(source, 1, 1)))
        except SpecError as error:
            problems.extend(error.problems)
    is_whole = node is not None and all(p.code in _HARMLESS for p in problems.errors)
    if collected is not None and node is not None and is_whole:
        collected.extend(problems.errors)
        return node
    problems.raise_if_any()
    assert node is not None
    return node


def _build(  # noqa: C901 - one loop, for the reason given below
    next_event: Callable[[], Any], source: Source, reached: Reached, problems: Problems
) -> Node:
    """The tree that the events tell of; what does not stop the reading goes to ``problems``."""
    # One loop for all nodes, and nothing called for a plain value of a plain key: files are large.
    # A sequence is open when `items` is set, a mapping when `entries` is; `key` waits for its node.
    # A node stores the parser's marks, for their numbers become objects only when asked for.
    root: Node | None = None
    stack = reached.open
    items: list[Node] | None = None
    entries: dict[str, Entry] | None = None
    key: Mark | None = None
    key_end: Mark | None = None
    key_text = ""
    count = 0
    node: Node
    while True:
        event = next_event()
        kind = type(event)
        if kind is yaml.ScalarEvent:
            mark, end = event.start_mark, event.end_mark
            text = event.value
            is_plain = event.implicit[0]
            if event.anchor is not None or event.tag is not None:
                problems.add(_forbidden(source, event))
            if len(text) > MAX_TEXT:
                raise SpecError(_too_long(source, mark, len(text)))
            if not is_plain and not text.isascii():
                problems.extend(_surrogates(source, mark, text))
            if entries is not None and key is None:
                key, key_end, key_text = mark, end, text
                if is_plain and (not text or text == "<<"):
                    problems.add(_refused_key(source, mark, text))
                elif text in entries:
                    problems.add(_duplicate(source, mark, end, text, entries[text]))
                continue
            value: Value = text
            if is_plain:
                if not text or text[0] in NOT_TEXT:
                    try:
                        value = resolve(text)
                    except ScalarRefused as refused:
                        place = _place(source, mark, len(text))
                        problems.add(
                            Problem(refused.code, refused.message, place, help=refused.help)
                        )
                        value = refused.instead
                elif text[0] == "$":
                    cut = cut_expression(source, event, stack)
                    if cut is not None:
                        raise SpecError(cut)
            reached.last = node = Scalar(source, mark, end, value, text, not is_plain)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            mark = event.start_mark
            if event.anchor is not None or event.tag is not None:
                problems.add(_forbidden(source, event))
            if len(stack) >= MAX_DEPTH:
                raise SpecError(_too_deep(source, mark))
            if entries is not None and key is None:
                place = _place(source, mark)
                raise SpecError(
                    Problem("NW015", "a key must be a text, not a mapping or a list", place)
                )
            is_mapping = kind is yaml.MappingStartEvent
            opened = (
                Mapping(source, mark, mark, {}) if is_mapping else Sequence(source, mark, mark, [])
            )
            stack.append((opened, key, key_end, key_text, bool(event.flow_style)))
            items = None if isinstance(opened, Mapping) else opened.items
            entries = opened.entries if isinstance(opened, Mapping) else None
            key = None
            continue
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            node, key, key_end, key_text, _ = stack.pop()
            node.end = event.end_mark
            outer = stack[-1][0] if stack else None
            items = outer.items if isinstance(outer, Sequence) else None
            entries = outer.entries if isinstance(outer, Mapping) else None
        elif kind is yaml.AliasEvent:
            problems.add(_forbidden(source, event))
            if entries is not None and key is None:
                key, key_end, key_text = event.start_mark, event.end_mark, ""
                continue
            node = Scalar(source, event.start_mark, event.end_mark, None, "", False)
        elif kind is yaml.DocumentStartEvent:
            mark = event.start_mark
            if root is not None:
                raise SpecError(_several_documents(source, mark))
            if event.version or event.tags:
                place = _place(source, mark)
                raise SpecError(
                    Problem("NW014", "directives (`%…`) are not allowed", place, help="remove it")
                )
            continue
        elif kind is yaml.StreamEndEvent:
            mark = event.start_mark
            return root if root is not None else Scalar(source, mark, mark, None, "", False)
        else:
            continue

        count += 1
        if count > MAX_VALUES:
            raise SpecError(_too_many(source, node.start))
        if entries is not None:
            assert key is not None
            assert key_end is not None
            if key_text not in entries:
                entries[key_text] = Entry(source, key, key_end, node)
            key = None
        elif items is not None:
            items.append(node)
        else:
            root = node


def _place(source: Source, mark: Mark, length: int = 1) -> Place:
    return Place(source, mark.line + 1, mark.column + 1, length)


def _forbidden(source: Source, event: Any) -> Problem:
    """An anchor, an alias, or a tag."""
    mark = event.start_mark
    line, column = mark.line + 1, mark.column + 1
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        what = "alias" if isinstance(event, yaml.AliasEvent) else "anchor"
        sign = "*" if what == "alias" else "&"
        return Problem(
            "NW011",
            f"anchors and aliases are not allowed: {sign}{event.anchor[:60]}",
            Place(source, line, column, len(event.anchor) + 1),
            label=f"this {what}",
            help="say what is used twice as a block under `blocks`, or as a param",
        )
    written = source.text[mark.index : mark.index + 200].split()
    length = len(written[0]) if written and written[0].startswith("!") else 1
    return Problem(
        "NW012",
        f"tags are not allowed: {event.tag[:60]}",
        Place(source, line, column, length),
        help="remove it; nothing is ever executed or imported by a spec",
    )


def _refused_key(source: Source, mark: Mark, text: str) -> Problem:
    if text:
        return Problem(
            "NW013",
            "merge keys (`<<`) are not allowed",
            _place(source, mark, len(text)),
            help="write the keys out, or say what is shared as a block under `blocks`",
        )
    return Problem("NW015", "a key is missing before `:`", _place(source, mark))


def _duplicate(source: Source, mark: Mark, end: Mark, text: str, first: Entry) -> Problem:
    return Problem(
        "NW010",
        f"the key {shown(text)} stands twice in one mapping",
        _place(source, mark, end.index - mark.index),
        label="again here",
        also=((first.key_place, "first here"),),
        help="remove one of them, or give it another name",
    )


def _surrogates(source: Source, mark: Mark, text: str) -> Iterator[Problem]:
    # The C parser refuses them itself; the one in Python lets them through.
    found = _SURROGATE.search(text)
    if found is not None:
        yield Problem(
            "NW003",
            f"U+{ord(found[0]):04X} is half a character, a lone surrogate",
            _place(source, mark),
            help="write the character itself",
        )


def _too_long(source: Source, mark: Mark, length: int) -> Problem:
    return Problem(
        "NW404",
        f"a text of {length:,} characters is too long",
        _place(source, mark),
        label=f"at most {MAX_TEXT:,} characters",
    )


def _too_deep(source: Source, mark: Mark) -> Problem:
    return Problem(
        "NW402",
        "nested too deeply",
        _place(source, mark),
        label=f"at most {MAX_DEPTH} mappings and lists inside one another",
        help="move the inner parts to blocks of their own under `blocks`",
    )


def _too_many(source: Source, mark: Mark) -> Problem:
    return Problem(
        "NW403",
        "too many values in one document",
        _place(source, mark),
        label=f"at most {MAX_VALUES:,}",
        help="say what repeats with `repeat` or `for`",
    )


def _several_documents(source: Source, mark: Mark) -> Problem:
    return Problem(
        "NW014",
        "there is a second document in this file",
        _place(source, mark, 3),
        label="it begins here",
        help="one spec per file: move it to a file of its own, or remove the `---`",
    )
