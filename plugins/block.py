"""The contract: what a block is, for our own blocks and anybody's.

A block is a class. Its annotated fields are its settings; `infer` says what comes out, `build` what is
written in torch. Settings are checked by pydantic when a spec first uses the class, so that importing a
family of blocks stays cheap.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, cast, dataclass_transform

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from typing_extensions import TypedDict  # before Python 3.12 pydantic takes no other

from netwright.plugins.expression import Built
from netwright.plugins.settings import ShapeSetting
from netwright.plugins.symmetries import Symmetry
from netwright.specs.document import NODE_KEYS
from netwright.specs.sizes import Size
from netwright.specs.tensors import Tensor

Inferred = Tensor | Mapping[str, Tensor]

_Function = TypeVar("_Function")


def _cached(function: _Function) -> _Function:
    """`cache` with the signature kept; as it is declared, it takes no class for hashable."""
    return cast(_Function, cache(cast(Any, function)))


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class Block:
    """Base class of all blocks. A subclass has settings (annotated fields) and these methods.

    `infer` and `build` have the same parameters after self: one for each input, named as the input.
    `x: Tensor` must be fed, `x: Tensor | None = None` may be left out, `*inputs: Tensor` takes a list.
    """

    family: ClassVar[str] = ""
    """Heading under which the block is listed; a module's name serves if it is empty."""

    def __init__(self, **settings: Any) -> None:
        own = {
            name: default for name, default in defaults(type(self)).items() if default is not ...
        }
        for name, value in schema(type(self)).validate_python(own | settings).items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"settings of {type(self).__name__} cannot be changed")

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
        return f"{type(self).__name__}({settings})"

    def settings(self) -> dict[str, Any]:
        """Every setting with its value, defaults included."""
        return {name: getattr(self, name) for name in defaults(type(self))}

    def changed(self, *names: str) -> dict[str, Any]:
        """Those of these settings that differ from their default, as keyword arguments.

        A pair (or longer) of equal numbers is one number, as torch takes it.
        """
        settings = {name: _collapsed(getattr(self, name)) for name in names}
        usual = defaults(type(self))
        return {name: each for name, each in settings.items() if each != _collapsed(usual[name])}

    # The methods of a block. Inputs differ from block to block, so they are declared loosely here.

    def infer(self, *args: Any, **kwargs: Any) -> Any:
        """The type of the output, or name -> type for several. Takes Tensors.

        Raises Refusal if the inputs do not fit; comparing undecided sizes raises on its own.
        """
        raise NotImplementedError(f"{type(self).__name__} has no infer")

    def build(self, *args: Any, **kwargs: Any) -> Built:
        """What to write in torch. Takes Inputs."""
        raise NotImplementedError(f"{type(self).__name__} has no build")

    def flops(self, *args: Any, **kwargs: Any) -> Size:
        """Floating point operations of matrix products and convolutions (a multiply-add counts 2)."""
        return 0

    def symmetries(self) -> Iterable[Symmetry]:
        """What the block promises of its values; see `netwright.plugins.symmetries`."""
        return ()

    def cautions(self, *args: Any, **kwargs: Any) -> Iterable[str]:
        """Warnings: what fits, but may fail or surprise. Takes Tensors.

        May let Undecided escape: then the warning says on which size it depends and which line under
        `dims` settles it.
        """
        return ()


def _collapsed(value: Any) -> Any:
    equal = isinstance(value, tuple) and value and all(each == value[0] for each in value)
    return value[0] if equal else value


@_cached
def defaults(block: type[Block]) -> dict[str, Any]:
    """Setting -> default (`...` if it is required), in order of declaration, without touching pydantic."""
    fields: dict[str, Any] = {}
    for cls in reversed(block.__mro__):
        for name, annotation in inspect.get_annotations(cls).items():
            if name.startswith("_") or "ClassVar" in str(annotation):
                continue
            value = cls.__dict__.get(name, ...)
            if isinstance(value, FieldInfo):
                value = ... if value.is_required() else value.get_default(call_default_factory=True)
            fields[name] = value
    return fields


def _hints(block: type[Block]) -> dict[str, Any]:
    """The types of the settings; `typing.get_type_hints` takes ten times as long."""
    hints: dict[str, Any] = {}
    names = defaults(block)
    for cls in reversed(block.__mro__):
        scope = vars(sys.modules[cls.__module__])
        for name, annotation in inspect.get_annotations(cls).items():
            if name in names:
                hints[name] = eval(annotation, scope) if isinstance(annotation, str) else annotation
    return hints


@_cached
def schema(block: type[Block]) -> TypeAdapter[dict[str, Any]]:
    """The checker of a block's settings: strict, unknown names refused."""
    hints = _hints(block)
    fields: dict[str, Any] = {}
    for name in defaults(block):
        hint = hints[name]
        described = next((c.__dict__[name] for c in block.__mro__ if name in c.__dict__), None)
        if isinstance(described, FieldInfo):
            hint = Annotated[hint, *described.metadata, Field(description=described.description)]
        fields[name] = hint
    checked = TypedDict(block.__name__, fields)  # type: ignore[misc]
    checked.__pydantic_config__ = ConfigDict(  # type: ignore[attr-defined]
        extra="forbid", strict=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )
    return TypeAdapter(checked)  # type: ignore[arg-type]


def flaw(block: type[Block]) -> str:
    """What in a class breaks the contract, in words for its author; empty if nothing does."""
    for method in ("infer", "build"):
        if getattr(block, method) is getattr(Block, method):
            return f"{block.__name__} has no method {method}"
    taken, built = (
        list(inspect.signature(method).parameters.values())[1:]
        for method in (block.infer, block.build)
    )
    for parameter in taken:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.KEYWORD_ONLY):
            return (
                f"{block.__name__}.infer: {parameter.name} is no input; inputs are plain parameters"
            )
    names = [[parameter.name for parameter in each] for each in (taken, built)]
    if names[0] != names[1]:
        said = " and ".join(f"({', '.join(each)})" for each in names)
        return f"{block.__name__}: infer and build take different inputs, {said}"
    for name, value in vars(block).items():
        if isinstance(value, FieldInfo) and name not in defaults(block):
            return f"{block.__name__}.{name} has no type: write `{name}: Count = Field(…)`"
    for name in defaults(block):
        if name in NODE_KEYS:
            return (
                f"{block.__name__}.{name}: `{name}` is a key of nodes; call the setting otherwise"
            )
        if hasattr(Block, name):
            return f"{block.__name__}.{name} hides what every block has; call the setting otherwise"
    try:
        schema(block).validate_python(
            {name: value for name, value in defaults(block).items() if value is not ...}
        )
    except ValidationError as error:
        for each in error.errors(include_url=False):
            if each["type"] != "missing":
                setting = ".".join(map(str, each["loc"]))
                default = f"{block.__name__}.{setting}: its default {each['input']!r}"
                return f"{default} does not fit: {each['msg']}"
    return ""


class Port:
    """An input of a block as its `infer` declares it."""

    __slots__ = ("name", "optional", "variadic")

    def __init__(self, name: str, optional: bool = False, variadic: bool = False) -> None:
        self.name = name
        self.optional = optional
        self.variadic = variadic


@_cached
def ports(block: type[Block]) -> tuple[Port, ...]:
    """The inputs of a block, from the signature of `infer`, in order."""
    parameters = list(inspect.signature(block.infer).parameters.values())[1:]
    return tuple(
        Port(
            parameter.name,
            optional=parameter.default is not parameter.empty,
            variadic=parameter.kind is parameter.VAR_POSITIONAL,
        )
        for parameter in parameters
    )


@_cached
def shape_settings(block: type[Block]) -> frozenset[str]:
    """The settings of a block that are in the notation of shapes, where a bare name is a size."""
    hints = _hints(block)
    return frozenset(name for name in defaults(block) if hints[name] == ShapeSetting)


__all__ = ["Block", "Inferred", "Port", "defaults", "flaw", "ports", "schema", "shape_settings"]
