"""What the commands do. Each takes the parsed options and returns the exit status."""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import CommandText, Spec, load, loads
from netwright.specs.problems import NetwrightError, Problem
from netwright.specs.problems import render as text_of
from netwright.specs.tensors import Tensor


class Wrong(Exception):
    """The command was wrong."""


def run(options: argparse.Namespace) -> int:
    """Run the command that the options name."""
    try:
        return int(COMMANDS[options.command](options))
    except Wrong as error:
        print(f"netwright: {error}", file=sys.stderr)
        return 2
    except NetwrightError as error:
        if getattr(options, "json", False):
            problems = [each.as_json() for each in error.problems]
            print(as_json({"ok": False, "problems": problems, "outputs": {}}))
        else:
            print(said(error.problems, error.more), file=sys.stderr)
        return 2 if options.command == "diff" else 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def said(problems: Sequence[Problem], more: int = 0) -> str:
    """Problems as a terminal shows them."""
    return text_of(problems, color=sys.stderr.isatty() and "NO_COLOR" not in os.environ, more=more)


def as_json(value: Any) -> str:
    """A value as indented JSON."""
    import json

    return json.dumps(value, indent=2)


def _load(options: argparse.Namespace, source: str, catalogue: Catalogue) -> Spec:
    chosen: dict[str, CommandText] = {}
    for each in options.set:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise Wrong(f"--set takes NAME=VALUE, not {each!r}")
        chosen[name] = CommandText(value)
    if source == "-":
        return loads(sys.stdin.buffer.read(), preset=options.preset, set=chosen)
    return load(source, preset=options.preset, set=chosen, catalogue=catalogue)


def _catalogue(options: argparse.Namespace) -> Catalogue:
    """The blocks that the command may use; with --trace-plugins it is told what is imported."""

    def trace(what: str, seconds: float) -> None:
        print(f"plugins: {what} ({seconds * 1000:.1f} ms)", file=sys.stderr)

    return Catalogue(options.plugin, trace) if options.trace_plugins else Catalogue(options.plugin)


def _hint(catalogue: Catalogue, options: argparse.Namespace) -> None:
    """Tell whoever named a file that imports torch at its top what that costs."""
    for each in catalogue.plugins(()):
        if each.imports_torch and not options.json and each.origin.endswith(".py"):
            print(
                f"hint: {each.origin} imports torch at its top, so that every check waits for torch; "
                "what only needs blocks can stand in a file without it",
                file=sys.stderr,
            )


def _shapes(options: argparse.Namespace) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in filter(None, options.shapes.split(",")):
        name, _, value = each.partition("=")
        if not name or not value.isdecimal():
            raise Wrong(f"--shapes takes NAME=VALUE,…, not {each!r}")
        found[name] = int(value)
    return found


def _graph(options: argparse.Namespace) -> Graph:
    """The graph of the one spec; warnings are shown."""
    return _checked(options, _catalogue(options))


def _checked(options: argparse.Namespace, catalogue: Catalogue) -> Graph:
    tolerant = getattr(options, "tolerant", False)
    spec = _load(options, options.spec, catalogue)
    graph, warnings = elaborate(spec, catalogue, tolerant=tolerant)
    if warnings and not getattr(options, "json", False):
        print(said(warnings), file=sys.stderr)
    return graph


# -- the commands --------------------------------------------------------------------------------


def check(options: argparse.Namespace) -> int:
    """Check each spec, and say what comes out."""
    from netwright.composer.counting import fixing, shape_text, typed

    catalogue = _catalogue(options)
    _hint(catalogue, options)
    shapes = _shapes(options)
    status = 0
    reports: list[dict[str, Any]] = []
    for source in options.specs:
        try:
            graph, problems = elaborate(_load(options, source, catalogue), catalogue)
            fix = fixing(graph, shapes)
            failed = options.strict and bool(problems)
            outputs = {
                name or "output": typed(tensor, fix) for name, tensor in graph.outputs.items()
            }
            text = " and ".join(shape_text(tensor, fix) for tensor in graph.outputs.values())
        except NetwrightError as error:
            graph, problems, failed, outputs, text = None, error.problems, True, {}, ""
            more = error.more
        else:
            more = 0
        status = max(status, int(failed))
        reports.append(
            {
                "ok": not failed,
                "problems": [each.as_json() for each in problems],
                "outputs": outputs,
            }
        )
        if not options.json:
            if problems:
                print(said(problems, more), file=sys.stderr)
            if graph is not None and not failed:
                ins = ", ".join(
                    f"{name} {shape_text(fed, fix)}{' (optional)' * (name in graph.may_lack)}"
                    for name, fed in graph.inputs.items()
                    if isinstance(fed, Tensor)
                )
                print(f"{source}: ok, {ins} -> {text}")
    if options.json:
        print(as_json(reports[0] if len(reports) == 1 else reports))
    return status


def summary(options: argparse.Namespace) -> int:
    """Print the table of one spec."""
    from netwright.composer.counting import Summary

    summary = Summary(_graph(options), options.depth, _shapes(options))
    print(as_json(summary.as_json()) if options.json else summary)
    return 0


def render(options: argparse.Namespace) -> int:
    """Draw one spec."""
    catalogue = _catalogue(options)
    _draw(options, _checked(options, catalogue), catalogue)
    print(f"wrote {options.output}")
    return 0


def _draw(
    options: argparse.Namespace, graph: Graph, catalogue: Catalogue, since: Graph | None = None
) -> None:
    from netwright.composer.diagram.render import render_graph

    render_graph(
        graph,
        options.output,
        depth=options.depth,
        shapes=_shapes(options),
        direction=options.direction,
        expand=options.expand,
        unfold=options.unfold,
        highlight=options.highlight,
        theme=options.theme,
        heat=options.heat,
        flops=options.flops,
        scale=options.scale,
        catalogue=catalogue,
        since=since,
    )


def diff(options: argparse.Namespace) -> int:
    """Say, and if asked for draw, what differs between two specs."""
    from netwright.composer.differing import difference

    catalogue = _catalogue(options)
    graphs = []
    for source in (options.before, options.after):
        name, at, preset = source.rpartition("@")
        is_preset = bool(at) and preset.isidentifier() and not os.path.exists(source)
        options.preset = preset if is_preset else None
        graphs.append(
            elaborate(_load(options, name if is_preset else source, catalogue), catalogue)[0]
        )
    before, after = graphs
    found = difference(before, after, (options.before, options.after))
    print(as_json(found.as_json()) if options.json else found)
    if options.output:
        _draw(options, after, catalogue, since=before)
        print(f"wrote {options.output}", file=sys.stderr)
    return int(bool(found))


def compile(options: argparse.Namespace) -> int:
    """Write or try the Python source of one spec."""
    from netwright.composer import emit

    graph = _graph(options)
    source = emit(graph)
    if options.output:
        from netwright.composer.writing import write

        write(options.output, source.encode())
        print(f"wrote {options.output}")
    elif not options.attempt:
        print(source, end="")
    if options.attempt:
        from netwright.composer.trial import attempt

        print(attempt(graph))
    return 0


def weights(options: argparse.Namespace) -> int:
    """Say whether a file of weights fits one spec."""
    from math import prod

    from netwright.composer.weight_commands import fitting

    catalogue = _catalogue(options)
    spec = _load(options, options.spec, catalogue)
    graph, _ = elaborate(spec, catalogue)
    own = fitting(spec, graph, options.file, options.names, catalogue)
    count = sum(prod(own.sizes[name]) for name in {own.tied[name] for name in own.sizes})
    if options.json:
        print(as_json({"ok": True, "problems": [], "tensors": len(own.sizes), "numbers": count}))
    else:
        print(f"{options.file}: fits {spec.name}, {len(own.sizes):,} tensors, {count:,} numbers")
    return 0


def blocks(options: argparse.Namespace) -> int:
    """List the blocks, or explain one and, if asked for, draw it."""
    from netwright.composer.block_commands import explained, names, used

    catalogue = _catalogue(options)
    name: str | None = options.name
    if name is None or name.endswith("/"):
        if options.output:
            raise Wrong("one block is drawn at a time: netwright blocks NAME -o FILE")
        print(_listed(options, names(name and name.rstrip("/"), catalogue), catalogue))
        return 0
    described = explained(name, catalogue)
    print(as_json(described.as_json()) if options.json else described)
    if options.output:
        graph, opened = used(name, catalogue)
        if options.depth is None:
            options.expand = [*opened, *options.expand]
        _draw(options, graph, catalogue)
        print(f"wrote {options.output}", file=sys.stderr)
    return 0


def _listed(options: argparse.Namespace, names: Sequence[str], catalogue: Catalogue) -> str:
    from netwright.plugins.reference import listing, table

    if options.markdown:
        return table(names, catalogue)
    if options.json:
        return as_json(names)
    return "\n".join(names) if options.name is not None else listing(names, catalogue)


def specs(options: argparse.Namespace) -> int:
    """List the specs of the zoo and of the plugins; a plugin that is broken is told, and left out."""
    from netwright.specs.load import zoo

    catalogue = _catalogue(options)
    names: list[str] = [*zoo()]
    problems: list[Problem] = []
    for namespace in catalogue.namespaces():
        try:
            plugin = catalogue.plugin(namespace)
        except NetwrightError as error:
            problems += error.problems
        else:
            names += [f"{namespace}/{each}" for each in sorted(plugin.specs if plugin else ())]
    listed = []
    for name in names:
        try:
            listed.append((name, load(name, catalogue=catalogue).definition))
        except NetwrightError as error:
            problems += error.problems
    if problems:
        print(said([replace(each, severity="warning") for each in problems]), file=sys.stderr)
    if options.json:
        print(
            as_json(
                [
                    {"name": name, "description": each.description, "presets": list(each.presets)}
                    for name, each in listed
                ],
            )
        )
        return 0
    width = max(len(name) for name, _ in listed)
    for name, each in listed:
        print(
            f"{name.ljust(width)}  {each.description.strip()}"
            + (f" Presets: {', '.join(each.presets)}." if each.presets else "")
        )
    return 0


def plugins(options: argparse.Namespace) -> int:
    """List the plugins, or look at one."""
    from netwright.composer.plugin_commands import plugins

    return plugins(options)


def explain(options: argparse.Namespace) -> int:
    """Explain a code."""
    from netwright.specs.codes import CODES
    from netwright.specs.problems import suggest

    if "/" in options.code:
        print(_rule(options.code, _catalogue(options)))
        return 0
    code = options.code.upper()
    if code not in CODES:
        near = suggest(code, CODES)
        raise Wrong(
            f"there is no code {options.code}"
            + (f"; did you mean {near}?" if near else f"; codes are {', '.join(CODES)}")
        )
    print(f"{code}: {CODES[code].title}\n\n{CODES[code].explanation.strip()}")
    return 0


def _rule(code: str, catalogue: Catalogue) -> str:
    """What a plugin says of one of its checks. Raises Wrong if there is none, PluginError."""
    namespace, _, name = code.partition("/")
    plugin = catalogue.plugin(namespace)
    if plugin is None:
        raise Wrong(catalogue.missing(namespace).message)
    if name not in plugin.checks:
        known = ", ".join(f"{namespace}/{each}" for each in plugin.checks) or "none"
        raise Wrong(f"there is no code {code}; those of {namespace} are {known}")
    text = inspect.getdoc(catalogue.check(plugin, name)) or "Its author says nothing of it."
    return f"{code}: a check of {plugin.origin}\n\n{text}"


def new(options: argparse.Namespace) -> int:
    """Begin a plugin."""
    from netwright.composer.scaffold import write

    try:
        print(write(options.name, options.single_file))
    except ValueError as error:
        raise Wrong(str(error)) from error
    return 0


COMMANDS = {
    "check": check,
    "summary": summary,
    "render": render,
    "diff": diff,
    "compile": compile,
    "weights": weights,
    "blocks": blocks,
    "specs": specs,
    "plugins": plugins,
    "explain": explain,
    "new": new,
}
"""Name of a command -> what it does."""
