"""What an evaluator of specs keeps while it runs, and what a block declares."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

import netwright.blocks
from generator.level import BLOCKS
from generator.valuing import valued
from netwright.plugins.block import defaults, ports
from netwright.specs.load import ZOO
from netwright.specs.problems import Problems
from netwright.specs.reading import read_text

Fed = dict[str, Any]
"""Input -> a tensor, several in a list, or nothing where it is left out."""
Outputs = dict[str, torch.Tensor]
PLAIN_INPUTS: Mapping[str, Any] = {"x": ["..."]}


@dataclass(frozen=True, eq=False)
class Value:
    """A block as the value of a setting, with what it sees."""

    written: Any
    frame: Frame
    names: Mapping[str, Any]


@dataclass(eq=False)
class Done:
    """What a node gave: outputs, of copies the last one's. copies: None of a node without any."""

    outputs: Outputs
    copies: list[Outputs] | None = None


@dataclass(eq=False)
class Frame:
    """A spec, block or body on its run.

    names: params and sizes that its nodes see. params: those of them that blocks written in it see.
    lexical: where it is written. path: of its nodes in the network; None where nobody asks. weights: the
    same for its weights.
    """

    spec: Mapping[str, Any]
    lexical: Frame | None
    body: bool
    path: str | None
    weights: str
    fed: Fed
    names: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    rest: list[int] | None = None
    done: dict[str, Done] = field(default_factory=dict)

    def given(self) -> frozenset[str]:
        outer = self.lexical.given() if self.body and self.lexical else frozenset[str]()
        return outer | {name for name, each in self.fed.items() if each is not None}


def handed(written: Any, frame: Frame, names: Mapping[str, Any]) -> Value | None:
    """What is written for a setting that takes a block."""
    if written is None:
        return None
    value = valued(written, names) if isinstance(written, str) else None
    return value if isinstance(value, Value) else Value(written, frame, dict(names))


@functools.cache
def file_of(name: str) -> Mapping[str, Any]:
    """A composite of the catalogue, or a spec of the zoo."""
    for folder in (*netwright.blocks.__path__, ZOO):
        path = Path(folder) / f"{name}.yaml"
        if path.is_file():
            tree = read_text(path.read_text(encoding="utf-8"), name, Problems())
            plain: Mapping[str, Any] = tree.plain()
            return plain
    raise KeyError(name)


def kind_of(form: Any) -> Any:
    return form.get("type") if isinstance(form, Mapping) else form


def port_of(outputs: Outputs, steps: list[str]) -> Any:
    return outputs[steps[0]] if steps else next(iter(outputs.values()))


def inputs_of(block: Any) -> tuple[list[str], bool]:
    """The names of a block's inputs, and whether the first takes several tensors."""
    if isinstance(block, Value):
        return ["x"], False
    if isinstance(block, str):
        own = ports(BLOCKS[block])
        return [each.name for each in own], bool(own) and own[0].variadic
    return list(spec_of(block).get("inputs", PLAIN_INPUTS)), False


def spec_of(block: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = block[0]
    return file_of(found["use"]) if "use" in found else found


def outputs_of(block: Any) -> list[str]:
    """Names of the outputs that a composite declares."""
    said = None if isinstance(block, str | Value) else spec_of(block).get("outputs")
    return list(said) if isinstance(said, Mapping) else []


def left_out(block: Any, fed: Fed, first: Any) -> Outputs:
    """What stands for the outputs of a node that is left out."""
    first = first[0] if isinstance(first, list) else first
    found = {port: fed[port] for port in outputs_of(block) if port in fed}
    return found or {"": first}


def read_by(
    frame: Frame, name: str, node: Mapping[str, Any], names: Sequence[str], variadic: bool
) -> dict[str, Any]:
    """What each input of a node refers to: a reference, or a list of them."""
    if not names:
        return {}
    above = list(frame.spec["nodes"])
    place = above.index(name)
    before = above[place - 1] if place else next(iter(frame.fed), "")
    source = node.get("from")
    if source is None:
        return {names[0]: before}
    if isinstance(source, Mapping):
        return dict(source) if names[0] in source else {names[0]: before, **source}
    if isinstance(source, str) or variadic:
        return {names[0]: source}
    return dict(zip(names, source, strict=False))


def around(value: Value) -> Frame:
    """Where a node that is handed as a setting stands."""
    frame = Frame({"nodes": {"it": value.written}}, value.frame, True, None, "", {})
    frame.names, frame.rest = dict(value.names), value.frame.rest
    return frame


def settings_of(block: Any) -> Mapping[str, Any]:
    """The settings of a block that may be written at a node."""
    found: Mapping[str, Any] = (
        defaults(BLOCKS[block]) if isinstance(block, str) else spec_of(block).get("params", {})
    )
    return found


def flat(fed: Fed) -> Outputs:
    """The inputs of a leaf by name, those of a variadic one numbered."""
    flat: Outputs = {}
    for port, each in fed.items():
        if isinstance(each, list):
            flat |= {f"{port}.{number}": one for number, one in enumerate(each)}
        elif each is not None:
            flat[port] = each
    return flat
