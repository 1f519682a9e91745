"""Inputs of a network that may be left out: what holds only with some of them is refused, in words."""

from __future__ import annotations

import pytest
from choices import HEAD

from netwright import composer
from netwright.composer.elaborate import elaborate
from netwright.specs.load import loads
from netwright.specs.problems import Problem, SpecError


def refused(text: str) -> list[Problem]:
    with pytest.raises(SpecError) as refusal:
        composer.check(loads(HEAD + text, "net.yaml"))
    return list(refusal.value.problems)


REFUSED = {
    "an input that must be fed": (
        """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: add, from: [x, m]}
""",
        "NW206",
        "add: the input inputs must be fed, and m may be left out",
    ),
    "a size that only it has": (
        """
inputs: {x: [batch, 8], m: {shape: [batch, k, 8], optional: true}}
nodes:
  a: {block: unsqueeze, dim: 1, from: x}
  b: {block: expand, shape: [batch, k, 8]}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "NW132",
        "no size or param is called 'k' here",
    ),
    "an output that is not there": (
        """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  b: {block: linear, out_features: 8}
  c: {block: relu, from: m, when: $(given(m))}
outputs: {b: b, c: c}
""",
        "NW206",
        "the output c is m, which may be left out",
    ),
    "what a scan cuts": (
        """
inputs: {x: [batch, seq, 8], h: [batch, 8], m: {shape: [batch, seq, 8], optional: true}}
blocks:
  step:
    inputs: {x: [b, d], h: [b, d], m: {shape: [b, d], optional: true}}
    nodes: {sum: {block: add, from: [x, h]}, scaled: {block: mul, from: [sum, m], when: $(given(m))}}
    outputs: {h: scaled}
nodes:
  run: {block: step, scan: [x, m], from: {x: x, h: h, m: m}}
""",
        "NW206",
        "nothing feeds m, so there is nothing to scan over",
    ),
    "a module of a node that is not there": (
        """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: linear, out_features: 8, when: $(given(m))}
  b: {share: a, from: a}
""",
        "NW202",
        "a is left out here, and its module with it",
    ),
}


@pytest.mark.parametrize(("text", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_fails_with_one_choice_is_refused(text: str, code: str, message: str) -> None:
    (problem,) = refused(text)
    assert (problem.code, problem.message) == (code, message)
    assert "when `m` is left out" in problem.notes


DEPENDS = {
    "the type of what comes out": (
        """
  both: {block: cat, from: [x, m], dim: 1, when: $(given(m))}
  hidden: {block: linear, out_features: 4}
  act: relu
""",
        "both is [batch, 16]; when `m` is left out, x stands for it, and is [batch, 8]",
    ),
    "how a module is made": (
        """
  b: {block: linear, out_features: 8, bias: $(given(m))}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "b would be made another way when `m` is left out: bias is [8], and missing",
    ),
    "how a module without weights is made": (
        """
  b: {block: dropout, p: $(0.1 if given(m) else 0.2)}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "b would be made another way when `m` is left out",
    ),
    "a setting of a block that cannot ask": (
        """
  b: {block: leaky, p: $(0.1 if given(m) else 0.2)}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "what e computes depends on whether `m` is left out, which is not known where it stands",
    ),
    "how many copies": (
        """
  b: {block: linear, out_features: 8, repeat: $(2 if given(m) else 3)}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "b has 2 copies, and 3 when `m` is left out",
    ),
    "which block": (
        """
  b: {block: $('leaky' if given(m) else 'relu')}
  c: {block: add, from: [b, m], when: $(given(m))}
""",
        "which block b is differs when `m` is left out",
    ),
}


@pytest.mark.parametrize(("nodes", "message"), DEPENDS.values(), ids=DEPENDS)
def test_what_must_not_depend_on_it_is_refused(nodes: str, message: str) -> None:
    head = """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
blocks:
  leaky: {params: {p: 0.5}, nodes: {e: {block: leaky_relu, negative_slope: $p}}}
nodes:"""
    (problem,) = refused(head + nodes)
    assert (problem.code, problem.message) == ("NW193", message)


def test_the_module_of_a_node_that_is_never_there_is_refused() -> None:
    text = """
inputs: {x: [batch, 8]}
nodes:
  a: {block: linear, out_features: 8, when: false}
  b: {share: a, from: a}
"""
    (problem,) = refused(text)
    assert problem.message == "a is left out here, and its module with it"


def test_too_many_are_refused() -> None:
    many = ", ".join(f"m{number}: {{shape: [b], optional: true}}" for number in range(7))
    (problem,) = refused(f"inputs: {{x: [b, 8], {many}}}\nnodes: {{a: relu}}\n")
    assert problem.code == "NW193"
    assert problem.message == "7 inputs may be left out; a network has at most 6 such inputs"


def test_a_mistake_that_has_nothing_to_do_with_it_is_told_once_and_plainly() -> None:
    text = """
inputs: {x: [batch, 8], m: {shape: [batch, 8], optional: true}}
nodes:
  a: {block: lineal, out_features: 8}
  b: {block: linear, out_feature: 8, when: $(not given(m))}
  c: {block: mul, from: [b, m], when: $(given(m))}
"""
    first, second = refused(text)
    assert (first.code, first.notes) == ("NW501", ())
    assert (second.code, second.notes[-1]) == ("NW510", "when `m` is left out")


def test_an_input_that_nothing_reads_is_warned_of() -> None:
    text = "inputs: {x: [b, 8], m: {shape: [b], optional: true}}\nnodes: {a: relu}\n"
    _, warnings = elaborate(loads(HEAD + text))
    assert [(each.code, each.message) for each in warnings] == [
        ("NW207", "nothing reads the input m")
    ]


def test_an_initialiser_for_what_is_left_out_is_not_warned_of() -> None:
    text = """
inputs: {x: [b, 8], m: {shape: [b, 8], optional: true}}
nodes:
  a: {block: linear, out_features: 8, when: $(given(m))}
  c: {block: mul, from: [a, m], when: $(given(m))}
init: {"a.weight": ones, "b.weight": zeros}
"""
    _, warnings = elaborate(loads(HEAD + text))
    assert [each.message for each in warnings] == ["no parameter has a name like 'b.weight'"]
