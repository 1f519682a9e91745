"""The elaborator: from a spec to its graph. Equal composites and leaves are elaborated once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate import demands, recovery, results
from netwright.composer.elaborate.absent import Absent, is_unknown
from netwright.composer.elaborate.inputs import declare
from netwright.composer.elaborate.leaves import RuleFailedError, applied
from netwright.composer.elaborate.level import Level
from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.composer.elaborate.scope import (
    POISON,
    BlockValue,
    Capture,
    Defined,
    Local,
    Poison,
    Poisoned,
    Scope,
    free_values,
    freeze,
)
from netwright.composer.elaborate.targets import Lookup, Target
from netwright.composer.elaborate.uses import Files, brought_in, is_chosen
from netwright.composer.elaborate.values import Given, with_params
from netwright.composer.graph import Element, Graph, Pattern, Ref
from netwright.plugins.catalogue import Catalogue
from netwright.specs import tree as trees
from netwright.specs.document import Definition
from netwright.specs.load import Spec, validate
from netwright.specs.problems import NetwrightError, Place, Problems, shown, suggest
from netwright.specs.sizes import Size

if TYPE_CHECKING:
    from netwright.composer.elaborate.level import State

MAX_CALLS = 64
"""Calls of one block by itself on one path."""

MAX_DEPTH = 256
"""Composites inside one another."""


class Elaborator:
    """One run over one spec. What is wrong goes to `problems`."""

    def __init__(
        self,
        catalogue: Catalogue,
        problems: Problems,
        files: Files,
        quiet: bool = False,
        tolerant: bool = False,
    ) -> None:
        """quiet: this is a run of a part that is wrong, only to see what would come out of it.

        tolerant: a block that cannot be had is left unknown.
        """
        self.files = files
        self._quiet = quiet
        self.catalogue = catalogue
        self.lookup = Lookup(catalogue, tolerant=tolerant)
        self.problems = problems
        self._elements: dict[Hashable, Element | Poison] = {}
        self._bodies: dict[int, tuple[trees.Node, Definition | None, trees.Mapping]] = {}
        self._active: dict[Hashable, Target] = {}
        """What is being elaborated now, from the outermost inwards."""

    def network(self, spec: Spec, given: Pattern, where: Where) -> Graph | None:
        """The graph of a whole spec with these of its optional inputs; None if it has errors."""
        definition, tree = spec.definition, spec.tree
        self._check_requirements(definition, tree, where)
        params: dict[str, Any] = {}
        sizes: dict[str, Size | Poison] = {}
        fed = {name: name in given or not each.optional for name, each in definition.ports.items()}
        blocks: dict[str, Defined] = {}
        scope = Scope(None, False, params, sizes, blocks, fed)
        blocks.update(self._blocks(definition, tree, scope, where))
        chosen = {name: Given(node, scope) for name, node in _chosen(spec, where).items()}
        with_params(definition, tree, scope, params, chosen, where)
        blocks.update(self._blocks(definition, tree, scope, where, chosen=True))
        types = declare(definition, tree, scope, sizes, where)
        return self._graph(spec.name, definition, tree, scope, types, (), where, root=True)

    def element(
        self,
        target: Target,
        values: Mapping[str, Any],
        nodes: Mapping[str, trees.Node],
        types: Mapping[str, Any],
        captured: Mapping[str, Any],
        state: State,
        where: Where,
    ) -> Element:
        """What stands at a node: a leaf or a graph. Raises Poisoned (reported)."""
        if target.leaf is Absent or is_unknown(types):
            raise Poisoned
        if target.body is not None:
            return self.body(target.body, types, where)
        what: object = target.leaf
        if target.local is not None:
            what = (id(target.local.tree), free_values(target.local.tree, target.local.scope))
        key = (what, freeze(values), freeze(types))
        found = self._elements.get(key)
        if found is None:
            self._check_depth(key, target, state.place, where)
            self._active[key] = target
            try:
                found = self._element(target, values, nodes, types, captured, state, where)
            except Poisoned:
                found = POISON
            finally:
                del self._active[key]
            self._elements[key] = found
        # What comes out of a scan is made of the types of its steps.
        if isinstance(found, Poison) or (state.decl.scan and is_unknown(found.outputs)):
            raise Poisoned
        return found

    def refuse_recursion(self, local: Local) -> None:
        """Raise Poisoned inside a block of this definition: there may be no end, for want of a condition."""
        for each in self._active.values():
            if each.local is not None and each.local.tree is local.tree:
                raise Poisoned

    def _check_depth(self, key: Hashable, target: Target, place: Place, where: Where) -> None:
        """Refuse a block that uses itself without end, or too often on one path."""
        if target.local is None:
            return
        tree = target.local.tree
        calls = [each.name for each in self._active.values() if each.local is not None]
        own = sum(
            each.local is not None and each.local.tree is tree for each in self._active.values()
        )
        if key not in self._active and own < MAX_CALLS and len(calls) < MAX_DEPTH:
            return
        chain = " -> ".join([*calls[-6:], target.name])
        if own:
            message = (
                f"{target.name} uses itself without end"
                if key in self._active
                else (f"{target.name} uses itself more than {MAX_CALLS} times on one path")
            )
            help = "use it under `when`, with a setting that changes from one use to the next"
            where.report("NW407", f"{message}: {chain}", place, help=help)
        else:
            where.report("NW407", f"blocks nested more than {MAX_DEPTH} deep: … {chain}", place)
        raise Poisoned

    def _element(
        self,
        target: Target,
        values: Mapping[str, Any],
        nodes: Mapping[str, trees.Node],
        types: Mapping[str, Any],
        captured: Mapping[str, Any],
        state: State,
        where: Where,
    ) -> Element:
        if target.local is not None:
            given = {
                name: Given(nodes[name], target.local.scope or Scope(), value)
                for name, value in values.items()
            }
            return self._composite(target.local, given, types, values, state.place, where)
        assert target.leaf is not None
        places: dict[str, Place | None] = {}
        for port, refs in (state.feeds or {}).items():
            if len(refs) == 1 and refs[0].node is not None:
                places[port] = refs[0].node.place
        try:
            return applied(
                target.leaf,
                target.name,
                values,
                nodes,
                types,
                places,
                where,
                state.place,
                state.from_place,
            )
        except RuleFailedError as error:
            message = f"{self.catalogue.blamed(target.name)}: {error}"
            where.report("NW513", message, state.from_place)
            raise Poisoned from error

    def _composite(
        self,
        local: Local,
        given: Mapping[str, Given],
        types: Mapping[str, Any],
        values: Mapping[str, Any],
        place: Place,
        where: Where,
    ) -> Graph:
        """A composite applied to types. Where it belongs to a plugin, its mistakes are blamed on the node."""
        definition, tree = local.definition, local.tree
        if local.foreign:
            where = replace(where, blame=where.blame or place)
        sizes: dict[str, Size] = {}
        params: dict[str, Any] = {}
        fed = {name: types.get(name) is not None for name in definition.ports}
        blocks: dict[str, Defined] = {}
        scope = Scope(local.scope, False, params, sizes, blocks, fed)
        blocks.update(self._blocks(definition, tree, scope, where))
        fits = demands.bind(definition, types, sizes, where, place)
        for name in sorted(sizes.keys() & definition.params.keys()):
            where.report("NW107", f"{name} is a param and a size of one block", tree.place)
            raise Poisoned
        with_params(definition, tree, scope, params, given, where)
        blocks.update(self._blocks(definition, tree, scope, where, chosen=True))
        fits = demands.demand(definition, tree, types, scope, where, place) and fits
        captures = [
            Capture(f"\0{c.name}", c.name, Ref(c.name), c.type, None)  # no reference here means it
            for value in values.values()
            for c in (value.captures if isinstance(value, BlockValue) else ())
        ]
        known = {name: types.get(name) if fits else POISON for name in definition.ports}
        graph = self._graph(local.name, definition, tree, scope, known, captures, where)
        if graph is None and not fits and not self._quiet:
            graph = self._supposed(local, given, types, values, place, where)
        if graph is None:
            raise Poisoned
        return graph

    def _supposed(
        self,
        local: Local,
        given: Mapping[str, Given],
        types: Mapping[str, Any],
        values: Mapping[str, Any],
        place: Place,
        where: Where,
    ) -> Graph | None:
        """The composite with other numbers among its settings, if what comes out does not depend on them."""
        found: list[Graph] = []
        for name, each in given.items():
            for number in (1, 2) if type(each.value) is int else ():
                quiet = Elaborator(self.catalogue, Problems(), self.files, quiet=True)
                quiet._active = {**self._active}
                supposed = {**given, name: Given(each.node, each.scope, number)}
                inner = replace(where, problems=quiet.problems)
                with suppress(Poisoned):
                    found.append(quiet._composite(local, supposed, types, values, place, inner))
                if quiet.problems:
                    found = []
        outputs = recovery.merged([graph.outputs for graph in found]) if found else None
        return replace(found[0], outputs=outputs) if outputs is not None else None

    def body(self, value: BlockValue, types: Mapping[str, Any], where: Where) -> Graph:
        """A body applied to its input. Raises Poisoned (reported)."""
        key = ("body", value.key(), freeze(types))
        found = self._elements.get(key)
        if found is None:
            definition, tree = self._body_definition(value.tree, where)
            graph = None
            if definition is not None:
                scope = Scope(parent=value.scope, inline=True)
                graph = self._graph(
                    "body", definition, tree, scope, dict(types), value.captures, where
                )
            found = self._elements[key] = POISON if graph is None else graph
        if not isinstance(found, Graph):
            raise Poisoned
        return found

    def _body_definition(
        self, tree: trees.Node, where: Where
    ) -> tuple[Definition | None, trees.Mapping]:
        """The mapping of nodes as a definition, checked once."""
        if id(tree) not in self._bodies:
            assert isinstance(tree, trees.Mapping)
            whole = trees.Mapping(
                tree.source,
                tree.start,
                tree.end,
                {"nodes": trees.Entry(tree.source, tree.start, tree.end, tree)},
            )
            found = Problems()
            definition: Definition | None = None
            try:
                definition = validate(whole, found)
            except NetwrightError as error:
                found.extend(error.problems)
            for problem in (*found.errors, *found.warnings):
                where.report(
                    problem.code,
                    problem.message,
                    problem.place,
                    help=problem.help,
                    fix=problem.fix,
                    notes=problem.notes,
                )
            self._bodies[id(tree)] = (tree, definition, whole)
        _, definition, whole = self._bodies[id(tree)]
        return definition, whole

    def _graph(
        self,
        name: str,
        definition: Definition,
        tree: trees.Mapping,
        scope: Scope,
        types: Mapping[str, Any],
        captures: Sequence[Capture],
        where: Where,
        root: bool = False,
    ) -> Graph | None:
        level = Level(self, scope, types, captures, where)
        nodes = tree.entries["nodes"].node
        assert isinstance(nodes, trees.Mapping)
        if not level.run(definition.nodes, nodes):
            return None
        return results.finish(level, name, definition, tree, root)

    def _blocks(
        self,
        definition: Definition,
        tree: trees.Mapping,
        scope: Scope,
        where: Where,
        chosen: bool = False,
    ) -> Iterator[tuple[str, Defined]]:
        """The composite blocks that are defined in a spec, by name.

        chosen: those that params choose, which must be known by then; else all others.
        """
        for name, each in definition.blocks.items():
            node = trees.at(tree, ("blocks", name))
            if not isinstance(node, trees.Mapping) or is_chosen(each) is not chosen:
                continue
            if not self._quiet and self.catalogue.is_built_in(name):
                place = trees.place_of(tree, ("blocks", name), key=True)
                message = f"the block {name} hides the built-in one of this name"
                where.warn("NW506", message, place, help="give it another name")
            if isinstance(each, Definition):
                yield name, Defined(each, node)
                continue
            yield name, brought_in(each, node, self.files, self.catalogue, scope, where)

    def _check_requirements(
        self, definition: Definition, tree: trees.Mapping, where: Where
    ) -> None:
        """Report the plugins that a file requires and that are not there; nothing is imported."""
        for namespace, requirement in definition.requires.items():
            node = trees.at(tree, ("requires", namespace))
            try:
                lacking = self.catalogue.lacks(namespace, requirement)
            except ValueError as error:
                where.report("NW504", str(error), node.place, help="write a range: `>=1.0,<2`")
                continue
            if lacking:
                from netwright.plugins.requirements import how_to_get, parted

                named = requirement if parted(requirement)[0] else ""
                help = how_to_get(namespace, named)
                severity = "warning" if self.lookup.tolerant else "error"
                where.report("NW504", lacking, node.place, help=help, severity=severity)
                self.lookup.lacking.add(namespace)


def _chosen(spec: Spec, where: Where) -> dict[str, trees.Node]:
    """Values for the params of the file: the preset's, then the caller's."""
    known = spec.definition.params
    chosen: dict[str, trees.Node] = {}
    entries: list[tuple[str, trees.Node, trees.Entry | None]] = []
    for preset in spec.definition.presets:
        node = trees.at(spec.tree, ("presets", preset))
        for name, entry in node.entries.items() if isinstance(node, trees.Mapping) else ():
            if name not in known or preset == spec.preset:
                entries.append((name, entry.node, entry))
    entries += [(name, node, None) for name, node in spec.set.items()]
    for name, node, written in entries:
        if name in known:
            chosen[name] = node
            continue
        near = suggest(name, known)
        where.report(
            "NW109",
            f"{spec.name} has no param {shown(name)}",
            node.place if written is None else written.key_place,
            notes=(f"its params are {', '.join(known) or 'none'}",),
            help=f"did you mean `{near}`?" if near else "",
            fix=None if written is None else fix_word(written, near),
        )
    return chosen
