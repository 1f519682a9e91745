"""Blame: a plugin's mistake in words, with its name, version, file and line."""

from __future__ import annotations

import inspect
from typing import Any

from netwright.specs.problems import PluginError, Problem

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
    return f"{type(error).__name__}: {message}{where}" if message else type(error).__name__ + where


def place_of(thing: Any) -> str:
    """Where a function or class of a plugin is written, ` (file.py:12)`; empty if that is not known."""
    try:
        if isinstance(thing, type):
            lines, line = inspect.getsourcelines(thing)
            return f" ({inspect.getsourcefile(thing)}:{line})" if lines else ""
        code = inspect.unwrap(thing).__code__
    except (AttributeError, OSError, TypeError, ValueError):
        return ""
    return f" ({code.co_filename}:{code.co_firstlineno})"
