"""A block explained: what it computes, its settings, shapes, parameters, examples."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from netwright.plugins.block import Block, defaults, ports, schema
from netwright.plugins.catalogue import Composite, Provenance
from netwright.plugins.docstrings import DocstringError, Example, parse_docstring, parse_example
from netwright.specs.document import Definition, Param
from netwright.specs.problems import PluginError, Problem

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a block. type: in words; default: as a spec writes it, empty if it is required."""

    name: str
    type: str
    default: str
    description: str

    @property
    def heading(self) -> str:
        return f"{self.type}, {f'default {self.default}' if self.default else 'required'}"


@dataclass(frozen=True)
class Description:
    """What `netwright blocks NAME` says. Prints as that text."""

    name: str
    family: str
    summary: str
    prose: str
    settings: tuple[Setting, ...]
    inputs: tuple[str, ...]
    shapes: str
    parameters: str
    reference: str
    examples: tuple[Example, ...]
    provenance: Provenance | None = None

    def as_json(self) -> dict[str, Any]:
        """The same as plain values; examples as they are written."""
        plain = asdict(self) | {"examples": [each.text for each in self.examples]}
        return plain | {"settings": [asdict(each) for each in self.settings]}

    def __str__(self) -> str:
        lines = [self.name, "", *textwrap.wrap(self.summary, WIDTH)]
        for paragraph in filter(None, self.prose.split("\n\n")):
            lines += ["", *textwrap.wrap(paragraph, WIDTH)]
        if self.settings:
            lines += ["", "settings"]
            width = max(len(each.name) for each in self.settings) + 4
            for each in self.settings:
                head = f"  {each.name}".ljust(width)
                lines += textwrap.wrap(
                    f"{each.heading}: {each.description}",
                    WIDTH,
                    initial_indent=head,
                    subsequent_indent=" " * width,
                )
        facts = {
            "shapes": self.shapes,
            "parameters": self.parameters,
            "reference": self.reference,
            "from": str(self.provenance or ""),
        }
        lines += ["", *(f"{name.ljust(12)}{fact}" for name, fact in facts.items() if fact)]
        if self.examples:
            lines += ["", "examples", *(f"  {each.text}" for each in self.examples)]
        return "\n".join(lines)


def describe(
    name: str, block: type[Block] | Composite, provenance: Provenance | None = None
) -> Description:
    """The description of a block. Raises PluginError if its docstring, or its examples, cannot be read."""
    if isinstance(block, Composite):
        return replace(_composite(name, block.definition), provenance=provenance)
    try:
        said = parse_docstring(block.__doc__ or "")
    except DocstringError as error:
        problem = f"the docstring of block {name} ({block.__module__}) cannot be read: {error}"
        raise PluginError(Problem("NW502", problem)) from error
    return Description(
        name=name,
        family=block.family or block.__module__.rpartition(".")[2],
        summary=said.summary,
        prose=said.prose,
        settings=tuple(_settings(block)),
        inputs=tuple(port.name for port in ports(block)),
        shapes=said.shapes,
        parameters=said.parameters,
        reference=said.reference,
        examples=said.examples,
        provenance=provenance,
    )


def _settings(block: type[Block]) -> list[Setting]:
    properties = schema(block).json_schema().get("properties", {})
    return [
        Setting(
            name,
            type_text(properties[name]),
            "" if default is ... else yaml_text(default),
            properties[name].get("description", ""),
        )
        for name, default in defaults(block).items()
    ]


def type_text(schema: Mapping[str, Any]) -> str:
    """A JSON schema in words: `integer from 1`, `list of 2, each an integer from 1`."""
    if "anyOf" in schema:
        texts = dict.fromkeys(type_text(each) for each in schema["anyOf"])
        return " or ".join(texts)
    if "enum" in schema:
        return " or ".join(map(yaml_text, schema["enum"]))
    kind = schema.get("type", "anything")
    if kind == "array":
        length = schema.get("minItems")
        exactly = f"list of {length}" if length and length == schema.get("maxItems") else "list"
        return f"{exactly} ({type_text(schema['items'])})" if schema.get("items") else exactly
    if kind == "string" and schema.get("pattern") == r"^\$":
        return "size"
    words = {"boolean": "true or false", "string": "text"}
    return words.get(kind, str(kind)) + _range(schema)


def _range(schema: Mapping[str, Any]) -> str:
    """Bounds that tell something: those of the machine's numbers do not."""
    said = []
    for key, word in (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to")):
        bound = schema.get(key)
        if bound is not None and abs(bound) < 2**31 - 1:
            said.append(f" {word} {bound:g}")
    return "".join(said)


def yaml_text(value: Any) -> str:
    """A value of a setting as a spec writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        same = isinstance(value, tuple) and value and all(each == value[0] for each in value)
        return yaml_text(value[0]) if same else f"[{', '.join(map(yaml_text, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _composite(name: str, definition: Definition) -> Description:
    references = definition.references
    inputs = []
    for port, each in definition.ports.items():
        shape = f"[{', '.join(map(str, each.shape))}]"
        dtype = f" {each.dtype}" if each.dtype not in (None, "float", "any") else ""
        below = "" if each.below is None else f" below {each.below}"
        optional = " (optional)" if each.optional else ""
        inputs.append(f"{port} {shape}{dtype}{below}{optional}")
    return Description(
        name=name,
        family="composites",
        summary=" ".join(definition.description.split()),
        prose="",
        settings=tuple(_param(param, each) for param, each in definition.params.items()),
        inputs=tuple(definition.ports),
        shapes=", ".join(inputs),
        parameters="those of its nodes",
        reference="; ".join([references] if isinstance(references, str) else references),
        examples=_examples(name, definition.examples),
    )


def _examples(name: str, written: Iterable[str]) -> tuple[Example, ...]:
    try:
        return tuple(map(parse_example, written))
    except DocstringError as error:
        what = f"the examples of block {name} cannot be read: {error}"
        raise PluginError(Problem("NW502", what)) from error


_WORDS = {
    "int": "integer",
    "float": "number",
    "bool": "true or false",
    "str": "text",
    "list": "list",
    "block": "block",
}


def _param(name: str, param: Param) -> Setting:
    if param.choices is not None:
        kind = " or ".join(map(yaml_text, param.choices))
    else:
        word = param.type or ("" if param.default is None else type(param.default).__name__)
        kind = _WORDS.get(word, "anything")
        kind += "".join(
            f" {name} {yaml_text(bound)}"
            for name, bound in (("from", param.min), ("to", param.max))
            if bound is not None
        )
    default = "" if param.required else yaml_text(param.default)
    return Setting(name, kind, default, param.help)


__all__ = ["Description", "Setting", "describe", "type_text", "yaml_text"]
