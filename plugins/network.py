"""A network as a plugin's checks and renderers see it: its nodes with their types, as plain frozen values.

The composer makes it from its graph. Equal nodes are one, however often they occur, so a walk over
`Network.nodes` is short even where the model is huge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from netwright.specs.problems import Place
from netwright.specs.tensors import Tensor


@dataclass(frozen=True, slots=True)
class Node:
    """A node, or of equal ones the first.

    path: where it stands, `layers.0.attend.norm`. block: the name of the block, as in a spec; of a
    composite, the name under which it is defined. settings: what the spec sets, evaluated. reads: input
    -> the paths that it reads. parameters: how many weights it has itself and below, once. times: how
    often it occurs in the whole network. place: where the spec names it.
    """

    path: str
    block: str
    kind: Literal["block", "composite"]
    settings: Mapping[str, Any]
    inputs: Mapping[str, Tensor | tuple[Tensor, ...] | None]
    outputs: Mapping[str, Tensor]
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: int = 0
    times: int = 1
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A checked network. nodes: all of them, from the outside inwards, each after what it reads."""

    name: str
    description: str
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    nodes: tuple[Node, ...]

    def named(self, *blocks: str) -> Iterator[Node]:
        """The nodes at which one of these blocks stands."""
        return (node for node in self.nodes if node.block in blocks)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say. message: what is wrong; node: where; help: how to mend it.

    A warning lets the spec pass, but for `--strict`; an error refuses it.
    """

    message: str
    node: Node | None = None
    help: str = ""
    severity: Literal["error", "warning"] = "error"
