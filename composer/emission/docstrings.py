"""Docstrings and comments: text of the user that can never be anything else."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netwright.composer.emission.layout import WIDTH
from netwright.composer.emission.sharing import ANY_RANK
from netwright.composer.graph import Graph, Leaf
from netwright.specs.sizes import Symbolic
from netwright.specs.tensors import Tensor

if TYPE_CHECKING:
    from netwright.composer.emission.classes import Class


def header(graph: Graph) -> list[str]:
    """The comment at the top of the file."""
    version = _version()
    where = f" from {safe(graph.title)}" if graph.title else ""
    return [f"# Written by netwright {version}{where}.", ""]


@functools.cache
def _version() -> str:
    # read once: it stands on the disk
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("netwright")
    except PackageNotFoundError:
        return "(not installed)"


def docstring(made: Class, root: bool) -> list[str]:
    """The docstring of a class: what it is and its shapes, on as few lines as it needs."""
    element = made.draft.element
    if isinstance(element, Leaf):
        text = _sentence(type(element.block).__doc__ or "") or f"Block `{element.name}`."
        return _block(text, "")
    described = safe(element.description)
    title = "" if root else safe(element.title)
    shapes = _shapes(made)
    if root:
        return _block(described or f"The network `{safe(element.name)}`.", shapes)
    if described:
        return _block(described, f"{title}: {shapes}" if shapes else title)
    line = f"{title}: {shapes}" if title and shapes else title or shapes or element.name
    if len(line) > WIDTH - 10 and title and shapes:
        return _block(f"{title}.", shapes)
    return _block(line, "")


def _block(first: str, rest: str) -> list[str]:
    if not rest and len(first) <= WIDTH - 10:
        return [f'    """{first}"""']
    body = _wrapped(first)
    return [
        f'    """{body[0]}',
        *(f"    {line}" for line in body[1:]),
        *(["", *(f"    {line}" for line in _wrapped(rest))] if rest else []),
        '    """',
    ]


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, WIDTH - 8, break_long_words=False, break_on_hyphens=False) or [""]


def _sentence(doc: str) -> str:
    return safe(doc.strip().partition("\n")[0])


def safe(text: str) -> str:
    """Text in one line that cannot end a docstring or a comment, and shows what cannot be printed."""
    shown = "".join(
        each
        if each.isprintable() and each != "\\"
        else " "
        if each in "\n\t\r"
        else f"<{ord(each):x}>"
        if each != "\\"
        else "/"
        for each in text
    )
    shown = " ".join(shown.split()).replace('"""', "'''")
    return f"{shown[:-1]}'" if shown.endswith('"') else shown


def _shapes(made: Class) -> str:
    """`x [batch, seq, dim] -> [batch, seq, dim]`, where all drafts of the class agree."""
    graphs = [draft.element for draft in made.drafts if isinstance(draft.element, Graph)]
    first = graphs[0]
    inputs = []
    for name, fed in first.inputs.items():
        if isinstance(fed, Tensor):
            written = first.shapes.get(name)
            plain = written and all(each.isidentifier() or each.isdigit() for each in written)
            shown = (
                ", ".join(written)
                if written and plain
                else _sizes(made, [g.inputs[name] for g in graphs])
            )
            inputs.append(f"{name} [{shown}]{' (optional)' * (name in first.may_lack)}")
    outputs = []
    for name in first.outputs:
        shown = f"[{_sizes(made, [g.outputs[name] for g in graphs])}]"
        outputs.append(shown if len(first.outputs) == 1 else f"{name} {shown}")
    return f"{', '.join(inputs) or 'nothing'} -> {', '.join(outputs)}"


def _sizes(made: Class, types: list[Any]) -> str:
    """The sizes of one tensor in all drafts: names of sizes, of arguments, or numbers."""
    if len({each.rank for each in types}) > 1 or any(each.origin == ANY_RANK for each in types):
        return "..."
    graphs = [draft.element for draft in made.drafts if isinstance(draft.element, Graph)]
    shown: list[str] = []
    for column in zip(*(each.sizes for each in types), strict=True):
        texts = {_text(size, graph, shown) for size, graph in zip(column, graphs, strict=True)}
        named = [each.name for each in made.arguments if each.size and _equal(each.values, column)]
        if named and not any(text.isidentifier() for text in texts):
            texts = {named[0]}
        if len(texts) == 1:
            (text,) = texts
            shown.append(text if made.draft.root or " " not in text else "_")
        else:
            names = [each.name for each in made.arguments if _equal(each.values, column)]
            shown.append(names[0] if names else "_")
    return ", ".join(shown)


def _text(size: Any, graph: Graph, shown: Sequence[str]) -> str:
    """The name of a size; of several that are as large, one that is not shown yet: height, then width."""
    names = [name for name, value in graph.sizes.items() if _same(value, size)]
    return next((name for name in names if name not in shown), names[0] if names else str(size))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Symbolic) and isinstance(other, Symbolic):
        return one.polynomial == other.polynomial
    return isinstance(one, int) and isinstance(other, int) and one == other


def _equal(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    return all(
        type(one) is int and type(two) is int and one == two for one, two in zip(a, b, strict=True)
    )
