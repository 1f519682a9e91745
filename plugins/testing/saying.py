"""Checks of what a block says of itself, without running it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from netwright.plugins.block import defaults, flaw, schema, shape_settings
from netwright.plugins.catalogue import Composite
from netwright.plugins.describe import Description, describe
from netwright.plugins.docstrings import DocstringError, Example
from netwright.plugins.testing import composing
from netwright.plugins.testing.failures import Failure, preamble
from netwright.plugins.testing.specimen import Specimen
from netwright.plugins.testing.subjects import Subject, document
from netwright.plugins.testing.variants import changed_settings, concrete
from netwright.specs.problems import NetwrightError, PluginError, SpecError

HEAVY = ("torch", "numpy", "scipy", "jax", "tensorflow", "transformers")
"""What takes longer to import than a whole check."""


def _program(specimen: Specimen, *lines: str) -> str:
    files = [str(path) for path in specimen.catalogue.files]
    return "\n".join(
        [
            "from netwright.plugins.catalogue import Catalogue",
            f"block = Catalogue({files or ''}).find({specimen.name!r})",
            *lines,
        ]
    )


def loads(specimen: Specimen) -> None:
    """It can be loaded, and keeps the contract."""
    try:
        found = specimen.found
    except NetwrightError as error:
        raise Failure(error.problems[0].message, _program(specimen)) from error
    fault = "" if isinstance(found, Composite) else flaw(found)
    if fault:
        check = "from netwright.plugins.block import flaw"
        raise Failure(fault, _program(specimen, check, "assert not flaw(block), flaw(block)"))


def _described(specimen: Specimen) -> Description:
    try:
        return describe(specimen.name, specimen.found)
    except PluginError as error:
        raise Failure(error.problems[0].message, _program(specimen, *_DESCRIBED)) from error


_DESCRIBED = ("from netwright.plugins.describe import describe", "about = describe('', block)")


def described(specimen: Specimen) -> None:
    """It says what it computes, what shapes it takes, and what each setting is."""
    about = _described(specimen)
    facts = {"summary": "what it computes", "shapes": "which shapes it takes and gives"}
    for name, meaning in facts.items():
        if not getattr(about, name):
            where = "`description`" if isinstance(specimen.found, Composite) else "its docstring"
            line = "" if name == "summary" else ", under `Shapes:`"
            raise Failure(
                f"{where} does not say {meaning}{line}",
                _program(specimen, *_DESCRIBED, f"assert about.{name}"),
            )
    blank = [each.name for each in about.settings if not each.description]
    if blank:
        help = "help: …" if isinstance(specimen.found, Composite) else 'Field(description="…")'
        raise Failure(
            f"the setting {blank[0]} has no description: write {help}",
            _program(
                specimen,
                *_DESCRIBED,
                "assert not [each.name for each in about.settings if not each.description]",
            ),
        )


def sound(specimen: Specimen) -> None:
    """Its settings have a schema; it takes the defaults, and nothing that is not declared."""
    block = specimen.found
    if isinstance(block, Composite):
        return
    checker = schema(block)
    said = checker.json_schema()
    json.dumps(said)
    usual = {name: each for name, each in defaults(block).items() if each is not ...}
    for name, value in usual.items():
        try:
            kept = checker.validate_python({**_any_settings(specimen), name: value})[name]
        except ValueError as error:
            first = str(error).splitlines()[-2].strip()
            raise Failure(
                f"the default of {name}, {value!r}, is not allowed by its own type: {first}",
                _program(
                    specimen,
                    "from netwright.plugins.block import schema",
                    f"schema(block).validate_python({ ({**_any_settings(specimen), name: value})!r})",
                ),
            ) from error
        if isinstance(value, float) and math.isnan(value):
            raise Failure(f"the default of {name} is not a number", _program(specimen))
        if isinstance(value, int | float | str) and kept != value:
            raise Failure(f"{name}: {value!r} is read as {kept!r}", _program(specimen))
    for name, each in said.get("properties", {}).items():
        if name not in shape_settings(block) and not _has_type(each):
            raise Failure(
                f"the setting {name} takes anything: give it a type such as Count, Number or bool",
                _program(
                    specimen,
                    "from netwright.plugins.block import schema",
                    f"own = schema(block).json_schema()['properties'][{name!r}]",
                    "assert {'type', 'anyOf', 'enum', 'const', '$ref'} & set(own), own",
                ),
            )
        for value, what in _wrong(each):
            if _takes(specimen, name, value):
                own = {**_any_settings(specimen), name: value}
                raise Failure(
                    f"the setting {name} takes {value!r}, {what}: use the types of netwright.plugins",
                    _program(
                        specimen,
                        "from netwright.plugins.block import schema",
                        "try:",
                        f"    schema(block).validate_python({own!r})",
                        "except ValueError:",
                        "    pass",
                        "else:",
                        f"    raise AssertionError({what!r})",
                    ),
                )


def _has_type(said: dict[str, Any]) -> bool:
    return any(key in said for key in ("type", "anyOf", "enum", "const", "$ref", "allOf", "oneOf"))


def _wrong(said: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    kind = said.get("type")
    if kind in ("integer", "number"):
        yield True, "which is no number"
        yield "3", "which is a text"
    if kind == "integer":
        yield 10**30, "which no machine counts to"
    if kind == "boolean":
        yield 1, "which is neither true nor false"


def _any_settings(specimen: Specimen) -> dict[str, Any]:
    """Settings that fit, for those that are required."""
    block = specimen.found
    assert not isinstance(block, Composite)
    usual = {name: each for name, each in defaults(block).items() if each is not ...}
    if specimen.subjects:
        leaf = composing.leaf(specimen.subjects[0].graph)
        if leaf is not None:
            return usual | {n: v for n, v in leaf.settings().items() if n not in usual}
    return usual


def _takes(specimen: Specimen, name: str, value: Any) -> bool:
    block = specimen.found
    assert not isinstance(block, Composite)
    try:
        schema(block).validate_python({**_any_settings(specimen), name: value})
    except ValueError:
        return False
    return True


def examples(specimen: Specimen) -> None:
    """Its examples are there, and what they say is what the rule says."""
    block = specimen.found
    try:
        own = specimen.examples
    except (PluginError, DocstringError) as error:
        said = error.problems[0].message if isinstance(error, PluginError) else str(error)
        raise Failure(said, _program(specimen, *_DESCRIBED)) from error
    if not own and not isinstance(block, Composite):
        found = [each.example.text for each in specimen.subjects]
        hint = f"; such as\n    Examples:\n        {found[0]}" if found else ""
        raise Failure(
            f"its docstring has no `Examples:`{hint}",
            _program(specimen, *_DESCRIBED, "assert about.examples"),
        )
    for subject in specimen.written:
        if subject.example.settings["block"] != specimen.name:
            raise Failure(
                f"the example is one of {subject.example.settings['block']}, not of {specimen.name}",
                _program(
                    specimen,
                    *_DESCRIBED,
                    f"assert all(e.settings['block'] == {specimen.name!r} for e in about.examples)",
                ),
                f"  {subject.example.text}",
            )
        _example(subject)


def _example(subject: Subject) -> None:
    use = f"  {subject.example.text}"
    program = preamble(subject.document(), subject.catalogue)
    try:
        assert subject.source
    except SpecError as error:
        raise Failure(
            f"the rule refuses the example: {error.problems[0].message}", "\n".join(program), use
        ) from error
    for values in subject.numbers():
        try:
            expected = subject.expected(values)
        except (ArithmeticError, LookupError, ValueError, AssertionError) as error:
            raise Failure(
                f"what the example gives has no value: {error}", "\n".join(program), use
            ) from error
        found = subject.said(values)
        if found != expected:
            listed = [
                " and ".join(f"{n} {e}{_bound(e)}".strip() for n, e in each.items())
                for each in (expected, found)
            ]
            sizes = ", ".join(f"{name} = {value}" for name, value in values.items())
            raise Failure(
                f"the example says {listed[0]}, the rule {listed[1]}"
                + (f", where {sizes}" if sizes else ""),
                "\n".join(
                    [
                        *preamble(subject.document(values), subject.catalogue),
                        f"assert {[str(each) + _bound(each) for each in expected.values()]!r} == [",
                        '    f"{each}" + (f" below {each.below}" if each.below is not None else "")',
                        "    for each in graph.outputs.values()",
                        "], graph.outputs",
                    ]
                ),
                use,
            )


def _bound(type_: Any) -> str:
    return "" if type_.below is None else f" below {type_.below}"


def effective(specimen: Specimen) -> None:
    """Every setting changes something: what comes out, or what is written."""
    moved: set[str] = set()
    idle: dict[str, tuple[Subject, Example]] = {}
    for subject in specimen.subjects:
        base = concrete(subject, subject.values())
        plain = Subject(specimen.name, 0, base, specimen.catalogue)
        meaning, own = _meaning(plain), _settings(plain)
        for name, variant in changed_settings(specimen.found, base):
            if name in moved:
                continue
            other = Subject(specimen.name, 0, variant, specimen.catalogue)
            try:
                if _settings(other) == own:
                    continue  # the same in another form, such as [3, 3] for 3
                differs = _meaning(other) != meaning
            except NetwrightError:
                continue
            if differs:
                moved.add(name)
            else:
                idle.setdefault(name, (subject, variant))
    for name, (subject, variant) in idle.items():
        if name not in moved:
            base = concrete(subject, subject.values())
            raise Failure(
                f"the setting {name} changes nothing: neither what comes out nor what is written",
                "\n".join(
                    [
                        *preamble(document(base), subject.catalogue),
                        f"other = composer.check(specs.load({document(variant)!r}), catalogue=catalogue)",
                        "assert composer.emit(graph) != composer.emit(other)",
                    ]
                ),
                f"  {variant.text}",
            )


def _settings(subject: Subject) -> dict[str, Any]:
    block = composing.leaf(subject.graph)
    return dict(subject.example.settings) if block is None else block.settings()


def _meaning(subject: Subject) -> tuple[str, str]:
    return subject.source, str(subject.graph.outputs)


def light(specimen: Specimen) -> None:
    """To import it and to ask its rule takes neither torch nor anything of that weight."""
    guilty = _imports(specimen.namespace, tuple(_all_names(specimen)))
    if specimen.name in guilty:
        raise Failure(
            f"it imports {guilty[specimen.name]}: import that in the module that computes, and name what is "
            'there by its path, `call("my_package.functions.f", x)`',
            "\n".join(
                [
                    "import sys",
                    _program(specimen),
                    f"assert {guilty[specimen.name]!r} not in sys.modules",
                ]
            ),
        )


def _all_names(specimen: Specimen) -> list[str]:
    return list(specimen.catalogue.names(specimen.namespace))


@cache
def _imports(namespace: str, names: tuple[str, ...]) -> dict[str, str]:
    """Blocks of an installed plugin that bring in something heavy, and what; each round finds one."""
    guilty: dict[str, str] = {}
    for _ in range(len(names)):
        program = _IMPORTING.format(
            namespace=namespace, names=[each for each in names if each not in guilty], heavy=HEAVY
        )
        done = subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        found = done.stdout.split()
        if not found:
            break
        guilty[found[0]] = found[1]
    return guilty


_IMPORTING = """
import sys
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.testing.specimen import Specimen
catalogue = Catalogue()
before = set(sys.modules)
for name in {names!r}:
    try:
        Specimen(name, catalogue).subjects
    except Exception:
        pass
    found = [each for each in {heavy!r} if each in sys.modules and each not in before]
    if found:
        print(name, found[0])
        break
"""


__all__ = ["described", "effective", "examples", "light", "loads", "sound"]
