"""A specimen: one block under test, with all uses of it that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from netwright.plugins.block import Block
from netwright.plugins.catalogue import Catalogue, Composite
from netwright.plugins.describe import describe
from netwright.plugins.docstrings import Example, parse_example
from netwright.plugins.testing.probing import probed
from netwright.plugins.testing.subjects import Subject
from netwright.specs.problems import PluginError, SpecError


@dataclass(frozen=True, eq=False)
class Specimen:
    """One block under test. more: examples beside those of its docstring."""

    name: str
    catalogue: Catalogue
    more: Sequence[str] = field(default=())

    @cached_property
    def found(self) -> type[Block] | Composite:
        """The block. Raises PluginError."""
        return self.catalogue.find(self.name)

    @property
    def namespace(self) -> str:
        return self.name.rpartition("/")[0]

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Those of the docstring, and more. Raises PluginError, DocstringError."""
        return (*describe(self.name, self.found).examples, *map(parse_example, self.more))

    @cached_property
    def written(self) -> tuple[Subject, ...]:
        """A subject for each example; none if they cannot be read, which is a failure of its own."""
        try:
            return self._subjects(self.examples)
        except (PluginError, ValueError):
            return ()

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """The examples that the rule takes; if there are none, what probing finds."""
        fit = tuple(each for each in self.written if _fits(each))
        if fit:
            return fit
        return self._subjects(probed(self.name, self.found, self.catalogue))

    def _subjects(self, examples: Sequence[Example]) -> tuple[Subject, ...]:
        return tuple(
            Subject(self.name, number, each, self.catalogue) for number, each in enumerate(examples)
        )


def _fits(subject: Subject) -> bool:
    try:
        return bool(subject.graph)
    except SpecError:
        return False


def specimens(
    catalogue: Catalogue, namespace: str, examples: Mapping[str, Sequence[str]]
) -> list[Specimen]:
    """Every block of a namespace. Raises PluginError if its plugin is broken."""
    return [
        Specimen(name, catalogue, examples.get(name.rpartition("/")[2], ()))
        for name in catalogue.names(namespace)
    ]


__all__ = ["Specimen", "specimens"]
