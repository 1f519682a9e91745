"""A report: how every case of a plugin came out, without pytest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from netwright.plugins.testing.cases import Case, Outcome

ORDER = ("passed", "failed", "expected", "skipped")


@dataclass(frozen=True)
class Report:
    """Cases with their outcomes, in order."""

    outcomes: Sequence[tuple[Case, Outcome]]

    @property
    def ok(self) -> bool:
        """Whether nothing failed, and of every block something was run."""
        if any(outcome.kind == "failed" for _, outcome in self.outcomes):
            return False
        return bool(self.outcomes) and all(
            counts["passed"] + counts["expected"] for counts in self.counts().values()
        )

    def counts(self) -> dict[str, Counter[str]]:
        """Block -> how many of its cases came out how."""
        found: dict[str, Counter[str]] = {}
        for case, outcome in self.outcomes:
            found.setdefault(case.specimen.name, Counter())[outcome.kind] += 1
        return found

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "ok": self.ok,
            "blocks": {name: _plain(counts) for name, counts in self.counts().items()},
            "cases": [
                {
                    "block": case.specimen.name,
                    "check": case.name,
                    "outcome": outcome.kind,
                    "text": outcome.text,
                }
                for case, outcome in self.outcomes
            ],
        }


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {kind: counts[kind] for kind in ORDER}


def told(name: str, counts: Counter[str]) -> str:
    """The line that counts a block's cases."""
    said = ", ".join(f"{counts[kind]} {kind}" for kind in ORDER if counts[kind])
    return f"{name}: {said or 'nothing was run'}"


def checked(cases: Sequence[Case], tell: Callable[[str], object] | None = None) -> Report:
    """Run cases. tell: is told each failure as it is found, and the counts of each block."""
    done: list[tuple[Case, Outcome]] = []
    for place, case in enumerate(cases):
        if case.check is not None:
            outcome = case.outcome()
            done.append((case, outcome))
            if tell and outcome.kind == "failed":
                tell(f"{case.specimen.name} does not pass `{case.name}`: {outcome.text}\n")
        last = place + 1 == len(cases) or cases[place + 1].specimen is not case.specimen
        if last and tell:
            name = case.specimen.name
            counts = Report(done).counts().get(name, Counter())
            tell(told(name, counts))
            tell_skipped = [
                f"  {each.name}: {outcome.text}"
                for each, outcome in done
                if each.specimen is case.specimen and outcome.kind in ("skipped", "expected")
            ]
            for line in tell_skipped:
                tell(line)
    return Report(tuple(done))


__all__ = ["Report", "checked", "told"]
