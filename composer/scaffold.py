"""A plugin to begin with: `netwright new plugin`.

The templates are plugins that work, called my_blocks; a new one is a copy under another name.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from netwright.specs.names import check_name

TEMPLATES = Path(__file__).with_name("templates")
NAME = "my_blocks"
HIDDEN = ("github", "gitignore")
"""Begin with a dot in a plugin; among the templates they do not, for a build leaves out what does."""
MARK = "<!-- blocks -->\n"


def write(name: str, single_file: bool) -> str:
    """Write a plugin into the working directory; returns what to tell its author.

    Raises ValueError if the name cannot be used, or if something is there already.
    """
    _check(name)
    return _write_file(name) if single_file else _write_package(name)


def _check(name: str) -> None:
    """Refuse a name that can be no namespace. Raises ValueError."""
    fault = check_name(name, "plugin")
    if fault is None:
        return
    reason = fault.message
    meant = "".join(each if each.isalnum() and each.isascii() else "_" for each in name).strip("_")
    if meant != name and check_name(meant, "plugin") is None:
        reason += f"; did you mean {meant}?"
    raise ValueError(reason)


def _write_file(name: str) -> str:
    file = Path(f"{name}.py")
    if file.exists():
        raise ValueError(f"there is a file {file} already; nothing was written")
    other = (
        importlib.util.find_spec(name) if name not in sys.modules else sys.modules[name].__spec__
    )
    if other is not None:
        raise ValueError(
            f"{name} is the name of a module of Python's path, which {file} would hide"
        )
    file.write_text(_renamed(_read("single/my_blocks.py"), name), encoding="utf-8")
    return (
        f"wrote {file}\n\n"
        f"It works as it is:\n"
        f"  python {file}    checks, draws, compiles and trains a small network of it\n"
        f"  netwright blocks --plugin ./{file} {name}/gated_linear\n"
        f"  netwright plugins check ./{file}\n\n"
        f"Put your own nn.Module in place of Gate, and say in GatedLinear what fits and what comes out.\n"
        f"In a spec the block is {name}/gated_linear; every command takes --plugin ./{file}."
    )


def _write_package(name: str) -> str:
    folder = Path(f"netwright-{name.replace('_', '-')}")
    if folder.exists():
        raise ValueError(f"there is {folder} already; nothing was written")
    installed = _owner(name)
    if installed:
        raise ValueError(f"the namespace {name} is taken: {installed} is installed")
    files = dict(_files(name))
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    _illustrate(folder, name)
    width = max(map(len, files)) + 2
    about = "\n".join(
        f"  {path.ljust(width)}{said}".rstrip() for path, said in _about(name).items()
    )
    return (
        f"wrote {folder}/\n{about}\n\n"
        f"It works as it is:\n"
        f"  cd {folder}\n"
        f"  pip install -e '.[test]'\n"
        f"  netwright render {name}/demo -o demo.svg\n"
        f"  netwright compile {name}/demo --try\n"
        f"  pytest"
    )


def _about(name: str) -> Mapping[str, str]:
    """The files that its author will change."""
    package = f"netwright_{name}"
    return {
        f"{package}/__init__.py": "what is registered",
        f"{package}/gated_linear.py": "a block",
        f"{package}/layers.py": "its torch module",
        f"{package}/gated_feed_forward.yaml": "a block composed of others",
        f"{package}/demo.yaml": "a network of them",
        "tests/test_blocks.py": "holds every block to what netwright's own are held to",
        "README.md": "with a table of the blocks and a picture, which the tests keep true",
        "pyproject.toml": "names the plugin to netwright",
    }


def _files(name: str) -> Iterator[tuple[str, str]]:
    """The files of a package: path -> text."""
    root = TEMPLATES / "plugin"
    for file in sorted(root.rglob("*")):
        path = file.relative_to(root).as_posix()
        if file.is_dir() or "__pycache__" in path:
            continue
        head, slash, rest = path.partition("/")
        hidden = "." if head in HIDDEN else ""
        yield (
            _renamed(f"{hidden}{head}{slash}{rest}", name),
            _renamed(_read(f"plugin/{path}"), name),
        )


def _read(template: str) -> str:
    return (TEMPLATES / template).read_text(encoding="utf-8")


def _renamed(text: str, name: str) -> str:
    return text.replace(NAME, name).replace(NAME.replace("_", "-"), name.replace("_", "-"))


def _owner(namespace: str) -> str:
    """The installed distribution that has a namespace; empty if none has."""
    from netwright.plugins.installed import claims

    return " and ".join(each.origin for each in claims(namespace))


def _illustrate(folder: Path, name: str) -> None:
    """Put the table of its blocks into the README of a plugin, and draw its demo, before it is installed."""
    from netwright import composer
    from netwright.plugins.catalogue import Catalogue
    from netwright.plugins.reference import table
    from netwright.plugins.staging import staged
    from netwright.specs.load import load

    sys.path.insert(0, str(folder.absolute()))
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        module = importlib.import_module(f"netwright_{name}")
        catalogue = Catalogue(staged=[staged(name, str(folder), module)])
        lines = table(catalogue.names(name), catalogue)
        spec = load(f"{name}/demo", catalogue=catalogue)
        composer.render(spec, folder / "demo.svg", catalogue=catalogue)
    finally:
        sys.path.pop(0)
        sys.dont_write_bytecode = writes
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8").replace(MARK, f"{MARK}{lines}\n")
    readme.write_text(text, encoding="utf-8")
