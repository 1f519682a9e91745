"""What notebooks show: pictures of specs, graphs and models, and of what is wrong its text."""

from __future__ import annotations

import pickle

import pytest

from netwright import composer
from netwright.composer.diagram import notebook
from netwright.specs.load import load, loads
from netwright.specs.problems import Problem, RenderError

WRONG = """
netwright: 1
name: wrong
inputs: {x: [batch, 8]}
nodes:
  up: {block: linear, out_featurs: 16}
"""


def test_a_spec_and_its_graph_are_shown_alike() -> None:
    spec = load("mlp")
    shown = spec._repr_mimebundle_(include=None, exclude=None)
    assert shown["image/svg+xml"].startswith("<svg")
    assert shown["text/plain"].startswith("mlp: x [")
    assert shown["text/plain"].endswith("parameters")
    assert shown == composer.check(spec)._repr_mimebundle_()


def test_a_model_is_shown_with_the_text_of_torch() -> None:
    model = composer.compile(load("mlp"), device="meta")
    shown = model._repr_mimebundle_(include=None, exclude=None)  # type: ignore[operator]
    assert shown["image/svg+xml"].startswith("<svg")
    assert shown["text/plain"] == repr(model)
    assert "_repr_mimebundle_" not in composer.emit(load("mlp"))
    again = pickle.loads(pickle.dumps(composer.compile(load("mlp"))))
    assert type(again).__name__ == type(model).__name__


def test_a_mistake_is_shown_as_its_text() -> None:
    shown = loads(WRONG)._repr_mimebundle_()
    assert set(shown) == {"text/plain"}
    assert "out_featurs" in shown["text/plain"]
    assert "did you mean" in shown["text/plain"]


@pytest.mark.parametrize("error", [RenderError(Problem("NW602", "nothing draws")), OSError("full")])
def test_where_nothing_draws_there_is_text(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise error

    monkeypatch.setattr("netwright.composer.diagram.render.render_graph", fail)
    shown = notebook.bundle(composer.check(load("mlp")))
    assert set(shown) == {"text/plain"}
    assert str(error).splitlines()[0] in shown["text/plain"]
    assert shown["text/plain"].startswith("mlp: x [")
