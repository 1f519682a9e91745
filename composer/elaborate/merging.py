"""Merging: one graph of those that a network is with each choice of the inputs that may be left out.

A node that is not there in some of them runs under a condition, and what was read instead of it stands
for it otherwise. What has weights is the same in all, or it is refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NoReturn, TypeVar

from netwright.composer.elaborate import wiring
from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import Poisoned, freeze
from netwright.composer.elaborate.sharing import refuse_joined
from netwright.composer.graph import Element, Graph, Leaf, Node, Pattern, Ref, Run, Varied, held
from netwright.specs.problems import Place
from netwright.specs.tensors import Tensor

_Item = TypeVar("_Item", bound=Hashable)
_Value = TypeVar("_Value")
Column = Mapping[int, Ref | None]
"""What is read at one place, by the number of the graph; None: nothing."""


class Merging:
    """One run over the graphs of a network. Equal elements stay one object."""

    def __init__(self, optional: Sequence[str]) -> None:
        """optional: the inputs of the network that may be left out, for messages."""
        self.optional = optional
        self._known: dict[Hashable, Element] = {}

    def graph(self, graphs: Sequence[Graph], where: Where) -> Graph:
        """One graph for these, of one definition. Raises Poisoned (reported)."""
        distinct = tuple({id(each): each for each in graphs}.values())
        if len(distinct) == 1:
            return distinct[0]
        key = tuple(map(id, distinct))
        if key not in self._known:
            self._known[key] = _Graphs(self, distinct, where).merged()
        found = self._known[key]
        assert isinstance(found, Graph)
        return found

    def leaf(self, variants: Sequence[tuple[frozenset[Pattern], Leaf]]) -> Leaf:
        """One leaf for these, which hold the same."""
        key = tuple((when, id(leaf)) for when, leaf in variants)
        if key not in self._known:
            first = variants[0][1]
            inputs = {
                port: fed
                for _, leaf in reversed(variants)
                for port, fed in leaf.inputs.items()
                if fed is not None
            }
            self._known[key] = Varied(
                first.name, first.block, inputs, first.outputs, variants=tuple(variants)
            )
        found = self._known[key]
        assert isinstance(found, Leaf)
        return found


@dataclass(eq=False, slots=True)
class _Graphs:
    merging: Merging
    graphs: Sequence[Graph]
    where: Where
    optional: tuple[str, ...] = ()
    patterns: list[Pattern] = field(default_factory=list)
    """Of each graph, which optional inputs it reads."""
    position: dict[str, int] = field(default_factory=dict)
    """Node -> its place in an order in which all can run."""
    instead: dict[Ref, dict[int, Ref | None]] = field(default_factory=dict)
    """What is read of a node -> what is read instead, in the graphs without that node."""

    def merged(self) -> Graph:
        first = self.graphs[0]
        names = list(first.inputs)
        self.optional = tuple(
            name for name in names if any(each.inputs.get(name) is None for each in self.graphs)
            and any(each.inputs.get(name) is not None for each in self.graphs)
        )  # fmt: skip
        self.patterns = [
            frozenset(name for name in self.optional if each.inputs.get(name) is not None)
            for each in self.graphs
        ]
        self.position = {
            name: at for at, name in enumerate(_merged(each.nodes for each in self.graphs))
        }
        nodes: dict[str, Node] = {}
        failed = False
        for name in self.position:
            column = {
                at: each.nodes[name] for at, each in enumerate(self.graphs) if name in each.nodes
            }
            try:
                nodes[name] = self._node(name, column)
            except Poisoned:
                failed = True
        if failed:
            raise Poisoned
        results = {
            port: self._source(dict(enumerate(column)), self.where, first)
            for port, column in _columns(each.results for each in self.graphs)
        }
        nodes = self._with_otherwise(nodes)
        self._check_shared(nodes)
        captured = set(first.captured)
        ordered = sorted(names, key=lambda each: (each in captured, each in self.optional))
        fed = {
            name: next((g.inputs[name] for g in self.graphs if g.inputs[name] is not None), None)
            for name in ordered
        }
        return replace(
            first,
            inputs=fed,
            nodes=nodes,
            results=results,
            sizes={name: size for each in reversed(self.graphs) for name, size in each.sizes.items()},
            ties=tuple(_merged(each.ties for each in self.graphs)),
            inits=tuple(_merged(each.inits for each in self.graphs)),
            optional=self.optional,
            patterns=frozenset(self.patterns),
        )  # fmt: skip

    def _refuse(self, what: str, where: Where, at: Node | Graph, help: str) -> NoReturn:
        where.report("NW193", what, at.place, help=help)
        raise Poisoned

    def _said(self) -> str:
        """The inputs that may be left out, as the messages name them: those of the network."""
        return " or ".join(f"`{name}`" for name in self.merging.optional)

    def _when(
        self, numbers: Iterable[int], what: str, where: Where, at: Node
    ) -> frozenset[Pattern]:
        """The patterns of some of the graphs, which the others do not have."""
        own = set(numbers)
        found = frozenset(self.patterns[each] for each in own)
        if any(
            each not in own and self.patterns[each] in found for each in range(len(self.graphs))
        ):
            self._refuse(
                f"{what} depends on whether {self._said()} is left out, which is not known where it stands",
                where,
                at,
                "let the block that it stands in read that input, as an optional one",
            )
        return found

    # Nodes

    def _node(self, name: str, column: Mapping[int, Node]) -> Node:
        first = next(iter(column.values()))
        where = self.where.at(name, _outside(first))
        when = self._when(column, f"whether {name} is there", where, first)
        for each in column.values():
            if each.copies != first.copies or each.repeated != first.repeated:
                self._refuse(
                    f"{name} has {first.copies} copies, and {each.copies} when {self._said()} is left out",
                    where,
                    first,
                    "repeat it as often in both cases: what has weights is always there",
                )
            if _form(each) != _form(first):
                self._refuse(
                    f"how {name} runs differs when {self._said()} is left out",
                    where,
                    first,
                    "write two nodes, one of them under `when`",
                )
        runs = self._runs(column, where)
        ran = self._types([each.ran for each in column.values()], where, first)
        ports = dict.fromkeys(port for each in column.values() for port in each.sources)
        sources = {
            port: self._source({at: each.sources.get(port) for at, each in column.items()}, where, first)
            for port in ports
        }  # fmt: skip
        whole = len(when) == len(set(self.patterns))
        return replace(first, runs=runs, ran=ran, sources=sources, when=None if whole else when)

    def _runs(self, column: Mapping[int, Node], where: Where) -> tuple[Run, ...]:
        """The copies, cut wherever the element changes in one of the graphs."""
        first = next(iter(column.values()))
        starts = {start for each in column.values() for start, _ in each.elements()}
        found: list[Run] = []
        for start, end in pairwise((*sorted(starts), first.copies)):
            runs = {at: _run(each, start) for at, each in column.items()}
            here = where.at(str(start)) if first.repeated else where
            element = self._element({at: run.element for at, run in runs.items()}, here, first)
            if found and found[-1].element is element:
                found[-1] = replace(found[-1], times=found[-1].times + end - start)
            else:
                found.append(replace(next(iter(runs.values())), times=end - start, element=element))
        return tuple(found)

    def _element(self, column: Mapping[int, Element], where: Where, node: Node) -> Element:
        distinct = {id(each): each for each in column.values()}
        elements = tuple(distinct.values())
        if len(elements) == 1:
            return elements[0]
        self._types([each.outputs for each in elements], where, node)
        graphs = [each for each in elements if isinstance(each, Graph)]
        if len(graphs) == len(elements):
            return self.merging.graph(graphs, where)
        if graphs:
            self._refuse(
                f"which block {node.name} is differs when {self._said()} is left out",
                where,
                node,
                "write two nodes, each under `when`",
            )
        return self._leaf(column, where, node)

    def _leaf(self, column: Mapping[int, Element], where: Where, node: Node) -> Leaf:
        from netwright.composer.emission.drafts import own_class
        from netwright.composer.emission.leaves import sample
        from netwright.composer.emission.sharing import told

        alike: list[tuple[Any, Leaf, list[int]]] = []
        for at, each in column.items():
            assert isinstance(each, Leaf)
            said = (sample(each), [port for port, fed in each.inputs.items() if fed is not None])
            same = next((numbers for known, _, numbers in alike if known == said), None)
            if same is None:
                alike.append((said, each, [at]))
            else:
                same.append(at)
        leaves = [leaf for _, leaf, _ in alike]
        if len(leaves) == 1:
            return leaves[0]
        holds = [[told(each) for each in leaf.holdings] for leaf in leaves]
        weights = [[freeze(each) for each in held(leaf)] for leaf in leaves]
        if any(each != holds[0] for each in holds) or any(each != weights[0] for each in weights):
            self._refuse(
                f"{node.name} would be made another way when {self._said()} is left out",
                where,
                node,
                "what has weights is made once: give it the same settings, or write two nodes",
            )
        if any(map(own_class, leaves)):
            self._refuse(
                f"{node.name} cannot differ when {self._said()} is left out: it has several modules",
                where,
                node,
                "write two nodes, each under `when`",
            )
        variants = [
            (self._when(numbers, f"what {node.name} computes", where, node), leaf)
            for _, leaf, numbers in alike
        ]
        return self.merging.leaf(variants)

    def _types(
        self, column: Sequence[Mapping[str, Tensor]], where: Where, node: Node
    ) -> Mapping[str, Tensor]:
        """The outputs of a node, which have one type whatever is given."""
        first = column[0]
        for each in column[1:]:
            for port in {**first, **each}:
                said = [str(types[port]) if port in types else "missing" for types in (first, each)]
                kinds = [_kind(types.get(port)) for types in (first, each)]
                if kinds[0] != kinds[1]:
                    of = (
                        f"the output {port} of {node.name}"
                        if port
                        else f"what comes out of {node.name}"
                    )
                    self._refuse(
                        f"{of} is {said[0]}, and {said[1]} when {self._said()} is left out",
                        where,
                        node,
                        "let it have one shape and one dtype in both cases",
                    )
        return first

    def _check_shared(self, nodes: Mapping[str, Node]) -> None:
        """Refuse a module for which no one class could be written."""
        for node in nodes.values():
            if node.share:
                owner = nodes[node.share].runs[0].element
                for run in node.runs:
                    refuse_joined(
                        owner, run.element, node.share, node.place, self.where.at(node.name)
                    )

    # What is read

    def _source(self, column: Mapping[int, Any], where: Where, at: Node | Graph) -> Any:
        """What an input reads: a reference, or several."""
        several = [each for each in column.values() if isinstance(each, tuple)]
        if not several:
            return self._ref(column, where, at)
        if len({len(each) for each in several}) > 1:
            self._refuse(
                f"how many tensors are read differs when {self._said()} is left out",
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
        if len(found) == 1:
            return found.pop()
        for ref in sorted((each for each in found if each), key=self._at, reverse=True):
            others = {number: each for number, each in column.items() if each != ref}
            if not all(self._may_stand(ref, number, each) for number, each in others.items()):
                continue
            known = self.instead.setdefault(ref, {})
            if all(known.setdefault(number, each) == each for number, each in others.items()):
                return ref
        return self._refuse(
            f"what is read here differs when {self._said()} is left out, in a way that no condition says",
            where,
            at,
            "put `when` on a node of its own, and read that",
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

    def _with_otherwise(self, nodes: Mapping[str, Node]) -> dict[str, Node]:
        """The nodes with what stands for them where they do not run."""
        found: dict[str, dict[str, Ref | None]] = {name: {} for name in nodes}
        for name in reversed(list(nodes)):
            where = self.where.at(name)
            # What stands for one may itself be something for which another stands: an earlier one.
            for ref in [each for each in self.instead if each.node == name]:
                found[name][ref.port] = other = self._ref(self.instead[ref], where, nodes[name])
                if other is not None and other.node in nodes:
                    self._bind(other, nodes[name], nodes[other.node], found[other.node])
        return {name: replace(node, otherwise=found[name]) for name, node in nodes.items()}


    def _bind(self, ref: Ref, node: Node, other: Node, found: dict[str, Ref | None]) -> None:
        """Something stands for what another node would give wherever that is handed on."""
        absent = set(self.patterns) - (node.when or set())
        if other.when is not None and not absent <= other.when:
            found.setdefault(ref.port, None)


def _merged(sequences: Iterable[Iterable[_Item]]) -> list[_Item]:
    """All items, each once, in an order that every one of the sequences has."""
    numbers: dict[_Item, int] = {}
    before: dict[str, set[str]] = {}
    for each in sequences:
        last: set[str] = set()
        for item in each:
            name = str(numbers.setdefault(item, len(numbers)))
            before.setdefault(name, set()).update(last)
            last = {name}
    items = list(numbers)
    ordered = wiring.order(wiring.network(before))
    return items if ordered is None else [items[int(name)] for name in ordered]


def _columns(tables: Iterable[Mapping[str, _Value]]) -> Iterator[tuple[str, list[_Value]]]:
    """The values of each name, of tables with the same names."""
    every = list(tables)
    return ((name, [each[name] for each in every]) for name in every[0])


def _form(node: Node) -> Hashable:
    """How a node runs, apart from what it reads and what stands there."""
    scan = node.scan and (node.scan.over, node.scan.dim, node.scan.carried, freeze(node.scan.steps))
    return (freeze(dict(node.chained)), node.parallel, node.zipped, node.share, scan)


def _run(node: Node, number: int) -> Run:
    """The run in which a copy stands."""
    end = 0
    for run in node.runs:
        end += run.times
        if number < end:
            return run
    raise IndexError(number)


def _kind(tensor: Tensor | None) -> Hashable:
    """What two types that are one have in common; bounds of values aside."""
    return tensor and (freeze(tensor.sizes), tensor.dtype)


def _outside(node: Node) -> Place | None:
    """Whom to blame for what is wrong below a node: the node itself, for blocks of other files."""
    first = node.runs[0].element
    if not isinstance(first, Graph) or first.place is None or node.place is None:
        return None
    return node.place if first.place.source is not node.place.source else None
