"""The checks of plugins: rules over a whole network, run once it stands, and blamed if they fail."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from netwright.composer.graph import Graph
from netwright.composer.viewing import network, plugins_in
from netwright.plugins.blame import as_python, broken, said
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.network import Finding, Network
from netwright.plugins.staging import Plugin
from netwright.specs.problems import Problem, Problems


def apply_rules(
    graph: Graph, catalogue: Catalogue, required: Iterable[str], problems: Problems
) -> None:
    """Add what the plugins of a network have to say: what their import warned of, what their checks find.

    These are the plugins whose blocks it uses, those that it requires, and those that were named.
    """
    view: Network | None = None
    for plugin in catalogue.plugins((*plugins_in(graph), *required)):
        problems.extend(plugin.warnings)
        for name in plugin.checks:
            view = view or network(graph)
            problems.extend(_found(plugin, name, catalogue, view))


def _found(plugin: Plugin, name: str, catalogue: Catalogue, view: Network) -> Iterator[Problem]:
    code = f"{plugin.namespace}/{name}"
    rule = catalogue.check(plugin, name)
    found: list[Any] = []
    try:
        with contextlib.redirect_stdout(sys.stderr):
            result = rule(view)
            found += result if result is not None else ()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        what = f"has a check {name} that failed with {said(error)}"
        yield broken(plugin.namespace, plugin.origin, what, "NW513").problems[0]
    for each in found:
        if not isinstance(each, Finding):
            kind = type(each).__name__
            what = f"has a check {name} that gave {as_python(each)} ({kind}), not a Finding"
            yield broken(plugin.namespace, plugin.origin, what, "NW513").problems[0]
            continue
        node = each.node
        problem = Problem(code, str(each.message), help=str(each.help), severity=each.severity)
        if node is not None:
            problem = replace(problem, place=node.place, path=node.path, uses=node.times)
        yield problem
