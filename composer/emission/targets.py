"""Import paths as they are written in the file: `torch.nn.functional.relu` is `F.relu`."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = (("torch.nn.functional.", "F."), ("torch.nn.", "nn."), ("torch.", "torch."))


class Targets:
    """What the file calls, and where it comes from."""

    def __init__(self) -> None:
        self.foreign: dict[str, str] = {}
        """Import path outside torch -> its name in the file."""
        self._texts: dict[str, str] = {}

    def text(self, target: str) -> str:
        """How the target is written where it is used."""
        text = self._texts.get(target)
        if text is None:
            text = self._texts[target] = self._short(target)
        return text

    def _short(self, target: str) -> str:
        for prefix, short in _SHORT:
            if target.startswith(prefix):
                return short + target.removeprefix(prefix)
        module, _, name = target.rpartition(".")
        if module in ("math", "operator"):
            return target
        taken = set(self.foreign.values())
        free = name
        number = 1
        while free in taken:
            free = f"{name}_{number}"
            number += 1
        self.foreign[target] = free
        return free

    def names(self) -> Iterable[str]:
        return self.foreign.values()
