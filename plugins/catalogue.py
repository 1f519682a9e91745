"""The catalogue: every block that a spec may name, loaded when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.plugins.block import Block, flaw, schema
from netwright.plugins.host import BUILT_IN, Plugin, broken, load_files, load_namespace, said
from netwright.specs import tree as trees
from netwright.specs.document import Definition
from netwright.specs.load import validate
from netwright.specs.problems import PluginError, Problem, Problems, SpecError, suggest
from netwright.specs.reading import read_file


@dataclass(frozen=True, eq=False)
class Composite:
    """A block that is a spec file."""

    definition: Definition
    tree: trees.Mapping


class UnknownBlock(LookupError):
    """No such block; message and help are for the spec writer."""

    def __init__(self, message: str, help: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.suggestion = suggestion


class Catalogue:
    """Blocks by name: `conv2d` is built in, `mamba/selective_scan` comes from the plugin `mamba`.

    files: single-file plugins. Namespaces are imported when a block of theirs is first asked for.
    """

    def __init__(self, files: Sequence[str | Path] = ()) -> None:
        self.files = tuple(files)
        self._plugins: dict[str, Plugin | None] = dict(load_files(files))
        self._found: dict[str, type[Block] | Composite] = {}

    def plugin(self, namespace: str) -> Plugin | None:
        """The plugin of a namespace; None if there is none. Raises PluginError if it is broken."""
        if namespace not in self._plugins:
            self._plugins[namespace] = load_namespace(namespace)
        return self._plugins[namespace]

    def find(self, name: str) -> type[Block] | Composite:
        """The block of this name. Raises UnknownBlock; PluginError if its plugin is at fault."""
        if name not in self._found:
            self._found[name] = self._load(name)
        return self._found[name]

    def lacks(self, namespace: str, requirement: str) -> str:
        """Why a plugin is not there in a version that is asked for, from metadata; empty if it is.

        Raises ValueError if the requirement is none. A plugin of a single file has no version: any will do.
        """
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        from netwright.plugins.host import installed_version

        try:
            wanted = SpecifierSet(requirement)
        except InvalidSpecifier as error:
            raise ValueError(f"{requirement!r} is no range of versions") from error
        if self._plugins.get(namespace) is not None:
            return ""
        version = installed_version(namespace)
        if version is None:
            return f"no plugin with the namespace {namespace} is installed"
        if not wanted.contains(version, prereleases=True):
            return f"{namespace} {version} is installed, and {requirement} is asked for"
        return ""

    def is_built_in(self, name: str) -> bool:
        """Whether a built-in block has this name."""
        plugin = self.plugin(BUILT_IN)
        return plugin is not None and name in plugin.blocks

    def names(self, namespace: str = BUILT_IN) -> Iterator[str]:
        """Names of the blocks of one namespace, in alphabetical order."""
        plugin = self.plugin(namespace)
        prefix = f"{namespace}/" if namespace else ""
        return (prefix + name for name in sorted(plugin.blocks if plugin else ()))

    def _load(self, name: str) -> type[Block] | Composite:
        namespace, _, short = name.rpartition("/")
        plugin = self.plugin(namespace)
        if plugin is None:
            raise UnknownBlock(
                f"no plugin with the namespace {namespace} is installed",
                f"install the plugin that provides {name}, or name its file: --plugin ./{namespace}.py",
            )
        if short not in plugin.blocks:
            near = suggest(short, plugin.blocks)
            near = (f"{namespace}/{near}" if namespace else near) if near else None
            listing = "netwright blocks"
            if namespace:
                listing = ", ".join(self.names(namespace)) or f"{namespace} has none"
            raise UnknownBlock(
                f"there is no block called {name}",
                f"did you mean `{near}`?" if near else f"all blocks: {listing}",
                near,
            )
        target = plugin.blocks[short]
        try:
            if isinstance(target, Path):
                return composite(target)
            found = _class(target) if isinstance(target, str) else target
            schema(found)
        except PluginError:
            raise
        except SpecError as error:
            first = error.problems[0]
            at = f" ({first.place.source.name}:{first.place.line})" if first.place else ""
            what = f"has a faulty block {short}: {first.message}{at}"
            raise broken(namespace, plugin.origin, what) from error
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise broken(
                namespace, plugin.origin, f"fails to load block {short}: {said(error)}"
            ) from error
        # Our own blocks are held to the contract by the tests, once for all.
        wrong = flaw(found) if namespace else ""
        if wrong:
            raise broken(namespace, plugin.origin, f"has a faulty block {short}: {wrong}")
        return found


def composite(path: Path) -> Composite:
    """The composite block in a spec file. Raises SpecError."""
    problems = Problems()
    tree = read_file(str(path), problems)
    definition = validate(tree, problems)
    problems.raise_if_any()
    return Composite(definition, tree)


def _class(target: str) -> type[Block]:
    module, _, name = target.partition(":")
    found = getattr(importlib.import_module(module), name)
    if not (isinstance(found, type) and issubclass(found, Block)):
        raise TypeError(f"{target} is no Block")
    return found


__all__ = ["Catalogue", "Composite", "PluginError", "Problem", "UnknownBlock", "composite"]
