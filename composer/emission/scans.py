"""A scan in `forward`: a loop over the steps of its inputs.

Under `torch.export` and `torch.compile` the loop is unrolled: the number of steps is that of the example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.composer.emission.taps import Taps
from netwright.composer.graph import Node, Scan

if TYPE_CHECKING:
    from netwright.composer.emission.forward import Forward


def write(forward: Forward, node: Node, scan: Scan, taps: Taps) -> None:
    """The statements that run the element of a scan step by step."""
    element = node.runs[0].element
    draft = forward.shared_draft(node, element, taps)
    operands = forward.operands(node)
    final = {port: forward.variable[node.name, port] for port in element.outputs}
    targets: dict[str, str] = {}
    lists: dict[str, str] = {}
    for port, variable in final.items():
        if port in scan.carried or variable == "_":
            targets[port] = variable
        else:
            targets[port] = forward.loop_name(f"{port}_step" if port else "y")
            several = f"all_{port}" if port.endswith("s") else f"{port or 'y'}s"
            lists[port] = forward.loop_name(several)
    steps: list[tuple[str, str]] = []
    for port in scan.over:
        step = forward.loop_name("step" if len(scan.over) == 1 else f"{port}_step")
        steps.append((step, f"{operands[port]}.unbind({scan.dim})"))
        operands[port] = step
    for port in scan.carried:
        if operands[port] != final[port]:
            forward.statements.append((0, (f"{final[port]} = {operands[port]}",)))
        operands[port] = final[port]
        forward.types.pop(final[port], None)
    start = len(forward.statements)
    forward.statements += [(0, (f"{name} = []",)) for name in lists.values()]
    variables, values = (", ".join(each) for each in zip(*steps, strict=True))
    head = (
        f"for {variables} in {values}" if len(steps) == 1 else f"for {variables} in zip({values})"
    )
    forward.statements.append((0, (f"{head}:",)))
    body = len(forward.statements)
    holder = f"self.{node.share or node.name}"
    forward.apply(element, draft, holder, operands, targets, node, 1, taps)
    made = forward.statements[body:]
    if not scan.carried and len(targets) == 1 and len(lists) == 1 and len(made) == 1:
        ((port, name),) = lists.items()
        prefix = f"{targets[port]} = "
        first, *rest = made[0][1]
        if isinstance(first, str) and first.startswith(prefix):
            inside = (f"{name} = [", first.removeprefix(prefix), *rest, f" {head}]")
            forward.statements[start:] = [(0, inside)]
            made = []
    if made:
        for port, name in lists.items():
            forward.statements.append((1, (f"{name}.append({targets[port]})",)))
    for port, name in lists.items():
        forward.statements.append((0, (f"{final[port]} = torch.stack({name}, dim={scan.dim})",)))
    forward.tap_outputs(node.name, element, taps, final, 0)
