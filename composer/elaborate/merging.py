"""Merging: one graph of those that a network is with each choice of the inputs that may be left out.

A node that is not there in some of them runs under a condition, and what was read instead of it stands
for it otherwise. What has weights is the same in all, or it is refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, TypeVar

from netwright.composer.elaborate import wiring
from netwright.composer.elaborate.reporting import Where
from netwright.composer.elaborate.scope import POISON, Poison, Poisoned, freeze
from netwright.composer.elaborate.sharing import refuse_joined
from netwright.composer.elaborate.standing import References, kind, refuse
from netwright.composer.graph import Element, Graph, Leaf, Node, Pattern, Run, Varied, held
from netwright.specs.problems import Place
from netwright.specs.tensors import Tensor

_Item = TypeVar("_Item")
_Value = TypeVar("_Value")


class Merging:
    """One run over the graphs of a network. Equal elements stay one object."""

    def __init__(self, optional: Sequence[str]) -> None:
        """optional: the inputs of the network that may be left out, for messages."""
        self.optional = optional
        self._known: dict[Hashable, Element | Poison] = {}

    def graph(self, graphs: Sequence[Graph], where: Where) -> Graph:
        """One graph for these, of one definition. Raises Poisoned (reported)."""
        distinct = tuple({id(each): each for each in graphs}.values())
        if len(distinct) == 1:
            return distinct[0]
        key = tuple(map(id, distinct))
        found = self._known.get(key)
        if found is None:
            try:
                found = _Graphs(self, distinct, where).merged()
            except Poisoned:
                found = POISON
            self._known[key] = found
        if not isinstance(found, Graph):
            raise Poisoned
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
    references: References = field(init=False)

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
        position = {name: at for at, name in enumerate(_merged(each.order for each in self.graphs))}
        self.references = References(self.graphs, self.patterns, position, self.where, self._said())
        failed = self.references.failed
        nodes: dict[str, Node] = {}
        for name in position:
            column = {
                at: each.nodes[name] for at, each in enumerate(self.graphs) if name in each.nodes
            }
            try:
                if column:
                    nodes[name] = self._node(name, column)
            except Poisoned:
                failed.add(name)
        if failed:
            raise Poisoned
        results = {
            port: self.references.source(dict(enumerate(column)), self.where, first)
            for port, column in _columns(each.results for each in self.graphs)
        }
        nodes = self.references.with_otherwise(nodes)
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
            order=tuple(position),
            results=results,
            sizes={name: size for each in reversed(self.graphs) for name, size in each.sizes.items()},
            ties=tuple(_merged(each.ties for each in self.graphs)),
            inits=tuple(_merged(each.inits for each in self.graphs)),
            may_lack=self.optional,
            patterns=frozenset(self.patterns),
        )  # fmt: skip

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
            refuse(
                f"{what} depends on whether {self._said()} is left out, which is not known where it stands",
                where,
                at,
                "let the block in which it stands take that input, as an optional one, and ask `given` there",
            )
        return found

    # Nodes

    def _node(self, name: str, column: Mapping[int, Node]) -> Node:
        first = next(iter(column.values()))
        where = self.where.at(name, _outside(first))
        when = self._when(column, f"whether {name} is there", where, first)
        for each in column.values():
            if each.copies != first.copies or each.repeated != first.repeated:
                refuse(
                    f"{name} has {first.copies} copies, and {each.copies} when {self._said()} is left out",
                    where,
                    first,
                    "repeat it as often in both cases: what has weights is always there",
                )
            if _form(each) != _form(first):
                refuse(
                    f"how {name} runs differs when {self._said()} is left out",
                    where,
                    first,
                    "write two nodes, one of them under `when`",
                )
        sources: dict[str, Any] = {}
        for port in dict.fromkeys(port for each in column.values() for port in each.sources):
            read = {at: each.sources.get(port) for at, each in column.items()}
            sources[port] = self.references.source(read, where, first)
        runs = self._runs(column, where)
        ran = self._types([each.ran for each in column.values()], where, first)
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
            refuse(
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
            said = (
                sample(each),
                [port for port, fed in each.inputs.items() if fed is not None],
                [told(held) for held in each.holdings],
            )
            same = next((numbers for known, _, numbers in alike if known == said), None)
            if same is None:
                alike.append((said, each, [at]))
            else:
                same.append(at)
        leaves = [leaf for _, leaf, _ in alike]
        if len(leaves) == 1:
            return leaves[0]
        difference = _difference(leaves)
        if difference is not None:
            refuse(
                f"{node.name} would be made another way when {self._said()} is left out{difference}",
                where,
                node,
                "it is made once, for all uses: give it the same settings and sizes in all",
            )
        if any(map(own_class, leaves)):
            refuse(
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
                kinds = [kind(types.get(port)) for types in (first, each)]
                if kinds[0] != kinds[1]:
                    of = (
                        f"the output {port} of {node.name}"
                        if port
                        else f"what comes out of {node.name}"
                    )
                    refuse(
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


def _merged(sequences: Iterable[Iterable[_Item]]) -> list[_Item]:
    """All items, each once, in an order that every one of the sequences has."""
    numbers: dict[Hashable, int] = {}
    items: list[_Item] = []
    before: dict[str, set[str]] = {}
    for each in sequences:
        last: set[str] = set()
        for item in each:
            name = str(numbers.setdefault(freeze(item), len(numbers)))
            if len(numbers) > len(items):
                items.append(item)
            before.setdefault(name, set()).update(last)
            last = {name}
    ordered = wiring.order(wiring.network(before))
    return items if ordered is None else [items[int(name)] for name in ordered]


def _columns(tables: Iterable[Mapping[str, _Value]]) -> Iterator[tuple[str, list[_Value]]]:
    """The values of each name, of tables with the same names."""
    every = list(tables)
    return ((name, [each[name] for each in every]) for name in every[0])


def _difference(leaves: Sequence[Leaf]) -> str | None:
    """In what leaves differ that would have to hold the same; None: in nothing."""
    from netwright.composer.emission.sharing import told

    first, *others = [{name: f"{list(sizes)}" for name, sizes, _ in held(leaf)} for leaf in leaves]
    for each in others:
        for name in {**first, **each}:
            said = [sizes.get(name, "missing") for sizes in (first, each)]
            if said[0] != said[1]:
                return f": {name or 'the parameter'} is {said[0]}, and {said[1]}"
    made = [[told(each) for each in leaf.holdings] for leaf in leaves]
    return "" if any(each != made[0] for each in made) else None


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


def _outside(node: Node) -> Place | None:
    """Whom to blame for what is wrong below a node: the node itself, for blocks of other files."""
    first = node.runs[0].element
    if not isinstance(first, Graph) or first.place is None or node.place is None:
        return None
    return node.place if first.place.source is not node.place.source else None
