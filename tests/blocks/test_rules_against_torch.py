"""Every rule against torch, at settings and inputs that nobody chose.

Examples are changed at random: settings by their schema, sizes, ranks, dtypes and bounds of inputs. What a
rule accepts must run, give what was said, and be what torch's own function or class computes; what it
refuses must fail in torch too, or leave nothing. Where a rule is stricter on purpose stands in `stricter.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import cases
from checkout import ROOT
from interpreter import imported
from netwright.plugins.testing.subjects import typed
from netwright.specs.tensors import DTYPES, INTEGER, Tensor
from rules import NAMES, OWN, Trial, compare, done, filled, properties_of, settings_of
from stricter import STRICTER, Stricter, page


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


@pytest.mark.filterwarnings("ignore:Initializing zero-element")
@pytest.mark.parametrize(("pattern", "entry"), STRICTER.items(), ids=range(len(STRICTER)))
def test_every_stricter_refusal_is_needed(pattern: str, entry: Stricter) -> None:
    block, types = entry.use()
    refusal = entry.refusal()
    assert re.search(pattern, refusal.message)
    assert entry.instead or refusal.help, "no way out is said"
    tensors = {port: filled(type_) for port, type_ in types.items()}
    assert not isinstance(done(Trial(block, types), tensors), str)


def test_the_page_says_all_of_them() -> None:
    assert (ROOT / "docs" / "stricter.md").read_text(encoding="utf-8") == page()


def test_a_wrong_rule_is_found() -> None:
    right = Trial(imported("netwright.blocks.shape.Flatten")(), {"x": Tensor((2, 3, 4))})
    compare(right, "flatten")

    class Wrong(type(right.block)):  # type: ignore[misc]
        def infer(self, x: Tensor) -> Tensor:
            return x

    with pytest.raises(AssertionError):
        compare(Trial(Wrong(), right.types), "flatten")
