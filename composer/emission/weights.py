"""Methods over weights: ties that hold, and initialisers by the names of parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from netwright.composer.emission import layout
from netwright.composer.emission.parts import literal, quoted
from netwright.composer.emission.targets import Targets
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
    moved = (
        "    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> nn.Module:\n"
        "        super()._apply(fn, recurse)  # .to() and .to_empty() may make new parameters\n"
        "        self.tie_weights()\n"
        "        return self"
    )
    return ["\n".join(["    def tie_weights(self) -> None:", *ties]), moved]


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


def initialising(graph: Graph, targets: Targets) -> list[str]:
    """The method that initialises what the specs say, at every level; nothing if they say nothing."""
    if not _any_inits(graph, {}):
        return []
    named: dict[str, _Rule | None] = {}
    ties: dict[str, str] = {}
    _assign(graph, "", [], named, ties)
    chosen = _one_name_each(named, ties)
    calls: dict[str, tuple[list[str], set[str]]] = {}
    for name, rule in chosen.items():
        if rule is not None:
            patterns, names = calls.setdefault(_call(rule, targets), ([], set()))
            names.add(name)
            if rule.pattern not in patterns:
                patterns.append(rule.pattern)
    if not calls:
        return []
    lines = ["    def init_weights(self) -> None:"]
    if all(len(names) == 1 for _, names in calls.values()) and len(calls) <= 8:
        lines += [
            f"        {call.replace(PARAMETER, path(name), 1)}"
            for call, (_, names) in calls.items()
            for name in names
        ]
        return ["\n".join(lines)]
    lines.append("        for name, parameter in self.named_parameters():")
    left = set(chosen)
    # Each parameter has one rule, so the order is free: what says more is asked first.
    ordered = sorted(
        calls.items(), key=lambda item: -min(len(each.replace("*", "")) for each in item[1][0])
    )
    for number, (call, (patterns, names)) in enumerate(ordered):
        condition = _condition(patterns, names, left - names)
        left -= names
        if condition:
            lines += layout.lines(f"{'elif' if number else 'if'} {condition}:", 12)
        elif number:
            lines.append("            else:")
        deeper = " " * (16 if condition or number else 12)
        lines.append(f"{deeper}{call.replace(PARAMETER, 'parameter', 1)}")
    return ["\n".join(lines)]


PARAMETER = "\0"
"""Where the parameter stands in a call."""


def _call(rule: _Rule, targets: Targets) -> str:
    arguments = "".join(f", {name}={literal(value)}" for name, value in rule.arguments)
    if rule.initialiser == "constant":
        arguments = f", {literal(dict(rule.arguments)['val'])}"
    if "." in rule.initialiser:  # a plugin's
        return f"{targets.text(rule.initialiser)}({PARAMETER}{arguments})"
    return f"nn.init.{rule.initialiser}_({PARAMETER}{arguments})"


def _condition(patterns: Sequence[str], wanted: set[str], others: set[str]) -> str:
    """A test of `name` that holds for the wanted and for none of the others; empty if none is needed."""
    if not others and "*" in patterns:
        return ""
    if len(wanted) == 1:
        return f"name == {quoted(next(iter(wanted)))}"
    for text, test in _tests(patterns):
        if all(map(test, wanted)) and not any(map(test, others)):
            return text
    if not others:
        return ""
    endings = _endings(wanted, others)
    if endings and len(endings) < len(wanted):
        return f"name.endswith({literal(endings if len(endings) > 1 else endings[0])})"
    return f"name in {literal(tuple(sorted(wanted)))}"


def _endings(wanted: set[str], others: set[str]) -> tuple[str, ...]:
    """For each wanted name its shortest ending, of whole words, that no other has; empty if one has none."""
    found: dict[str, None] = {}
    for name in sorted(wanted):
        if name.endswith(tuple(found)):
            continue
        words = name.split(".")
        tails = (".".join(words[at:]) for at in range(len(words) - 1, -1, -1))
        ending = next(
            (tail for tail in tails if not any(map(partial(_ends, (tail,)), others))), None
        )
        if ending is None:
            return ()
        found[ending] = None
    return tuple(found)


def _tests(patterns: Sequence[str]) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """Tests of a name that may say the same as patterns, the most readable first."""
    plain = [each.lstrip("*").lstrip(".") for each in patterns]
    if all("*" not in each and each for each in plain):
        for suffixes in (plain, [f".{each}" for each in plain]):
            whole = tuple(suffixes)
            yield (
                f"name.endswith({literal(whole if len(whole) > 1 else whole[0])})",
                partial(_ends, whole),
            )
    heads = tuple(each.rstrip("*") for each in patterns)
    if all("*" not in each and each for each in heads):
        yield (
            f"name.startswith({literal(heads if len(heads) > 1 else heads[0])})",
            partial(_starts, heads),
        )
    if len(patterns) == 1:
        regex = _regex(f"*.{patterns[0]}")
        yield (
            f"re.fullmatch({regex_text(regex.pattern)}, name)",
            lambda name: bool(regex.fullmatch(name)),
        )


def regex_text(pattern: str) -> str:
    """A raw string; a pattern is made of names, dots and stars."""
    return f'r"{pattern}"'


def _ends(suffixes: tuple[str, ...], name: str) -> bool:
    return name.endswith(suffixes)


def _starts(heads: tuple[str, ...], name: str) -> bool:
    return name.startswith(heads)


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
    own = [
        _Scoped(prefix, _regex(pattern), _Rule(pattern, name, args))
        for pattern, name, args in graph.inits
    ]
    rules = [*own, *outer]
    for one, other in graph.ties:
        ties[prefix + one] = prefix + other
    for node in graph.nodes.values():
        if node.share not in ("", node.name):
            continue
        number = 0
        numbered = node.repeated and not node.share
        for run in node.runs if numbered else node.runs[:1]:
            for _ in range(run.times if numbered else 1):
                place = f"{prefix}{node.name}.{number}." if numbered else f"{prefix}{node.name}."
                number += 1
                if isinstance(run.element, Graph):
                    _assign(run.element, place, rules, named, ties)
                    continue
                for below, _, trainable in held(run.element):
                    if trainable:
                        name = (place + below).removesuffix(".")
                        named[name] = _first(rules, name)


def _first(rules: Iterable[_Scoped], name: str) -> _Rule | None:
    return next(
        (each.rule for each in rules if each.regex.fullmatch(name[len(each.prefix) :])), None
    )


def _one_name_each(
    named: Mapping[str, _Rule | None], ties: Mapping[str, str]
) -> dict[str, _Rule | None]:
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
