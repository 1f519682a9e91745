"""What stands in `forward`: one statement for each node, in an order in which they can run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from netwright.composer.emission import drafts, optional, repeats, scans
from netwright.composer.emission import taps as tapped
from netwright.composer.emission.conditions import Conditional
from netwright.composer.emission.drafts import Draft, own_class
from netwright.composer.emission.leaves import Operands, leaf_printer, operand_types, pattern
from netwright.composer.emission.names import Names, singular
from netwright.composer.emission.parts import Hole, Part, Statement, literal
from netwright.composer.emission.printing import Printer
from netwright.composer.emission.runtime import RuntimeSizes
from netwright.composer.emission.sharing import Met, join
from netwright.composer.emission.taps import Taps, below, inner
from netwright.composer.emission.targets import Targets
from netwright.composer.emission.variables import Id, variables
from netwright.composer.emission.wiring import Wiring
from netwright.composer.graph import Element, Graph, Leaf, Node, Ref, Varied
from netwright.plugins.expression import Unpack, Weight
from netwright.specs.sizes import Symbolic
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
    met: dict[str, Met] = field(default_factory=dict)
    """Node whose module is used at several places -> what its class must suit."""
    _inside: dict[str, Taps] = field(default_factory=dict)
    """The same -> what is tapped inside it at any of the places."""
    variable: dict[Id, str] = field(default_factory=dict)
    types: dict[str, Tensor] = field(default_factory=dict)
    _sizes: RuntimeSizes | None = None
    wiring: Wiring = field(init=False)
    loop_names: dict[str, str] = field(default_factory=dict)
    lists: dict[str, int] = field(default_factory=dict)
    """Variables that hold the outputs of all copies of a node, with their number."""
    optional: dict[str, str] = field(default_factory=dict)
    """Input that may be left out -> its parameter, which is then None."""
    conditional: Conditional = field(init=False)

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
        self.optional = {name: self.parameters[name] for name in graph.may_lack}
        self.conditional = Conditional(graph, self.optional)
        present = {name: fed for name, fed in inputs.items() if name not in self.optional}
        self._sizes = RuntimeSizes(graph.shapes, present, self.parameters, self.names)
        self.wiring = Wiring(graph, self.taps)
        self._meet()
        reserved = Names(self.targets.names())
        for word in (*self._sizes.words(), "taps", "inner"):
            reserved.add(word)
        for node in graph.nodes.values():
            if node.repeated:
                reserved.add(singular(node.name))
        own: dict[Id, str] = {("", name): variable for name, variable in self.parameters.items()}
        asked = [("", name) for name in self.optional]  # conditions ask for them
        self.variable = variables(
            own, self.wiring.steps(), self.wiring.results(), reserved, kept=asked
        )
        self.variable.update(dict.fromkeys(self.wiring.unread(), "_"))
        for name in self.variable.values():
            self.names.add(name)
        for name, variable in self.parameters.items():
            self.types[variable] = inputs[name]
        for node in graph.nodes.values():
            optional.guarded(self, node)
        self.statements += self.conditional.close()
        self._return()
        opening: list[Statement] = [(0, (line,)) for line in self._sizes.unpacking()]
        if self.taps:
            opening.append((0, ("taps: dict[str, Tensor] = {}",)))
        self.statements[:0] = opening
        return self._sizes

    def text(self, ref: Ref) -> str:
        return self.wiring.text(ref, self.variable)

    # Statements

    def run(self, node: Node) -> None:
        """The statements of a node that runs, or what its module is made of."""
        if drafts.is_wire(node):
            self._tap_wire(node)
        elif self.wiring.runs(node):
            self._node(node)
        elif node.name in self.met:
            element = self.met[node.name].element
            self.made[node.name] = self.draft(element, self._inside[node.name], node)

    def _node(self, node: Node) -> None:
        taps = below(self.taps, node.name)
        if node.repeated:
            repeats.write(self, node, taps)
        elif node.scan is not None:
            scans.write(self, node, node.scan, taps)
        else:
            self._single(node, taps)
        for port, tensor in node.outputs.items():
            name = self.variable.get((node.name, port))
            if name is not None and name != "_":
                self.types[name] = tensor
                self.conditional.bind(name, None, None)

    def _single(self, node: Node, taps: Taps) -> None:
        element = node.runs[0].element
        draft = self.shared_draft(node, element, taps)
        holder = f"self.{node.share or node.name}"
        if isinstance(element, Leaf) and draft is None and isinstance(element.built, Weight):
            # A parameter is read where it is used.
            self.variable.update({(node.name, port): holder for port in element.outputs})
        targets = {port: self.variable[(node.name, port)] for port in element.outputs}
        self.apply(element, draft, holder, self.operands(node), targets, node, 0, taps)
        self.tap_outputs(node.name, tapped.own(element, taps), targets, 0)

    # Modules that are met at several places

    def _meet(self) -> None:
        """Find the modules that are shared, and what each of their classes must suit."""
        places: dict[str, list[Node]] = {}
        for node in self.graph.nodes.values():
            if node.share:
                owner = self.graph.nodes[node.share]
                nodes = places.setdefault(owner.name, [] if owner is node else [owner])
                nodes.append(node)
        for name, nodes in places.items():
            elements = [run.element for node in nodes for run in node.runs]
            first = elements[0]
            if isinstance(first, Leaf) and not first.holdings:
                continue  # nothing is held: it is written again
            self.met[name] = join(elements, name, nodes[-1].place, len(self.met))
            self._inside[name] = frozenset(
                tap
                for node in nodes
                for tap in inner(first, tapped.of_any(below(self.taps, node.name), node.repeated))
            )

    def shared_draft(self, node: Node, element: Element, taps: Taps) -> Draft | None:
        """The draft of what stands at a node; if its module is shared, the one for all its places."""
        name = node.share or node.name
        if name in self.met:
            draft = self.draft(self.met[name].element, self._inside[name], node)
        else:
            draft = self.draft(element, inner(element, taps), node)
        if not node.share or node.share == node.name:
            self.made[node.name] = draft
        return draft

    def _tap_wire(self, node: Node) -> None:
        element = node.runs[0].element
        targets = {port: self.text(Ref(node.name, port)) for port in element.outputs}
        taps = tapped.own(element, below(self.taps, node.name))
        self.tap_outputs(node.name, taps, targets, 0)

    def draft(self, element: Element, taps: Taps, node: Node) -> Draft | None:
        return self.draft_of(element, taps, node.name) if own_class(element) else None

    def operands(
        self, node: Node, carried: Mapping[str, str] | None = None
    ) -> dict[str, str | list[str]]:
        """What is handed to each input; carried: those that are in variables of a loop."""
        found: dict[str, str | list[str]] = {}
        for port, source in node.sources.items():
            if port in node.zipped:
                continue
            if isinstance(source, tuple):
                texts = [self.text(ref) for ref in source]
                found[port] = [carried[port], *texts[1:]] if carried and port in carried else texts
            elif carried and port in carried:
                found[port] = carried[port]
            else:
                found[port] = self.text(source)
        for port, variable in (carried or {}).items():
            found.setdefault(port, variable)  # an optional input that the first copy is not given
        return found

    def apply(
        self,
        element: Element,
        draft: Draft | None,
        holder: str,
        operands: Operands,
        targets: Mapping[str, str],
        node: Node,
        depth: int,
        taps: Taps,
        path: str = "",
    ) -> None:
        """The statement that runs an element and binds its outputs.

        path: of the element, for its taps; with braces around the name of a number.
        """
        if draft is not None:
            self._call(element, draft, holder, operands, targets, node, depth, taps, path)
            return
        assert isinstance(element, Leaf)
        if isinstance(element, Varied):
            optional.varied(self, element, holder, operands, targets, node, depth)
            return
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
            leaf,
            holder,
            operands,
            node,
            depth,
            self._sizes,
            self.targets,
            self.names,
            self.types,
            self.conditional.present,
        )
        printer.lists = self.lists
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
        node: Node,
        depth: int,
        taps: Taps,
        path: str,
    ) -> None:
        """`x = self.layer(x, mask)`, with the sizes that its forward asks for."""
        arguments: list[str] = []
        for port in draft.ports:
            fed = operands[port]
            arguments += fed if isinstance(fed, list) else [fed]
        assert self._sizes is not None
        at_hand = self.conditional.present(
            {**self.types, **operand_types(element.inputs, operands)}
        )
        sizes: list[Part] = []
        met = self.met.get(node.share or node.name)
        for _, size in draft.extra:
            here = size if met is None else met.size(size, element)
            sizes += [", "] if arguments or sizes else []
            if isinstance(here, Symbolic):
                sizes.append(self._sizes.text(here, at_hand))
            else:
                sizes.append(Hole(here, f"{node.name}_size"))
        left = ", ".join(targets[port] for port in element.outputs)
        wanted = inner(element, taps)
        if draft.taps:
            several = f"({left})" if len(targets) > 1 else left
            left = f"{several}, inner" if wanted else f"{several}, _"
        call = f"{left} = {holder}({', '.join(arguments)}"
        self.statements.append((depth, (call, *sizes, ")") if sizes else (f"{call})",)))
        if draft.taps and wanted:
            key = f'f"{path or node.name}.{{name}}"'
            line = f"taps.update({{{key}: each for name, each in inner.items()}})"
            if wanted != self._inside.get(node.share or node.name, wanted):
                names = literal(tuple(tapped.expanded(element, wanted)))
                line = f"{line[:-2]} if name in {names}}})"
            self.statements.append((depth, (line,)))

    def loop_name(self, wanted: str) -> str:
        """A name for what lives in a loop: the same in all loops."""
        if wanted not in self.loop_names:
            self.loop_names[wanted] = self.names.take(wanted)
        return self.loop_names[wanted]

    def tap_outputs(
        self,
        path: str,
        taps: Taps,
        targets: Mapping[str, str],
        depth: int,
        quote: str = '"',
    ) -> None:
        """Keep outputs of an element that are tapped themselves."""
        for tap in sorted(taps):
            port = tap[0] if tap else next(iter(targets))
            name = ".".join((path, *tap))
            self.statements.append((depth, (f'taps[{quote}{name}"] = {targets[port]}',)))

    # The end

    def _return(self) -> None:
        values = {
            name: "(" + ", ".join(self.text(ref) for ref in source) + ")"
            if isinstance(source, tuple)
            else self.text(source)
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
