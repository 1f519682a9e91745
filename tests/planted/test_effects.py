"""Every wrong rule takes effect while it is planted, and only then."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from netwright import composer, specs
from netwright.composer.trial import made_up, named, smallest
from planted import PLANTED
from planted.witnesses import WITNESSES


def seen(spec: dict[str, Any]) -> dict[str, Any]:
    """What a user sees of a spec: what is said of it, what is written, what its model then does."""
    try:
        graph = composer.check(specs.loads(as_text(spec)))
    except specs.SpecError as error:
        return {"refused": [problem.code for problem in error.problems]}
    said = {name: str(tensor) for name, tensor in graph.outputs.items()}
    counted = composer.summary(graph).as_json()["parameters"]
    found: dict[str, Any] = {"said": said, "parameters": counted}
    try:
        found["source"] = composer.emit(graph)
        model = composer.compile(graph, seed=0).eval()
        inputs = made_up(graph, smallest(graph))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, about speed
            result = named(graph, model(*inputs))
            model.train()(*inputs)
    except Exception as error:  # noqa: BLE001 - what is accepted wrongly may fail in any way
        return {**found, "failed": f"{type(error).__name__}: {error}"}
    found["came"] = {
        name: (list(tensor.shape), str(tensor.dtype)) for name, tensor in result.items()
    }
    found["buffers"] = {name: each.tolist() for name, each in model.named_buffers()}
    return found


def as_text(spec: dict[str, Any]) -> str:
    """JSON is YAML too."""
    return json.dumps(spec)


def test_there_is_a_witness_for_each() -> None:
    assert WITNESSES.keys() == PLANTED.keys()
    assert len(PLANTED) >= 20


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_rule_lies(name: str) -> None:
    right = seen(WITNESSES[name])
    with PLANTED[name]():
        wrong = seen(WITNESSES[name])
    assert wrong != right
    assert "refused" not in wrong, "it accepts what it lies about"
    assert seen(WITNESSES[name]) == right, "nothing is left of it"
    assert PLANTED[name].__doc__
