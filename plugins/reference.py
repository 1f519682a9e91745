"""The reference of the built-in blocks as a page of Markdown; any blocks as a table.

python -m netwright.plugins.reference > docs/blocks.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import shorten

from netwright.plugins.catalogue import Catalogue
from netwright.plugins.describe import WIDTH, Description, describe

_OPENING = """\
# Blocks

Every block that comes with netwright, by family. `netwright blocks NAME` says the same in a terminal.
Written by `python -m netwright.plugins.reference > docs/blocks.md`.
"""


def page(catalogue: Catalogue) -> str:
    """All built-in blocks as Markdown: a table of families, then each block."""
    families = by_family(catalogue.names(), catalogue)
    lines = [_OPENING, "| family | blocks |", "| --- | --- |"]
    for family in families:
        links = ", ".join(f"[{each.name}](#{each.name})" for each in families[family])
        lines.append(f"| {_title(family)} | {links} |")
    for family in families:
        lines += ["", f"## {_title(family)}"]
        for each in families[family]:
            lines += ["", *_entry(each)]
    return "\n".join(lines) + "\n"


def by_family(names: Iterable[str], catalogue: Catalogue) -> dict[str, list[Description]]:
    """Blocks by their families, both in alphabetical order."""
    families: dict[str, list[Description]] = {}
    for name in names:
        described = describe(name, catalogue.find(name))
        families.setdefault(described.family, []).append(described)
    return {family: families[family] for family in sorted(families)}


def listing(names: Iterable[str], catalogue: Catalogue) -> str:
    """Blocks as text: a family, and under it its blocks, each with what it computes in a line."""
    families = by_family(names, catalogue)
    width = max((len(each.name) for blocks in families.values() for each in blocks), default=0)
    lines: list[str] = []
    for family, blocks in families.items():
        lines += ["", _title(family)]
        for each in blocks:
            summary = shorten(each.summary, WIDTH - width - 4, placeholder=" …")
            lines.append(f"  {each.name.ljust(width)}  {summary}".rstrip())
    return "\n".join(lines[1:])


def table(names: Iterable[str], catalogue: Catalogue) -> str:
    """Blocks as a table of Markdown, a line for each."""
    lines = ["| block | what it computes | settings |", "| --- | --- | --- |"]
    for name in names:
        described = describe(name, catalogue.find(name))
        settings = ", ".join(f"`{each.name}`" for each in described.settings)
        lines.append(f"| `{name}` | {_escaped(described.summary)} | {settings} |")
    return "\n".join(lines)


def _title(family: str) -> str:
    return family.replace("_", " ").capitalize()


def _entry(block: Description) -> Iterator[str]:
    yield f"### {block.name}"
    yield ""
    yield _escaped(block.summary)
    for paragraph in filter(None, block.prose.split("\n\n")):
        yield ""
        yield _escaped(" ".join(paragraph.split()))
    if block.settings:
        yield ""
        yield "| setting | type | default | |"
        yield "| --- | --- | --- | --- |"
        for each in block.settings:
            default = f"`{each.default}`" if each.default else "required"
            cells = (f"`{each.name}`", _escaped(each.type), default, _escaped(each.description))
            yield f"| {' | '.join(cells)} |"
    yield ""
    yield f"- shapes: `{block.shapes}`"
    if block.parameters != "0":
        yield f"- parameters: `{block.parameters}`"
    yield f"- reference: {block.reference}"
    if block.examples:
        yield ""
        yield "```text"
        for example in block.examples:
            yield example.text
        yield "```"


def _escaped(text: str) -> str:
    """Prose that Markdown leaves as it is."""
    for character in "\\*_|<":
        text = text.replace(character, f"\\{character}")
    return text


if __name__ == "__main__":
    print(page(Catalogue()), end="")
