"""What nodes read where that depends on what is given: one reference, and what stands for it otherwise."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import Poisoned, freeze
from netwright.composer.graph import Graph, Node, Pattern, Ref
from netwright.specs.tensors import Tensor

Column = Mapping[int, Ref | None]
"""What is read at one place, by the number of the graph; None: nothing."""


def refuse(what: str, where: Where, at: Node | Graph, help: str) -> NoReturn:
    """Report what cannot depend on what is given."""
    where.report("NW193", what, at.place, help=help)
    raise Poisoned


def kind(tensor: Tensor | None) -> Hashable:
    """What two types that are one have in common; bounds of values aside."""
    return tensor and (freeze(tensor.sizes), tensor.dtype)


@dataclass(eq=False, slots=True)
class References:
    """The references of some graphs of one definition, as one graph has them.

    patterns: of each graph, which optional inputs it reads. position: node -> its place in an order in
    which all can run. said: the inputs that may be left out, for messages.
    """

    graphs: Sequence[Graph]
    patterns: Sequence[Pattern]
    position: Mapping[str, int]
    where: Where
    said: str
    failed: set[str] = field(default_factory=set)
    """Nodes of which something wrong is reported."""
    _instead: dict[Ref, dict[int, Ref | None]] = field(default_factory=dict)
    """What is read of a node -> what is read instead, in the graphs without that node."""

    def source(self, column: Mapping[int, Any], where: Where, at: Node | Graph) -> Any:
        """What an input reads: a reference, or several."""
        several = [each for each in column.values() if isinstance(each, tuple)]
        if not several:
            return self._ref(column, where, at)
        if len({len(each) for each in several}) > 1:
            refuse(
                f"how many tensors are read differs when {self.said} is left out",
                where,
                at,
                "read the same ones in both cases",
            )
        return tuple(
            self._ref({n: each and each[number] for n, each in column.items()}, where, at)
            for number in range(len(several[0]))
        )

    def _ref(self, column: Column, where: Where, at: Node | Graph) -> Ref | None:
        """The one reference that means what the column says; what stands for it otherwise is kept."""
        found = set(column.values())
        if any(ref is not None and ref.node in self.failed for ref in found):
            raise Poisoned
        if len(found) == 1:
            return found.pop()
        for ref in sorted((each for each in found if each), key=self._at, reverse=True):
            others = {number: each for number, each in column.items() if each != ref}
            if not all(self._may_stand(ref, number, each) for number, each in others.items()):
                continue
            known = self._instead.setdefault(ref, {})
            if all(known.setdefault(number, each) == each for number, each in others.items()):
                self._check_type(ref, others)
                return ref
        refuse(
            f"what is read here differs when {self.said} is left out, in a way that no condition says",
            where,
            at,
            "put `when` on a node of its own, and read that",
        )

    def _check_type(self, ref: Ref, others: Column) -> None:
        """Refuse what stands for another value and is of another type."""
        graph = next((each for each in self.graphs if ref.node in each.nodes), None)
        if graph is None:
            return  # an input, for which nothing stands
        own = graph.target(ref)
        for number, other in others.items():
            if other is None:
                continue
            stands = self.graphs[number].target(other)
            if kind(stands) == kind(own):
                continue
            node = graph.nodes[ref.node]
            self.failed.add(ref.node)
            refuse(
                f"{ref.node} is {own}; when {self.said} is left out, {other.node} stands for it, "
                f"and is {stands}",
                self.where.at(ref.node),
                node,
                "give both one shape and one dtype, or leave out what reads it as well",
            )

    def _at(self, ref: Ref) -> int:
        return self.position.get(ref.node, -1)

    def _may_stand(self, ref: Ref, number: int, other: Ref | None) -> bool:
        """Whether a reference can mean another one in a graph that does not have its node."""
        graph = self.graphs[number]
        if ref.node in graph.nodes or ref.copy is not None:
            return False
        if ref.node in graph.inputs:
            return graph.inputs[ref.node] is None and other is None
        return other is None or self._at(other) < self._at(ref)

    def with_otherwise(self, nodes: Mapping[str, Node]) -> dict[str, Node]:
        """The nodes with what stands for them where they do not run."""
        found: dict[str, dict[str, Ref | None]] = {name: {} for name in nodes}
        for name in reversed(list(nodes)):
            where = self.where.at(name)
            # What stands for one may itself be something for which another stands: an earlier one.
            for ref in [each for each in self._instead if each.node == name]:
                found[name][ref.port] = other = self._ref(self._instead[ref], where, nodes[name])
                if other is not None and other.node in nodes:
                    self._bind(other, nodes[name], nodes[other.node], found[other.node])
        return {name: replace(node, otherwise=found[name]) for name, node in nodes.items()}

    def _bind(self, ref: Ref, node: Node, other: Node, found: dict[str, Ref | None]) -> None:
        """Something stands for what another node would give wherever that is handed on."""
        absent = set(self.patterns) - (node.when or set())
        if other.when is not None and not absent <= other.when:
            found.setdefault(ref.port, None)
