"""Initialisers: what `init` may say, as a table. netwright's own are those of `torch.nn.init`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from netwright.specs.problems import shown, suggest

_NONLINEARITIES = (
    "linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Initialiser:
    """A way to fill a parameter, as data: nothing is imported until a model is made.

    target: the import path of a function that fills a tensor in place, as those of `torch.nn.init` do;
    it is called as `function(tensor, **arguments)`. arguments: name -> default; `...` where it must be
    given. The type of a value must be that of its default (an integer may stand for a float); one that
    must be given is a number. choices: the texts that an argument takes.
    """

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _torch(name: str, **arguments: Any) -> Initialiser:
    choices = {"mode": ("fan_in", "fan_out"), "nonlinearity": _NONLINEARITIES}
    known = {each: texts for each, texts in choices.items() if each in arguments}
    return Initialiser(f"torch.nn.init.{name}_", arguments, known)


_KAIMING = {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"}

INITIALISERS: Mapping[str, Initialiser] = {
    "zeros": _torch("zeros"),
    "ones": _torch("ones"),
    "constant": _torch("constant", val=...),
    "eye": _torch("eye"),
    "dirac": _torch("dirac", groups=1),
    "normal": _torch("normal", mean=0.0, std=1.0),
    "trunc_normal": _torch("trunc_normal", mean=0.0, std=1.0, a=-2.0, b=2.0),
    "uniform": _torch("uniform", a=0.0, b=1.0),
    "xavier_uniform": _torch("xavier_uniform", gain=1.0),
    "xavier_normal": _torch("xavier_normal", gain=1.0),
    "kaiming_uniform": _torch("kaiming_uniform", **_KAIMING),
    "kaiming_normal": _torch("kaiming_normal", **_KAIMING),
    "orthogonal": _torch("orthogonal", gain=1.0),
    "sparse": _torch("sparse", sparsity=..., std=0.01),
}
"""Those that come with netwright."""

Find = Callable[[str], Initialiser | None]
"""An initialiser of a plugin by its name, `namespace/name`; None if there is none."""


class InitialiserError(ValueError):
    """A value under `init` that is no initialiser; help says what would be."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def initialiser(value: object, find: Find) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """Name and arguments of what stands under `init`: `zeros`, or `{normal: {std: 0.02}}`.

    The name of a plugin's initialiser is the import path of its function. find: finds those of plugins.
    Raises InitialiserError for anything that is no initialiser.
    """
    arguments: object = {}
    name = value
    if isinstance(value, Mapping) and len(value) == 1:
        name, arguments = next(iter(value.items()))
    if not isinstance(name, str) or not isinstance(arguments, Mapping):
        raise InitialiserError(
            f"expected an initialiser, got {shown(value)}",
            "write `zeros`, or `{normal: {std: 0.02}}`",
        )
    found = INITIALISERS.get(name) or (find(name) if "/" in name else None)
    if found is None:
        near = suggest(name.removesuffix("_"), INITIALISERS)
        known = f"initialisers are {', '.join(INITIALISERS)}"
        raise InitialiserError(
            f"there is no initialiser {shown(name)}", f"did you mean {near}?" if near else known
        )
    for argument, given in arguments.items():
        if argument not in found.arguments:
            near = suggest(str(argument), found.arguments)
            listing = ", ".join(found.arguments) or "none"
            raise InitialiserError(
                f"{name} has no argument {shown(argument)}",
                f"did you mean {near}?" if near else f"its arguments are {listing}",
            )
        _check(name, found, argument, given)
    for argument, default in found.arguments.items():
        if default is ... and argument not in arguments:
            raise InitialiserError(
                f"{name} needs {argument}", f"write {{{name}: {{{argument}: …}}}}"
            )
    return name if name in INITIALISERS else found.target, tuple(
        (argument, arguments[argument]) for argument in found.arguments if argument in arguments
    )


def _check(name: str, known: Initialiser, argument: str, given: object) -> None:
    choices = known.choices.get(argument)
    if choices is not None:
        if given not in choices:
            raise InitialiserError(
                f"{name}.{argument}: {shown(given)} is none of {', '.join(choices)}"
            )
        return
    default = known.arguments[argument]
    if not _is_like(given, default):
        words = _WORDS[float if default is ... else type(default)]
        raise InitialiserError(f"{name}.{argument}: expected {words}, got {shown(given)}")
    if known.target.startswith("torch."):
        _check_range(name, argument, given)


_WORDS = {float: "a number", int: "an integer", bool: "true or false", str: "a text"}
ARGUMENT_TYPES = tuple(_WORDS)
"""The types that a default may have."""


def _is_like(given: object, default: object) -> bool:
    if default is ... or isinstance(default, float):
        return isinstance(given, (int, float)) and not isinstance(given, bool)
    return type(given) is type(default)


def _check_range(name: str, argument: str, given: Any) -> None:
    if (argument == "std" and given < 0) or (argument == "groups" and given < 1):
        raise InitialiserError(f"{name}.{argument} cannot be {shown(given)}")
    if argument == "sparsity" and not 0 <= given <= 1:
        raise InitialiserError(f"{name}.{argument} must be from 0 to 1, got {shown(given)}")
