"""Wiring: what each node reads, as a networkx graph of one level; order, cycles, what nothing reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

from netwright.composer.elaborate.reporting import Where, fix_word
from netwright.plugins.block import Port
from netwright.specs import tree as trees
from netwright.specs.problems import shown, suggest


@dataclass(frozen=True, slots=True)
class Written:
    """A reference as written: `name[.copy][.port]`, and where (None: the node above, not written)."""

    name: str
    rest: tuple[str, ...] = ()
    node: trees.Node | None = None

    @property
    def text(self) -> str:
        return ".".join((self.name, *self.rest))


def reference(node: trees.Node, where: Where) -> Written | None:
    """The reference in a value; None (reported) if it is none."""
    if isinstance(node, trees.Scalar) and isinstance(node.value, str) and node.value:
        name, *rest = node.value.split(".")
        if all(
            (part.isascii() and part.isalnum()) or part.isidentifier() or part == "*"
            for part in (name, *rest)
        ):
            return Written(name, tuple(rest), node)
    where.report(
        "NW201",
        f"expected a reference such as `conv1`, `stages.0` or `split.1`, got {shown(node.plain())}",
        node.place,
        help="name a node or an input of this spec" if isinstance(node, trees.Scalar) else "",
    )
    return None


Feeds = dict[str, list[Written]]


def feeds(
    node: trees.Mapping | None,
    ports: tuple[Port, ...],
    above: str | None,
    where: Where,
    block: str,
    place: Any,
) -> Feeds | None:
    """What a node reads, by input of its block. None (reported) if that cannot be said."""
    entry = node.entries.get("from") if node is not None else None
    first = ports[0] if ports else None
    result: Feeds = {}
    wrong = False
    if entry is None:
        if first is not None and above is not None:
            result[first.name] = [Written(above)]
    elif isinstance(entry.node, trees.Mapping):
        known = {port.name: port for port in ports}
        for name, each in entry.node.entries.items():
            if name not in known:
                near = suggest(name, known)
                where.report(
                    "NW204",
                    f"{block} has no input {shown(name)}",
                    each.key_place,
                    notes=(f"its inputs are {', '.join(known) or 'none: it reads nothing'}",),
                    help=f"did you mean `{near}`?" if near else "",
                    fix=fix_word(each, near),
                )
                wrong = True
                continue
            items = _items(each.node)
            if isinstance(each.node, trees.Sequence) and not known[name].variadic:
                where.report(
                    "NW204",
                    f"{block}: the input {name} takes one reference, not a list",
                    each.node.place,
                )
                wrong = True
                continue
            read = [reference(item, where) for item in items]
            wrong = wrong or None in read
            result[name] = [ref for ref in read if ref is not None]
        if first is not None and first.name not in result and above is not None:
            result[first.name] = [Written(above)]
    else:
        items = _items(entry.node)
        read = [reference(item, where) for item in items]
        wrong = None in read
        refs = [ref for ref in read if ref is not None]
        if first is not None and first.variadic:
            result[first.name] = refs
        elif len(items) > len(ports):
            names = ", ".join(port.name for port in ports)
            what = f"{len(ports)} input{'s' if len(ports) != 1 else ''} ({names})"
            where.report(
                "NW204",
                f"{block} has {what if ports else 'no inputs'}, not {len(items)}",
                entry.node.place,
            )
            wrong = True
        else:
            result.update({port.name: [ref] for port, ref in zip(ports, refs, strict=False)})
    for port in ports:
        if not wrong and not port.optional and not result.get(port.name):
            names = ", ".join(f"{each.name}: …" for each in ports)
            where.report(
                "NW206",
                f"{block}: nothing feeds the input {port.name}",
                entry.node.place if entry is not None else place,
                help=f"say `from: {{{names}}}`",
            )
            wrong = True
    return None if wrong else result


def _items(node: trees.Node) -> list[trees.Node]:
    return node.items if isinstance(node, trees.Sequence) else [node]


_GIVEN = re.compile(r"\bgiven\(\s*(\w+)\s*\)")


def body_reads(
    tree: trees.Node, bound: frozenset[str] = frozenset()
) -> Iterator[tuple[str, trees.Scalar]]:
    """References in the bodies inside a setting that reach out of them: (name, where it is written).

    To ask `given(name)` is to read it: what a body computes depends on it.
    """
    if isinstance(tree, trees.Sequence):
        for item in tree.items:
            yield from body_reads(item, bound)
    if isinstance(tree, trees.Scalar) and "given" in tree.text:
        for name in _GIVEN.findall(tree.text):
            if name not in bound:
                place = (tree.source, tree.start, tree.end)
                yield name, trees.Scalar(*place, name, name, quoted=False)
    if not isinstance(tree, trees.Mapping):
        return
    inner = bound if "block" in tree.entries else bound | tree.entries.keys() | {"x"}
    for name, entry in tree.entries.items():
        if name == "from":
            for scalar in _scalars(entry.node):
                base = str(scalar.value).partition(".")[0]
                if base not in bound:
                    yield base, scalar
        else:
            yield from body_reads(entry.node, inner)


def _scalars(tree: trees.Node) -> Iterator[trees.Scalar]:
    if isinstance(tree, trees.Scalar):
        yield tree
    elif isinstance(tree, trees.Sequence):
        for item in tree.items:
            yield from _scalars(item)
    else:
        for entry in tree.entries.values():
            yield from _scalars(entry.node)


def network(reads: Mapping[str, Iterable[str]]) -> nx.DiGraph[str]:
    """The nodes of a level in the file's order, with an edge from what is read to what reads it."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(reads)
    graph.add_edges_from(
        (read, name) for name, sources in reads.items() for read in sources if read in reads
    )
    return graph


def order(graph: nx.DiGraph[str]) -> list[str] | None:
    """An order in which the nodes can run, as near to the file's as possible; None if there is a cycle."""
    position = {name: index for index, name in enumerate(graph)}
    try:
        return list(nx.lexicographical_topological_sort(graph, key=position.__getitem__))
    except nx.NetworkXUnfeasible:
        return None


def cycle(graph: nx.DiGraph[str]) -> list[str]:
    """The nodes of one cycle, each reading the one before it."""
    return [source for source, _ in nx.find_cycle(graph)]


def needed(graph: nx.DiGraph[str], results: Iterable[str]) -> set[str]:
    """The nodes that the results depend on."""
    found = {name for name in results if name in graph}
    waiting = list(found)
    while waiting:
        for name in graph.predecessors(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found
