"""What stands in `forward`: one statement for each node, in an order in which they can run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from netwright.composer.emission import copies, drafts
from netwright.composer.emission.copies import Copies
from netwright.composer.emission.drafts import Draft, own_class
from netwright.composer.emission.leaves import Operands, leaf_printer, operand_types, pattern
from netwright.composer.emission.names import Names, singular
from netwright.composer.emission.parts import Statement
from netwright.composer.emission.printing import Printer
from netwright.composer.emission.runtime import RuntimeSizes
from netwright.composer.emission.taps import Taps, below, inner
from netwright.composer.emission.targets import Targets
from netwright.composer.emission.variables import Id, variables
from netwright.composer.emission.wiring import ALL, Wiring, chained_from
from netwright.composer.graph import Element, Graph, Leaf, Node, Ref
from netwright.plugins.expression import Unpack, Weight
from netwright.specs.tensors import Tensor


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
    _wiring: Wiring = field(init=False)
    _loop_names: dict[str, str] = field(default_factory=dict)
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
        self._wiring = Wiring(graph)
        reserved = Names(self.targets.names())
        for word in (*self._sizes.words(), "taps", "inner"):
            reserved.add(word)
        for node in graph.nodes.values():
            if node.repeated:
                reserved.add(singular(node.name))
        own: dict[Id, str] = {("", name): variable for name, variable in self.parameters.items()}
        self._variable = variables(own, self._wiring.steps(), self._wiring.results(), reserved)
        self._variable.update(dict.fromkeys(self._wiring.unread(self.taps), "_"))
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

    def _text(self, ref: Ref) -> str:
        return self._wiring.text(ref, self._variable)

    # Statements

    def _node(self, node: Node) -> None:
        taps = below(self.taps, node.name)
        if not node.repeated:
            element = node.runs[0].element
            draft = self._draft(element, inner(element, taps), node)
            self.made[node.name] = draft
            if isinstance(element, Leaf) and draft is None and isinstance(element.built, Weight):
                # A parameter is read where it is used.
                self._variable.update(
                    {(node.name, port): f"self.{node.name}" for port in element.outputs}
                )
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
            if name not in (None, "_"):
                self._types[name] = tensor

    def _tap_wire(self, node: Node) -> None:
        element = node.runs[0].element
        targets = {port: self._text(Ref(node.name, port)) for port in element.outputs}
        self._tap_outputs(node.name, element, below(self.taps, node.name), targets, 0)

    def _draft(self, element: Element, taps: Taps, node: Node) -> Draft | None:
        return self.draft_of(element, taps, node.name) if own_class(element) else None

    def _operands(
        self, node: Node, carried: Mapping[str, str] | None = None
    ) -> dict[str, str | list[str]]:
        found: dict[str, str | list[str]] = {}
        for port, source in node.sources.items():
            if isinstance(source, tuple):
                texts = [self._text(ref) for ref in source]
                found[port] = [carried[port], *texts[1:]] if carried and port in carried else texts
            elif carried and port in carried:
                found[port] = carried[port]
            else:
                found[port] = self._text(source)
        return found

    def _apply(
        self,
        element: Element,
        draft: Draft | None,
        holder: str,
        operands: Operands,
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
                if targets[port] == "_":
                    continue
                parts = printer.statement_parts(value)
                self._flush(printer)
                self.statements.append((depth, (f"{targets[port]} = ", *parts)))
            return
        value = built.value if isinstance(built, Unpack) else built
        parts = printer.statement_parts(value)
        self._flush(printer)
        left = next(iter(targets.values()))
        if left.startswith("self."):
            return
        if (nested := drafts.pattern(element)) is not None:
            left = pattern(nested, targets)
        if parts == (left,):
            return  # a block that hands its input on
        self.statements.append((depth, (f"{left} = ", *parts)))

    def printer(
        self,
        leaf: Leaf,
        holder: str,
        operands: Operands,
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
        operands: Operands,
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
        at_hand = {**self._types, **operand_types(element.inputs, operands)}
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
        inside = inner(element, taps)
        for tap in sorted(taps):
            if tap in inside:
                continue
            port = tap[0] if tap else next(iter(targets))
            name = ".".join((path, *tap))
            self.statements.append((depth, (f'taps[{quote}{name}"] = {targets[port]}',)))

    # Copies

    def _loops(self, node: Node, taps: Taps) -> None:
        element = node.runs[-1].element
        collected = self._wiring.collected(node)
        lists = (
            {p: self._variable[(node.name, p, ALL)] for p in element.outputs} if collected else {}
        )
        targets: dict[str, str] = {}
        for port in element.outputs:
            name = self._variable.get((node.name, port))
            targets[port] = name or self.names.take(singular(lists[port]))
        carried = {taken: targets[port] for port, taken in node.chained.items()}
        for taken, variable in carried.items():
            source = chained_from(node, taken)
            if source is not None and self._text(source) != variable:
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
        for variable in targets.values():
            self._types.pop(variable, None)  # in the loop it holds now this, now that
        kept = self._wiring.kept(node)
        groups = copies.cut(node, taps, kept, lambda each, own: self._draft(each, own, node))
        self._remember(node, groups)
        for group in copies.loops(groups, taps, kept):
            self._loop(node, group, operands, targets, lists)
            if group.end - 1 in kept:
                for port in element.outputs:
                    variable = self._variable[node.name, port, group.end - 1]
                    self.statements.append((0, (f"{variable} = {targets[port]}",)))
        self._tap_outputs(node.name, element, own_tap, targets, 0)

    def _remember(self, node: Node, groups: list[Copies]) -> None:
        """Keep how many copies of what stand in a row."""
        runs = self.cuts[node.name] = []
        for group in groups:
            times = group.end - group.first
            if runs and runs[-1][1] is group.element and runs[-1][2] is group.draft:
                times += runs.pop()[0]
            runs.append((times, group.element, group.draft))

    def _name(self, wanted: str) -> str:
        """A name for loops: the same for all loops over one node."""
        if wanted not in self._loop_names:
            self._loop_names[wanted] = self.names.take(wanted)
        return self._loop_names[wanted]

    def _loop(
        self,
        node: Node,
        group: Copies,
        operands: Operands,
        targets: Mapping[str, str],
        lists: Mapping[str, str],
    ) -> None:
        """One loop over copies, or the single statement of one copy."""
        element = group.element
        whole = group.first == 0 and group.end == node.copies
        stateless = isinstance(element, Leaf) and not element.holdings
        depth = 1
        single = group.end - group.first == 1 and not whole
        loop = self._name(singular(node.name)) if not single else ""
        path = f"{node.name}.{group.first}"
        quote = '"'
        if single:
            holder, depth = f"self.{node.name}[{group.first}]", 0
        else:
            holder = loop
            part = f"self.{node.name}" if whole else f"self.{node.name}[{group.slice(node.copies)}]"
            if group.taps:
                index = self._name("index")
                path, quote = f"{node.name}.{{{index}}}", 'f"'
                begin = f", start={group.first}" if group.first else ""
                header = f"for {index}, {loop} in enumerate({part}{begin}):"
                if stateless:
                    header = f"for {index} in range({group.bounds()}):"
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
