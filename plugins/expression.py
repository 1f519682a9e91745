"""What a block writes in torch, as data: a few frozen kinds of expression.

A block's `build` combines its inputs into such an expression; the composer prints it as Python. Nothing
here imports torch, so what a block has (its parameters, the functions it calls) is known without torch.

    weights = {"weight": (out_features, in_features)}
    linear = Module("torch.nn.Linear", in_features, out_features, bias=False, parameters=weights)
    return linear(x)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from netwright.specs.sizes import Size, Symbolic
from netwright.specs.tensors import Tensor


class Value:
    """A value at run time. Arithmetic, indexing, `.shape[i]`, `.device` and `.dtype` write as in torch."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]  # each kind of value is a dataclass

    def __add__(self, other: Operand) -> Value:
        return Binary("+", self, other)

    def __radd__(self, other: Operand) -> Value:
        return Binary("+", other, self)

    def __sub__(self, other: Operand) -> Value:
        return Binary("-", self, other)

    def __rsub__(self, other: Operand) -> Value:
        return Binary("-", other, self)

    def __mul__(self, other: Operand) -> Value:
        return Binary("*", self, other)

    def __rmul__(self, other: Operand) -> Value:
        return Binary("*", other, self)

    def __truediv__(self, other: Operand) -> Value:
        return Binary("/", self, other)

    def __rtruediv__(self, other: Operand) -> Value:
        return Binary("/", other, self)

    def __floordiv__(self, other: Operand) -> Value:
        return Binary("//", self, other)

    def __mod__(self, other: Operand) -> Value:
        return Binary("%", self, other)

    def __matmul__(self, other: Operand) -> Value:
        return Binary("@", self, other)

    def __pow__(self, other: Operand) -> Value:
        return Binary("**", self, other)

    def __neg__(self) -> Value:
        return Binary("-", 0, self)

    def __getitem__(self, index: Any) -> Value:
        """`x[index]`; the index is built of ints, slices, None, Ellipsis and values."""
        return Item(self, index)

    def __iter__(self) -> Any:
        raise TypeError(
            "a value at run time cannot be iterated over; index it, or return Unpack(value)"
        )

    @property
    def shape(self) -> Shape:
        """Sizes at run time: `x.shape[-1]`."""
        return Shape(self)

    @property
    def device(self) -> Value:
        return Attribute(self, "device")

    @property
    def dtype(self) -> Value:
        """The dtype at run time (the type's is `x.type.dtype`)."""
        return Attribute(self, "dtype")


# What may stand as an operand or argument: values, and literals nested in lists, tuples and dicts.
Operand: TypeAlias = (
    "Value | int | float | bool | str | Symbolic | Sequence[Any] | Mapping[str, Any] | None"
)


@dataclass(frozen=True, slots=True)
class Input(Value):
    """An input of the block, with its type: `x.type`, and in short `x.sizes`."""

    name: str
    type: Tensor

    @property
    def sizes(self) -> tuple[Size, ...]:
        """Sizes known when the model is built: for the arguments of modules and weights."""
        return self.type.sizes


@dataclass(frozen=True, slots=True)
class Binary(Value):
    """`left operator right`."""

    operator: str
    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Item(Value):
    """`value[index]`."""

    value: Value
    index: Any


@dataclass(frozen=True, slots=True)
class Attribute(Value):
    """`value.name`."""

    value: Value
    name: str


@dataclass(frozen=True, slots=True)
class Shape(Value):
    """`value.shape`: indexed, the size of that dimension at run time; whole or sliced, several sizes.

    In a list of sizes, a slice stands for all its sizes: `[x.shape[:2], 12]`.
    """

    value: Value


@dataclass(frozen=True, slots=True)
class Call(Value):
    """A function called: `target` is its import path; one under `torch.Tensor.` is written as a method."""

    target: str
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class InTraining(Value):
    """`training if self.training else evaluation`."""

    training: Any
    evaluation: Any


@dataclass(frozen=True, slots=True)
class Weight(Value):
    """A parameter (or buffer) of the block's own.

    name: under the node's path; empty for the node's path itself. sizes: must be integers.
    init: an initialiser, "ones", or with arguments, ("normal", {"std": 0.02}). One of your own is the import
    path of a function that fills a tensor in place.
    """

    name: str
    sizes: tuple[Size, ...]
    init: tuple[str, tuple[tuple[str, Any], ...]]
    trainable: bool

    def __init__(
        self,
        name: str,
        sizes: Sequence[Size],
        init: str | tuple[str, Mapping[str, Any] | Sequence[tuple[str, Any]]] = "zeros",
        trainable: bool = True,
    ) -> None:
        initialiser, arguments = (init, ()) if isinstance(init, str) else init
        put = object.__setattr__
        put(self, "name", name)
        put(self, "sizes", tuple(sizes))
        put(self, "init", (initialiser, tuple(dict(arguments).items())))
        put(self, "trainable", trainable)


@dataclass(frozen=True, slots=True)
class Module:
    """A torch module: its import path, the arguments of its constructor, what it holds.

    parameters, buffers: name -> sizes, in the module's own order. Called on values it is an expression.
    Arguments are literals or sizes known at build time, never values at run time. around: the import path
    of a function that is given the module and returns it changed; mostly there is none.
    """

    target: str
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]
    parameters: tuple[tuple[str, tuple[Size, ...]], ...]
    buffers: tuple[tuple[str, tuple[Size, ...]], ...]
    around: str

    def __init__(
        self,
        target: str,
        *args: Any,
        parameters: Mapping[str, Sequence[Size]] | None = None,
        buffers: Mapping[str, Sequence[Size]] | None = None,
        **kwargs: Any,
    ) -> None:
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, Value):
                raise TypeError(
                    f"{target}: an argument of a module must be known when it is built: use x.sizes"
                )
        put = object.__setattr__
        put(self, "target", target)
        put(self, "args", args)
        put(self, "kwargs", tuple(kwargs.items()))
        put(
            self,
            "parameters",
            tuple((name, tuple(sizes)) for name, sizes in (parameters or {}).items()),
        )
        put(self, "buffers", tuple((name, tuple(sizes)) for name, sizes in (buffers or {}).items()))
        put(self, "around", "")

    def given_to(
        self,
        function: str,
        parameters: Mapping[str, Sequence[Size]],
        buffers: Mapping[str, Sequence[Size]] | None = None,
    ) -> Module:
        """The module as a function changes it, `weight_norm(nn.Linear(…))`, with what it then holds."""
        made = Module(
            self.target,
            *self.args,
            parameters=parameters,
            buffers=buffers,
            **dict(self.kwargs),
        )
        object.__setattr__(made, "around", function)
        return made

    def __call__(self, *args: Operand, **kwargs: Operand) -> Value:
        return Apply(self, args, tuple(kwargs.items()))


@dataclass(frozen=True, slots=True)
class Apply(Value):
    """A module applied to values."""

    module: Module
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Unpack:
    """A value that is a tuple at run time, whose elements are the block's outputs in order.

    names: nested as the tuple is, such as ("output", ("h", "c")); empty: flat, in the order of `infer`.
    """

    value: Value
    names: tuple[Any, ...] = ()


Built: TypeAlias = Value | Unpack | Mapping[str, Value]


def call(target: str, *args: Operand, **kwargs: Operand) -> Value:
    """A call of the function with this import path: `call("torch.cat", [a, b], dim=1)`."""
    return Call(target, args, tuple(kwargs.items()))
