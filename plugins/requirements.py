"""Requirements: what `requires` asks of a plugin, told from the metadata of what is installed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from netwright.plugins.installed import claims, normal, providers
from netwright.specs.problems import suggest


def lacking(namespace: str, requirement: str) -> str:
    """Why no installed plugin meets a requirement; empty if one does. Raises ValueError if it is none.

    The requirement is a range of versions, `>=1.0,<2`, which may be led by the distribution's name:
    `mamba-blocks>=1.0`.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    distribution, asked = parted(requirement)
    try:
        wanted = SpecifierSet(asked)
    except InvalidSpecifier as error:
        raise ValueError(f"{requirement!r} is no range of versions") from error
    found = providers(namespace)
    if not found:
        brought = f"; {distribution} is said to bring it" if distribution else ""
        return f"no plugin with the namespace {namespace} is installed{brought}"
    name, version = found[0]
    if distribution and normal(distribution) != normal(name):
        return f"{namespace} comes from {name} {version}, and {distribution} is asked for"
    if not wanted.contains(version, prereleases=True):
        return f"{namespace} {version} is installed, and {asked} is asked for"
    return ""


def how_to_get(namespace: str, distribution: str = "", known: Iterable[str] = ()) -> str:
    """What to do about a plugin that is not there. known: further namespaces that may have been meant."""
    if distribution:
        return f'pip install "{distribution}"'
    near = suggest(namespace, {*known, *(each.namespace for each in claims())})
    if near:
        return f"did you mean `{near}`?"
    file = f"./{namespace}.py"
    if namespace.isidentifier() and Path(file).is_file():
        return f"there is a file {file}: name it with --plugin {file}"
    return (
        f"install the package that brings {namespace}, which may have another name "
        f"(`netwright plugins` lists what is installed), or name its file: --plugin {file}"
    )


def parted(requirement: str) -> tuple[str, str]:
    """The distribution that a requirement names, or an empty text, and its range of versions."""
    text = requirement.strip()
    end = next(
        (i for i, each in enumerate(text) if not (each.isalnum() or each in "-_.")), len(text)
    )
    return text[:end], text[end:].strip()
