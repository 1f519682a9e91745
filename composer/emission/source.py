"""The file: imports, functions, one class for each distinct composite, the network last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netwright.composer.emission import construct, weights
from netwright.composer.emission.classes import Class, Classes
from netwright.composer.emission.docstrings import docstring, header
from netwright.composer.emission.drafts import Draft, is_wire, leaves
from netwright.composer.emission.forward import Forward
from netwright.composer.emission.layout import lines
from netwright.composer.emission.leaves import leaf_printer
from netwright.composer.emission.names import Names
from netwright.composer.emission.parts import Hole, Make, Part, Statement
from netwright.composer.emission.runtime import RuntimeSizes
from netwright.composer.emission.taps import Taps, checked
from netwright.composer.emission.targets import Targets, import_lines
from netwright.composer.graph import Element, Graph, Leaf, Node, attribute
from netwright.plugins.expression import Unpack, Weight
from netwright.specs.collecting import paused_collector

_DOCSTRING = re.compile(r'^    """.*?"""$', re.MULTILINE | re.DOTALL)


@paused_collector()
def emit_graph(graph: Graph, taps: Sequence[str] = ()) -> str:
    """The Python source of the network, as `ruff format` leaves it.

    taps: paths of nodes; forward then returns `(output, {path: tensor})`.
    """
    return _File(graph, checked(graph, taps)).text()


@dataclass(slots=True)
class _File:
    graph: Graph
    taps: Taps
    targets: Targets = field(default_factory=Targets)
    options: construct.Options = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    _known: dict[tuple[int, Taps], Draft] = field(default_factory=dict)

    def text(self) -> str:
        self.options = construct.options(leaves(self.graph))
        self._draft(self.graph, self.taps, {})
        classes = Classes(self.drafts)
        names = Names(self.targets.names())
        classes.name_all(self.graph.name, names)
        body: list[str] = []
        for each in self.targets.definitions.values():
            body += (
                ["", ""] if each.startswith(("def ", "class ", "@")) or not body else []
            ) + each.splitlines()
        if any(draft.methods for draft in self.drafts if getattr(draft.element, "ties", ())):
            body += ["", "", *weights.RETIE_SOURCE.splitlines()]
        for made in classes.all:
            body += ["", "", *self._class(made, classes)]
        code = _DOCSTRING.sub("", "\n".join(body))
        imports = import_lines(code, self.targets.imports)
        return "\n".join([*header(self.graph), *imports, *body]) + "\n"

    # Drafts

    def _draft(self, element: Element, taps: Taps, scope: Mapping[str, int]) -> Draft:
        found = self._known.get((id(element), taps))
        if found is None:
            if isinstance(element, Graph):
                found = self._composite(element, taps, scope)
            else:
                found = self._leaf(element)
            self._known[(id(element), taps)] = found
            self.drafts.append(found)
        return found

    def _leaf(self, leaf: Leaf) -> Draft:
        operands: dict[str, str | list[str]] = {}
        names = Names(self.targets.names())
        for port, fed in leaf.inputs.items():
            if isinstance(fed, tuple):
                operands[port] = [names.take(f"{port}_{number}") for number in range(len(fed))]
            elif fed is not None:
                operands[port] = names.take(port)
        flat = tuple(
            each
            for text in operands.values()
            for each in ([text] if isinstance(text, str) else text)
        )
        draft = Draft(leaf, leaf.name.rpartition("/")[2], flat, tuple(operands))
        for held in leaf.holdings:
            if isinstance(held, Weight):
                draft.construct.append(construct.weight(held, held.name, held.name, self.targets))
            else:
                own = attribute(held)
                draft.construct.append(
                    (
                        0,
                        (
                            f"self.{own} = ",
                            *construct.module(leaf, held, self.targets, own, self.options),
                        ),
                    )
                )
        sizes = RuntimeSizes({}, {}, {}, names)
        printer = leaf_printer(leaf, "self", operands, leaf.name, 0, sizes, self.targets, names, {})
        built = leaf.built
        values = (
            list(built.values())
            if not isinstance(built, Unpack) and isinstance(built, dict)
            else [built]
        )
        printer.count(
            [getattr(each, "value", each) if isinstance(each, Unpack) else each for each in values]
        )
        parts: list[Part] = []
        for number, each in enumerate(values):
            parts += [", "] if number else []
            parts += printer.statement_parts(each.value if isinstance(each, Unpack) else each)
        draft.forward = [*printer.before, (0, ("return ", *parts))]
        draft.extra = tuple(sizes.extra)
        draft.returns = _returns(leaf)
        return draft

    def _composite(self, graph: Graph, taps: Taps, scope: Mapping[str, int]) -> Draft:
        children: list[tuple[str, Draft]] = []

        own = {name: size for name, size in graph.sizes.items() if type(size) is int}
        scope = {**own, **{name: size for name, size in scope.items() if name not in graph.sizes}}

        def child(element: Element, below: Taps, node: str) -> Draft:
            made = self._draft(element, below, scope)
            children.append((node, made))
            return made

        root = graph is self.graph
        forward = Forward(graph, taps, self.targets, child, root=root)
        sizes = forward.write()
        ports = tuple(forward.parameters)
        draft = Draft(
            graph, graph.name.rpartition("/")[2], tuple(forward.parameters.values()), ports
        )
        draft.root = root
        draft.optional = frozenset(forward.optional.values())
        draft.scope = scope
        draft.forward = forward.statements
        draft.extra = tuple(sizes.extra)
        draft.taps = tuple(sorted(".".join(tap) for tap in taps))
        draft.returns = _returns(graph, root)
        if taps:
            draft.returns = f"tuple[{draft.returns}, dict[str, Tensor]]"
        for node in graph.nodes.values():
            draft.construct += self._members(node, forward)
        if graph.ties:
            draft.methods += weights.tying(graph)
            draft.construct.append((0, ("self.tie_weights()",)))
            draft.construct.append(
                (0, (f"self.register_load_state_dict_post_hook({weights.RETIE})",))
            )
        if root and (methods := weights.initialising(graph, self.targets)):
            draft.methods += methods
            draft.construct.append((0, ("self.init_weights()",)))
        first = {id(made): (made, place) for place, made in reversed(children)}
        for made, place in reversed(first.values()):
            draft.children.append(made)
            draft.places.append(place)
        return draft

    def _members(self, node: Node, forward: Forward) -> list[Statement]:
        """The statements that make what a node holds."""
        if is_wire(node) or node.share not in ("", node.name):
            return []
        if not node.repeated or node.share:
            return self._member(node, node.runs[0].element, forward.made[node.name])
        copies: list[Part] = []
        runs = forward.cuts[node.name]
        kind = "nn.ParameterList" if _is_bare(node.runs[0].element) else "nn.ModuleList"
        if all(made is None and not element.holdings for _, element, made in runs):  # type: ignore[union-attr]
            return []
        for number, (times, element, made) in enumerate(runs):
            each = self._object(node, element, made)
            total = Hole(node.copies, f"num_{node.name}")
            total.less = node.copies - times
            if len(runs) == 1 and times > 1:
                copies = [*each, " for _ in range(", total, ")"]
                return [(0, (f"self.{node.name} = {kind}(", *copies, ")"))]
            copies += [", "] if number else []
            copies += each if times == 1 else ["*(", *each, " for _ in range(", total, "))"]
        return [(0, (f"self.{node.name} = {kind}([", *copies, "])"))]

    def _object(self, node: Node, element: Element, made: Draft | None) -> tuple[Part, ...]:
        """The expression that makes one copy."""
        if made is not None:
            return (Make(made),)
        assert isinstance(element, Leaf)
        if not element.holdings:  # beside copies that hold something
            return ("nn.Identity()",)
        (held,) = element.holdings
        if isinstance(held, Weight):
            assert held.trainable, f"{node.name}: torch has no list of buffers"
            return "nn.Parameter(", *construct.tensor(held, node.name, self.targets), ")"
        return construct.module(element, held, self.targets, node.name, self.options)

    def _member(self, node: Node, element: Element, made: Draft | None) -> list[Statement]:
        if made is not None:
            return [(0, (f"self.{node.name} = ", Make(made)))]
        assert isinstance(element, Leaf)
        if not element.holdings:
            return []
        (held,) = element.holdings
        if isinstance(held, Weight):
            return [construct.weight(held, node.name, node.name, self.targets)]
        return [
            (
                0,
                (
                    f"self.{node.name} = ",
                    *construct.module(element, held, self.targets, node.name, self.options),
                ),
            )
        ]

    # Text

    def _class(self, made: Class, classes: Classes) -> list[str]:
        draft = made.draft
        init, forward = classes.resolved(made)
        written = [f"class {made.name}(nn.Module):", *docstring(made, made is classes.root)]
        arguments = "".join(f", {each.name}: {_annotation(each.values)}" for each in made.arguments)
        stored = [(0, f"self.{each.name} = {each.name}") for each in made.arguments if each.stored]
        if init or stored:
            written.append("")
            written += lines(f"def __init__(self{arguments}) -> None:", 4)
            written.append("        super().__init__()")
            for depth, text in [*stored, *init]:
                written += lines(text, 8 + 4 * depth)
        written.append("")
        written += lines(f"def forward(self{_parameters(draft)}) -> {draft.returns}:", 4)
        for depth, text in forward:
            written += lines(text, 8 + 4 * depth)
        for method in draft.methods:
            written += ["", *method.splitlines()]
        return written


def _parameters(draft: Draft) -> str:
    """The parameters of forward, after self."""
    written = "".join(f", {name}: int" for name, _ in draft.extra)
    is_last = not written
    for name in reversed(draft.parameters):
        is_last = is_last and name in draft.optional  # what follows a default needs one, too
        kind = "Tensor | None" if name in draft.optional else "Tensor"
        written = f", {name}: {kind}{' = None' if is_last else ''}{written}"
    return written


def _is_bare(element: Element) -> bool:
    """Whether it is a parameter and nothing else."""
    return isinstance(element, Leaf) and [type(held) for held in element.holdings] == [Weight]


def _returns(element: Element, root: bool = False) -> str:
    if isinstance(element, Graph) and root:
        if element.form == "dict":
            return "dict[str, Tensor]"
        if element.form == "tuple":
            return f"tuple[{', '.join(['Tensor'] * len(element.results))}]"
    several = len(element.outputs)
    return "Tensor" if several == 1 else f"tuple[{', '.join(['Tensor'] * several)}]"


def _annotation(values: Sequence[Any]) -> str:
    kinds: list[str] = []
    for value in values:
        kind = "None" if value is None else type(value).__name__
        if isinstance(value, tuple):
            kind = (
                f"tuple[{', '.join(type(each).__name__ for each in value)}]"
                if value
                else "tuple[()]"
            )
        if kind not in kinds:
            kinds.append(kind)
    if "float" in kinds and "int" in kinds:
        kinds.remove("int")
    return " | ".join(sorted(kinds, key=lambda kind: kind == "None"))
