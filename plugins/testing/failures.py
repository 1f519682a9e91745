"""Failures: what a check found, in words, and a program that shows it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pprint import pformat
from typing import TYPE_CHECKING, Any

from netwright.plugins.catalogue import Catalogue
from netwright.plugins.testing.subjects import Subject

if TYPE_CHECKING:
    import torch
    from torch import nn


class Failure(AssertionError):
    """A check that a block does not pass.

    what: what is wrong, for the author. use: the use of the block that shows it; empty if none is needed.
    repro: a program that shows it, for a file or a Python shell.
    """

    def __init__(self, what: str, repro: str, use: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.repro = repro
        self.use = use

    def __str__(self) -> str:
        use = f"\n{self.use}" if self.use else ""
        return f"{self.what}{use}\n\nTo see it, in Python:\n\n{self.repro}"


class Trial:
    """A subject at some sizes: its model, its inputs, and the program so far that makes them.

    Whatever is done to the model is done by `let`, so that the program does it too.
    """

    def __init__(
        self,
        subject: Subject,
        values: Mapping[str, int] | None = None,
        device: str | None = None,
    ) -> None:
        self.subject = subject
        self.values = subject.values() if values is None else dict(values)
        made = "" if device is None else f", device={device!r}"
        self.lines = [
            "import torch",
            *preamble(subject.document(), subject.catalogue),
            f"model = composer.compile(graph, seed=0{made}).eval()",
        ]
        try:
            self.model = subject.model(device)
        except Exception as error:
            where = "" if device is None else f" on the device {device}"
            raise self.failure(f"its module cannot be made{where}: {_line(error)}") from error
        self.inputs = subject.inputs(self.values)
        self.lines.append(f"inputs = made_up(graph, {self.values!r}, seed=0)")

    def run(
        self,
        inputs: list[torch.Tensor] | None = None,
        model: nn.Module | None = None,
        lines: tuple[str, ...] = (),
    ) -> dict[str, torch.Tensor]:
        """The outputs by name, from one state of the random numbers. Raises Failure if torch fails.

        lines: what the program does to come to these inputs and this model.
        """
        import torch

        torch.manual_seed(0)
        try:
            result = (self.model if model is None else model)(
                *(self.inputs if inputs is None else inputs)
            )
            return self.subject.named(result)
        except Exception as error:
            name = "model" if model is None else "other"
            fed = "inputs" if inputs is None else "fed"
            raise self.failure(failed(error), *lines, f"{name}(*{fed})") from error

    def failure(self, what: str, *lines: str) -> Failure:
        """A failure of this subject; lines: what the program does at last."""
        return Failure(what, "\n".join([*self.lines, *lines]), self.use)

    @property
    def use(self) -> str:
        """The use of the block in words."""
        sizes = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        return f"  {self.subject.example.text}" + (f", where {sizes}" if sizes else "")


def preamble(document: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    """The program that checks a spec."""
    text = pformat(dict(document), sort_dicts=False, width=90)
    files = [str(path) for path in catalogue.files]
    return [
        "from netwright import composer, specs",
        "from netwright.plugins.catalogue import Catalogue",
        "from netwright.plugins.testing.composing import made_up, named",
        f"catalogue = Catalogue({files!r})" if files else "catalogue = Catalogue()",
        f"spec = specs.load({textwrap.indent(text, ' ' * 18).lstrip()})",
        "graph = composer.check(spec, catalogue=catalogue)",
    ]


def failed(error: BaseException) -> str:
    """An error of torch's, in a line."""
    return f"what the rule accepts does not run: {_line(error)}"


def _line(error: BaseException) -> str:
    first = next((line for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first.strip()}"


def equal(
    one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor], exactly: bool = True
) -> str:
    """How two sets of outputs differ; empty if they do not."""
    import torch

    if one.keys() != other.keys():
        return f"outputs {list(one)} and {list(other)}"
    for name, tensor in one.items():
        options: dict[str, Any] = {"rtol": 0, "atol": 0} if exactly else {}
        try:
            torch.testing.assert_close(tensor, other[name], equal_nan=True, **options)
        except AssertionError as error:
            said = " ".join(str(error).split())
            return f"{name.removeprefix('o_')}: {said}" if name else said
    return ""


__all__ = ["Failure", "Trial", "equal", "failed", "preamble"]
