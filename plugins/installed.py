"""Installed plugins as their metadata tells of them: nothing here imports one."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from dataclasses import dataclass

from netwright.plugins.blame import said
from netwright.plugins.hooks import GROUP, PROJECT
from netwright.specs.names import check_name


@dataclass(frozen=True, slots=True)
class Claim:
    """A distribution's claim to a namespace: its entry point.

    target: what the entry point names. fault: why the metadata cannot be read; then there is no point.
    """

    namespace: str
    distribution: str
    version: str
    target: str = ""
    point: importlib.metadata.EntryPoint | None = None
    fault: str = ""

    @property
    def origin(self) -> str:
        """Distribution and version, as messages name a plugin's origin."""
        return f"{self.distribution} {self.version}".strip()


def claims(namespace: str | None = None) -> tuple[Claim, ...]:
    """The claims to a namespace, or all, sorted. Distributions with unreadable metadata have a fault."""
    found = sorted(_claims(), key=lambda each: (each.namespace, each.distribution))
    return tuple(each for each in found if namespace in (None, each.namespace))


def _claims() -> Iterator[Claim]:
    seen: set[str] = set()
    for distribution in importlib.metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt")
        except (OSError, UnicodeDecodeError):
            continue
        if not text or GROUP not in text:
            continue
        name, version = _named(distribution)
        # The first of a name on the path is the one that would be imported.
        if normal(name) in seen:
            continue
        seen.add(normal(name))
        try:
            points = [point for point in distribution.entry_points if point.group == GROUP]
        except Exception as error:
            yield Claim(name, name, version, fault=f"its metadata cannot be read: {said(error)}")
            continue
        for point in points if normal(name) != PROJECT else ():
            fault = _fault(point.name) or _unmet(distribution)
            yield Claim(point.name, name, version, point.value, None if fault else point, fault)


def _fault(namespace: str) -> str:
    """Why a name can be no namespace; empty if it can."""
    if namespace == PROJECT:
        return f"claims {PROJECT}, which is no plugin's name"
    wrong = check_name(namespace, "namespace")
    return "" if wrong is None else f"claims a namespace that none can be: {wrong.message}"


def _unmet(distribution: importlib.metadata.Distribution) -> str:
    """What a plugin requires of netwright or torch and is not met; pip sees to the rest."""
    texts = [each for each in distribution.requires or () if _RUNS_ON.match(each)]
    if not texts:
        return ""
    from packaging.requirements import InvalidRequirement, Requirement

    for text in texts:
        try:
            wanted = Requirement(text)
            version = importlib.metadata.version(wanted.name)
        except (InvalidRequirement, importlib.metadata.PackageNotFoundError):
            continue
        applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        if applies and not wanted.specifier.contains(version, prereleases=True):
            return f"needs {wanted.name}{wanted.specifier}, and {version} is installed"
    return ""


_RUNS_ON = re.compile(r"(netwright|torch)(?![-_.\w])", re.IGNORECASE)


def _named(distribution: importlib.metadata.Distribution) -> tuple[str, str]:
    try:
        metadata = distribution.metadata
        return metadata["Name"] or "(no name)", metadata["Version"] or ""
    except Exception:
        return "(no name)", ""


def normal(distribution: str) -> str:
    """The name of a distribution as names are compared."""
    return distribution.lower().replace("_", "-").replace(".", "-")


def own_point() -> importlib.metadata.EntryPoint | None:
    """The entry point of the built-in blocks."""
    own = importlib.metadata.distribution(PROJECT)
    points = [point for point in own.entry_points if point.group == GROUP and point.name == PROJECT]
    return points[0] if points else None


def providers(namespace: str) -> tuple[tuple[str, str], ...]:
    """Name and version of each distribution that has a namespace, from metadata alone."""
    return tuple((each.distribution, each.version) for each in claims(namespace) if not each.fault)
