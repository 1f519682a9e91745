"""Cases: one check of one block, what was expected of it, and how it came out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from netwright.plugins.catalogue import Catalogue
from netwright.plugins.host import BUILT_IN
from netwright.plugins.testing.checks import CHECKS, NO_USE, Check
from netwright.plugins.testing.failures import Failure
from netwright.plugins.testing.specimen import Specimen, specimens
from netwright.plugins.testing.subjects import Subject
from netwright.specs.problems import suggest

Reason = str | Mapping[str, str]
"""Why a check is expected to fail; or node of an example -> why, where only some examples fail."""
Expected = Mapping[str, Mapping[str, Reason]]
"""Block -> check -> why it is expected to fail."""

TALLY = "counts"
"""The case of each block that counts: it fails if nothing was checked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case came out. text: why it was skipped or expected to fail, or the failure."""

    kind: Literal["passed", "failed", "skipped", "expected"]
    text: str = ""


@dataclass(frozen=True, eq=False)
class Case:
    """One check of one block."""

    specimen: Specimen
    check: Check | None
    """None: the case that counts."""
    reason: Reason = ""

    def __str__(self) -> str:
        return f"{self.specimen.name}-{self.check.name if self.check else TALLY}"

    @property
    def name(self) -> str:
        return self.check.name if self.check else TALLY

    def run(self) -> None:
        """Run it under pytest: skip, expect to fail, or fail."""
        import pytest

        if self.check is None:
            print(self._count())
            return
        outcome = self.outcome()
        if outcome.kind == "skipped":
            pytest.skip(outcome.text)
        if outcome.kind == "expected":
            pytest.xfail(outcome.text)
        if outcome.kind == "failed":
            pytest.fail(f"{self.specimen.name} does not pass `{self.name}`: {outcome.text}", False)

    def _count(self) -> str:
        """How many checks have something to say. Raises AssertionError if none has."""
        vacuous = {
            name: why for name, each in CHECKS.items() if (why := _vacuous(each, self.specimen))
        }
        ran = len(CHECKS) - len(vacuous)
        uses = len(self.specimen.subjects)
        skipped = ", ".join(f"{name} ({why})" for name, why in vacuous.items())
        if not uses:
            raise AssertionError(f"{self.specimen.name}: nothing was run. {NO_USE}")
        return f"{self.specimen.name}: {uses} uses, {ran} checks, {len(vacuous)} skipped: {skipped}"

    def outcome(self) -> Outcome:
        """Run it."""
        assert self.check is not None
        with warnings.catch_warnings(), _quiet_random():
            warnings.simplefilter("ignore")
            why = _vacuous(self.check, self.specimen)
            if why and not self.reason:
                return Outcome("skipped", why)
            if why:
                return Outcome(
                    "failed", f"it is expected to fail, but there is nothing to check: {why}"
                )
            return self._outcome(self.check)

    def _outcome(self, check: Check) -> Outcome:
        parts: list[Any] = _parts(check, self.specimen)
        apart: dict[str, list[Any]] = {}
        if isinstance(self.reason, Mapping):
            for part in parts:
                if isinstance(part, Subject) and part.node in self.reason:
                    apart.setdefault(part.node, []).append(part)
            stale = [node for node in self.reason if node not in apart]
            if stale:
                return Outcome("failed", f"expected_failures: no example of it is {stale[0]}")
            parts = [each for each in parts if each.node not in apart]
        failure = _failure(check, parts)
        if isinstance(self.reason, str) and self.reason:
            if failure is None:
                return Outcome(
                    "failed",
                    f"it passes, though it is expected to fail ({self.reason}): strike that out",
                )
            return Outcome("expected", self.reason)
        if failure is not None:
            return Outcome("failed", str(failure))
        for node, own in apart.items():
            if any(_failure(check, [part]) is None for part in own):
                return Outcome(
                    "failed", f"{node} passes, though it is expected to fail: strike that out"
                )
        reasons = self.reason.values() if isinstance(self.reason, Mapping) else ()
        return (
            Outcome("expected", "; ".join(dict.fromkeys(reasons))) if apart else Outcome("passed")
        )


def _quiet_random() -> Any:
    import torch

    return torch.random.fork_rng(devices=[])


def _parts(check: Check, specimen: Specimen) -> list[Any]:
    if check.over == "block":
        return [specimen]
    return [each for each in specimen.subjects if not check.vacuous(each)]


def _vacuous(check: Check, specimen: Specimen) -> str:
    """Why there is nothing to check; empty if there is."""
    if check.over == "block":
        return check.vacuous(specimen)
    reasons = [check.vacuous(each) for each in specimen.subjects]
    if not reasons:
        return NO_USE
    return "" if "" in reasons else "; ".join(dict.fromkeys(reasons))


def _failure(check: Check, parts: Sequence[Any]) -> Exception | None:
    """The first failure. Uses that are checked at once are checked apart if they fail together."""
    if not parts:
        return None
    groups: list[Any] = list(parts)
    if check.over == "uses":
        try:
            check.run(list(parts))
        except Exception as error:  # whatever it is, it is said
            together: Exception = error
        else:
            return None
        if len(parts) == 1:
            return together
        groups = [[each] for each in parts]
    for each in groups:
        try:
            check.run(each)
        except Failure as failure:
            return failure
        except Exception as error:  # a block may fail in any way
            import traceback

            return Failure("".join(traceback.format_exception(error)).strip(), "")
    return together if check.over == "uses" else None


def cases(
    namespace: str = BUILT_IN,
    *,
    files: Sequence[str | Path] = (),
    expected_failures: Expected | None = None,
    examples: Mapping[str, Sequence[str]] | None = None,
) -> list[Case]:
    """Every check of every block of a namespace.

    files: single-file plugins. expected_failures: block (without its namespace) -> check -> reason.
    examples: block -> examples beside those of its docstring, as it writes them.
    Raises PluginError if the plugin is broken, ValueError for a block or check that there is not, for a
    reason that is empty, and if there is no block.
    """
    catalogue = Catalogue(files)
    expected, more = expected_failures or {}, examples or {}
    found = specimens(catalogue, namespace, more)
    if not found:
        raise ValueError(f"there is nothing to check: no plugin {namespace!r} registers a block")
    names = [each.name.rpartition("/")[2] for each in found]
    _known([*expected, *more], names, "block")
    for block, reasons in expected.items():
        _known(reasons, list(CHECKS), "check")
        for check, reason in reasons.items():
            texts = reason.values() if isinstance(reason, Mapping) else [reason]
            if not texts or not all(isinstance(each, str) and each.strip() for each in texts):
                raise ValueError(f"expected_failures: {block}, {check}: say why it fails")
    made = []
    for specimen, name in zip(found, names, strict=True):
        own = expected.get(name, {})
        loads = Case(specimen, CHECKS["loads"], own.get("loads", ""))
        made.append(loads)
        if loads.outcome().kind == "failed":
            continue  # it says why; of the rest nothing can be said
        made += [
            Case(specimen, check, own.get(check.name, ""))
            for check in CHECKS.values()
            if check.name != "loads"
        ]
        made.append(Case(specimen, None))
    return made


def _known(given: Iterable[str], known: Sequence[str], what: str) -> None:
    for each in given:
        if each not in known:
            near = suggest(each, known)
            help = f"did you mean {near!r}?" if near else f"there are {', '.join(known)}"
            raise ValueError(f"there is no {what} {each!r}; {help}")


__all__ = ["TALLY", "Case", "Expected", "Outcome", "Reason", "cases"]
