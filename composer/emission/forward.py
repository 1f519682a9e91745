"""What stands in `forward`: one statement for each node, in an order in which they can run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from netwright.composer.emission import drafts
from netwright.composer.emission.drafts import Draft, own_class
from netwright.composer.emission.names import Names, singular
from netwright.composer.emission.parts import Hole, Statement, key
from netwright.composer.emission.printing import Printer
from netwright.composer.emission.runtime import RuntimeSizes
from netwright.composer.emission.taps import Taps, below, of_copy
from netwright.composer.emission.targets import Targets
from netwright.composer.emission.variables import Id, Step, variables
from netwright.composer.graph import Element, Graph, Leaf, Node, Ref, Run, attribute
from netwright.plugins.expression import Module, Unpack, Weight
from netwright.specs.tensors import Tensor

ALL = "*"
"""In place of a copy's number: the list of the outputs of all copies."""


@dataclass(slots=True)
class Copies:
    """Copies of one node that one loop runs: from `first` to before `end`, with one class of body."""

    first: int
    end: int
    element: Element
    taps: Taps
    draft: Draft | None


@dataclass(slots=True)
class Forward:
    """Writes the forward method of one graph."""

    graph: Graph
    taps: Taps
    targets: Targets
    draft_of: Callable[[Element, Taps, str], Draft]
    root: bool = False
    statements: list[Statement] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    made: dict[str, Draft | None] = field(default_factory=dict)
    """Node without copies -> the draft of its class."""
    cuts: dict[str, list[tuple[int, Element, Draft | None]]] = field(default_factory=dict)
    """Node with copies -> how many in a row, what stands there, the draft of its class."""
    names: Names = field(default_factory=Names)
    _variable: dict[Id, str] = field(default_factory=dict)
    _types: dict[str, Tensor] = field(default_factory=dict)
    _sizes: RuntimeSizes | None = None
    _copies_read: dict[str, set[int]] = field(default_factory=dict)
    _lists: dict[str, int] = field(default_factory=dict)
    """Variables that hold the outputs of all copies of a node, with their number."""

    def write(self) -> RuntimeSizes:
        """Fill `statements`; the sizes that the method could not find itself are in what is returned."""
        graph = self.graph
        inputs = {name: fed for name, fed in graph.inputs.items() if isinstance(fed, Tensor)}
        self.names = Names(self.targets.names())
        for name in inputs:
            self.parameters[name] = self.names.take(name)
        if self.taps:
            self.names.take("taps")
            self.names.take("inner")
        self._sizes = RuntimeSizes(graph.shapes, inputs, self.parameters, self.names)
        self._find_copies()
        nodes = [node for node in graph.nodes.values() if not drafts.is_wire(node)]
        steps = [self._step(node) for node in nodes]
        reserved = Names(self.targets.names())
        for word in (*self._sizes.words(), "taps", "inner"):
            reserved.add(word)
        for node in graph.nodes.values():
            if node.repeated:
                reserved.add(singular(node.name))
        results = [self._id(ref) for ref in self._results()]
        own: dict[Id, str] = {("", name): variable for name, variable in self.parameters.items()}
        self._variable = variables(own, steps, results, reserved)
        for name in self._variable.values():
            self.names.add(name)
        for value, name in own.items():
            self._types[name] = inputs[value[1]]  # type: ignore[index]
        for node in graph.nodes.values():
            if drafts.is_wire(node):
                self._tap_wire(node)
            else:
                self._node(node)
        self._return()
        opening: list[Statement] = [(0, (line,)) for line in self._sizes.unpacking()]
        if self.taps:
            opening.append((0, ("taps: dict[str, Tensor] = {}",)))
        self.statements[:0] = opening
        return self._sizes

    # Values

    def _find_copies(self) -> None:
        """Which copies of repeated nodes are read by themselves."""
        everything = [
            source for node in self.graph.nodes.values() for source in node.sources.values()
        ]
        for ref in _refs([*everything, *self.graph.results.values()]):
            if ref.copy is not None and ref.node in self.graph.nodes:
                node = self.graph.nodes[ref.node]
                if ref.copy != node.copies - 1:
                    self._copies_read.setdefault(ref.node, set()).add(ref.copy)
                else:
                    self._copies_read.setdefault(ref.node, set())

    def _collected(self, node: Node) -> bool:
        """Whether the outputs of all copies are kept in a list."""
        read = self._copies_read.get(node.name, set())
        return bool(read) and (not node.chained or len(read) > 2 or len(read) == node.copies - 1)

    def _behind(self, ref: Ref) -> Ref:
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

    def _id(self, ref: Ref) -> Id:
        ref = self._behind(ref)
        if ref.node in self.graph.inputs:
            return ("", ref.node)
        node = self.graph.nodes[ref.node]
        if ref.copy is None or ref.copy == node.copies - 1:
            if ref.copy is not None and self._collected(node):
                return (ref.node, ref.port, ALL)
            return (ref.node, ref.port)
        return (ref.node, ref.port, ALL if self._collected(node) else ref.copy)

    def _text(self, ref: Ref) -> str:
        ref = self._behind(ref)
        found = self._id(ref)
        variable = self._variable[found]
        if len(found) == 3 and found[2] == ALL:  # type: ignore[arg-type,index]
            return f"{variable}[{ref.copy}]"
        return variable

    def _results(self) -> list[Ref]:
        return _refs(self.graph.results.values())

    def _step(self, node: Node) -> Step:
        reads = [self._id(ref) for ref in _refs(node.sources.values())]
        element = node.runs[-1].element
        ports = list(element.outputs)
        carried: dict[Id, Id] = {}
        if node.repeated:
            for port, taken in node.chained.items():
                source = node.sources.get(taken)
                if isinstance(source, Ref):
                    carried[(node.name, port)] = self._id(source)
        writes: list[tuple[Id, str]] = []
        for port in ports:
            wanted = (
                node.name
                if len(ports) == 1
                else port
                if port.isidentifier()
                else f"{node.name}_{port}"
            )
            if self._collected(node):
                writes.append(((node.name, port, ALL), wanted))
                if not node.chained:
                    continue
            writes.append(((node.name, port), wanted))
            for copy in sorted(self._copies_read.get(node.name, ())):
                if not self._collected(node):
                    writes.append(((node.name, port, copy), f"{wanted}_{copy}"))
        stateful = drafts.has_weights(element)
        return Step(node.name, reads, writes, stateful, node.repeated, carried)

    # Statements

    def _node(self, node: Node) -> None:
        taps = below(self.taps, node.name)
        if not node.repeated:
            element = node.runs[0].element
            draft = self._draft(
                element, frozenset(t for t in taps if self._inner(element, t)), node
            )
            self.made[node.name] = draft
            targets = {port: self._variable[(node.name, port)] for port in element.outputs}
            operands = self._operands(node)
            self._apply(
                element, draft, f"self.{node.name}", operands, targets, node, 0, f'"{node.name}.'
            )
            self._tap_outputs(node.name, element, taps, targets, 0)
        else:
            self._loops(node, taps)
        for port, tensor in node.outputs.items():
            name = self._variable.get((node.name, port))
            if name is not None:
                self._types[name] = tensor

    def _tap_wire(self, node: Node) -> None:
        element = node.runs[0].element
        targets = {port: self._text(Ref(node.name, port)) for port in element.outputs}
        self._tap_outputs(node.name, element, below(self.taps, node.name), targets, 0)

    def _inner(self, element: Element, tap: tuple[str, ...]) -> bool:
        return isinstance(element, Graph) and bool(tap) and tap[0] in element.nodes

    def _draft(self, element: Element, taps: Taps, node: Node) -> Draft | None:
        return self.draft_of(element, taps, node.name) if own_class(element) else None

    def _operands(
        self, node: Node, carried: Mapping[str, str] | None = None
    ) -> dict[str, str | list[str]]:
        found: dict[str, str | list[str]] = {}
        for port, source in node.sources.items():
            if carried and port in carried:
                found[port] = carried[port]
            elif isinstance(source, tuple):
                found[port] = [self._text(ref) for ref in source]
            else:
                found[port] = self._text(source)
        return found

    def _apply(
        self,
        element: Element,
        draft: Draft | None,
        holder: str,
        operands: Mapping[str, str | list[str]],
        targets: Mapping[str, str],
        node: Node,
        depth: int,
        tap_prefix: str,
    ) -> None:
        """The statement that runs an element and binds its outputs."""
        if draft is not None:
            self._call(element, draft, holder, operands, targets, depth, tap_prefix)
            return
        assert isinstance(element, Leaf)
        built = element.built
        printer = self.printer(element, holder, operands, node.name, depth)
        if isinstance(built, Mapping):
            printer.count(list(built.values()))
            for port, value in built.items():
                parts = printer.statement_parts(value)
                self._flush(printer)
                self.statements.append((depth, (f"{targets[port]} = ", *parts)))
            return
        value = built.value if isinstance(built, Unpack) else built
        parts = printer.statement_parts(value)
        self._flush(printer)
        left = _pattern(drafts.pattern(element), targets) or next(iter(targets.values()))
        if parts == (left,):
            return  # a block that hands its input on
        self.statements.append((depth, (f"{left} = ", *parts)))

    def printer(
        self,
        leaf: Leaf,
        holder: str,
        operands: Mapping[str, str | list[str]],
        node: str,
        depth: int,
    ) -> Printer:
        assert self._sizes is not None
        printer = leaf_printer(
            leaf, holder, operands, node, depth, self._sizes, self.targets, self.names, self._types
        )
        printer.lists = self._lists
        return printer

    def _flush(self, printer: Printer) -> None:
        self.statements += printer.before
        printer.before.clear()

    def _call(
        self,
        element: Element,
        draft: Draft,
        holder: str,
        operands: Mapping[str, str | list[str]],
        targets: Mapping[str, str],
        depth: int,
        tap_prefix: str,
    ) -> None:
        """`x = self.layer(x, mask)`, with the sizes that its forward asks for."""
        arguments: list[str] = []
        for port in draft.ports:
            fed = operands[port]
            arguments += fed if isinstance(fed, list) else [fed]
        assert self._sizes is not None
        at_hand = self._types
        arguments += [self._sizes.text(size, at_hand) for _, size in draft.extra]
        left = ", ".join(targets[port] for port in element.outputs)
        if draft.taps:
            left = f"({left}), inner" if len(targets) > 1 else f"{left}, inner"
        self.statements.append((depth, (f"{left} = {holder}({', '.join(arguments)})",)))
        if draft.taps:
            name = "{name}"
            key = f'f{tap_prefix}{name}"' if tap_prefix else "name"
            line = f"taps.update({{{key}: each for name, each in inner.items()}})"
            self.statements.append((depth, (line,)))

    def _tap_outputs(
        self,
        path: str,
        element: Element,
        taps: Taps,
        targets: Mapping[str, str],
        depth: int,
        quote: str = '"',
    ) -> None:
        """Keep outputs of an element that are tapped themselves."""
        for tap in sorted(taps):
            if self._inner(element, tap):
                continue
            port = tap[0] if tap else next(iter(targets))
            name = ".".join((path, *tap))
            self.statements.append((depth, (f'taps[{quote}{name}"] = {targets[port]}',)))

    # Copies

    def _groups(self, node: Node, taps: Taps) -> list[Copies]:
        """The copies, cut where the body changes, or where one copy's output is kept."""
        cuts = {0, node.copies}
        numbered = {int(tap[0]) for tap in taps if tap and tap[0].isdigit()}
        cuts |= {each for number in numbered for each in (number, number + 1)}
        if not self._collected(node):
            cuts |= {copy + 1 for copy in self._copies_read.get(node.name, ())}
        groups: list[Copies] = []
        for first, run in _numbered(node):
            element, end = run.element, first + run.times
            edges = sorted({first, end, *(cut for cut in cuts if first < cut < end)})
            for start, stop in zip(edges, edges[1:], strict=False):
                own = of_copy(taps, start)
                inner = frozenset(tap for tap in own if self._inner(element, tap))
                draft = self._draft(element, inner, node)
                groups.append(Copies(start, stop, element, own, draft))
        runs = self.cuts[node.name] = []
        for group in groups:
            times = group.end - group.first
            if runs and runs[-1][1] is group.element and runs[-1][2] is group.draft:
                times += runs.pop()[0]
            runs.append((times, group.element, group.draft))
        merged: list[Copies] = []
        for group in groups:
            before = merged[-1] if merged else None
            if (
                before is not None
                and group.first not in cuts
                and before.taps == group.taps
                and self._alike(before, group)
            ):
                before.end = group.end
            else:
                merged.append(group)
        return merged

    def _alike(self, a: Copies, b: Copies) -> bool:
        """Whether one loop body does for both."""
        if a.draft is not None and b.draft is not None:
            return (a.draft.parameters, a.draft.taps) == (
                b.draft.parameters,
                b.draft.taps,
            ) and not (a.draft.extra or b.draft.extra)
        if a.draft is not None or b.draft is not None:
            return False
        assert isinstance(a.element, Leaf) and isinstance(b.element, Leaf)
        return self._sample(a.element) == self._sample(b.element)

    def _sample(self, leaf: Leaf) -> Any:
        operands: dict[str, str | list[str]] = {
            name: [f"{name}{number}" for number in range(len(fed))]
            if isinstance(fed, tuple)
            else name
            for name, fed in leaf.inputs.items()
            if fed is not None
        }
        used = RuntimeSizes({}, {}, {}, Names())
        printer = leaf_printer(leaf, "copy", operands, "node", 0, used, Targets(), Names(), {})
        built = leaf.built
        values = (
            list(built.values()) if isinstance(built, Mapping) else [getattr(built, "value", built)]
        )
        parts = [printer.statement_parts(value) for value in values]
        return [
            tuple(key(part.value) if isinstance(part, Hole) else part for part in each)
            for each in [*parts, *(parts for _, parts in printer.before)]
        ]

    def _loops(self, node: Node, taps: Taps) -> None:
        element = node.runs[-1].element
        collected = self._collected(node)
        lists = (
            {p: self._variable[(node.name, p, ALL)] for p in element.outputs} if collected else {}
        )
        targets: dict[str, str] = {}
        for port in element.outputs:
            name = self._variable.get((node.name, port))
            targets[port] = name or self.names.take(singular(lists[port]))
        carried = {taken: targets[port] for port, taken in node.chained.items()}
        for taken, variable in carried.items():
            source = node.sources.get(taken)
            if isinstance(source, Ref) and self._text(source) != variable:
                self.statements.append((0, (f"{variable} = {self._text(source)}",)))
        for name in lists.values():
            self.statements.append((0, (f"{name} = []",)))
            self._types.pop(name, None)
            self._lists[name] = node.copies
        operands = self._operands(node, carried)
        own_tap = frozenset(
            tap for tap in taps if not tap or (not tap[0].isdigit() and tap[0] != "*")
        )
        taps -= own_tap
        for group in self._groups(node, taps):
            self._loop(node, group, operands, targets, lists)
            for copy in sorted(self._copies_read.get(node.name, ())):
                if not collected and copy == group.end - 1:
                    for port in element.outputs:
                        kept = self._variable[(node.name, port, copy)]
                        self.statements.append((0, (f"{kept} = {targets[port]}",)))
        self._tap_outputs(node.name, element, own_tap, targets, 0)

    def _loop(
        self,
        node: Node,
        group: Copies,
        operands: Mapping[str, str | list[str]],
        targets: Mapping[str, str],
        lists: Mapping[str, str],
    ) -> None:
        """One loop over copies, or the single statement of one copy."""
        element = group.element
        whole = group.first == 0 and group.end == node.copies
        stateless = isinstance(element, Leaf) and not element.holdings
        depth = 1
        single = group.end - group.first == 1 and not whole
        loop = self.names.take(singular(node.name)) if not single else ""
        path = f"{node.name}.{group.first}"
        quote = '"'
        if single:
            holder, depth = f"self.{node.name}[{group.first}]", 0
        else:
            holder = loop
            part = (
                f"self.{node.name}" if whole else f"self.{node.name}[{_range(group, node.copies)}]"
            )
            if group.taps:
                index = self.names.take("index")
                path, quote = f"{node.name}.{{{index}}}", 'f"'
                begin = f", start={group.first}" if group.first else ""
                header = f"for {index}, {loop} in enumerate({part}{begin}):"
                if stateless:
                    header = f"for {index} in range({_bounds(group)}):"
            elif stateless:
                header = f"for _ in range({group.end - group.first}):"
            else:
                header = f"for {loop} in {part}:"
            self.statements.append((0, (header,)))
        tap_prefix = f'"{path}.'
        self._apply(element, group.draft, holder, operands, targets, node, depth, tap_prefix)
        self._tap_outputs(path, element, group.taps, targets, depth, quote)
        for port, name in lists.items():
            self.statements.append((depth, (f"{name}.append({targets[port]})",)))

    # The end

    def _return(self) -> None:
        values = {
            name: "(" + ", ".join(self._text(ref) for ref in source) + ")"
            if isinstance(source, tuple)
            else self._text(source)
            for name, source in self.graph.results.items()
        }
        dictionary = self.graph.form == "dict" and self.root
        if dictionary:
            result = "{" + ", ".join(f'"{name}": {text}' for name, text in values.items()) + "}"
        elif len(values) == 1:
            (result,) = values.values()
            if self.graph.form == "tuple" and self.root:
                result = f"({result},)"
        else:
            result = ", ".join(values.values())
        if self.taps:
            result = (
                f"({result}), taps" if len(values) > 1 and not dictionary else f"{result}, taps"
            )
        last = self.statements[-1] if self.statements else None
        if last is not None and last[0] == 0 and not self.taps:
            prefix = f"{result} = "
            first = last[1][0]
            if isinstance(first, str) and first.startswith(prefix):
                self.statements[-1] = (0, (f"return {first.removeprefix(prefix)}", *last[1][1:]))
                return
        self.statements.append((0, (f"return {result}",)))


def leaf_printer(
    leaf: Leaf,
    holder: str,
    operands: Mapping[str, str | list[str]],
    node: str,
    depth: int,
    sizes: RuntimeSizes,
    targets: Targets,
    names: Names,
    types: Mapping[str, Tensor],
) -> Printer:
    """A printer for a leaf whose one module or weight is `holder` (or whose attributes are the holder's)."""
    flat: dict[str, str] = {}
    at_hand: dict[str, Tensor] = {}
    for port, text in operands.items():
        fed = leaf.inputs.get(port)
        if isinstance(text, list) and isinstance(fed, tuple):
            for number, each in enumerate(text):
                flat[f"{port}.{number}"] = each
                at_hand[each] = fed[number]
        elif isinstance(text, str):
            flat[port] = text
            if isinstance(fed, Tensor):
                at_hand[text] = fed
    attributes = own_class(leaf)

    def holding(held: Module | Weight) -> str:
        if not attributes:
            return holder
        return f"{holder}.{held.name if isinstance(held, Weight) else attribute(held)}"

    settings: dict[Any, str] = {}
    for name, value in leaf.block.settings().items():
        if isinstance(value, (int, float, str, tuple)):
            settings.setdefault((type(value), value), name)
    return Printer(
        flat, holding, targets, sizes.text, {**types, **at_hand}, settings, names, node, depth
    )


def _refs(sources: Any) -> list[Ref]:
    found: list[Ref] = []
    for source in sources:
        found += source if isinstance(source, tuple) else [source]
    return found


def _pattern(names: Any, targets: Mapping[str, str]) -> str:
    """The left side of an unpacking: `output, (h, c)`."""
    if names is None:
        return ""

    def show(each: Any, top: bool = False) -> str:
        if isinstance(each, str):
            return targets.get(each, "_")
        inside = ", ".join(show(one) for one in each)
        return (f"{inside}," if len(each) == 1 else inside) if top else f"({inside})"

    return show(names, True)


def _numbered(node: Node) -> list[tuple[int, Run]]:
    """The runs of a node, each with the number of its first copy."""
    found: list[tuple[int, Run]] = []
    number = 0
    for run in node.runs:
        found.append((number, run))
        number += run.times
    return found


def _range(group: Copies, copies: int) -> str:
    first = str(group.first) if group.first else ""
    end = str(group.end) if group.end != copies else ""
    return f"{first}:{end}"


def _bounds(group: Copies) -> str:
    return f"{group.first}, {group.end}" if group.first else f"{group.end}"
