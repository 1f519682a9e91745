"""Blame: a plugin's mistake in words, with its name, version, file and line."""

from __future__ import annotations

import inspect
from typing import Any

from netwright.specs.problems import PluginError, Problem

MOST = 400
"""Characters of a plugin's own message that are shown."""

BUILT_IN = ""
"""The namespace of the blocks that come with netwright: their names have no slash."""


def broken(
    namespace: str, origin: str, what: str, code: str = "NW502", help: str = ""
) -> PluginError:
    """The error that names a plugin, where it came from, and what is wrong with it."""
    return PluginError(Problem(code, f"{named(namespace, origin)} {what}", help=help))


def named(namespace: str, origin: str) -> str:
    """A plugin as messages name it: `plugin mamba (mamba-blocks 1.2)`."""
    return f"plugin {namespace or 'netwright'} ({origin})"


def said(error: BaseException) -> str:
    """An error of a plugin in words, and the place in its files where it was raised."""
    trace = error.__traceback__
    where = ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith("<frozen "):
            where = f" ({file}:{trace.tb_lineno})"
        trace = trace.tb_next
    try:
        message = str(error)
    except Exception:
        message = "(it has no text)"
    if isinstance(error, SyntaxError) and error.filename:
        message, where = error.msg, f" ({error.filename}:{error.lineno})"
    message = message if len(message) <= MOST else f"{message[:MOST]}…"
    return f"{type(error).__name__}: {message}{where}" if message else type(error).__name__ + where


def as_python(value: Any) -> str:
    """What a plugin gave, as its author would write it, in one line."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:79]}…"


def place_of(thing: Any) -> str:
    """Where a function or class of a plugin is written, ` (file.py:12)`; empty if that is not known.

    The line is that of `def` or `class`, below what decorates it.
    """
    try:
        found = inspect.unwrap(thing)
        lines, start = inspect.getsourcelines(found)
        file = inspect.getsourcefile(found)
    except (AttributeError, OSError, TypeError, ValueError):
        return ""
    heads = ("def ", "async def ", "class ")
    at = next((i for i, line in enumerate(lines) if line.lstrip().startswith(heads)), 0)
    return f" ({file}:{start + at})"
