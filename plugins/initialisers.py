"""Initialisers that a spec may name: those of `torch.nn.init`, without the underscore, as data.

What a spec writes is checked here, without torch; the composer writes `torch.nn.init.NAME_`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import Any

Choices = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an initialiser. kind: `float`, `int`, or the words that it may be.

    default: torch's; None if the argument is required. minimum, below: the range of a number.
    """

    name: str
    kind: type[int] | type[float] | Choices = float
    default: float | int | str | None = 0.0
    minimum: float | None = None
    below: float | None = None

    def fault(self, value: Any) -> str | None:
        """What is wrong with a value, in words."""
        if isinstance(self.kind, tuple):
            return None if value in self.kind else f"{self.name} must be one of {', '.join(self.kind)}"
        number = isinstance(value, int) or (self.kind is float and isinstance(value, float))
        if not number or isinstance(value, bool):
            return f"{self.name} must be {'an integer' if self.kind is int else 'a number'}"
        if not isfinite(value):
            return f"{self.name} must be finite"
        if self.minimum is not None and value < self.minimum:
            return f"{self.name} must be at least {self.minimum:g}"
        if self.below is not None and value >= self.below:
            return f"{self.name} must be below {self.below:g}"
        return None


@dataclass(frozen=True, slots=True)
class Initialiser:
    """An initialiser: its arguments, and the ranks of the tensors that it can fill."""

    name: str
    arguments: tuple[Argument, ...] = ()
    least_rank: int = 0
    most_rank: int | None = None

    def fault(self, arguments: Mapping[str, Any]) -> str | None:
        """What is wrong with these arguments, in words; None if nothing is."""
        known = {argument.name: argument for argument in self.arguments}
        for name, value in arguments.items():
            if name not in known:
                takes = f"takes {', '.join(known)}" if known else "takes no arguments"
                return f"{self.name} has no argument {name}; it {takes}"
            fault = known[name].fault(value)
            if fault is not None:
                return f"{self.name}: {fault}, not {value!r}"
        for argument in self.arguments:
            if argument.default is None and argument.name not in arguments:
                return f"{self.name} needs {argument.name}: {{{self.name}: {{{argument.name}: …}}}}"
        lower, upper = arguments.get("a", known["a"].default if "a" in known else 0), arguments.get("b")
        if self.name in ("uniform", "trunc_normal"):
            upper = known["b"].default if upper is None else upper
            if lower > upper:
                return f"{self.name}: a must not be above b: {lower} > {upper}"
        return None

    def misfit(self, sizes: Sequence[Any]) -> str | None:
        """Why it cannot fill a tensor of these sizes; None if it can."""
        rank = len(sizes)
        if rank < self.least_rank or (self.most_rank is not None and rank > self.most_rank):
            many = f"{self.least_rank}" if self.least_rank == self.most_rank else f"at least {self.least_rank}"
            if self.most_rank not in (None, self.least_rank):
                many = f"{self.least_rank} to {self.most_rank}"
            return f"{self.name} fills tensors of {many} dimensions, this one has {rank}"
        return None


_STD = Argument("std", float, 1.0, minimum=0)
_GAIN = Argument("gain", float, 1.0)
_KAIMING = (
    Argument("a", float, 0),
    Argument("mode", ("fan_in", "fan_out"), "fan_in"),
    Argument(
        "nonlinearity",
        ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
         "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
        "leaky_relu",
    ),
)  # fmt: skip

INITIALISERS: Mapping[str, Initialiser] = MappingProxyType(
    {
        each.name: each
        for each in (
            Initialiser("zeros"),
            Initialiser("ones"),
            Initialiser("constant", (Argument("val", float, None),)),
            Initialiser("normal", (Argument("mean"), _STD)),
            Initialiser("trunc_normal", (Argument("mean"), _STD, Argument("a", float, -2.0), Argument("b", float, 2.0))),
            Initialiser("uniform", (Argument("a"), Argument("b", float, 1.0))),
            Initialiser("xavier_uniform", (_GAIN,), 2),
            Initialiser("xavier_normal", (_GAIN,), 2),
            Initialiser("kaiming_uniform", _KAIMING, 2),
            Initialiser("kaiming_normal", _KAIMING, 2),
            Initialiser("orthogonal", (_GAIN,), 2),
            Initialiser("eye", (), 2, 2),
            Initialiser("dirac", (Argument("groups", int, 1, minimum=1),), 3, 5),
            Initialiser(
                "sparse",
                (Argument("sparsity", float, None, minimum=0, below=1), Argument("std", float, 0.01, minimum=0)),
                2,
                2,
            ),
        )
    }
)
