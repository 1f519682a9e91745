"""A graph as plugins see it: a `Network` of plain nodes, each distinct one once."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.composer.counting import Counter
from netwright.composer.graph import Element, Graph, Leaf, Node, Ref
from netwright.plugins import network as views
from netwright.specs.problems import Place, Source
from netwright.specs.tensors import Tensor


def network(graph: Graph) -> views.Network:
    """The whole network; of equal elements the first, with how often it occurs."""
    return views.Network(
        name=graph.name,
        description=graph.description,
        inputs={name: fed for name, fed in graph.inputs.items() if isinstance(fed, Tensor)},
        outputs=dict(graph.outputs),
        nodes=tuple(_View(graph).nodes()),
    )


def plugins_in(graph: Graph) -> tuple[str, ...]:
    """The namespaces of the blocks in a network."""
    return tuple(dict.fromkeys(name.rpartition("/")[0] for name in blocks_of_plugins(graph)))


def blocks_of_plugins(graph: Graph) -> tuple[str, ...]:
    """The names of the blocks in a network that are not netwright's own or the spec's."""
    return tuple(dict.fromkeys(each.name for each in _elements(graph) if "/" in each.name))


def _elements(graph: Graph) -> Iterator[Element]:
    """Every distinct element, the graph itself first."""
    seen: set[int] = set()
    waiting: list[Element] = [graph]
    while waiting:
        element = waiting.pop()
        if id(element) in seen:
            continue
        seen.add(id(element))
        yield element
        if isinstance(element, Graph):
            waiting += [run.element for node in element.nodes.values() for run in node.runs]


class _View:
    """One walk over a graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._counter = Counter()
        self._times = _occurrences(graph)
        self._seen: set[tuple[int, int]] = set()
        self._source = graph.place.source if graph.place is not None else None

    def nodes(self) -> Iterator[views.Node]:
        """Outside inwards, in the order of running. Not by recursion: networks may be deep."""
        outermost: list[tuple[Graph, str, Place | None]] = [(self._graph, "", None)]
        waiting = [iter(outermost)]
        while waiting:
            graph, prefix, blame = next(waiting[-1], (None, "", None))
            if graph is None:
                waiting.pop()
                continue
            inner: list[tuple[Graph, str, Place | None]] = []
            for node in graph.nodes.values():
                place = _within(self._source, node.place) or blame
                for number, run in enumerate(node.runs):
                    if (id(node), number) in self._seen:
                        continue
                    self._seen.add((id(node), number))
                    path = prefix + _numbered(node, number)
                    yield self._node(graph, node, number, path, prefix, place)
                    if isinstance(run.element, Graph) and self._first(run.element):
                        inner.append((run.element, f"{path}.", place))
            waiting.append(iter(inner))

    def _first(self, element: Element) -> bool:
        mark = (id(element), -1)
        new = mark not in self._seen
        self._seen.add(mark)
        return new

    def _node(
        self, graph: Graph, node: Node, number: int, path: str, prefix: str, place: Place | None
    ) -> views.Node:
        run = node.runs[number]
        element = run.element
        parameters = self._counter.totals(element).parameters
        return views.Node(
            path=path,
            block=element.name if isinstance(element, Leaf) or "/" in element.name else node.block,
            kind="block" if isinstance(element, Leaf) else "composite",
            settings=element.block.settings()
            if isinstance(element, Leaf)
            else dict(element.params),
            inputs=dict(element.inputs),
            outputs=dict(element.outputs),
            reads={port: _paths(prefix, ref) for port, ref in node.sources.items()},
            parameters=parameters if isinstance(parameters, int) else 0,
            times=self._times[id(graph)] * run.times,
            place=place,
        )


def _occurrences(graph: Graph) -> dict[int, int]:
    """How often each distinct graph occurs, by its id: those around it come first."""
    order: list[Graph] = []
    entered: set[int] = set()
    waiting: list[tuple[Graph, bool]] = [(graph, False)]
    while waiting:
        each, done = waiting.pop()
        if done:
            order.append(each)
        elif id(each) not in entered:
            entered.add(id(each))
            waiting.append((each, True))
            waiting += [(inner, False) for inner, _ in _inner(each)]
    times = {id(each): 0 for each in order}
    times[id(graph)] = 1
    for each in reversed(order):
        for inner, copies in _inner(each):
            times[id(inner)] += times[id(each)] * copies
    return times


def _inner(graph: Graph) -> Iterator[tuple[Graph, int]]:
    for node in graph.nodes.values():
        for run in node.runs:
            if isinstance(run.element, Graph):
                yield run.element, run.times


def _numbered(node: Node, number: int) -> str:
    if not node.repeated or node.share:
        return node.name
    return f"{node.name}.{sum(run.times for run in node.runs[:number])}"


def _paths(prefix: str, read: Ref | tuple[Ref, ...]) -> tuple[str, ...]:
    refs = read if isinstance(read, tuple) else (read,)
    return tuple(prefix + ".".join(filter(None, (each.node, each.port))) for each in refs)


def _within(source: Source | None, place: Place | None) -> Place | None:
    """The place if it is in the file that was opened."""
    return place if place is not None and place.source is source else None
