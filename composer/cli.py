"""The command line: what can be said to `netwright`; what it then does stands in `commands`.

Exit status: 0 fine, 1 the spec has errors, 2 the command was wrong; of `diff`, as is its custom:
0 the same, 1 different, 2 they could not be compared.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from typing import Any


def command() -> int:
    """What the installed command runs: one command, and then the process ends.

    It is over in a moment, and nearly all that it makes lives as long. A collector that walks it again
    and again, most of all while modules are imported, would take a fifth of the time.
    """
    gc.disable()
    try:
        status = main()
    except KeyboardInterrupt:
        print("netwright: interrupted", file=sys.stderr)
        status = 130
    gc.freeze()  # nor is it walked at exit
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.version:
        from importlib.metadata import version

        print(f"netwright {version('netwright')}")
        return 0
    if options.command is None:
        parser.print_help()
        return 2
    from netwright.composer.commands import run

    return run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="netwright", description="Neural networks composed from blocks and described as data."
    )
    parser.add_argument("--version", action="store_true", help="show the version")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    plugin = _plugin_options()
    spec = argparse.ArgumentParser(add_help=False, parents=[plugin])
    spec.add_argument("--preset", help="a preset of the spec")
    spec.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a param; the value is YAML",
    )
    one = argparse.ArgumentParser(add_help=False, parents=[spec])
    one.add_argument(
        "spec",
        metavar="SPEC",
        help="a path, the name of a spec of the zoo or of a plugin, or - for standard input",
    )
    shapes = argparse.ArgumentParser(add_help=False)
    shapes.add_argument(
        "--shapes", default="", metavar="NAME=VALUE,…", help="numbers for symbolic sizes"
    )
    as_json = _json_option()
    depth = argparse.ArgumentParser(add_help=False)
    depth.add_argument("--depth", type=int, help="levels of composites to show")

    def add(name: str, help: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help, description=help, parents=list(parents))

    check = add("check", "say whether a network fits together", spec, shapes, as_json)
    check.add_argument(
        "specs", nargs="+", metavar="SPEC", help="a path, a name, or - for standard input"
    )
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    add("summary", "list sizes, parameters and operations", one, shapes, depth, as_json)
    draw = add("render", "draw the network", one, shapes, depth)
    draw.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="ends in .svg, .png, .pdf, .html, .dot or .mmd",
    )
    _add_view(draw)
    _add_diff(commands, plugin, shapes, as_json, depth)
    draw.add_argument(
        "--tolerant",
        action="store_true",
        help="draw it even if a plugin is not there: its blocks are hatched",
    )
    make = add("compile", "write the network as a Python file", one)
    make.add_argument(
        "-o", "--output", metavar="FILE", help="where to write it (default: standard output)"
    )
    make.add_argument(
        "--try",
        dest="attempt",
        action="store_true",
        help="run it on made-up input and show what comes",
    )
    fits = add("weights", "say whether a file of weights fits the network", one, as_json)
    fits.add_argument("file", metavar="FILE", help="ends in .safetensors, .pt or .pth")
    fits.add_argument(
        "--names",
        metavar="TABLE",
        help="the table of the names in it, such as torchvision/resnet (a plugin may have some, too), "
        "or the path of one",
    )
    _add_blocks(commands, plugin, as_json, shapes, depth)
    add("specs", "list the specs that come with netwright and with plugins", plugin, as_json)
    plugins = add("plugins", "list the plugins, or look at one", plugin, as_json)
    # An option before the action holds for it too, so the action's own has no default.
    _add_plugins(plugins, _plugin_options(argparse.SUPPRESS), _json_option(argparse.SUPPRESS))
    _add_new(commands)
    explain = add("explain", "explain the code of an error", plugin)
    explain.add_argument("code", help="such as NW301, or NAMESPACE/CHECK of a plugin")
    return parser


def _add_view(draw: argparse.ArgumentParser) -> None:
    """What is drawn of a network, and how."""
    draw.add_argument(
        "--direction",
        choices=["TB", "LR"],
        default="TB",
        help="from top to bottom, or left to right",
    )
    for name, help in (
        ("--expand", "open the composites with this path, such as layers.3.attend or *.attention"),
        ("--unfold", "draw the copies of the repeated node with this path one by one"),
        ("--highlight", "point out the nodes with this path"),
    ):
        draw.add_argument(name, action="append", default=[], metavar="PATTERN", help=help)
    draw.add_argument(
        "--theme",
        choices=["auto", "light", "dark", "print"],
        default="auto",
        help="colours; print: for paper; auto: light, in an SVG dark where the reader prefers that",
    )
    draw.add_argument(
        "--heat",
        choices=["parameters", "flops", "activations"],
        help="colour the boxes by how many they have",
    )
    draw.add_argument("--flops", action="store_true", help="tell the operations of each box")
    draw.add_argument(
        "--scale", type=float, default=2, metavar="NUMBER", help="pixels of a PNG for a point"
    )


def _add_blocks(commands: Any, *parents: argparse.ArgumentParser) -> None:
    """`netwright blocks`: the list, one of them, and its picture."""
    help = "list the blocks, or explain one and draw it"
    blocks = commands.add_parser("blocks", help=help, description=help, parents=list(parents))
    blocks.add_argument("name", nargs="?", help="a block, or `NAMESPACE/` for those of a plugin")
    blocks.add_argument(
        "--markdown", action="store_true", help="print a list as a table, for a README"
    )
    _add_output(blocks, "draw its first example too, and of a composite what is in it")
    _add_view(blocks)


def _add_output(parser: argparse.ArgumentParser, what: str) -> None:
    """`-o`, for a picture beside what is said."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=f"{what}; ends in .svg, .png, .pdf, .html, .dot or .mmd",
    )


def _add_diff(commands: Any, *parents: argparse.ArgumentParser) -> None:
    """`netwright diff`: what is compared, and where it is drawn."""
    help = (
        "say what differs between two networks; 0: nothing, 1: something, 2: they are not compared"
    )
    diff = commands.add_parser("diff", help=help, description=help, parents=list(parents))
    spec = "a path or a name, and after an @ a preset: resnet@resnet50"
    diff.add_argument("before", metavar="BEFORE", help=spec)
    diff.add_argument("after", metavar="AFTER", help=spec)
    diff.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a param of both"
    )
    _add_output(diff, "draw it too")
    _add_view(diff)


def _add_new(commands: Any) -> None:
    """`netwright new plugin`: what may be begun, and how."""
    new = commands.add_parser(
        "new", help="begin a plugin", description="Begin something of your own."
    )
    kinds = new.add_subparsers(title="what to begin", metavar="WHAT", dest="what", required=True)
    text = "write a plugin that works: blocks, a demo, tests"
    plugin = kinds.add_parser("plugin", help=text, description=text)
    plugin.add_argument("name", metavar="NAME", help="its namespace in specs, such as my_blocks")
    plugin.add_argument(
        "--single-file",
        action="store_true",
        help="one Python file, NAME.py, to be named with --plugin, instead of a package",
    )


def _plugin_options(default: str | None = None) -> argparse.ArgumentParser:
    """What says which plugins take part."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--plugin",
        action="append",
        default=default or [],
        metavar="PLUGIN",
        help="use a plugin: a Python file, ./my_blocks.py, or the name of an installed one",
    )
    options.add_argument(
        "--trace-plugins",
        action="store_true",
        default=default or False,
        help="tell what is imported for plugins, from where, and how long it takes",
    )
    return options


def _json_option(default: str | None = None) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--json", action="store_true", default=default or False, help="print JSON")
    return options


def _add_plugins(plugins: argparse.ArgumentParser, *parents: argparse.ArgumentParser) -> None:
    """What may follow `netwright plugins`."""
    plugins.add_argument(
        "--load", action="store_true", help="load each, to see its state, its blocks and its time"
    )
    actions = plugins.add_subparsers(title="actions", metavar="ACTION", dest="action")

    def add(name: str, help: str, metavar: str) -> None:
        action = actions.add_parser(name, help=help, description=help, parents=list(parents))
        action.add_argument("name", metavar=metavar)

    add("info", "say everything about one plugin", "NAME")
    add("why", "say who serves the name of a block, and why another does not", "BLOCK")
    add("check", "hold every block of a plugin to the conformance kit", "NAME")


if __name__ == "__main__":
    sys.exit(command())
