"""`netwright plugins`: what is installed, what one plugin brings, and who serves a name."""

from __future__ import annotations

import argparse
import json
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

from netwright.plugins.catalogue import Catalogue, UnknownBlock
from netwright.plugins.hooks import HOOKS, PROJECT
from netwright.plugins.host import BUILT_IN
from netwright.plugins.probing import Report, listed, probed
from netwright.specs.problems import PluginError

KINDS = tuple(hook.removeprefix("register_") for hook in HOOKS)
WIDTH = 100


def listing(options: argparse.Namespace) -> int:
    """List the plugins; with --load each is loaded, in a process of its own."""
    found = listed([each for each in options.plugin if each.endswith(".py")])
    if options.load:
        found = tuple(map(probed, found))
    if options.json:
        _print_json([each.as_json() for each in found])
        return 0
    if not found:
        print("no plugins are installed")
        return 0
    rows = [("namespace", "from", "state", "blocks", "import")]
    rows += [_row(each) for each in found]
    if not options.load:
        rows = [(*row[:3], "", "") for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    for each in found:
        if each.message or each.hint:
            print(f"\n{each.namespace}: {each.message or each.hint}")
    return 0


def _row(report: Report) -> tuple[str, str, str, str, str]:
    count = "" if report.blocks is None else str(len(report.blocks))
    taken = "" if report.seconds is None else f"{report.seconds * 1000:.0f} ms"
    return report.namespace, report.origin, report.state, count, taken


def info(options: argparse.Namespace) -> int:
    """Say everything about one plugin; 1 if it is not ok, 2 if there is none."""
    from netwright.composer.commands import Wrong

    name = options.name
    files = [each for each in (*options.plugin, name) if each.endswith(".py")]
    wanted = Path(name).stem if name.endswith(".py") else name
    found = [probed(each) for each in listed(files) if each.namespace == wanted]
    if not found:
        raise Wrong(Catalogue().missing(wanted).message + "; `netwright plugins` lists what is")
    if options.json:
        _print_json([each.as_json() for each in found])
    else:
        print("\n\n".join(map(_said, found)))
    return 0 if all(each.state == "ok" for each in found) else 1


def _said(report: Report) -> str:
    lines = [f"{report.namespace} ({report.origin})", ""]
    facts = {"state": report.state, "module": report.target}
    if report.seconds is not None:
        facts["import"] = f"{report.seconds * 1000:.0f} ms"
    facts |= {kind: ", ".join(getattr(report, kind) or ()) for kind in KINDS}
    facts |= {"reason": report.message, "hint": report.hint}
    for name, fact in facts.items():
        if fact:
            head = name.ljust(14)
            lines += textwrap.wrap(
                fact, WIDTH, initial_indent=head, subsequent_indent=" " * 14, break_long_words=False
            )
    return "\n".join(lines)


def why(options: argparse.Namespace) -> int:
    """Say who serves the name of a block, and why another does not; 1 if nobody does."""
    name = options.name
    namespace = name.rpartition("/")[0]
    served, reason, loaded = "", "", True
    try:
        catalogue = Catalogue(options.plugin)
        served = str(catalogue.provenance(name))
    except UnknownBlock as error:
        reason = f"{error.message}; {error.help}"
    except PluginError as error:
        reason, loaded = "; ".join(each.message for each in error.problems), False
    files = [each for each in options.plugin if each.endswith(".py")]
    claims = [each for each in listed(files) if each.namespace == namespace]
    claims = [_heard(each, loaded) for each in claims]
    if options.json:
        plain = [
            {
                "origin": each.origin,
                "module": each.target,
                "state": each.state,
                "reason": each.message,
            }
            for each in claims
        ]
        _print_json({"name": name, "served_by": served or None, "reason": reason, "claims": plain})
    else:
        print(f"{name}: {f'served by {served}' if served else reason}")
        for each in claims:
            because = f": {each.message}" if each.message else ""
            print(
                f"  {each.namespace} is claimed by {each.origin} ({each.target}), {each.state}{because}"
            )
        if namespace and not claims:
            print(f"  nothing claims {namespace}")
    return 0 if served else 1


def _heard(claim: Report, loaded: bool) -> Report:
    return replace(claim, state="ok") if loaded and claim.state == "not loaded" else claim


def check(options: argparse.Namespace) -> int:
    """Hold every block of a plugin to the conformance kit; 1 if one fails, or if nothing was run."""
    from netwright.composer.commands import Wrong
    from netwright.plugins.testing.cases import cases
    from netwright.plugins.testing.report import checked

    named = [*options.plugin, options.name] if options.name.endswith(".py") else options.plugin
    wanted = Path(options.name).stem if options.name.endswith(".py") else options.name
    # the built-in blocks have no namespace; their plugin bears the project's name
    namespace = BUILT_IN if wanted == PROJECT else wanted
    try:
        found = cases(namespace, files=named)
    except ValueError as error:
        raise Wrong(str(error)) from error
    report = checked(found, None if options.json else print)
    if options.json:
        _print_json(report.as_json())
    return 0 if report.ok else 1


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def plugins(options: argparse.Namespace) -> int:
    """What follows `netwright plugins`."""
    return ACTIONS[options.action or "list"](options)


ACTIONS = {"list": listing, "info": info, "why": why, "check": check}
"""Name of an action -> what it does."""
