"""One level: the nodes of one spec, block or body, elaborated in the order in which they read each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from netwright.composer.elaborate import copies, references, wiring
from netwright.composer.elaborate.absent import stand_in
from netwright.composer.elaborate.reading import each_copy
from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import POISON, BlockValue, Capture, Poisoned, Scope
from netwright.composer.elaborate.targets import Target, target
from netwright.composer.elaborate.values import constant
from netwright.composer.elaborate.wiring import Feeds, Written
from netwright.composer.graph import Graph, Node, Ref
from netwright.specs import tree as trees
from netwright.specs.document import NodeDecl
from netwright.specs.problems import Place, shown, suggest

if TYPE_CHECKING:
    from netwright.composer.elaborate.elaborator import Elaborator

BESIDE_SHARE = ("share", "from", "when", "note")

MAX_CYCLES = 20
"""Cycles of one level that are reported."""


@dataclass(slots=True)
class State:
    """A node on its way: how it is written, then what became of it."""

    name: str
    decl: NodeDecl
    entry: trees.Entry
    target: Target | None = None
    feeds: Feeds | None = None
    live: bool = True
    node: Node | None = None
    """The finished node; stays None for what is poison, left out, or a body that is spliced in."""
    outputs: Mapping[str, tuple[Ref, Any]] | None = None
    """Output -> where it is and its type; None while it is not known, or poison."""
    copies: int = 0
    """How many a repeated node has; 0 if it is not repeated, or not known."""
    reads: set[str] = field(default_factory=set)

    @property
    def tree(self) -> trees.Mapping | None:
        return self.entry.node if isinstance(self.entry.node, trees.Mapping) else None

    @property
    def place(self) -> Place:
        """Where the block is named."""
        tree = self.tree
        if tree is not None and "block" in tree.entries:
            return tree.entries["block"].node.place
        return self.entry.node.place if tree is None else self.entry.key_place

    @property
    def from_place(self) -> Place:
        tree = self.tree
        return (
            tree.entries["from"].node.place
            if tree is not None and "from" in tree.entries
            else self.place
        )


class Level:
    """The nodes of one definition, with its scope and the types of its inputs.

    inputs: name -> Tensor or POISON. captured: what a body reads from the levels around it.
    """

    def __init__(
        self,
        elaborator: Elaborator,
        scope: Scope,
        inputs: Mapping[str, Any],
        captured: Sequence[Capture],
        where: Where,
    ) -> None:
        self.elaborator = elaborator
        self.scope = scope
        self.inputs = dict(inputs)
        self.where = where
        self.captured = {capture.text: capture for capture in captured}
        self.captured_types = {capture.name: capture.type for capture in captured}
        self.states: dict[str, State] = {}
        self.nodes: dict[str, Node] = {}
        self.order: list[str] = []
        """The nodes as they run, also those that are left out; after a body the nodes in it."""
        self.spliced: list[Graph] = []
        """The bodies whose nodes stand in this level; what they say of weights holds here."""
        self.guesses = 0

    # -- in three steps ---------------------------------------------------------------------------------

    def run(self, nodes: Mapping[str, NodeDecl], tree: trees.Mapping) -> bool:
        """Elaborate all nodes. False if something was wrong that leaves no order."""
        for name, decl in nodes.items():
            self.states[name] = State(name, decl, tree.entries[name])
            if name in self.inputs:
                place = tree.entries[name].key_place
                self.where.report("NW202", f"{name} is an input; a node needs another name", place)
        above = next(iter(self.inputs), None)
        befores: dict[str, str | None] = {}
        for state in self.states.values():
            befores[state.name] = above
            above = state.name
        # What shares a module has the block of the node that it names, which may stand below it.
        for state in sorted(self.states.values(), key=lambda each: each.decl.share is not None):
            self._prepare(state, befores[state.name])
        graph = wiring.network({name: state.reads for name, state in self.states.items()})
        order = wiring.order(graph)
        self.network = graph
        for _ in range(MAX_CYCLES):
            if order is not None:
                break
            self._cut(self._report_cycle(wiring.cycle(graph)))
            order = wiring.order(graph)
        if order is None:
            return False
        for name in order:
            state = self.states[name]
            self.order.append(name)
            if state.target is None:
                continue
            try:
                copies.elaborate(self, state)
            except Poisoned:
                state.outputs = None
                if self.elaborator.lookup.tolerant:
                    stand_in(self, state)
        return True

    def _prepare(self, state: State, above: str | None) -> None:
        """Find the block of a node and what it reads."""
        where = self.where.at(state.name)
        try:
            if state.decl.share is not None:
                state.target = self._shared(state, where)
                state.reads.add(state.decl.share)
            else:
                node, lookup = state.entry.node, self.elaborator.lookup
                state.target = target(node, self.scope, lookup, where)
        except Poisoned:
            return
        state.feeds = wiring.feeds(
            state.tree, state.target.ports, above, where, state.target.name, state.place
        )
        for refs in (state.feeds or {}).values():
            state.reads.update(ref.name for ref in refs)
        if state.tree is not None:
            for name, entry in state.tree.entries.items():
                if name != "from" and not isinstance(entry.node, trees.Scalar):
                    state.reads.update(base for base, _ in wiring.body_reads(entry.node))

    def _shared(self, state: State, where: Where) -> Target:
        """The block of the node whose module is used again. Raises Poisoned (reported)."""
        assert state.tree is not None
        entry = state.tree.entries["share"]
        for key, each in state.tree.entries.items():
            if key not in BESIDE_SHARE:
                message = f"beside `share` there is no `{key}`: the module is another node's"
                where.report("NW191", message, each.key_place, help="remove it")
                raise Poisoned
        name = str(state.decl.share)
        other = self.states.get(name)
        if other is None or other is state or other.decl.share is not None:
            near = suggest(name, (each for each in self.states if each != state.name))
            what = "shares a module itself" if other is not None else "is no node of this spec"
            help = f"did you mean `{near}`?" if near else "name the node that has the module"
            where.report("NW202", f"{shown(name)} {what}", entry.node.place, help=help)
            raise Poisoned
        if (
            other.tree is not None
            and {"repeat", "for", "scan", "parallel"} & other.tree.entries.keys()
        ):
            where.report(
                "NW202", f"{name} is repeated: its copies cannot be shared", entry.node.place
            )
            raise Poisoned
        if other.target is None or other.target.body is not None:
            raise Poisoned
        return other.target

    def _report_cycle(self, names: list[str]) -> tuple[str, str]:
        """Report a cycle; returns the node that comes first in the file, and what it should not read."""
        places = [
            (self.states[name].entry.key_place, f"{name} reads {names[i - 1]}")
            for i, name in enumerate(names)
        ]
        start = min(range(len(names)), key=lambda i: (places[i][0].line, places[i][0].column))
        names, places = names[start:] + names[:start], places[start:] + places[:start]
        path = " -> ".join([*names, names[0]])
        self.where.report(
            "NW203",
            f"the nodes form a cycle: {path}",
            self.states[names[0]].from_place,
            label=places[0][1],
            also=tuple(places[1:]),
            help="a node can only read what is computed before it",
        )
        return names[0], names[-1]

    def _cut(self, reads: tuple[str, str]) -> None:
        """Let a node read the node above instead of what makes a cycle, to go on with."""
        name, later = reads
        self.network.remove_edge(later, name)
        state = self.states[name]
        names = [next(iter(self.inputs), None), *self.states]
        above = names[names.index(name, 1) - 1]
        known = self.network.nodes
        if above is None or len(state.feeds or {}) != 1 or later == above:
            return
        for refs in (state.feeds or {}).values():
            if len(refs) == 1:
                refs[0] = Written(above)
        if above in known:
            self.network.add_edge(above, name)

    def resolve(
        self, written: Written, where: Where, place: Place | None = None
    ) -> tuple[Ref, Any]:
        """What a reference means, and its type. Raises Poisoned (reported, or its node is poison)."""
        return references.resolve(self, written, where, place)

    # -- blocks as settings -------------------------------------------------------------------------------

    def closed(self, value: Any, where: Where) -> Any:
        """A block value with the outer values that its bodies read."""
        if not isinstance(value, BlockValue) or value.captures:
            return value
        found: dict[str, Capture] = {}
        for base, scalar in wiring.body_reads(value.tree):
            for written in each_copy(
                self, Written(base, tuple(str(scalar.value).split(".")[1:]), scalar)
            ):
                text = written.text
                known = base in self.inputs or base in self.states or text in self.captured
                if text in found or not known:
                    continue
                name = f"{text.replace('.', '_')}_outer"  # apart from the names where the body goes
                try:
                    ref, kind = self.resolve(written, where)
                    found[text] = Capture(text, name, ref, kind, self)
                except Poisoned:
                    found[text] = Capture(text, name, Ref(name), POISON, self)
        return replace(value, captures=tuple(found.values())) if found else value

    def capture_sources(self, values: Mapping[str, Any]) -> dict[str, tuple[Ref, Any]]:
        """The outer values behind the block values among some settings: name -> where they are here."""
        found: dict[str, tuple[Ref, Any]] = {}
        for value in values.values():
            for capture in value.captures if isinstance(value, BlockValue) else ():
                ref = capture.ref if capture.level is self else Ref(capture.name)
                if capture.type is not None:  # an optional input that is not fed is not read either
                    found[capture.name] = (ref, capture.type)
        return found

    def splice(self, state: State, body: Graph, sources: Mapping[str, Ref], where: Where) -> None:
        """The nodes of a body, as if they stood in this level."""

        def moved(ref: Ref) -> Ref:
            return sources[ref.node] if ref.node in body.inputs else ref

        for name, node in body.nodes.items():
            if name in self.nodes or name in self.states or name in self.inputs:
                message = f"the body's node {name} has the name of another node here"
                where.report("NW202", message, node.place, help="give it another name")
                raise Poisoned
            read = {
                port: tuple(map(moved, ref)) if isinstance(ref, tuple) else moved(ref)
                for port, ref in node.sources.items()
            }
            self.nodes[name] = replace(node, sources=read)
            self.order.append(name)
        state.outputs = {}
        for port, ref in body.results.items():
            assert isinstance(ref, Ref)
            state.outputs[port] = (moved(ref), body.outputs[port])
        self.spliced.append(body)

    def flag(self, key: str, state: State, scope: Scope, where: Where) -> bool:
        """The value of `when`: decided before everything else."""
        if state.tree is None or key not in state.tree.entries:
            return True
        return bool(constant(state.tree.entries[key].node, scope, where, f"`{key}`", bool))
