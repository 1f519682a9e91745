"""Every rule against torch, at settings and inputs that nobody chose.

Examples are changed at random: settings by their schema, sizes, ranks, dtypes and bounds of inputs. What a
rule accepts must run, give what was said, and be what torch's own function or class computes; what it
refuses must fail in torch too, or leave nothing. Where a rule is stricter on purpose stands in `STRICTER`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import cases
from interpreter import arguments, imported, run_block
from netwright.plugins.block import Block, defaults, schema
from netwright.plugins.docstrings import parse_example
from netwright.plugins.testing.subjects import Subject, numbered, real, typed
from netwright.specs.sizes import SizeError
from netwright.specs.tensors import DTYPES, FLOATING, INTEGER, Refusal, Tensor
from oracles import computed, oracle

CASES = [case for case in cases.cases() if cases.block_class(case.block)]
NAMES = sorted({case.block for case in CASES})
OWN = {name: [case for case in CASES if case.block == name] for name in NAMES}

STRICTER = {
    r"^expected \[": (
        "a batch is demanded, and as many dimensions as the block is named for",
        "{block: conv2d, out_channels: 2, kernel_size: 1} on x [4, 4, 4]",
    ),
    r"^expected (float|\w+), got \w+|float and \w+ together|needs one dtype": (
        "the model's floating dtype changes with .half() and its like, a named dtype does not",
        "{block: linear, out_features: 2} on x [3, 4] float32",
    ),
    r"^expected a (floating|number) dtype": (
        "what is meant for floats takes no integers, though some of torch's functions do",
        "{block: sigmoid} on x [3] int64",
    ),
    r"inputs? and other|needs either|needs one exponent|needs one of": (
        "an operand comes from an input or from a setting",
        "{block: add, other: 1} on inputs.0 [3], inputs.1 [3]",
    ),
    r"names no dimension|\d shifts for 0 dims": (
        "what an empty list of dims means differs from function to function",
        "{block: amax, dim: []} on x [3]",
    ),
    r"does not exist; it has no dimension|equally many dimensions|dim \S+ of \[\]|keepdim needs a dim": (
        "a tensor without dimensions has no dim 0 or -1",
        "{block: softmax, dim: 0} on x []",
    ),
    r"would be cut off|would wrap|does not fit into": (
        "numbers are not changed in silence",
        "{block: full, shape: [2], value: 0.5} on x [3] int64",
    ),
    r"normalized_dims is \d+, but": (
        "the block names how many dimensions; torch is given their sizes",
        "{block: layer_norm, normalized_dims: 3} on x [2, 2]",
    ),
    r"cannot take away|value means nothing|means nothing to": (
        "settings that have no effect, or another than their name says",
        "{block: pad, pad: [-1, -1], mode: reflect} on x [2, 2, 5]",
    ),
    r" is -\d+$": (
        "the language writes `_`, and refuses -1",
        "{block: unflatten, dim: 0, sizes: [-1, 2]} on x [6]",
    ),
    r"exclude each other": (
        "some of torch's kernels refuse it, others do not",
        (
            "{block: scaled_dot_product_attention, is_causal: true} on query [1, 1, 2, 4], "
            "key [1, 1, 2, 4], value [1, 1, 2, 4], attn_mask [2, 2] bool"
        ),
    ),
    r"and the positions of key are|does not fit the scores": (
        "some of torch's kernels do not look, and read what is not there",
        "{block: scaled_dot_product_attention} on query [1, 1, 2, 4], key [1, 1, 2, 4], value [1, 1, 3, 4]",
    ),
    r"is not below max_val": (
        "torch.nn.Hardtanh refuses it, the function does not",
        "{block: hardtanh, min_val: 1} on x [3]",
    ),
    r"^indices (are below|go up to)": (
        "whether an index is too large depends on its values",
        "{block: add_remaining_self_loops} on edge_index [2, 3] int64 below 5, x [4]",
    ),
    r"the index has|\d nodes|weights for": (
        "each slice has an index of its own",
        "{block: scatter, reduce: max} on src [3, 2], index [1] int64 below 4",
    ),
    r"^a loss compares equal shapes": (
        "torch broadcasts, and compares all with all in silence",
        "{block: margin_ranking_loss} on x [4, 1], y [4, 1], target [1, 1]",
    ),
    r"embedding_dim is": (
        "an odd size would come out one smaller",
        "{block: sinusoidal_embedding, embedding_dim: 5} on x [3]",
    ),
    r"distances below \d+ have a bucket each": (
        "buckets for larger distances would stand for nothing",
        "{block: relative_position_bias, num_heads: 2, max_distance: 1} on x [1, 1, 8]",
    ),
    r"^a window of \d+ by \d+ has": (
        "the table is that of one window",
        "{block: relative_position_bias2d, num_heads: 2, window_size: 2} on x [1, 1, 8]",
    ),
    r"^\S+ is \d+ in input \d+, and": (
        "torch broadcasts a size of 1, and so pairs what is not alike",
        '{block: einsum, equation: "ij,ij->i"} on inputs.0 [2, 3], inputs.1 [2, 1]',
    ),
    r"^pairs need an even number": (
        "a fraction that turns nothing is a mistake",
        "{block: rotary_embedding, fraction: 0.3} on x [1, 1, 2]",
    ),
    r"^\d+ indices for the \d+ sequences": (
        "each sequence has a position of its own",
        "{block: take_position} on x [1, 2, 8], index [2] int64 below 2",
    ),
}
"""Message of a refusal -> why torch would do it, and a case of it."""


@dataclass(frozen=True)
class Trial:
    """A block with settings, and types of inputs by name."""

    block: Block
    types: Mapping[str, Tensor]


def values(described: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Small values that a JSON schema allows, and some beside its limits."""
    if "anyOf" in described:
        return st.one_of([values(each) for each in described["anyOf"]])
    if "enum" in described:
        return st.sampled_from(described["enum"])
    kind = described.get("type")
    if kind == "integer":
        return st.integers(max(described.get("minimum", -4), -4), 6)
    if kind == "number":
        numbers = [
            each for each in (-2.5, -1.0, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0) if allowed(each, described)
        ]
        return st.sampled_from(numbers or [2.0])
    if kind == "array":
        least, most = described.get("minItems", 0), described.get("maxItems", 4)
        items = values(described.get("items") or {"type": "integer"})
        return st.lists(items, min_size=least, max_size=most)
    return {"boolean": st.booleans(), "null": st.none()}.get(str(kind), st.integers(0, 3))


def allowed(number: float, described: Mapping[str, Any]) -> bool:
    return (
        described.get("minimum", number) <= number <= described.get("maximum", number)
        and described.get("exclusiveMinimum", number - 1) < number
    )


@st.composite
def changed(draw: st.DrawFn, type_: Tensor) -> Tensor:
    """A type like this one: another size, rank, dtype or bound."""
    sizes, dtype, below = list(type_.sizes), type_.dtype, type_.below
    how = draw(st.sampled_from(["size", "size", "size", "drop", "add", "dtype", "bound"]))
    if how == "size" and sizes:
        sizes[draw(st.integers(0, len(sizes) - 1))] = draw(st.integers(1, 7))
    elif how == "drop" and sizes:
        del sizes[draw(st.integers(0, len(sizes) - 1))]
    elif how == "add" and len(sizes) < 5:
        sizes.insert(draw(st.integers(0, len(sizes))), draw(st.integers(1, 3)))
    elif how == "dtype":
        dtype = draw(st.sampled_from(("float", "float", *DTYPES)))
        below = below if dtype in INTEGER else None
    elif how == "bound" and isinstance(below, int):
        below = draw(st.integers(1, below + 3))
    return Tensor(tuple(sizes), dtype, below)


@st.composite
def trials(draw: st.DrawFn, name: str) -> Trial | None:
    """An example of a block, changed; None where its settings are none."""
    case = draw(st.sampled_from(OWN[name]))
    block = cases.block_class(name)
    assert block
    numbers = draw(st.sampled_from(list(case.numbers())))
    own = {key: each for key, each in settings_of(case, numbers).items() if key != "block"}
    properties = properties_of(block)
    for key in draw(
        st.lists(st.sampled_from(list(properties)), max_size=2) if properties else st.just([])
    ):
        own[key] = draw(values(properties[key]))
    types = {port: typed(each, numbers) for port, each in case.example.inputs.items()}
    for port in draw(st.lists(st.sampled_from(list(types)), max_size=2) if types else st.just([])):
        types[port] = draw(changed(types[port]))
    try:
        return Trial(block(**own), types)
    except ValidationError:
        return None


@cache
def properties_of(block: type[Block]) -> dict[str, Any]:
    """JSON schemas of the settings."""
    found = schema(block).json_schema().get("properties", {})
    assert isinstance(found, dict)
    return found


def settings_of(case: Subject, numbers: Mapping[str, int]) -> dict[str, Any]:
    found = numbered(dict(case.example.settings), numbers)
    assert isinstance(found, dict)
    return found


def filled(type_: Tensor) -> torch.Tensor:
    """A tensor of this type: its largest allowed index is in it."""
    sizes, dtype = real(type_)
    if type_.dtype in FLOATING:
        return torch.randn(sizes).to(dtype)
    high = type_.below if isinstance(type_.below, int) else 1
    made = torch.randint(0, 2 if type_.dtype == "bool" else high, sizes)
    if type_.dtype != "bool":
        made.view(-1)[0] = high - 1
    return made.to(dtype)


def said(trial: Trial) -> list[Tensor] | str:
    """The outputs as the rule has them, or why it refuses."""
    try:
        found = trial.block.infer(*arguments(type(trial.block), trial.types, lambda _, each: each))
    except (Refusal, SizeError) as refusal:
        return str(refusal)
    return [found] if isinstance(found, Tensor) else list(found.values())


def done(trial: Trial, tensors: Mapping[str, torch.Tensor]) -> list[torch.Tensor] | str:
    """The outputs as torch has them, or its error; an output without elements is one."""
    try:
        found = flat(run_block(trial.block, trial.types, tensors))
    except Exception as error:  # noqa: BLE001 - torch raises whatever it likes
        return f"{type(error).__name__}: {error}"
    return "nothing is left" if any(0 in each.shape for each in found) else found


def flat(outputs: Iterable[Any]) -> list[torch.Tensor]:
    """Outputs in a row, also where torch nests them: `output, (h, c)`."""
    found: list[torch.Tensor] = []
    for each in outputs:
        found += [each] if isinstance(each, torch.Tensor) else flat(each)
    return found


def compare(trial: Trial, name: str) -> None:
    """Raise AssertionError where rule and torch differ."""
    torch.manual_seed(0)
    tensors = {port: filled(type_) for port, type_ in trial.types.items()}
    before = {port: tensor.clone() for port, tensor in tensors.items()}
    rule, torchs = said(trial), done(trial, tensors)
    if isinstance(rule, str):
        stricter = any(re.search(pattern, rule) for pattern in STRICTER)
        assert isinstance(torchs, str) or stricter, f"refused: {rule}"
        return
    assert not isinstance(torchs, str), f"accepted, but {torchs}"
    assert [real(each) for each in rule] == [(list(each.shape), each.dtype) for each in torchs]
    for type_, tensor in zip(rule, torchs, strict=True):
        if isinstance(type_.below, int) and not tensor.is_floating_point():
            assert int(tensor.min()) >= 0
            assert int(tensor.max()) < type_.below
    assert all(torch.equal(before[port], tensors[port]) for port in tensors)
    target = oracle(name, type(trial.block))
    if target is not None:
        compare_values(trial, target, tensors, torchs)


def compare_values(
    trial: Trial, target: Any, tensors: Mapping[str, torch.Tensor], found: list[torch.Tensor]
) -> None:
    """The values are those of torch's own class or function; classes get the very weights."""
    usual = defaults(type(trial.block))
    own = {name: each for name, each in trial.block.settings().items() if each != usual[name]}
    torch.manual_seed(0)
    expected = computed(target, own, tensors, None)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, equal_nan=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_rule_is_torchs(name: str) -> None:
    @settings(
        max_examples=25,
        derandomize=True,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(trials(name))
    def search(trial: Trial | None) -> None:
        if trial is not None:
            note(
                f"{trial.block} on {', '.join(f'{name} {each}' for name, each in trial.types.items())}"
            )
            compare(trial, name)

    search()


@pytest.mark.parametrize(("pattern", "why"), STRICTER.items(), ids=range(len(STRICTER)))
def test_every_stricter_refusal_is_needed(pattern: str, why: tuple[str, str]) -> None:
    example = parse_example(f"{why[1]} gives []")
    block = cases.block_class(example.settings["block"])
    assert block
    own = {key: each for key, each in example.settings.items() if key != "block"}
    types = {port: typed(each, {}) for port, each in example.inputs.items()}
    trial = Trial(block(**own), types)
    refusal = said(trial)
    assert isinstance(refusal, str)
    assert re.search(pattern, refusal)
    assert not isinstance(done(trial, {port: filled(type_) for port, type_ in types.items()}), str)


def test_a_wrong_rule_is_found() -> None:
    right = Trial(imported("netwright.blocks.shape.Flatten")(), {"x": Tensor((2, 3, 4))})
    compare(right, "flatten")

    class Wrong(type(right.block)):  # type: ignore[misc]
        def infer(self, x: Tensor) -> Tensor:
            return x

    with pytest.raises(AssertionError):
        compare(Trial(Wrong(), right.types), "flatten")
