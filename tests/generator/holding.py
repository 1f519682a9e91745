"""What must hold of every valid spec: each stage says what is wrong."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import torch
import yaml

from generator.edges import count, edges_of
from generator.failing import Failure, said
from generator.level import CATALOGUE
from generator.running import runs
from generator.training import trains
from netwright import composer, specs
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.specs.problems import NetwrightError, SpecError

UNBOUNDED = "out of (range|(DATA )?bounds)|must be smaller than num_classes|not in the valid range|found idx"
"""What torch says of values that nothing bounds; a check warns of them."""


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def text(spec: Mapping[str, Any], flow: bool | None = None) -> str:
    """The spec as YAML."""
    dumped: str = yaml.dump(
        dict(spec),
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=flow,
        width=150,
        allow_unicode=True,
    )
    return dumped


def holds(
    spec: Mapping[str, Any], random: Random, census: Counter[str], soundly: bool = False
) -> None:
    """Raises Failure for the first thing that does not hold; counts what was met.

    soundly: only what the promise says, that it runs as it was said and meant.
    """
    graph, warned = _checked(spec, "mapping")
    source = composer.emit(graph)
    if not soundly:
        _told_alike(spec, source, random)
        _chosen(spec, source, random, census)
    edges = dict(edges_of(graph))
    count(graph, edges, census)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.random.fork_rng(devices=[]):
            ran = True
            try:
                ran = runs(graph, source, edges, random, spec)
            except Failure as failure:  # values may be wrong that nothing bounds
                cannot_train = failure.stage == "gradients" and "Error" in failure.said
                if not (warned and (cannot_train or re.search(UNBOUNDED, failure.said))):
                    raise
            try:
                if ran and not soundly:
                    trains(graph, edges, random)
            except Failure:
                if not warned:
                    raise
    if random.random() < 0.05:
        _drawn(graph)


def _told_alike(spec: Mapping[str, Any], source: str, random: Random) -> None:
    """In whatever form it is written, it is the same model."""
    forms: dict[str, Callable[[], str]] = {
        "YAML": lambda: text(spec),
        "YAML in flow style": lambda: text(spec, True),
        "JSON": lambda: json.dumps(spec),
    }
    what = random.choice(list(forms))
    other, _ = _checked(forms[what](), what)
    if composer.emit(other) != source:
        raise Failure("texts", f"{what} gives another model than the mapping")


def holds_if_accepted(spec: Mapping[str, Any], random: Random, census: Counter[str]) -> bool:
    """The same of a spec that may be refused; whether it was accepted."""
    try:
        elaborate(specs.load(spec), CATALOGUE)
    except SpecError:
        return False
    except Exception as error:
        raise Failure("check", f"crash: {error!r}") from error
    holds(spec, random, census, soundly=True)
    return True


def _checked(spec: Any, what: str) -> tuple[Graph, bool]:
    """The graph, and whether something was warned of that may fail in training."""
    try:
        loaded = specs.loads(spec, "<mapping>") if isinstance(spec, str) else specs.load(spec)
        graph, warnings = elaborate(loaded, CATALOGUE)
    except NetwrightError as error:
        raise Failure("check", f"{what} is refused: {error}") from error
    except Exception as error:
        raise Failure("check", f"crash on {what}: {error!r}") from error
    return graph, any(each.code == "NW308" for each in warnings)


def _chosen(spec: Mapping[str, Any], source: str, random: Random, census: Counter[str]) -> None:
    """What is set goes before the preset, and the preset before the default."""
    right: dict[str, Any] = {}
    params = dict(spec.get("params", {}))
    wrong = dict[str, Any]()
    for name, form in params.items():
        value = form.get("default") if isinstance(form, Mapping) else form
        if type(value) not in (int, bool) or (isinstance(form, Mapping) and "choices" in form):
            continue
        right[name], wrong[name] = value, not value if isinstance(value, bool) else value + 1
        params[name] = form | {"default": wrong[name]} if isinstance(form, Mapping) else wrong[name]
    if not right:
        return
    presets = {"right": right, "wrong": wrong}
    form = random.choice(["preset", "set", "set and preset"])
    options: dict[str, Any] = {
        "preset": {"preset": "right"}, "set": {"set": right},
        "set and preset": {"preset": "wrong", "set": right},
    }[form]  # fmt: skip
    changed = {**spec, "params": params, "presets": presets}
    try:
        other = composer.emit(elaborate(specs.load(changed, **options), CATALOGUE)[0])
    except NetwrightError as error:
        raise Failure("check", f"with {form} it is refused: {error}") from error
    if other != source:
        raise Failure("texts", f"with {form} it is another model")
    census.update(form.split(" and "))


def _drawn(graph: Graph) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("drawn.dot", "drawn.svg"):
            path = Path(folder) / name
            try:
                composer.render(graph, path)
            except Exception as error:
                raise Failure("render", f"{name}: {said(error)}") from error
            if not path.stat().st_size:
                raise Failure("render", f"{name} is empty")


__all__ = ["Failure", "holds", "holds_if_accepted", "text"]
