"""Copies of a node in `forward`: loops, lists of what every copy gives, calls of one module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netwright.composer.emission import copies
from netwright.composer.emission import taps as tapped
from netwright.composer.emission.copies import Copies
from netwright.composer.emission.names import singular
from netwright.composer.emission.parts import Part, Statement
from netwright.composer.emission.taps import Taps
from netwright.composer.emission.wiring import ALL, chained_from
from netwright.composer.graph import Leaf, Node

if TYPE_CHECKING:
    from netwright.composer.emission.forward import Forward


def write(forward: Forward, node: Node, taps: Taps) -> None:
    """The statements that run the copies of a node."""
    _Repeat(forward, node, taps).write()


class _Repeat:
    def __init__(self, forward: Forward, node: Node, taps: Taps) -> None:
        self.forward = forward
        self.node = node
        self.own_tap = frozenset(
            tap for tap in taps if not tap or (not tap[0].isdigit() and tap[0] != "*")
        )
        self.taps = taps - self.own_tap
        element = node.runs[-1].element
        self.lists = {
            port: forward.variable[node.name, port, ALL]
            for port in element.outputs
            if (node.name, port, ALL) in forward.variable
        }
        self.kept = forward.wiring.kept(node)
        self.targets: dict[str, str] = {}
        self.used: set[str] = set()
        """Names of this node's loops."""
        self.zipped = {
            forward.variable[forward.wiring.copied(node, port)]: "" for port in node.zipped
        }
        self.holder = self._name(singular(node.name)) if not node.share else ""
        for name in self.zipped:
            one = singular(name)
            self.zipped[name] = self._name(f"each_{name}" if one == "layer" else one)
        for port in element.outputs:
            name = forward.variable.get((node.name, port), "")
            if not name:
                wanted = port if port.isidentifier() else f"{node.name}_{port}" if port else "y"
                name = self._name(wanted) if port in self.lists else "_"
            self.targets[port] = name

    def _name(self, wanted: str) -> str:
        """A name for loops: the same for loops over one thing, another for another in the same loop."""
        number = 1
        name = wanted
        while name in self.used:
            number += 1
            name = f"{wanted}_{number}"
        self.used.add(name)
        return self.forward.loop_name(name)

    def write(self) -> None:
        forward, node = self.forward, self.node
        carried = {taken: self.targets[port] for port, taken in node.chained.items()}
        for taken, variable in carried.items():
            source = chained_from(node, taken)
            if source is not None and forward.text(source) != variable:
                forward.statements.append((0, (f"{variable} = {forward.text(source)}",)))
        for name in self.lists.values():
            forward.types.pop(name, None)
            forward.lists[name] = node.copies
        operands = forward.operands(node, carried)
        for variable in self.targets.values():
            forward.types.pop(variable, None)  # in the loop it holds now this, now that
        groups = copies.cut(
            node, self.taps, self.kept, lambda each, own: forward.shared_draft(node, each, own)
        )
        self._remember(groups)
        groups = copies.loops(groups, self.taps, self.kept)
        if not self._collected(groups, operands):
            for name in self.lists.values():
                forward.statements.append((0, (f"{name} = []",)))
            for group in groups:
                self._loop(group, operands)
        outputs = {
            port: f"{self.lists[port]}[-1]" if port in self.lists and not node.chained else target
            for port, target in self.targets.items()
        }
        forward.tap_outputs(node.name, self.own_tap, outputs, 0)

    def _remember(self, groups: list[Copies]) -> None:
        """Keep how many copies of what stand in a row."""
        runs = self.forward.cuts[self.node.name] = []
        for group in groups:
            times = group.end - group.first
            if runs and runs[-1][1] is group.element and runs[-1][2] is group.draft:
                times += runs.pop()[0]
            runs.append((times, group.element, group.draft))

    def _collected(self, groups: list[Copies], operands: Mapping[str, str | list[str]]) -> bool:
        """Write `heads = [head(x) for head in self.heads]`, if that says it all."""
        single = all(group.end - group.first == 1 for group in groups)
        if len(self.targets) > 1 or len(self.lists) != 1 or self.node.chained or self.taps:
            return False
        if len(groups) > 1 and not single:
            return False
        forward = self.forward
        before = len(forward.statements)
        ((port, target),) = self.targets.items()
        inside: list[Part] = []
        for group in groups:
            start = len(forward.statements)
            header = self._apply(group, operands, whole=len(groups) == 1)
            made: list[Statement] = forward.statements[start + bool(header) :]
            if len(made) != 1 or not str(made[0][1][0]).startswith(f"{target} = "):
                del forward.statements[before:]
                return False
            first, *rest = made[0][1]
            inside += [", "] if inside else []
            inside += [str(first).removeprefix(f"{target} = "), *rest]
            inside += [f" {header.removesuffix(':')}"] if header else []
        del forward.statements[before:]
        forward.statements.append((0, (f"{self.lists[port]} = [", *inside, "]")))
        return True

    def _loop(self, group: Copies, operands: Mapping[str, str | list[str]]) -> None:
        """One loop over copies, or the single statement of one copy."""
        forward, node = self.forward, self.node
        before = len(forward.statements)
        depth = int(bool(self._apply(group, operands)))
        for port, name in self.lists.items():
            forward.statements.append((depth, (f"{name}.append({self.targets[port]})",)))
        if depth and len(forward.statements) == before + 1:
            forward.statements.pop()  # copies that hand their input on: there is nothing to loop over
        if group.end - 1 in self.kept:
            for port, target in self.targets.items():
                variable = forward.variable[node.name, port, group.end - 1]
                forward.statements.append((0, (f"{variable} = {target}",)))

    def _apply(
        self, group: Copies, operands: Mapping[str, str | list[str]], whole: bool | None = None
    ) -> str:
        """The head of the loop (nothing for a single copy), what runs in it, and its taps."""
        forward, node = self.forward, self.node
        element, first, end = group.element, group.first, group.end
        if whole is None:
            whole = first == 0 and end == node.copies
        stateless = isinstance(element, Leaf) and not element.holdings
        zipped = {port: forward.variable[forward.wiring.copied(node, port)] for port in node.zipped}
        path, quote, header = f"{node.name}.{first}", '"', ""
        holder = f"self.{node.name}" if node.share else self.holder
        part = "" if first == 0 and end == node.copies else f"[{group.slice(node.copies)}]"
        if end - first == 1 and not whole:
            holder = f"self.{node.name}" + ("" if node.share else f"[{first}]")
            fed = {port: f"{name}[{first}]" for port, name in zipped.items()}
        else:
            fed = {port: self.zipped[name] for port, name in zipped.items()}
            over = {} if stateless or node.share else {self.holder: f"self.{node.name}{part}"}
            over |= {self.zipped[name]: f"{name}{part}" for name in zipped.values()}
            variables, values = ", ".join(over), ", ".join(over.values())
            if len(over) > 1:
                values = f"zip({values})"
            if group.taps:
                index = self._name("index")
                path, quote = f"{node.name}.{{{index}}}", 'f"'
                begin = f", start={first}" if first else ""
                shown = f"({variables})" if len(over) > 1 else variables
                header = f"for {index}, {shown} in enumerate({values}{begin}):"
                if not over:
                    header = f"for {index} in range({group.bounds()}):"
            elif over:
                header = f"for {variables} in {values}:"
            else:
                header = f"for _ in range({end - first}):"
            forward.statements.append((0, (header,)))
        depth = int(bool(header))
        forward.apply(
            element,
            group.draft,
            holder,
            {**operands, **fed},
            self.targets,
            node,
            depth,
            group.taps,
            path,
        )
        forward.tap_outputs(path, tapped.own(element, group.taps), self.targets, depth, quote)
        return header
