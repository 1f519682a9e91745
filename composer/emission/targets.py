"""Import paths as they are written in the file: `torch.nn.functional.relu` is `F.relu`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from netwright.composer.emission.inline import STANDARD, inlined

_SHORT = (("torch.nn.functional.", "F."), ("torch.nn.", "nn."), ("torch.", "torch."))


class Targets:
    """What the file calls, and where it comes from: imports, and functions copied into it."""

    def __init__(self) -> None:
        self.definitions: dict[str, str] = {}
        """Name -> source of what is copied."""
        self.imports: set[str] = set()
        self._texts: dict[str, str] = {}
        self._taken: set[str] = set()

    def text(self, target: str) -> str:
        """How the target is written where it is used."""
        text = self._texts.get(target)
        if text is None:
            text = self._texts[target] = self._written(target)
        return text

    def _written(self, target: str) -> str:
        for prefix, short in _SHORT:
            if target.startswith(prefix):
                return short + target.removeprefix(prefix)
        module, _, name = target.rpartition(".")
        if module in ("math", "operator"):
            return target
        found = inlined(target)
        if found is not None and all(
            self.definitions.get(each, text) == text
            and (each in self.definitions or each not in self._taken)
            for each, text in found.definitions
        ):
            self.definitions.update(found.definitions)
            self.imports.update(found.imports)
            self._taken.update(each for each, _ in found.definitions)
            return name
        alias = name
        number = 2
        while alias in self._taken:
            alias = f"{name}_{number}"
            number += 1
        self._taken.add(alias)
        self.imports.add(f"from {module} import {name}" + ("" if alias == name else f" as {alias}"))
        return alias

    def names(self) -> Iterable[str]:
        """The names at the level of the module that are taken so far."""
        return self._taken


def import_lines(code: str, further: Iterable[str]) -> list[str]:
    """The imports at the top of the file: those that the code needs by name, and further ones."""
    statements = set(further)
    for name, statement in STANDARD.items():
        if re.search(
            rf"(?<![\w.])(?:{name})\b{'' if name in ('Tensor', 'Callable') else '[.]'}", code
        ):
            statements.add(statement)
    own = sorted(each for each in statements if not _third_party(each))
    other = _joined(sorted(each for each in statements if _third_party(each)))
    return [*_joined(own), *([""] if own and other else []), *other]


def _third_party(statement: str) -> bool:
    import sys

    return statement.split()[1].partition(".")[0] not in sys.stdlib_module_names


def _joined(statements: list[str]) -> list[str]:
    """`import` lines first, then one `from` line for each module."""
    plain = [each for each in statements if each.startswith("import ")]
    modules: dict[str, list[str]] = {}
    for each in statements:
        if each.startswith("from "):
            module, names = each.removeprefix("from ").split(" import ")
            modules.setdefault(module, []).append(names)
    return [
        *plain,
        *(f"from {module} import {', '.join(names)}" for module, names in modules.items()),
    ]
