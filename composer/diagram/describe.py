"""The words in a diagram: sizes of tensors, telling settings, numbers of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from netwright.composer.counting import Fix
from netwright.composer.diagram.measure import legible, width
from netwright.composer.graph import Leaf, Run
from netwright.plugins.block import defaults
from netwright.specs.sizes import Size, Symbolic, pretty
from netwright.specs.tensors import Tensor

# A setting or a size longer than this is cut; the tooltip keeps what fits a line of it.
_LONGEST = 60


class Words:
    """How sizes are written: as symbols, or with the numbers that `fix` puts for them."""

    def __init__(self, fix: Fix) -> None:
        self._fix = fix
        self._known: dict[object, str] = {}

    def size(self, size: Size) -> str:
        """One size: `3`, `⌈height/2⌉`."""
        if isinstance(size, int):
            return str(size)
        text = self._known.get(size.polynomial)
        if text is None:
            text = self._known[size.polynomial] = pretty(self._fix(size))
        return text

    def tensor(self, tensor: Tensor) -> str:
        """`[batch, 64, ⌈height/2⌉]`, with the dtype where it is not the model's floating type."""
        shape = f"[{', '.join(self.size(size) for size in tensor.sizes)}]"
        return shape if tensor.dtype == "float" else f"{shape} {tensor.dtype}"

    def tensors(self, tensors: Sequence[Tensor], limit: float, size: float) -> str:
        """What one place has in each of several copies: `[batch, 64 … 512]`.

        Lines are broken after a size where they would be wider than the limit; a limit of 0 puts
        each size on a line of its own, without brackets.
        """
        first = tensors[0]
        if any(
            len(each.sizes) != len(first.sizes) or each.dtype != first.dtype for each in tensors
        ):
            return ranged(self.tensor(each) for each in tensors)
        sizes = [
            ranged(map(self.size, each))
            for each in zip(*(each.sizes for each in tensors), strict=True)
        ]
        dtype = "" if first.dtype == "float" else first.dtype
        if not limit:
            return "\n".join([*(sizes or ["[]"]), *filter(None, [dtype])])
        lines = [""]
        last = f"{']' if sizes else '[]'} {dtype}".rstrip()
        for number, text in enumerate(sizes):
            part = ("[" if not number else " ") + text + ("," if number < len(sizes) - 1 else last)
            if lines[-1] and width(lines[-1] + part, size) > limit:
                lines.append(part.strip())
            else:
                lines[-1] += part
        return "\n".join(lines) if sizes else last

    def settings(self, runs: Sequence[Run]) -> list[str]:
        """The settings that tell something: written in the spec, not the default, short.

        Of several runs, those of the first, and what they come to in the last.
        """
        each = [self._told(run) for run in runs]
        return [
            joined(name, ranged(told[name] for told in each if name in told))
            for name in dict.fromkeys(name for told in each for name in told)
        ]

    def _told(self, run: Run) -> dict[str, str]:
        block = run.element.block if isinstance(run.element, Leaf) else None
        usual = {} if block is None else defaults(type(block))
        told = {}
        for name, value in run.settings.items():
            if name in usual and _same(usual[name], value):
                continue
            text = self._value(value)
            if text is not None:
                told[legible(name)] = "" if value is True else text
        return told

    def _value(self, value: Any) -> str | None:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, Symbolic):
            return self.size(value)
        if isinstance(value, float):
            return f"{value:g}"
        if isinstance(value, (int, str)):
            return legible(str(value))[:_LONGEST]
        if value is None:
            return "null"
        if isinstance(value, Sequence) and len(value) <= 8:
            texts = [self._value(each) for each in value]
            known = [text for text in texts if text is not None]
            if len(known) < len(texts):
                return None
            if 2 <= len(value) <= 3 and all(isinstance(each, int) for each in value):
                return "×".join(known)
            return f"[{', '.join(known)}]"
        return None  # a block, a body: it shows itself


def value_text(value: Any) -> str:
    """A setting's value in words; nothing for a block or a body, which shows itself."""
    return Words(lambda size: size)._value(value) or ""


def ranged(texts: Iterable[str]) -> str:
    """What differs from copy to copy: the first, and where it ends."""
    distinct = list(dict.fromkeys(texts))
    return distinct[0] if len(distinct) == 1 else f"{distinct[0]} … {distinct[-1]}"


def joined(name: str, text: str) -> str:
    """A setting and its value, if it has one."""
    return f"{name} {text}" if text else name


def _same(one: Any, other: Any) -> bool:
    # Comparing symbolic sizes may be undecided, which raises; true is not 1 here.
    one, other = _spread(one), _spread(other)
    return type(one) is type(other) and not isinstance(one, Symbolic) and bool(one == other)


def _spread(value: Any) -> Any:
    """One number for both dimensions is a pair of it: `3` is `[3, 3]`."""
    if isinstance(value, (list, tuple)) and value and all(type(each) is int for each in value):
        return value[0] if len(set(value)) == 1 else tuple(value)
    return value


def short_count(count: Size) -> str:
    """`9,408`, `38.6M`, `175B`; nothing for none."""
    if not isinstance(count, int):
        return pretty(count)
    if count < 10_000:
        return f"{count:,}" if count else ""
    # A number that rounds up to 1,000 takes the next unit.
    for unit, power in (("K", 3), ("M", 6), ("B", 9), ("T", 12)):
        scaled = float(f"{count / 10**power:.3g}")
        if scaled < 1000 or unit == "T":
            break
    return f"{scaled:g}{unit}"


def long_count(count: Size) -> str:
    """`1 parameter`, `9,408 parameters`; nothing for none."""
    if not isinstance(count, int):
        return f"{pretty(count)} parameters"
    if not count:
        return ""
    return f"{count:,} parameter{'' if count == 1 else 's'}"


def prose(text: str, limit: int = 2000) -> str:
    """A text of the spec's author for a tooltip: legible, lines kept, not without end."""
    lines = (legible(line) for line in text.strip().splitlines())
    joined = "\n".join(lines)
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"
