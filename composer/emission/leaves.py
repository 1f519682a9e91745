"""How a leaf is printed where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from netwright.composer.emission.drafts import own_class
from netwright.composer.emission.names import Names
from netwright.composer.emission.parts import Hole, key
from netwright.composer.emission.printing import Printer
from netwright.composer.emission.runtime import RuntimeSizes
from netwright.composer.emission.targets import Targets
from netwright.composer.graph import Leaf, Varied, attribute
from netwright.plugins.expression import Module, Unpack, Weight
from netwright.specs.tensors import Tensor

Operands: TypeAlias = Mapping[str, str | list[str]]
"""Input -> what is handed to it; for a variadic one a list."""


def leaf_printer(
    leaf: Leaf,
    holder: str,
    operands: Operands,
    node: str,
    depth: int,
    sizes: RuntimeSizes,
    targets: Targets,
    names: Names,
    types: Mapping[str, Tensor],
    present: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]] = dict,
) -> Printer:
    """A printer for a leaf whose one module or weight is `holder`, or whose attributes are the holder's.

    present: leaves out the variables that may be None where this stands.
    """
    flat: dict[str, str] = {}
    for port, text in operands.items():
        if isinstance(text, list):
            flat.update({f"{port}.{number}": each for number, each in enumerate(text)})
        else:
            flat[port] = text
    attributes = own_class(leaf)

    def holding(held: Module | Weight) -> str:
        if not attributes:
            return holder
        return f"{holder}.{held.name if isinstance(held, Weight) else attribute(held)}"

    settings: dict[Any, str] = {}
    for name, value in leaf.block.settings().items():
        if isinstance(value, (int, float, str)):
            settings.setdefault((type(value), value), name)
    at_hand = present({**types, **operand_types(leaf.inputs, operands)})
    return Printer(flat, holding, targets, sizes.text, at_hand, settings, names, node, depth)


def operand_types(inputs: Mapping[str, Any], operands: Operands) -> dict[str, Tensor]:
    """Variable -> type, of what is handed over."""
    found: dict[str, Tensor] = {}
    for port, text in operands.items():
        fed = inputs.get(port)
        if isinstance(text, list) and isinstance(fed, tuple):
            found.update(zip(text, fed, strict=True))
        elif isinstance(text, str) and isinstance(fed, Tensor):
            found[text] = fed
    return found


def sample(leaf: Leaf) -> Any:
    """What the leaf writes, for comparison: equal samples do in one loop."""
    if isinstance(leaf, Varied):
        return [(when, sample(each)) for when, each in leaf.variants]
    operands: dict[str, str | list[str]] = {}
    for name, fed in leaf.inputs.items():
        if isinstance(fed, tuple):
            operands[name] = [f"{name}{number}" for number in range(len(fed))]
        elif fed is not None:
            operands[name] = name
    used = RuntimeSizes({}, {}, {}, Names())
    printer = leaf_printer(leaf, "copy", operands, "node", 0, used, Targets(), Names(), {})
    built = leaf.built
    values = list(built.values()) if isinstance(built, Mapping) else [built]
    parts = [
        printer.statement_parts(each.value if isinstance(each, Unpack) else each) for each in values
    ]
    return (
        [
            tuple(key(part.value) if isinstance(part, Hole) else part for part in each)
            for each in [*parts, *(parts for _, parts in printer.before)]
        ],
        [size.polynomial for _, size in used.extra],
    )


def pattern(names: Any, targets: Mapping[str, str]) -> str:
    """The left side of an unpacking: `output, (h, c)`."""

    def show(each: Any) -> str:
        return targets.get(each, "_") if isinstance(each, str) else f"({inside(each)})"

    def inside(each: Any) -> str:
        shown = ", ".join(show(one) for one in each)
        return f"{shown}," if len(each) == 1 else shown

    return inside(names)
