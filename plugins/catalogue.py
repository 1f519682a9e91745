"""The catalogue: everything that a spec may name, loaded when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netwright.plugins.blame import BUILT_IN, broken, named, place_of, said
from netwright.plugins.block import Block, flaw, schema
from netwright.plugins.hooks import Check, Renderer
from netwright.plugins.host import from_environment, load_file, load_files, load_namespace
from netwright.plugins.initialisers import Initialiser
from netwright.plugins.staging import Plugin
from netwright.plugins.tracing import Trace, silent, timed
from netwright.specs import tree as trees
from netwright.specs.document import Definition
from netwright.specs.load import validate
from netwright.specs.problems import PluginError, Problem, Problems, SpecError, shown, suggest
from netwright.specs.reading import read_file


@dataclass(frozen=True, eq=False)
class Composite:
    """A block that is a spec file."""

    definition: Definition
    tree: trees.Mapping


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a block comes from. target: the class, `module:Class`, or the spec file.

    origin: distribution and version, or the path of a single file.
    """

    namespace: str
    origin: str
    target: str

    def __str__(self) -> str:
        return f"{self.target} ({self.origin})"


class UnknownBlock(LookupError):
    """No such block; message and help are for the spec writer. no_plugin: nor is its plugin there."""

    def __init__(
        self, message: str, help: str, suggestion: str | None = None, no_plugin: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.suggestion = suggestion
        self.no_plugin = no_plugin


class Catalogue:
    """Blocks by name: `conv2d` is built in, `mamba/selective_scan` comes from the plugin `mamba`.

    named: plugins that take part in any case: single files, or namespaces of installed ones. All others
    are imported when something of theirs is first asked for, and each then fails by itself. Installed
    ones may be disabled in the `pyproject.toml` of the folder; the environment variable
    NETWRIGHT_PLUGINS names further single files. trace: is told what is imported. staged: plugins that are
    at hand, whether they are installed or not.

    Raises PluginError if one that is named cannot be loaded.
    """

    def __init__(
        self,
        named: Sequence[str | Path] = (),
        trace: Trace = silent,
        staged: Iterable[Plugin] = (),
    ) -> None:
        self._trace = trace
        self._plugins: dict[str, Plugin | PluginError | None] = {
            each.namespace: each for each in staged
        }
        self._found: dict[str, type[Block] | Composite] = {}
        self._ambient = from_environment()
        self.named = tuple(dict.fromkeys(Path(each).stem for each in named))
        """The namespaces of the plugins that were named."""
        self.files = tuple(each for each in named if not str(each).isidentifier())
        """The single files among them."""
        from_files = load_files(self.files, trace)
        self._plugins.update(from_files)
        for namespace in from_files:
            self._refuse_clash(namespace)
        for each in named:
            if each not in self.files and self.plugin(str(each)) is None:
                raise PluginError(self.missing(str(each)))

    def plugin(self, namespace: str) -> Plugin | None:
        """The plugin of a namespace; None if there is none. Raises PluginError if it cannot be had."""
        if namespace not in self._plugins:
            try:
                self._plugins[namespace] = self._load_plugin(namespace)
            except PluginError as error:
                self._plugins[namespace] = error
        found = self._plugins[namespace]
        if isinstance(found, PluginError):
            raise PluginError(found.problems)
        return found

    def _load_plugin(self, namespace: str) -> Plugin | None:
        if namespace == BUILT_IN:
            return load_namespace(namespace, self._trace)
        files = self._ambient.get(namespace, ())
        if len(files) > 1:
            both = " and ".join(files)
            raise broken(namespace, both, "have the same name", "NW505", "rename one of them")
        if files:
            self._refuse_clash(namespace, files[0])
            return load_file(files[0], self._trace)
        from netwright.plugins.project import project

        settings = project(Path.cwd())
        if namespace in settings.disabled:
            self._trace(f"left {namespace} alone: {settings.file} disables it", 0)
            what = f"plugin {namespace} is disabled in {settings.file}"
            help = f"take {namespace} out of `disable` under [tool.netwright] there"
            raise PluginError(Problem("NW507", what, help=help))
        return load_namespace(namespace, self._trace)

    def _refuse_clash(self, namespace: str, file: str = "") -> None:
        """Refuse a single file with the namespace of an installed plugin that is not disabled."""
        from netwright.plugins.installed import claims
        from netwright.plugins.project import project

        owners = [each.origin for each in claims(namespace)]
        if owners and namespace not in project(Path.cwd()).disabled:
            known = self._plugins.get(namespace)
            file = known.origin if isinstance(known, Plugin) else file
            both = " and ".join([file, *owners])
            help = f'rename the file, or disable the installed one: `disable = ["{namespace}"]`'
            raise broken(
                namespace,
                both,
                "claim the same namespace",
                "NW505",
                f"{help} under [tool.netwright]",
            )

    def find(self, name: str) -> type[Block] | Composite:
        """The block of this name. Raises UnknownBlock; PluginError if its plugin is at fault."""
        if name not in self._found:
            with timed(self._trace, f"loaded the block {name}"):
                self._found[name] = self._load(name)
        return self._found[name]

    def provenance(self, name: str) -> Provenance:
        """Where the block of a name comes from. Raises as `find`."""
        found = self.find(name)
        namespace, _, short = name.rpartition("/")
        plugin = self.plugin(namespace)
        assert plugin is not None
        if isinstance(found, Composite):
            target = str(plugin.blocks[short])
        else:
            target = f"{found.__module__}:{found.__qualname__}"
        return Provenance(namespace, _with_version(plugin), target)

    def blamed(self, name: str) -> str:
        """The plugin behind a block (or an initialiser, or a spec) as messages name it."""
        plugin = self._plugins.get(name.rpartition("/")[0])
        return named(plugin.namespace, plugin.origin) if isinstance(plugin, Plugin) else name

    def lacks(self, namespace: str, requirement: str) -> str:
        """Why a plugin is not there in a version that is asked for, from metadata; empty if it is.

        Raises ValueError if the requirement is none. A plugin of a single file has no version: any will do.
        """
        from netwright.plugins.requirements import lacking

        found = lacking(namespace, requirement)
        is_file = self._plugins.get(namespace) is not None or namespace in self._ambient
        return "" if is_file else found

    def is_built_in(self, name: str) -> bool:
        """Whether a built-in block has this name."""
        plugin = self.plugin(BUILT_IN)
        return plugin is not None and name in plugin.blocks

    def namespaces(self) -> tuple[str, ...]:
        """Those of every plugin that may be used here, named, of the environment or installed."""
        from netwright.plugins.installed import claims
        from netwright.plugins.project import project

        disabled = project(Path.cwd()).disabled
        found = [each.namespace for each in claims() if each.namespace not in disabled]
        return tuple(dict.fromkeys((*self.named, *self._ambient, *found)))

    def names(self, namespace: str = BUILT_IN) -> Iterator[str]:
        """Names of the blocks of one namespace, in alphabetical order."""
        plugin = self.plugin(namespace)
        prefix = f"{namespace}/" if namespace else ""
        return (prefix + name for name in sorted(plugin.blocks if plugin else ()))

    def spec_file(self, name: str) -> Path:
        """The file of a plugin's spec, `mamba/lm`. Raises SpecError if there is none, PluginError."""
        namespace, _, short = name.rpartition("/")
        plugin = self.plugin(namespace)
        if plugin is None:
            problem = self.missing(namespace, f"the spec {name}")
            note = "nor is there a file of this name; one ends in .yaml, .yml or .json"
            raise SpecError(replace(problem, notes=(note,)))
        if short not in plugin.specs:
            near = suggest(short, plugin.specs)
            known = ", ".join(f"{namespace}/{each}" for each in plugin.specs) or "none"
            raise SpecError(
                Problem(
                    "NW111",
                    f"{named(namespace, plugin.origin)} has no spec {shown(short)}",
                    notes=(f"its specs are {known}",),
                    help=f"did you mean {namespace}/{near}?" if near else "",
                )
            )
        return plugin.specs[short]

    def weight_names(self, name: str) -> Path | None:
        """The file of a plugin's table of names, `mamba/mamba`; None if there is none. Raises PluginError."""
        namespace, _, short = name.rpartition("/")
        plugin = self.plugin(namespace)
        return None if plugin is None else plugin.weight_names.get(short)

    @property
    def tables(self) -> Mapping[str, Path]:
        """The tables of names of every plugin that was loaded."""
        plugins = [each for each in self._plugins.values() if isinstance(each, Plugin)]
        return {
            f"{each.namespace}/{short}": file
            for each in plugins
            for short, file in each.weight_names.items()
        }

    def is_foreign(self, folder: Path) -> bool:
        """Whether a folder holds specs or composite blocks of a plugin that was loaded."""
        plugins = [each for each in self._plugins.values() if isinstance(each, Plugin)]
        files = (file for each in plugins for file in (*each.specs.values(), *each.blocks.values()))
        return any(isinstance(file, Path) and file.parent.resolve() == folder for file in files)

    def initialiser(self, name: str) -> Initialiser | None:
        """The initialiser of a plugin by its name, `mamba/s4d`. None if there is none; PluginError."""
        namespace, _, short = name.rpartition("/")
        plugin = self.plugin(namespace)
        if plugin is None:
            raise PluginError(self.missing(namespace, f"the initialiser {name}"))
        return plugin.initialisers.get(short)

    @property
    def has_plugins(self) -> bool:
        """Whether anything but the built-in blocks may take part."""
        return any(namespace != BUILT_IN for namespace in self._plugins) or bool(self._ambient)

    def plugins(self, namespaces: Iterable[str]) -> tuple[Plugin, ...]:
        """The plugins of these namespaces and those that were named, each once. Raises PluginError."""
        found = map(self.plugin, dict.fromkeys((*self.named, *namespaces)))
        return tuple(each for each in found if each is not None)

    def check(self, plugin: Plugin, name: str) -> Check:
        """A check of a plugin, imported if it is named as a text. Raises PluginError."""
        target = plugin.checks[name]
        if not isinstance(target, str):
            return target
        try:
            found: Any = _imported(target)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            what = f"fails to load the check {name}: {said(error)}"
            raise broken(plugin.namespace, plugin.origin, what) from error
        if not callable(found):
            raise broken(plugin.namespace, plugin.origin, f"check {name}: {target} is no function")
        return found  # type: ignore[no-any-return]

    def renderer(self, ending: str) -> tuple[Plugin, Renderer] | None:
        """The renderer for an ending of files, and its plugin; None if there is none.

        Looked for among the plugins in use; else in every installed one. Raises PluginError if two have it.
        """
        loaded = [each for each in self._plugins.values() if isinstance(each, Plugin)]
        found = [each for each in loaded if ending in each.renderers]
        for namespace in () if found else self.namespaces():
            with suppress(PluginError):  # a broken plugin harms only those who need it
                plugin = self.plugin(namespace)
                found += [plugin] if plugin is not None and ending in plugin.renderers else []
        if len(found) > 1:
            both = " and ".join(each.origin for each in found)
            names = " and ".join(each.namespace for each in found)
            raise broken(names, both, f"both write .{ending}", "NW505", "disable one of them")
        return (found[0], found[0].renderers[ending]) if found else None

    def missing(self, namespace: str, what: str = "", distribution: str = "") -> Problem:
        """The problem that a plugin is not there. what: what was asked of it."""
        from netwright.plugins.requirements import how_to_get

        message = f"no plugin with the namespace {namespace} is installed"
        return Problem(
            "NW504",
            f"{message}, which {what} needs" if what else message,
            help=how_to_get(namespace, distribution, (*self.named, *self._ambient)),
        )

    def _load(self, name: str) -> type[Block] | Composite:
        namespace, _, short = name.rpartition("/")
        plugin = self.plugin(namespace)
        if plugin is None:
            problem = self.missing(namespace, f"the block {name}")
            raise UnknownBlock(problem.message, problem.help, no_plugin=True)
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
            what = f"has a faulty block {short}: {wrong}{place_of(found)}"
            raise broken(namespace, plugin.origin, what)
        return found


def _with_version(plugin: Plugin) -> str:
    if plugin.namespace:
        return plugin.origin
    from importlib.metadata import version

    return f"netwright {version('netwright')}"


def composite(path: Path) -> Composite:
    """The composite block in a spec file. Raises SpecError."""
    problems = Problems()
    tree = read_file(str(path), problems)
    definition = validate(tree, problems)
    problems.raise_if_any()
    return Composite(definition, tree)


def _imported(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _class(target: str) -> type[Block]:
    found = _imported(target)
    if not (isinstance(found, type) and issubclass(found, Block)):
        raise TypeError(f"{target} is no Block")
    return found


__all__ = [
    "Catalogue",
    "Composite",
    "PluginError",
    "Problem",
    "Provenance",
    "UnknownBlock",
    "composite",
]
