"""The document: what may stand in a spec, validated by pydantic.

A spec is a block, and a composite block is a spec: `Definition` is both. Short forms (`norm: layer_norm`)
are spelled out here, so that nothing behind this page knows them. Values are as written: expressions are
texts, blocks in settings are mappings; where each stands is found in the tree that the document came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

VERSION = 1
TYPES = ("int", "float", "bool", "str", "list", "block")
PARAM_KEYS = frozenset({"type", "default", "min", "max", "choices", "help"})
UNSET = "\0unset"  # no document can contain it: control characters are refused when it is read


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=False)


class Param(_Part):
    """A parameter: what a user of the block may set."""

    type: Literal["int", "float", "bool", "str", "list", "block"] | None = None
    default: Any = UNSET
    min: Any = None
    max: Any = None
    choices: list[Any] | None = None
    help: str = ""

    @property
    def required(self) -> bool:
        return isinstance(self.default, str) and self.default == UNSET


class Facts(_Part):
    """What is known of a symbolic size."""

    min: Any = None
    max: Any = None
    multiple_of: Any = None


class InputDecl(_Part):
    """An input: shape as written, dtype, bound on its values."""

    shape: list[Any]
    dtype: str | None = None
    below: Any = None
    optional: bool = False
    help: str = ""


class NodeDecl(BaseModel):
    """A node; what is not a key of nodes is a setting of its block."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    block: Any = None
    from_: Any = Field(default=None, alias="from")
    when: Any = None
    repeat: Any = None
    for_: dict[str, Any] | str | None = Field(default=None, alias="for")
    parallel: Any = None
    scan: Any = None
    share: str | None = None
    tie: dict[str, str] | None = None
    init: dict[str, Any] | None = None
    note: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        return self.model_extra or {}


NODE_KEYS = tuple(field.alias or name for name, field in NodeDecl.model_fields.items())


def _param(value: Any) -> Any:
    if isinstance(value, str) and value in TYPES:
        return {"type": value}
    if isinstance(value, dict) and ("default" in value or "type" in value):
        return value
    return {"default": value}


def _input(value: Any) -> Any:
    return {"shape": value} if isinstance(value, list) else value


def _node(value: Any) -> Any:
    return value if isinstance(value, dict) else {"block": value}


class Use(_Part):
    """A block that is brought in from another file."""

    use: str
    preset: str | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    expose: Any = None


class Definition(_Part):
    """A spec, or a composite block inside one."""

    netwright: Any = None
    name: str | None = None
    description: str = ""
    references: list[str] | str = Field(default_factory=list)
    examples: list[str] = Field(default_factory=list)
    requires: dict[str, str] = Field(default_factory=dict)
    params: dict[str, Annotated[Param, BeforeValidator(_param)]] = Field(default_factory=dict)
    presets: dict[str, dict[str, Any]] = Field(default_factory=dict)
    dims: dict[str, Facts] = Field(default_factory=dict)
    inputs: dict[str, Annotated[InputDecl, BeforeValidator(_input)]] | None = None
    blocks: dict[
        str,
        Annotated[
            Annotated[Definition, Tag("spec")] | Annotated[Use, Tag("use")],
            Discriminator(
                lambda value: "use" if isinstance(value, dict) and "use" in value else "spec"
            ),
        ],
    ] = Field(default_factory=dict)
    nodes: dict[str, Annotated[NodeDecl, BeforeValidator(_node)]]
    outputs: str | list[Any] | dict[str, Any] | None = None
    init: dict[str, Any] = Field(default_factory=dict)

    @property
    def ports(self) -> Mapping[str, InputDecl]:
        """The inputs; a block without the key has one, `x`, of any shape and dtype."""
        return _ANYTHING if self.inputs is None else self.inputs


_ANYTHING: Mapping[str, InputDecl] = {"x": InputDecl(shape=["..."])}

# Keys that only a file may have.
FILE_KEYS = ("netwright", "requires", "presets", "examples")
