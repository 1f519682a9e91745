"""Checks of symmetries: those that a block declares, and those that its family is known by."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwright.plugins.catalogue import Composite
from netwright.plugins.symmetries import Causal, Permutation, Recurrence, Symmetry, Translation
from netwright.plugins.testing import composing
from netwright.plugins.testing.failures import Failure, Trial, equal, preamble
from netwright.plugins.testing.specimen import Specimen
from netwright.plugins.testing.subjects import Subject
from netwright.plugins.testing.values import chosen_lines, chosen_of, output_dims
from netwright.plugins.testing.variants import concrete
from netwright.specs.problems import SpecError

if TYPE_CHECKING:
    import torch

LONGEST = 400


def declared(subject: Subject) -> list[Symmetry]:
    """What the block declares with these settings; of a composite, what its inputs and params imply."""
    block = composing.leaf(subject.graph)
    return list(block.symmetries()) if block is not None else [each for each, _ in implied(subject)]


def implied(subject: Subject) -> Iterator[tuple[Symmetry, str]]:
    """The symmetries that a block like this is known by, and what it is known from."""
    inputs = subject.example.inputs
    source = re.sub(r'""".*?"""', "", subject.source, flags=re.DOTALL)
    first = next((name for name, each in inputs.items() if each.dtype == "float"), "")
    block = composing.leaf(subject.graph)
    settings = subject.example.settings if block is None else block.settings()
    if block is not None:
        family = f"{type(block).family} {type(block).__module__.rpartition('.')[2]}".lower()
        if first and re.search(r"\bnn\.Conv|\bF\.conv|torch\.conv", source):
            yield Translation(first, -1), "it writes a convolution of torch's"
        elif first and "convolution" in family and len(inputs[first].sizes) > 2:
            yield Translation(first, -1), "its family is convolution"
        layer = re.search(r"\bnn\.(RNN|LSTM|GRU)\(", source)
        whole = not settings.get("bidirectional") and "lengths" not in inputs
        if layer and whole:
            yield Recurrence(first, 0), f"it writes a torch.nn.{layer[1]}"
        elif (
            "recurrent" in family
            and whole
            and 0 < len(_states(subject)) < len(subject.example.outputs)
        ):
            yield Recurrence(first, 0), "its family is recurrent"
    for name, each in inputs.items():
        edges = len(each.sizes) == 2 and each.sizes[0] == 2 and each.dtype == "int64"
        if edges and (name == "edge_index" or isinstance(each.below, str)):
            nodes = _place(subject, each.below)
            if nodes is not None:
                yield Permutation(*nodes), f"{name} holds the edges of a graph"
    for name in ("is_causal", "causal"):
        if settings.get(name) is True and first and len(inputs[first].sizes) > 1:
            yield Causal(first, -2), f"{name} is set"


def _place(subject: Subject, symbol: object) -> tuple[str, int] | None:
    for name, each in subject.example.inputs.items():
        if isinstance(symbol, str) and symbol in each.sizes:
            return name, each.sizes.index(symbol)
    return None


def _states(subject: Subject) -> list[str]:
    """What bears one name as an input and as an output."""
    return [name for name in subject.example.outputs if name in subject.example.inputs]


def is_declared(specimen: Specimen) -> None:
    """A block declares the symmetries that its family is known by."""
    for subject in specimen.subjects:
        block = composing.leaf(subject.graph)
        if block is None:
            return
        own = {type(each) for each in block.symmetries()}
        for wanted, why in implied(subject):
            if type(wanted) not in own:
                name = type(wanted).__name__
                raise Failure(
                    f"{why}, but it does not declare {name}: write a method `symmetries` that returns "
                    f'({name}("{wanted.input}", {wanted.dim}),), or say in expected_failures why it has none',
                    "\n".join(
                        [
                            *preamble(subject.document(), subject.catalogue),
                            "from netwright.plugins.testing.composing import leaf",
                            "own = [type(each).__name__ for each in leaf(graph).symmetries()]",
                            f"assert {name!r} in own, own",
                        ]
                    ),
                    f"  {subject.example.text}",
                )


def checkable(subject: Subject) -> list[Symmetry]:
    """Of the declared symmetries, those that this subject can show."""
    return [each for each in declared(subject) if _can(subject, each)]


def _can(subject: Subject, symmetry: Symmetry) -> bool:
    pattern = subject.example.inputs.get(symmetry.input)
    if pattern is None or not -len(pattern.sizes) <= symmetry.dim < len(pattern.sizes):
        return False
    if isinstance(symmetry, Translation):
        return True
    if isinstance(symmetry, Recurrence):
        return bool(_states(subject)) and isinstance(pattern.sizes[symmetry.dim], str)
    return isinstance(pattern.sizes[symmetry.dim], str)


def holds(subject: Subject) -> None:
    """What is declared holds."""
    import torch

    ways: dict[type[Symmetry], Any] = {
        Translation: _moves,
        Permutation: _permutes,
        Causal: _is_causal,
        Recurrence: _continues,
    }
    with torch.no_grad():
        for symmetry in checkable(subject):
            ways[type(symmetry)](subject, symmetry)


def _moves(subject: Subject, symmetry: Translation) -> None:
    import torch

    base = concrete(subject, subject.values())
    pattern = base.inputs[symmetry.input]
    dim = symmetry.dim % len(pattern.sizes)
    numbers = [1, *_integers(list(base.settings.values()))]
    length = min(24 + 3 * max(numbers) ** 2, LONGEST)

    def at(size: int) -> Subject:
        sizes = (*pattern.sizes[:dim], size, *pattern.sizes[dim + 1 :])
        inputs = {**base.inputs, symmetry.input: replace(pattern, sizes=sizes)}
        text = f"{subject.node} on " + ", ".join(f"{name} {each}" for name, each in inputs.items())
        return Subject(subject.block, 0, replace(base, inputs=inputs, text=text), subject.catalogue)

    def out(size: int) -> int:
        return int(str(next(iter(at(size).graph.outputs.values())).sizes[dim]))

    try:
        sizes = [out(length + more) for more in range(24)]
    except (SpecError, IndexError):
        return  # one length only: there is nothing to shift along
    step = next(
        (
            step
            for step in range(1, 12)
            if len({sizes[i + step] - sizes[i] for i in range(12)}) == 1 and sizes[step] > sizes[0]
        ),
        0,
    )
    if not step:
        return
    moved, trial = sizes[step] - sizes[0], Trial(at(length))
    place = list(base.inputs).index(symmetry.input)
    x = trial.inputs[place]
    generator = torch.Generator().manual_seed(2)
    new = torch.randn(x.narrow(dim, 0, step).shape, generator=generator).to(x)
    fed = list(trial.inputs)
    fed[place] = torch.cat([new, x.narrow(dim, 0, x.shape[dim] - step)], dim)
    lines = (
        f"x = inputs[{place}]",
        "generator = torch.Generator().manual_seed(2)",
        f"new = torch.randn(x.narrow({dim}, 0, {step}).shape, generator=generator).to(x)",
        "fed = list(inputs)",
        f"fed[{place}] = torch.cat([new, x.narrow({dim}, 0, x.shape[{dim}] - {step})], {dim})",
    )
    one, other = trial.run(), trial.run(fed, lines=lines)
    name = next(iter(one))
    start, count = sizes[0] // 3, sizes[0] // 3
    differ = equal(
        {"": other[name].narrow(dim, start + moved, count)},
        {"": one[name].narrow(dim, start, count)},
        exactly=False,
    )
    if differ:
        raise trial.failure(
            f"it declares Translation along dim {symmetry.dim} of {symmetry.input}, but what is shifted "
            f"by {step} does not come out shifted by {moved}: {differ}",
            *lines,
            f"one = named(graph, model(*inputs))[{name!r}].narrow({dim}, {start}, {count})",
            f"other = named(graph, model(*fed))[{name!r}].narrow({dim}, {start + moved}, {count})",
            "torch.testing.assert_close(other, one)",
        )


def _integers(value: Any) -> list[int]:
    if isinstance(value, list | tuple):
        return list(itertools.chain.from_iterable(map(_integers, value)))
    return [value] if type(value) is int else []


def _symbol(subject: Subject, symmetry: Symmetry) -> str:
    symbol = subject.example.inputs[symmetry.input].sizes[symmetry.dim]
    assert isinstance(symbol, str)
    return symbol


def _permutes(subject: Subject, symmetry: Permutation) -> None:
    import torch

    symbol = _symbol(subject, symmetry)
    trial = Trial(subject, {**subject.values(), symbol: max(5, subject.values()[symbol])})
    count = trial.values[symbol]
    order = [(2 * place + 1) % count if count % 2 else place ^ 1 for place in range(count)]
    index, inverse = torch.tensor(order), torch.tensor(order).argsort()
    fed = chosen_of(subject, trial.inputs, symbol, index)
    lines = [
        f"index = torch.tensor({order})",
        "inverse = index.argsort()",
        *chosen_lines(subject, symbol),
    ]
    for place, pattern in enumerate(subject.fed.values()):
        if pattern.below == symbol:
            fed[place] = inverse[fed[place]].to(fed[place].dtype)
            lines.append(f"fed[{place}] = inverse[fed[{place}]].to(fed[{place}].dtype)")
    one, other = trial.run(), trial.run(fed, lines=tuple(lines))
    dims = output_dims(subject, symbol)
    for name, type_ in subject.graph.outputs.items():
        expected, found, compared = one[name], other[name], "expected, found"
        steps = [f"expected, found = one[{name!r}], other[{name!r}]"]
        if str(type_.below) == symbol:
            expected = inverse[expected].to(found.dtype)
            steps.append("expected = inverse[expected].to(found.dtype)")
        if name in dims:
            expected = expected.index_select(dims[name], index)
            steps.append(f"expected = expected.index_select({dims[name]}, index)")
        elif any(symbol in str(size) for size in type_.sizes):
            # in an order of its own: only what there is can be compared
            expected, found = expected.flatten().sort().values, found.flatten().sort().values
            compared = "expected.flatten().sort().values, found.flatten().sort().values"
        differ = equal({"": found}, {"": expected}, exactly=False)
        if differ:
            raise trial.failure(
                f"it is to have the symmetry Permutation along dim {symmetry.dim} of {symmetry.input}, but "
                f"what is reordered does not come out reordered: {differ}",
                *lines,
                "torch.manual_seed(0)",
                "one = named(graph, model(*inputs))",
                "torch.manual_seed(0)",
                "other = named(graph, model(*fed))",
                *steps,
                f"torch.testing.assert_close({compared})",
            )


def _is_causal(subject: Subject, symmetry: Causal) -> None:
    import torch

    symbol = _symbol(subject, symmetry)
    trial = Trial(subject, {**subject.values(), symbol: max(6, subject.values()[symbol])})
    count = trial.values[symbol]
    others = subject.inputs(trial.values, seed=3)
    for known in (1, count // 2, count - 1):
        before, after = torch.arange(known), torch.arange(known, count)
        fed = list(trial.inputs)
        lines = [
            f"others = made_up(graph, {trial.values!r}, seed=3)",
            "fed = list(inputs)",
        ]
        for place, pattern in enumerate(subject.fed.values()):
            for dim, size in enumerate(pattern.sizes):
                if size == symbol:
                    kept = fed[place].index_select(dim, before)
                    fed[place] = torch.cat([kept, others[place].index_select(dim, after)], dim)
                    lines.append(
                        f"fed[{place}] = torch.cat([fed[{place}].narrow({dim}, 0, {known}), "
                        f"others[{place}].narrow({dim}, {known}, {count - known})], {dim})"
                    )
        one, other = trial.run(), trial.run(fed, lines=tuple(lines))
        for name, dim in output_dims(subject, symbol).items():
            differ = equal(
                {"": other[name].narrow(dim, 0, known)},
                {"": one[name].narrow(dim, 0, known)},
                exactly=False,
            )
            if differ:
                raise trial.failure(
                    f"it is to be causal along dim {symmetry.dim} of {symmetry.input}, but what comes out "
                    f"before position {known} depends on what stands at {known} or after: {differ}",
                    *lines,
                    f"one = named(graph, model(*inputs))[{name!r}].narrow({dim}, 0, {known})",
                    f"other = named(graph, model(*fed))[{name!r}].narrow({dim}, 0, {known})",
                    "torch.testing.assert_close(other, one)",
                )


def _continues(subject: Subject, symmetry: Recurrence) -> None:
    import torch

    symbol = _symbol(subject, symmetry)
    trial = Trial(subject, {**subject.values(), symbol: max(5, subject.values()[symbol])})
    count, known = trial.values[symbol], 2
    whole = trial.run()
    dims = output_dims(subject, symbol)
    states = _states(subject)
    parts: list[dict[str, torch.Tensor]] = []
    lines: list[str] = []
    for start, length in ((0, known), (known, count - known)):
        index = torch.arange(start, start + length)
        fed = chosen_of(subject, trial.inputs, symbol, index)
        lines += [
            f"index = torch.arange({start}, {start + length})",
            *chosen_lines(subject, symbol),
        ]
        if parts:
            for place, name in enumerate(subject.fed):
                if name in states:
                    fed[place] = parts[0][f"o_{name}"]
                    lines.append(f"fed[{place}] = parts[0]['o_{name}']")
        else:
            lines.append("parts = []")
        parts.append(trial.run(fed, lines=tuple(lines)))
        lines.append("parts.append(named(graph, model(*fed)))")
    for name in whole:
        if name in dims:
            joined = torch.cat([part[name] for part in parts], dims[name])
            line = f"torch.cat([part[{name!r}] for part in parts], {dims[name]})"
        elif name.removeprefix("o_") in states:
            joined, line = parts[-1][name], f"parts[-1][{name!r}]"
        else:
            continue
        differ = equal({"": joined}, {"": whole[name]}, exactly=False)
        if differ:
            raise trial.failure(
                f"it declares Recurrence along dim {symmetry.dim} of {symmetry.input}, but cut into two, "
                f"with the state handed on, {name.removeprefix('o_')} is something else: {differ}",
                *lines,
                f"torch.testing.assert_close({line}, named(graph, model(*inputs))[{name!r}])",
            )


def vacuous(specimen: Specimen) -> str:
    """Why there is nothing to declare."""
    return "symmetries of a spec are derived" if isinstance(specimen.found, Composite) else ""


__all__ = ["checkable", "declared", "holds", "implied", "is_declared", "vacuous"]
