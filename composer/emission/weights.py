"""Methods over weights: ties that hold, and initialisers by the names of parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netwright.composer.emission.parts import literal, quoted
from netwright.composer.graph import Element, Graph, Leaf, held

RETIE = "retie_weights"
"""The hook of the file that ties again what was loaded."""

RETIE_SOURCE = f"""\
def {RETIE}(module: nn.Module, incompatible_keys: object) -> None:
    module.tie_weights()
"""


def path(name: str) -> str:
    """A parameter's path as an expression: `self.layers[0].norm.weight`."""
    text = "self"
    for part in name.split("."):
        text += f"[{part}]" if part.isdigit() else f".{part}"
    return text


def tying(graph: Graph) -> list[str]:
    """The methods that tie the graph's weights, and keep them tied when they are moved."""
    ties = [f"        {path(own)} = {path(other)}" for own, other in graph.ties]
    return [
        "\n".join(["    def tie_weights(self) -> None:", *ties]),
        "    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> nn.Module:\n"
        "        super()._apply(fn, recurse)  # .to() and .to_empty() may make new parameters\n"
        "        self.tie_weights()\n"
        "        return self",
    ]


@dataclass(frozen=True, slots=True)
class _Rule:
    """An initialiser for the parameters whose path from a graph fits a pattern."""

    pattern: str
    initialiser: str
    arguments: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Scoped:
    prefix: str
    regex: re.Pattern[str]
    rule: _Rule


def _regex(pattern: str) -> re.Pattern[str]:
    """`*` is any characters, dots too; a leading `*.` may match nothing."""
    lead, rest = ("(?:.*\\.)?", pattern[2:]) if pattern.startswith("*.") else ("", pattern)
    return re.compile(lead + ".*".join(re.escape(part) for part in rest.split("*")))


def initialising(graph: Graph) -> list[str]:
    """The method that initialises what the specs say, at every level; nothing if they say nothing."""
    if not _any_inits(graph, {}):
        return []
    named: dict[str, _Rule | None] = {}
    ties: dict[str, str] = {}
    _assign(graph, "", [], named, ties)
    chosen = _one_name_each(named, ties)
    rules: dict[_Rule, list[str]] = {}
    for name, rule in chosen.items():
        if rule is not None:
            rules.setdefault(rule, []).append(name)
    if not rules:
        return []
    lines = ["    def init_weights(self) -> None:"]
    if all(len(names) == 1 for names in rules.values()) and len(rules) <= 8:
        lines += [f"        {_call(rule, path(names[0]))}" for rule, names in rules.items()]
        return ["\n".join(lines)]
    lines.append("        for name, parameter in self.named_parameters():")
    left = set(chosen)
    # What is nearest decides first; among equals, what says less is asked later.
    for number, (rule, names) in enumerate(sorted(rules.items(), key=lambda item: _breadth(item[0]))):
        condition = _condition(rule.pattern, set(names), left - set(names))
        left -= set(names)
        if condition:
            lines.append(f"            {'elif' if number else 'if'} {condition}:")
        elif number:
            lines.append("            else:")
        deeper = " " * (16 if condition or number else 12)
        lines.append(f"{deeper}{_call(rule, 'parameter')}")
    return ["\n".join(lines)]


def _breadth(rule: _Rule) -> tuple[int, int]:
    return (rule.pattern == "*", rule.pattern.count("*"))


def _call(rule: _Rule, parameter: str) -> str:
    arguments = "".join(f", {name}={literal(value)}" for name, value in rule.arguments)
    if rule.initialiser == "constant":
        arguments = f", {literal(dict(rule.arguments)['val'])}"
    return f"nn.init.{rule.initialiser}_({parameter}{arguments})"


def _condition(pattern: str, wanted: set[str], others: set[str]) -> str:
    """A test of `name` that holds for the wanted and for none of the others; empty if there are none."""
    if not others:
        return ""
    if len(wanted) == 1:
        return f"name == {quoted(next(iter(wanted)))}"
    pieces = [piece for piece in pattern.split("*") if piece]
    last = pieces[-1] if pieces and not pattern.endswith("*") else ""
    first = pieces[0] if pieces and not pattern.startswith("*") else ""
    suffixes = [each for each in (last.lstrip("."), last) if each]
    tests: list[tuple[str, Any]] = [
        (f"name.endswith({quoted(each)})", lambda name, each=each: name.endswith(each)) for each in suffixes
    ]
    if first:
        tests.append((f"name.startswith({quoted(first)})", lambda name: name.startswith(first)))
    regex = _regex(f"*.{pattern}")
    tests.append((f"re.fullmatch({quoted(regex.pattern)}, name)", lambda name: bool(regex.fullmatch(name))))
    for text, test in tests:
        if all(map(test, wanted)) and not any(map(test, others)):
            return text
    if len(wanted) <= len(others):
        return f"name in ({', '.join(quoted(each) for each in sorted(wanted))})"
    return f"name not in ({', '.join(quoted(each) for each in sorted(others))},)"


def _any_inits(element: Element, known: dict[int, bool]) -> bool:
    if isinstance(element, Leaf):
        return False
    found = known.get(id(element))
    if found is None:
        known[id(element)] = found = bool(element.inits) or any(
            _any_inits(run.element, known) for node in element.nodes.values() for run in node.runs
        )
    return found


def _assign(
    graph: Graph,
    prefix: str,
    outer: Sequence[_Scoped],
    named: dict[str, _Rule | None],
    ties: dict[str, str],
) -> None:
    """The rule of every parameter under its own path, the nearest first."""
    own = [_Scoped(prefix, _regex(pattern), _Rule(pattern, name, args)) for pattern, name, args in graph.inits]
    rules = [*own, *outer]
    for one, other in graph.ties:
        ties[prefix + one] = prefix + other
    for node in graph.nodes.values():
        number = 0
        for run in node.runs:
            for _ in range(run.times):
                place = f"{prefix}{node.name}.{number}." if node.repeated else f"{prefix}{node.name}."
                number += 1
                if isinstance(run.element, Graph):
                    _assign(run.element, place, rules, named, ties)
                    continue
                for below, _, trainable in held(run.element):
                    if trainable:
                        name = (place + below).removesuffix(".")
                        named[name] = _first(rules, name)


def _first(rules: Iterable[_Scoped], name: str) -> _Rule | None:
    return next((each.rule for each in rules if each.regex.fullmatch(name[len(each.prefix) :])), None)


def _one_name_each(named: Mapping[str, _Rule | None], ties: Mapping[str, str]) -> dict[str, _Rule | None]:
    """Tied parameters once: under the name that comes first, with the rule of the one they are tied to."""
    chosen: dict[str, _Rule | None] = {}
    seen: set[str] = set()
    for name in named:
        target = name
        hops = 0
        while target in ties and hops <= len(ties):
            target = ties[target]
            hops += 1
        if target not in seen:
            seen.add(target)
            chosen[name] = named.get(target)
    return chosen
