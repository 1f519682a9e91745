"""The codes of problems: what each means, with an example and how to mend it.

Their texts stand in codes.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_FILE = Path(__file__).with_name("codes.md")
_SECTION = re.compile(r"^## (NW\d{3}): (.+)\n\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of problem.

    Attributes:
        title: in a few words.
        explanation: Markdown: what it means, an example, how to mend it.
    """

    title: str
    explanation: str


class _Codes(Mapping[str, Code]):
    """The sections of the page, read when one is first asked for."""

    @cached_property
    def _sections(self) -> dict[str, Code]:
        _, *parts = _SECTION.split(_FILE.read_text(encoding="utf-8"))
        return {
            code: Code(title, text.strip() + "\n")
            for code, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        }

    def __getitem__(self, code: str) -> Code:
        return self._sections[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sections)

    def __len__(self) -> int:
        return len(self._sections)


#: Code -> what it means, in order.
CODES: Mapping[str, Code] = _Codes()
