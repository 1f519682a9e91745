"""The reference of the hooks as a page of Markdown, from their own docstrings and types.

python -m netwright.plugins.hook_reference > docs/hooks.md
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields

from netwright.plugins.hooks import HOOKS, Hooks, Renderer
from netwright.plugins.initialisers import Initialiser
from netwright.plugins.network import Finding, Network, Node

VALUES = (Network, Node, Finding, Renderer, Initialiser)
"""What hooks return and see, in the order in which they are explained."""

_OPENING = """\
# Hooks

A plugin is a module with some of these functions, each marked with `@hookimpl`. All that is named here is
imported from `netwright.plugins`; [Blocks of your own](blocks-of-your-own.md) shows how it is used.
Written by `python -m netwright.plugins.hook_reference > docs/hooks.md`.

Hooks are called without arguments and return a mapping, name → value. Names are letters, digits and `_`; a
spec writes them after the namespace: `namespace/name`. Arguments may be added in later versions, never taken
away.
"""


def page() -> str:
    """The hooks, then the values that they return or that are handed to what they return."""
    lines = [_OPENING]
    for name in HOOKS:
        lines += [f"## {name}", "", *_function(name), ""]
    lines += ["## The values", ""]
    for cls in VALUES:
        lines += [*_value(cls), ""]
    return "\n".join(lines).rstrip() + "\n"


def _function(name: str) -> Iterator[str]:
    hook = getattr(Hooks, name)
    returned = inspect.get_annotations(hook)["return"]
    yield "<!-- not run: a signature -->"
    yield "```python"
    yield "@hookimpl"
    yield f"def {name}() -> {returned}: ..."
    yield "```"
    yield ""
    yield inspect.getdoc(hook) or ""


def _value(cls: type) -> Iterator[str]:
    yield f"### {cls.__name__}"
    yield ""
    yield inspect.getdoc(cls) or ""
    yield ""
    yield "| field | type | default |"
    yield "| --- | --- | --- |"
    for each in fields(cls):
        kind = str(each.type).replace("|", "\\|")
        yield f"| `{each.name}` | `{kind}` | {_default(each)} |"
    methods = [
        (name, member)
        for name, member in vars(cls).items()
        if inspect.isfunction(member) and not name.startswith("_")
    ]
    for name, member in methods:
        yield ""
        yield f"`{name}{inspect.signature(member)}`: {inspect.getdoc(member)}".replace(
            "(self, ", "("
        )


def _default(field: Field[object]) -> str:
    if field.default is not MISSING:
        return f"`{field.default!r}`"
    return "required" if field.default_factory is MISSING else "empty"


if __name__ == "__main__":
    print(page(), end="")
