"""Initialisers: what `init` may say, as a table. They are `torch.nn.init`'s, without the underscore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.specs.problems import shown, suggest

Arguments = Mapping[str, Any]

INITIALISERS: Mapping[str, Arguments] = {
    "zeros": {},
    "ones": {},
    "constant": {"val": ...},
    "eye": {},
    "dirac": {"groups": 1},
    "normal": {"mean": 0.0, "std": 1.0},
    "trunc_normal": {"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0},
    "uniform": {"a": 0.0, "b": 1.0},
    "xavier_uniform": {"gain": 1.0},
    "xavier_normal": {"gain": 1.0},
    "kaiming_uniform": {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"},
    "kaiming_normal": {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"},
    "orthogonal": {"gain": 1.0},
    "sparse": {"sparsity": ..., "std": 0.01},
}
"""Name -> argument -> default (`...`: it must be given)."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "mode": ("fan_in", "fan_out"),
    "nonlinearity": (
        "linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu",
    ),
}  # fmt: skip


class InitialiserError(ValueError):
    """A value under `init` that is no initialiser; help says what would be."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def initialiser(value: object) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """Name and arguments of what stands under `init`: `zeros`, or `{normal: {std: 0.02}}`.

    Raises InitialiserError for anything else.
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
    if name not in INITIALISERS:
        near = suggest(name.removesuffix("_"), INITIALISERS)
        known = f"initialisers are {', '.join(INITIALISERS)}"
        raise InitialiserError(
            f"there is no initialiser {shown(name)}", f"did you mean {near}?" if near else known
        )
    known_arguments = INITIALISERS[name]
    for argument, given in arguments.items():
        if argument not in known_arguments:
            near = suggest(str(argument), known_arguments)
            listing = ", ".join(known_arguments) or "none"
            raise InitialiserError(
                f"{name} has no argument {shown(argument)}",
                f"did you mean {near}?" if near else f"its arguments are {listing}",
            )
        _check(name, argument, given)
    for argument, default in known_arguments.items():
        if default is ... and argument not in arguments:
            raise InitialiserError(
                f"{name} needs {argument}", f"write {{{name}: {{{argument}: …}}}}"
            )
    return name, tuple(
        (argument, arguments[argument]) for argument in known_arguments if argument in arguments
    )


def _check(name: str, argument: str, given: object) -> None:
    if argument in CHOICES:
        if given not in CHOICES[argument]:
            raise InitialiserError(
                f"{name}.{argument}: {shown(given)} is none of {', '.join(CHOICES[argument])}"
            )
        return
    whole = argument == "groups"
    kinds = (int,) if whole else (int, float)
    if not isinstance(given, kinds) or isinstance(given, bool):
        raise InitialiserError(
            f"{name}.{argument}: expected {'an integer' if whole else 'a number'}, got {shown(given)}"
        )
    if (argument == "std" and given < 0) or (whole and given < 1):
        raise InitialiserError(f"{name}.{argument} cannot be {shown(given)}")
    if argument == "sparsity" and not 0 <= given <= 1:
        raise InitialiserError(f"{name}.{argument} must be from 0 to 1, got {shown(given)}")
