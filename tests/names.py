"""Name tables: where a library keeps the tensors of our models, as data in `parity/names`.

A line is `ours: theirs`, a module (then all tensors under it are meant) or a tensor. In ours, `{n}` is a
number and `*` a name without dots; in theirs, `{…}` is an expression of the language over these numbers
and the params of the spec. Where several of our tensors are one of theirs, cut along a dimension, a
mapping says which part: `{name: …, part: 0, parts: 3, dim: 0}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from netwright import composer, specs
from netwright.composer.graph import weights
from netwright.specs.expressions import Expression, evaluate, parse
from netwright.specs.problems import Problems
from netwright.specs.reading import read_text
from sources import Source

TABLES = Path(__file__).resolve().parent / "parity" / "names"


class Listed(Mapping[str, Source]):
    """Tensor of a model -> where a library keeps it, by a table; read when it is first asked."""

    def __init__(self, table: str, spec: str, preset: str | None = None, **set: Any) -> None:
        self.table = table
        self._spec = specs.load(spec, preset=preset, set=set)
        self._params = {name: param.default for name, param in self._spec.definition.params.items()}
        self._params |= self._spec.definition.presets.get(preset or "", {}) | set

    @cached_property
    def _found(self) -> dict[str, Source]:
        text = (TABLES / f"{self.table}.yaml").read_text(encoding="utf-8")
        problems = Problems()
        lines = read_text(text, self.table, problems).plain()
        problems.raise_if_any()
        own = (path for path, _, _ in weights(composer.check(self._spec)))
        return {
            path: next(filter(None, (self._source(path, *line) for line in lines.items())))
            for path in own
            if not path.endswith("num_batches_tracked")
        }

    def _source(self, path: str, ours: str, theirs: str | dict[str, Any]) -> Source | None:
        """Where a line has the tensor of this path; None if it means another."""
        pattern = re.escape(ours).replace(r"\*", r"(?P<rest>\w+)")
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\d+)", pattern)
        match = re.fullmatch(rf"{pattern}(?P<tensor>(\.\w+)?)", path)
        if match is None:
            return None
        known = match.groupdict()
        entry = {"name": theirs} if isinstance(theirs, str) else dict(theirs)
        name = entry.pop("name").replace("*", known.pop("rest", "*"))
        values = self._params | {key: int(each) for key, each in known.items() if key != "tensor"}

        def number(found: re.Match[str]) -> str:
            expression = parse(f"$({found[1]})")
            assert isinstance(expression, Expression)
            return str(evaluate(expression, values.__getitem__))

        return Source(re.sub(r"\{(.+?)\}", number, name) + known["tensor"], **entry)

    def __getitem__(self, path: str) -> Source:
        return self._found[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
