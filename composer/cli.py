"""The command line: `netwright check`, `summary`, `render`, `compile` and what helps with them.

Exit status: 0 fine, 1 the spec has errors, 2 the command was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.plugins.catalogue import Catalogue, Composite
from netwright.specs.load import CommandText, Spec, load, loads
from netwright.specs.problems import NetwrightError, Problem, render
from netwright.specs.tensors import Tensor


class _Wrong(Exception):
    """The command was wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if "run" not in options:
        parser.print_help()
        return 2
    try:
        return int(options.run(options))
    except _Wrong as error:
        print(f"netwright: {error}", file=sys.stderr)
        return 2
    except NetwrightError as error:
        if getattr(options, "json", False):
            print(
                json.dumps(
                    {
                        "ok": False,
                        "problems": [each.as_json() for each in error.problems],
                        "outputs": {},
                    },
                    indent=2,
                )
            )
        else:
            print(_said(error.problems, error.more), file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _said(problems: Sequence[Problem], more: int = 0) -> str:
    return render(problems, color=sys.stderr.isatty() and "NO_COLOR" not in os.environ, more=more)


# -- what the commands have in common -----------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="netwright", description="Neural networks composed from blocks and described as data."
    )
    parser.add_argument("--version", action="version", version=f"netwright {version('netwright')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    spec = argparse.ArgumentParser(add_help=False)
    spec.add_argument("--preset", help="a preset of the spec")
    spec.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a param; the value is YAML",
    )
    spec.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="FILE.py",
        help="load blocks from a Python file",
    )
    one = argparse.ArgumentParser(add_help=False, parents=[spec])
    one.add_argument(
        "spec",
        metavar="SPEC",
        help="a path, the name of a spec of the zoo, or - for standard input",
    )
    shapes = argparse.ArgumentParser(add_help=False)
    shapes.add_argument(
        "--shapes", default="", metavar="NAME=VALUE,…", help="numbers for symbolic sizes"
    )
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print JSON")
    depth = argparse.ArgumentParser(add_help=False)
    depth.add_argument("--depth", type=int, help="levels of composites to show")

    def command(
        name: str, run: Any, help: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help, parents=list(parents))
        made.set_defaults(run=run)
        return made

    check = command("check", _check, "say whether a network fits together", spec, shapes, as_json)
    check.add_argument(
        "specs", nargs="+", metavar="SPEC", help="a path, a name, or - for standard input"
    )
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    command(
        "summary", _summary, "list sizes, parameters and operations", one, shapes, depth, as_json
    )
    draw = command("render", _render, "draw the network", one, shapes, depth)
    draw.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="ends in .svg, .png or .dot"
    )
    draw.add_argument(
        "--direction",
        choices=["TB", "LR"],
        default="TB",
        help="from top to bottom, or left to right",
    )
    make = command("compile", _compile, "write the network as a Python file", one)
    make.add_argument(
        "-o", "--output", metavar="FILE", help="where to write it (default: standard output)"
    )
    make.add_argument(
        "--try",
        dest="attempt",
        action="store_true",
        help="run it on made-up input and show what comes",
    )
    blocks = command("blocks", _blocks, "list the blocks, or explain one", as_json)
    blocks.add_argument("name", nargs="?", help="a block")
    blocks.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="FILE.py",
        help="load blocks from a Python file",
    )
    command("specs", _specs, "list the specs that come with netwright", as_json)
    command("plugins", _plugins, "list the installed plugins", as_json)
    explain = command("explain", _explain, "explain the code of an error")
    explain.add_argument("code", help="such as NW301")
    return parser


def _load(options: argparse.Namespace, source: str) -> Spec:
    chosen: dict[str, CommandText] = {}
    for each in options.set:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise _Wrong(f"--set takes NAME=VALUE, not {each!r}")
        chosen[name] = CommandText(value)
    if source == "-":
        return loads(sys.stdin.buffer.read(), preset=options.preset, set=chosen)
    return load(source, preset=options.preset, set=chosen)


def _shapes(options: argparse.Namespace) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in filter(None, options.shapes.split(",")):
        name, _, value = each.partition("=")
        if not name or not value.isdecimal():
            raise _Wrong(f"--shapes takes NAME=VALUE,…, not {each!r}")
        found[name] = int(value)
    return found


def _graph(options: argparse.Namespace) -> Graph:
    """The graph of the one spec; warnings are shown."""
    graph, warnings = elaborate(_load(options, options.spec), Catalogue(options.plugin))
    if warnings and not getattr(options, "json", False):
        print(_said(warnings), file=sys.stderr)
    return graph


# -- the commands --------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    from netwright.composer.counting import fixing, shape_text, typed

    catalogue = Catalogue(options.plugin)
    shapes = _shapes(options)
    status = 0
    reports: list[dict[str, Any]] = []
    for source in options.specs:
        try:
            graph, problems = elaborate(_load(options, source), catalogue)
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
                print(_said(problems, more), file=sys.stderr)
            if graph is not None and not failed:
                ins = ", ".join(
                    f"{name} {shape_text(fed, fix)}"
                    for name, fed in graph.inputs.items()
                    if isinstance(fed, Tensor)
                )
                print(f"{source}: ok, {ins} -> {text}")
    if options.json:
        print(json.dumps(reports[0] if len(reports) == 1 else reports, indent=2))
    return status


def _summary(options: argparse.Namespace) -> int:
    from netwright.composer.counting import Summary

    summary = Summary(_graph(options), options.depth, _shapes(options))
    print(json.dumps(summary.as_json(), indent=2) if options.json else summary)
    return 0


def _render(options: argparse.Namespace) -> int:
    from netwright.composer.diagram.render import render_graph

    graph = _graph(options)
    render_graph(
        graph,
        options.output,
        depth=options.depth,
        shapes=_shapes(options),
        direction=options.direction,
    )
    print(f"wrote {options.output}")
    return 0


def _compile(options: argparse.Namespace) -> int:
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


def _blocks(options: argparse.Namespace) -> int:
    catalogue = Catalogue(options.plugin)
    if options.name is None:
        names = [
            *catalogue.names(),
            *(each for path in options.plugin for each in catalogue.names(Path(path).stem)),
        ]
        print(json.dumps(names, indent=2) if options.json else "\n".join(names))
        return 0
    from netwright.plugins.catalogue import UnknownBlock
    from netwright.plugins.describe import describe

    try:
        block = catalogue.find(options.name)
    except UnknownBlock as error:
        raise _Wrong(f"{error.message}; {error.help}") from error
    described = describe(options.name, block)
    print(json.dumps(described.as_json(), indent=2) if options.json else described)
    return 0


def _specs(options: argparse.Namespace) -> int:
    from netwright.specs.load import zoo

    listed = [(name, load(name).definition) for name in zoo()]
    if options.json:
        print(
            json.dumps(
                [
                    {"name": name, "description": each.description, "presets": list(each.presets)}
                    for name, each in listed
                ],
                indent=2,
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


def _plugins(options: argparse.Namespace) -> int:
    from netwright.plugins.host import installed

    found = installed()
    if options.json:
        print(
            json.dumps(
                [{"namespace": name, "distribution": origin} for name, origin in found], indent=2
            )
        )
    elif not found:
        print("no plugins are installed")
    else:
        for name, origin in found:
            print(f"{name}  {origin}")
    return 0


def _explain(options: argparse.Namespace) -> int:
    from netwright.specs.codes import CODES
    from netwright.specs.problems import suggest

    code = options.code.upper()
    if code not in CODES:
        near = suggest(code, CODES)
        raise _Wrong(
            f"there is no code {options.code}"
            + (f"; did you mean {near}?" if near else f"; codes are {', '.join(CODES)}")
        )
    print(f"{code}: {CODES[code].title}\n\n{CODES[code].explanation.strip()}")
    return 0


__all__ = ["Composite", "main"]

if __name__ == "__main__":
    sys.exit(main())
