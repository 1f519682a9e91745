"""What must hold of every valid spec: nine stages, each of which says what is wrong."""

from __future__ import annotations

import io
import json
import math
import pickle
import re
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import torch
import yaml
from torch import nn

from generator.computing import Open
from generator.level import CATALOGUE
from generator.meaning import Meaning
from generator.typing_rules import allowed
from netwright import composer, specs
from netwright.composer.counting import sizes_of
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph, Leaf
from netwright.composer.loading import load_source
from netwright.composer.trial import made_up, named
from netwright.specs.problems import NetwrightError
from netwright.specs.sizes import SizeError, Symbolic, evaluate, symbols
from netwright.specs.tensors import FLOATING, INTEGER, Tensor

MOST = 400_000
"""Elements of all tensors of one run together."""
PRIMES = (3, 5, 7, 11, 13, 17, 19)


UNBOUNDED = "out of (range|DATA bounds)|must be smaller than num_classes"
"""What torch says of values that nothing bounds; a check warns of them."""
DRAWN = frozenset({"randn_like"})
"""Blocks that draw at random in evaluation."""


class Failure(Exception):
    """What does not hold: the stage, and how."""

    def __init__(self, stage: str, said: str) -> None:
        super().__init__(f"{stage}: {said}")
        self.stage, self.said = stage, said


class _Dumper(yaml.SafeDumper):
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


def holds(spec: Mapping[str, Any], random: Random, census: Counter[str]) -> None:
    """Raises Failure for the first thing that does not hold; counts what was met."""
    graph, warned = _checked(spec, "mapping")
    source = composer.emit(graph)
    for what, written in (
        ("YAML", text(spec)),
        ("YAML in flow style", text(spec, True)),
        ("JSON", json.dumps(spec)),
    ):
        other, _ = _checked(written, what)
        if composer.emit(other) != source:
            raise Failure("texts", f"{what} gives another model than the mapping")
    _chosen(spec, source, random, census)
    edges = dict(_edges(graph))
    _count(graph, edges, census)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.random.fork_rng(devices=[]):
            try:
                _runs(graph, source, edges, random, spec)
            except Failure as failure:  # values may be wrong that nothing bounds
                if not (warned and re.search(UNBOUNDED, failure.said)):
                    raise
            try:
                _trains(graph, edges, random)
            except Failure:
                if not warned:
                    raise
    if random.random() < 0.05:
        _drawn(graph)


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


def _chosen(
    spec: Mapping[str, Any], source: str, random: Random, census: Counter[str]
) -> None:
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


# -- edges ------------------------------------------------------------------------------------------------


def _edges(graph: Graph, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every output of every node, by the path of its tap, with its type."""
    for name, node in graph.nodes.items():
        path = f"{prefix}{name}"
        for port, tensor in node.outputs.items():
            if node.repeated and port.isdigit():
                continue  # a number after the node is a copy's
            yield (f"{path}.{port}" if port else path), tensor
        if node.scan is not None or node.share:
            continue  # steps of a scan are no values of their own
        for first, element in node.elements():
            own = f"{path}.{first}" if node.repeated else path
            if node.repeated:
                for port, tensor in element.outputs.items():
                    yield (f"{own}.{port}" if port else own), tensor
            if isinstance(element, Graph):
                yield from _edges(element, f"{own}.")


def _elements(graph: Graph) -> Iterator[Any]:
    for node in graph.nodes.values():
        for run in node.runs:
            yield node, run
            if isinstance(run.element, Graph):
                yield from _elements(run.element)


def _count(graph: Graph, edges: Mapping[str, Tensor], census: Counter[str]) -> None:
    for node, run in _elements(graph):
        if isinstance(run.element, Leaf):
            census[f"block {run.element.name}"] += 1
        merged = sum(len(each) if isinstance(each, tuple) else 1 for each in node.sources.values())
        census[f"merge of {min(merged, 4)}"] += 1
    for tensor in (
        *edges.values(),
        *(each for each in graph.inputs.values() if isinstance(each, Tensor)),
    ):
        census[f"dtype {tensor.dtype}"] += 1
    census[f"outputs {graph.form}"] += 1


# -- runs -------------------------------------------------------------------------------------------------


def choices(graph: Graph, tensors: list[Tensor], random: Random) -> Iterator[dict[str, int]]:
    """Values of the symbols: the least, odd primes, large ones as far as memory allows."""
    known = list(sizes_of(graph))
    primes = random.sample(PRIMES, len(PRIMES))
    yield {each.name: allowed(each, 1) for each in known}
    if not known:
        return
    for wanted in (
        [primes[place % len(primes)] for place in range(len(known))],
        [random.choice([32, 61, 127, 256]) for _ in known],
    ):
        while True:
            values = {s.name: allowed(s, n) for s, n in zip(known, wanted, strict=True)}
            if sum(_size(each, values) for each in tensors) <= MOST or max(wanted) <= 1:
                break
            wanted = [max(1, n * 2 // 3) for n in wanted]
        yield values


def _size(tensor: Tensor, values: Mapping[str, int]) -> int:
    known = [size for size in (_value(each, values) for each in tensor.sizes) if size is not None]
    return math.prod(known)


def _value(size: Any, values: Mapping[str, int]) -> int | None:
    """The size at these values; None where it is counted from data."""
    if isinstance(size, int):
        return size
    if any(
        each.name not in values or (each.origin is not None and each.name not in values)
        for each in symbols(size)
    ):
        return None
    try:
        return evaluate(size, values)
    except SizeError:
        return None


def _runs(
    graph: Graph, source: str, edges: Mapping[str, Tensor], random: Random, spec: Mapping[str, Any]
) -> None:
    taps = list(edges)
    try:
        model = composer.compile(graph, seed=0).eval()
        tapped = composer.compile(graph, taps=taps, seed=1).eval() if taps else model
    except Exception as error:
        raise Failure("compile", repr(error)) from error
    state = model.state_dict()
    try:
        tapped.load_state_dict(state)
        alone: dict[str, Any] = {"__name__": "alone"}
        exec(compile(source, "alone.py", "exec"), alone)
        written: nn.Module = alone[load_source(source).__name__]().eval()
        buffer = io.BytesIO()
        torch.save(state, buffer)
        buffer.seek(0)
        written.load_state_dict(torch.load(buffer))
        if random.random() < 0.2:
            written = pickle.loads(pickle.dumps(model))
    except Exception as error:
        raise Failure("save and load", repr(error)) from error
    inside = [
        *edges.values(),
        *(each for each in graph.inputs.values() if isinstance(each, Tensor)),
    ]
    for values in choices(graph, inside, random):
        inputs = made_up(graph, values, random.randrange(1000))
        try:
            outputs = _run(model, inputs)
        except Exception as error:
            raise Failure("run", f"{_said(error)} at {values}") from error
        _fits(named(graph, outputs), graph.outputs, values, "output")
        try:
            result, seen = _run(tapped, inputs) if taps else (outputs, {})
        except Exception as error:
            raise Failure("taps", f"{_said(error)} at {values}") from error
        for path in taps:
            if path not in seen:
                raise Failure("taps", f"{path} is not there")
        _fits(seen, edges, values, "edge")
        _same(outputs, result, "taps", values)
        _same(outputs, _run(written, inputs), "file", values)
        _meant(graph, spec, state, dict(zip(graph.inputs, inputs, strict=True)), values, outputs, seen)


def _meant(
    graph: Graph,
    spec: Mapping[str, Any],
    state: Mapping[str, torch.Tensor],
    inputs: dict[str, torch.Tensor],
    values: Mapping[str, int],
    outputs: Any,
    seen: Mapping[str, torch.Tensor],
) -> None:
    """Every edge, output, weight and tie against what the spec means."""
    meaning = Meaning(spec, state)
    try:
        with torch.no_grad():
            meant = meaning.run({name: each.clone() for name, each in inputs.items()}, values)
    except Open:
        return
    except Exception as error:
        raise Failure("meaning", f"{_said(error)} at {values}") from error
    if state.keys() != meaning.weights.read:
        wrong = sorted(state.keys() ^ meaning.weights.read)
        raise Failure("weights", f"another set of weights: {', '.join(wrong)}")
    for one, two in meaning.tied:
        if two in state and state[one].data_ptr() != state[two].data_ptr():
            raise Failure("weights", f"{one} is not tied to {two}")
    alone = {each.data_ptr() for each in state.values() if each.numel()}
    tied = {one for one, two in meaning.tied if two in state and state[one].numel()}
    if len(alone) != sum(each.numel() > 0 for each in state.values()) - len(tied):
        raise Failure("weights", "weights are one that nothing ties")
    if any(isinstance(run.element, Leaf) and run.element.name in DRAWN for _, run in _elements(graph)):
        return
    for path, tensor in seen.items():
        if path not in meaning.seen:
            if meaning.shared().intersection(path.split(".")):
                continue
            raise Failure("meaning", f"{path} is nothing in the spec")
        _alike(tensor, meaning.seen[path], f"edge {path}", values)
    for name, tensor in named(graph, outputs).items():
        _alike(tensor, meant[name], f"output {name}", values)


def _alike(one: torch.Tensor, two: torch.Tensor, what: str, values: Mapping[str, int]) -> None:
    if one.shape != two.shape or one.dtype != two.dtype:
        said = f"{list(two.shape)} {two.dtype}"
        raise Failure(
            "meaning", f"{what} is {list(one.shape)} {one.dtype}, but means {said}, at {values}"
        )
    if not torch.allclose(one.double(), two.double(), rtol=1e-4, atol=1e-5, equal_nan=True):
        raise Failure("meaning", f"{what} has other values than it means, at {values}")


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def _run(model: nn.Module, inputs: list[torch.Tensor]) -> Any:
    torch.manual_seed(0)
    with torch.no_grad():
        return model(*[each.clone() for each in inputs])


def _fits(
    found: Mapping[str, torch.Tensor],
    said: Mapping[str, Tensor],
    values: Mapping[str, int],
    what: str,
) -> None:
    counted: dict[Any, int] = {}
    for name, tensor in found.items():
        kind = said[name]
        dtype = "float32" if kind.dtype == "float" else kind.dtype
        if not isinstance(tensor, torch.Tensor):
            raise Failure("types", f"{what} {name} is no tensor: {type(tensor).__name__}")
        if str(tensor.dtype) != f"torch.{dtype}":
            raise Failure(
                "types", f"{what} {name} is {tensor.dtype}, not {kind.dtype}, at {values}"
            )
        sizes = list(tensor.shape)
        for size, real in zip(kind.sizes, sizes, strict=False):
            expected = _value(size, values)
            if expected is None and isinstance(size, Symbolic):
                expected = counted.setdefault(size, real)
            if expected != real or len(sizes) != kind.rank:
                raise Failure("types", f"{what} {name} is {sizes}, not {kind}, at {values}")
        below = None if kind.below is None else _value(kind.below, values)
        if below is not None and tensor.numel() and kind.dtype in INTEGER:
            low, high = int(tensor.min()), int(tensor.max())
            if low < 0 or high >= below:
                raise Failure(
                    "bounds", f"{what} {name} has {low} to {high}, not below {below}, at {values}"
                )


def _same(one: Any, two: Any, stage: str, values: Mapping[str, int]) -> None:
    if isinstance(one, torch.Tensor):
        equal = one.shape == two.shape and one.dtype == two.dtype
        if not equal or not torch.allclose(
            one.double(), two.double(), rtol=1e-5, atol=1e-6, equal_nan=True
        ):
            raise Failure(stage, f"another output than the model, at {values}")
        return
    pairs = (
        [(one[k], two[k]) for k in one]
        if isinstance(one, Mapping)
        else list(zip(one, two, strict=True))
    )
    for first, second in pairs:
        _same(first, second, stage, values)


# Of these the gradient may be infinite where the value is finite, or they are undefined for some inputs.
SINGULAR = frozenset(
    {
        "div", "exp", "expm1", "log", "log1p", "masked_fill", "pow", "prod", "reciprocal", "remainder",
        "rsqrt", "sqrt", "std", "var", "vector_norm", "where",
    }
)  # fmt: skip


def _trains(graph: Graph, edges: Mapping[str, Tensor], random: Random) -> None:
    """In training: a step back goes through, and is finite where nothing singular is in between."""
    used = {run.element.name for _, run in _elements(graph) if isinstance(run.element, Leaf)}
    if any("norm" in name for name in used):
        values = {each.name: allowed(each, 4) for each in sizes_of(graph)}
    else:
        values = next(choices(graph, list(edges.values()), random))
    if sum(_size(each, values) for each in edges.values()) > 4 * MOST:
        return
    model = composer.compile(graph, seed=2).train()
    inputs = made_up(graph, values, 7)
    leaves = [each.requires_grad_() if each.is_floating_point() else each for each in inputs]
    torch.manual_seed(0)
    try:
        outputs = named(graph, model(*leaves)).values()
    except Exception as error:
        raise Failure("training", f"{_said(error)} at {values}") from error
    losses = [each.float().mean() for each in outputs if each.requires_grad and each.numel()]
    if not losses:
        return
    try:
        torch.stack(losses).sum().backward()
    except Exception as error:
        raise Failure("gradients", f"{_said(error)} at {values}") from error
    finite = all(bool(each.isfinite()) for each in losses)
    if (
        not finite
        or used & SINGULAR
        or any("norm" in name for name in used)
        or any(each.dtype in ("float16", "bfloat16") for each in edges.values())
    ):
        return
    for name, parameter in model.named_parameters():
        grad = parameter.grad
        dense = grad.to_dense() if grad is not None and grad.is_sparse else grad
        if dense is not None and not dense.isfinite().all():
            raise Failure("gradients", f"that of {name} is not finite at {values}")


def _drawn(graph: Graph) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("drawn.dot", "drawn.svg"):
            path = Path(folder) / name
            try:
                composer.render(graph, path)
            except Exception as error:
                raise Failure("render", f"{name}: {_said(error)}") from error
            if not path.stat().st_size:
                raise Failure("render", f"{name} is empty")


__all__ = ["FLOATING", "Failure", "holds", "text"]
