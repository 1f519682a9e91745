"""Names in the emitted source: they never meet one another, a builtin, or what is imported."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

_WORD = re.compile(r"[A-Za-z0-9]+")

# What a name in the file may not be: it would hide what the file itself uses.
TAKEN = frozenset({*dir(builtins), *keyword.kwlist, *keyword.softkwlist}) - {"_"} | {
    "torch", "nn", "F", "Tensor", "self", "super", "math",
}  # fmt: skip


class Names:
    """The names taken so far in one scope."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def __contains__(self, name: str) -> bool:
        return name in self._taken or name in TAKEN

    def take(self, wanted: str) -> str:
        """This name, or the nearest that is free; it is taken from then on."""
        name = free(wanted, self)
        self._taken.add(name)
        return name

    def add(self, name: str) -> None:
        self._taken.add(name)


def free(wanted: str, taken: Names) -> str:
    """This name, or the next with a number behind it."""
    if wanted not in taken:
        return wanted
    number = 1
    while f"{wanted}_{number}" in taken:
        number += 1
    return f"{wanted}_{number}"


def camel(name: str) -> str:
    """`gpt2_medium` -> `Gpt2Medium`; a namespace's slash falls away: `mamba/scan` -> `MambaScan`."""
    words = _WORD.findall(name)
    text = "".join(word[0].upper() + word[1:] for word in words) or "Model"
    return text if text[0].isalpha() else f"Model{text}"


def snake(name: str) -> str:
    """`BatchNorm2d` -> `batch_norm2d`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def singular(name: str) -> str:
    """What one element of a list of this name is called: `stages` -> `stage`; else `layer`."""
    if name.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    if name.endswith(("ches", "shes", "xes", "sses")):
        return name[:-2]
    if name.endswith("s") and not name.endswith("ss") and len(name) > 2 and name != "res":
        return name[:-1]
    return "layer"
