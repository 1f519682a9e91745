"""Which values the nodes of a graph read and write, as forward holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netwright.composer.emission import drafts
from netwright.composer.emission.taps import Taps, below
from netwright.composer.emission.variables import Id, Step
from netwright.composer.graph import Graph, Node, Ref

ALL = "*"
"""In place of a copy's number: the list of the outputs of all copies."""


class Wiring:
    """The values of one graph: (node, port), and a third for one copy, or the list of all copies.

    Those of an input are ("", name). Nodes that only hand their inputs on have no values.
    """

    def __init__(self, graph: Graph, taps: Taps) -> None:
        self.graph = graph
        self.taps = taps
        self._zipped = {
            source.node
            for node in graph.nodes.values()
            for port, source in node.sources.items()
            if port in node.zipped and isinstance(source, Ref)
        }
        self.copies_read: dict[str, set[int]] = {}
        """Copied node -> the copies before the last that are read by themselves."""
        self._read = references(graph.results.values())
        for node in graph.nodes.values():
            self._read += references(
                source for port, source in node.sources.items() if port not in node.zipped
            )
            self._read += [ref for ref in node.otherwise.values() if ref is not None]
        for ref in self._read:
            if ref.copy is not None and ref.node in graph.nodes:
                read = self.copies_read.setdefault(ref.node, set())
                if ref.copy != graph.nodes[ref.node].copies - 1:
                    read.add(ref.copy)
        self._shared = {node.share for node in graph.nodes.values()}
        self._values = {self.value(ref) for ref in self._read}
        for node in graph.nodes.values():
            self._values |= {self.copied(node, port) for port in node.zipped}

    def collected(self, node: Node) -> bool:
        """Whether the outputs of all copies are kept in a list."""
        if node.parallel or node.name in self._zipped or (node.copies > 1 and not node.chained):
            return node.repeated
        read = self.copies_read.get(node.name, set())
        return bool(read) and (not node.chained or len(read) > 2 or len(read) == node.copies - 1)

    def kept(self, node: Node) -> list[int]:
        """The copies whose outputs are kept one by one."""
        return [] if self.collected(node) else sorted(self.copies_read.get(node.name, ()))

    def behind(self, ref: Ref) -> Ref:
        """What is read, past nodes that only hand their inputs on."""
        while ref.node in self.graph.nodes and drafts.is_wire(self.graph.nodes[ref.node]):
            node = self.graph.nodes[ref.node]
            element = node.runs[0].element
            assert isinstance(element, Graph)
            inner = element.results[ref.port]
            source = node.sources[inner.node] if isinstance(inner, Ref) else None
            assert isinstance(source, Ref), "a wire hands on one tensor"
            ref = source
        return ref

    def value(self, ref: Ref) -> Id:
        """The value that is read there; where it is a list, the copy's number is its index."""
        ref = self.behind(ref)
        if ref.node in self.graph.inputs:
            return ("", ref.node)
        node = self.graph.nodes[ref.node]
        if self.collected(node) and (ref.copy is not None or not node.chained):
            return (ref.node, ref.port, ALL)
        if ref.copy is None or ref.copy == node.copies - 1:
            return (ref.node, ref.port)
        return (ref.node, ref.port, ref.copy)

    def text(self, ref: Ref, variable: Mapping[Id, str]) -> str:
        """The expression that reads it."""
        ref = self.behind(ref)
        found = self.value(ref)
        if isinstance(found, tuple) and found[-1] == ALL:
            return f"{variable[found]}[{-1 if ref.copy is None else ref.copy}]"
        return variable[found]

    def copied(self, node: Node, port: str) -> Id:
        """The list of which each copy of a node reads the element of its number."""
        source = node.sources[port]
        assert isinstance(source, Ref)
        return (source.node, source.port, ALL)

    def reads(self, node: Node) -> list[Id]:
        """The values that a node reads, in order."""
        found: list[Id] = []
        for port, source in node.sources.items():
            if port in node.zipped:
                found.append(self.copied(node, port))
            else:
                found += [self.value(ref) for ref in references([source])]
        stands = [self.value(ref) for ref in node.otherwise.values() if ref is not None]
        return found + [each for each in stands if each not in found]

    def results(self) -> list[Id]:
        """The values that forward returns."""
        return [self.value(ref) for ref in references(self.graph.results.values())]

    def steps(self) -> list[Step]:
        """What runs, in order."""
        return [self._step(node) for node in self.graph.nodes.values() if self.runs(node)]

    def runs(self, node: Node) -> bool:
        """Whether a node runs: not if it is a wire, or only its module is used, by another node."""
        if drafts.is_wire(node):
            return False
        idle = node.name in self._shared and node.share != node.name
        return not idle or not all(self.idle(node, port) for port in node.outputs)

    def idle(self, node: Node, port: str) -> bool:
        """Whether nothing reads an output, of none of the copies."""
        ids = {(node.name, port), (node.name, port, ALL)}
        return not ids & self._values and not below(self.taps, node.name)

    def unread(self) -> set[Id]:
        """Outputs, of several, that nothing reads."""
        return {
            (node.name, port)
            for node in self.graph.nodes.values()
            if len(node.outputs) > 1 and not node.repeated
            for port in node.outputs
            if self.idle(node, port) and not (node.scan and port in node.scan.carried)
        }

    def _step(self, node: Node) -> Step:
        reads = self.reads(node)
        element = node.runs[-1].element
        carried: dict[Id, Id] = {}
        lists: set[Id] = set()
        for port in node.scan.carried if node.scan is not None else ():
            source = chained_from(node, port)
            assert source is not None, "what is carried has a first value"
            carried[node.name, port] = self.value(source)
        for port, taken in node.chained.items():
            source = chained_from(node, taken)
            if node.repeated and source is not None:
                carried[node.name, port] = self.value(source)
        writes: list[tuple[Id, str]] = []
        for port in element.outputs:
            wanted = port if port.isidentifier() else f"{node.name}_{port}"
            if len(element.outputs) == 1:
                wanted = node.name
            if self.collected(node):
                if len(element.outputs) > 1 and not wanted.endswith("s"):
                    wanted = f"{wanted}s"
                if node.chained or not self.idle(node, port):
                    writes.append(((node.name, port, ALL), wanted))
                    lists.add((node.name, port, ALL))
                if not node.chained:
                    continue
                wanted = "y" if len(element.outputs) == 1 else wanted
            writes.append(((node.name, port), wanted))
            writes += [((node.name, port, copy), f"{wanted}_{copy}") for copy in self.kept(node)]
        stateful = drafts.has_weights(element)
        loop = node.repeated or node.scan is not None
        otherwise = {
            self.value(Ref(node.name, port)): self.value(ref)
            for port, ref in node.otherwise.items()
            if ref is not None
        }
        return Step(
            node.name,
            reads,
            writes,
            otherwise,
            stateful,
            loop,
            carried,
            frozenset(lists),
        )


def references(sources: Iterable[Ref | tuple[Ref, ...]]) -> list[Ref]:
    """All that is read, in order."""
    found: list[Ref] = []
    for source in sources:
        found += source if isinstance(source, tuple) else [source]
    return found


def chained_from(node: Node, port: str) -> Ref | None:
    """What the first copy reads where the others read the copy before."""
    source = node.sources.get(port)
    return source[0] if isinstance(source, tuple) else source
