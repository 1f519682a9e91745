"""Mistakes that people make: each is refused with its code, at its place, in words that help."""

# ruff: noqa: E501 - a case is a line, to be read as a table

from __future__ import annotations

import time

import pytest

from netwright import composer
from netwright.composer.elaborate import elaborate
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import loads
from netwright.specs.problems import Problem, SpecError, render

CATALOGUE = Catalogue()
HEAD = "netwright: 1\n"
IMAGE = HEAD + "inputs: {x: [batch, 3, 32, 32]}\nnodes:\n"
FLAT = HEAD + "inputs: {x: [batch, 8]}\nnodes:\n"
SEQUENCE = HEAD + "inputs: {x: [batch, seq, 512]}\nnodes:\n"
TOKENS = HEAD + "inputs: {x: {shape: [batch, seq], dtype: int64, below: 100}}\nnodes:\n"

# Row of the list of bad inputs, text with ‸ where it must be reported, code, what the report must contain.
CASES: list[tuple[str, str, str, tuple[str, ...]]] = [
    # B: scalars that YAML 1.1 would read otherwise
    ("B016 no", FLAT + "  up: {block: linear, out_features: 4, bias: ‸no}", "NW512", ("'no'", "write false")),
    ("a value read as a tensor", FLAT + "  up: {block: add, from: [x, ‸batch]}", "NW202", ("it is a value, not a tensor", "`$batch`")),
    ("B016 off", FLAT + "  up: {block: linear, out_features: 4, bias: ‸off}", "NW512", ("'off'", "true and false")),
    ("B016 y", FLAT + "  up: {block: linear, out_features: 4, bias: ‸y}", "NW512", ("'y'", "write true")),
    ("B016 True", FLAT + "  up: {block: linear, out_features: 4, bias: ‸'True'}", "NW512", ("'True'", "write true")),
    ("B016 block on", FLAT + "  up: ‸on", "NW501", ("'on'",)),
    ("B016 block true", FLAT + "  up: ‸true", "NW501", ("true",)),
    ("B019 ratio", FLAT + "  up: {block: linear, out_features: ‸16:9}", "NW512", ("'16:9'", "integer")),
    ("B019 time", FLAT + "  up: {block: linear, out_features: ‸12:30:45}", "NW512", ("'12:30:45'",)),
    ("B020 date", FLAT + "  up: {block: linear, out_features: ‸2024-01-01}", "NW512", ("'2024-01-01'",)),
    ("B020 no date", FLAT + "  up: {block: linear, out_features: ‸2024-13-45}", "NW512", ("'2024-13-45'",)),
    ("B022 tuple", IMAGE + "  conv: {block: conv2d, out_channels: 8, kernel_size: ‸'(3, 3)'}", "NW512", ("'(3, 3)'", "[3, 3]")),
    ("B022 spaces", IMAGE + "  conv: {block: conv2d, out_channels: 8, kernel_size: ‸[3 3]}", "NW512", ("3 3",)),
    ("B023 None", FLAT + "  up: {block: linear, out_features: ‸None}", "NW512", ("'None'", "null")),
    ("B023 nil", FLAT + "  up: {block: linear, out_features: ‸nil}", "NW512", ("'nil'", "null")),
    ("B023 inf", FLAT + "  up: {block: linear, out_features: ‸inf}", "NW512", ("'inf'",)),
    ("B023 .inf", FLAT + "  up: {block: leaky_relu, negative_slope: ‸.inf}", "NW018", (".inf",)),
    ("B025 underscore", FLAT + "  up: {block: linear, out_features: ‸1_000}", "NW512", ("'1_000'", "1000")),
    ("B025 comma", FLAT + "  up: {block: linear, out_features: ‸'1,000'}", "NW512", ("'1,000'", "1000")),
    ("B026 digits", FLAT + f"  up: {{block: linear, out_features: ‸{'9' * 5000}}}", "NW405", ("5,000 digits",)),
    # C: keys, settings, types
    ("C028 block", HEAD + "‸block: {}\ninputs: {x: [batch, 8]}\nnodes: {act: relu}", "NW102", ("`blocks`",)),
    ("C028 input", HEAD + "‸input: {x: [batch, 8]}\nnodes: {act: relu}", "NW102", ("`inputs`",)),
    ("C028 layers", HEAD + "inputs: {x: [batch, 8]}\nnodes: {act: relu}\n‸optimizer: adam", "NW102", ("its keys are", "outputs")),
    ("C028 in a block", HEAD + "inputs: {x: [batch, 8]}\nblocks: {b: {‸node: {}, nodes: {act: relu}}}\nnodes: {b: b}", "NW102", ("node",)),
    ("C028 of a file", HEAD + "inputs: {x: [batch, 8]}\nblocks: {b: {‸presets: {}, nodes: {act: relu}}}\nnodes: {b: b}", "NW102", ("only a file",)),
    ("C028 input key", HEAD + "inputs: {x: {shape: [batch, 8], ‸dtpye: float}}\nnodes: {act: relu}", "NW102", ("`dtype`",)),
    ("C028 dims", HEAD + "dims: {b: {‸mim: 3}}\ninputs: {x: [b, 8]}\nnodes: {act: relu}", "NW102", ("`min`",)),
    ("C029 sise", IMAGE + "  conv: {block: conv2d, out_channels: 8, ‸kernel_sise: 3}", "NW510", ("`kernel_size`", "its settings are", "dilation")),
    ("C029 chanels", IMAGE + "  conv: {block: conv2d, ‸out_chanels: 8, kernel_size: 3}", "NW510", ("`out_channels`",)),
    ("C029 key of a node", FLAT + "  act: {block: relu, ‸repeet: 3}", "NW510", ("`repeat`",)),
    ("C029 form", FLAT + "  act: {block: relu, ‸form: x}", "NW510", ("`from`",)),
    ("C031 one", IMAGE + "  conv: {block: ‸conv2d, kernel_size: 3}", "NW511", ("out_channels", "add `out_channels")),
    ("C031 of two", IMAGE + "  conv: {block: ‸conv2d, out_channels: 3}", "NW511", ("kernel_size",)),
    ("C031 short", FLAT + "  up: ‸linear", "NW511", ("out_features",)),
    ("C032 text", FLAT + "  up: {block: linear, out_features: ‸'64'}", "NW512", ("integer", "'64'", "without quotes")),
    ("C032 float", FLAT + "  up: {block: linear, out_features: ‸64.0}", "NW512", ("integer", "64.0", "write 64")),
    ("C032 bool", FLAT + "  up: {block: linear, out_features: ‸true}", "NW512", ("integer", "true")),
    ("C032 null", FLAT + "  up: {block: linear, out_features: ‸null}", "NW512", ("integer", "null")),
    ("C032 list", FLAT + "  up: {block: linear, out_features: ‸[64]}", "NW512", ("integer", "[64]")),
    ("C032 integer for a bool", FLAT + "  up: {block: linear, out_features: 4, bias: ‸1}", "NW512", ("true or false", "got 1")),
    ("C032 choice", FLAT + "  up: {block: gelu, approximate: ‸tanhh}", "NW512", ("tanh",)),
    ("C034 percent", FLAT + "  drop: {block: dropout, p: ‸50}", "NW512", ("at most 1", "got 50", "0.5")),
    ("C034 above", FLAT + "  drop: {block: dropout, p: ‸1.5}", "NW512", ("at most 1", "1.5")),
    ("C034 below", FLAT + "  drop: {block: dropout, p: ‸-0.1}", "NW512", ("at least 0", "-0.1")),
    ("C035 features", FLAT + "  up: {block: linear, out_features: ‸0}", "NW512", ("at least 1", "got 0")),
    ("C035 channels", IMAGE + "  conv: {block: conv2d, out_channels: ‸-8, kernel_size: 3}", "NW512", ("at least 1", "-8")),
    ("C035 kernel", IMAGE + "  conv: {block: conv2d, out_channels: 8, kernel_size: ‸0}", "NW512", ("at least 1",)),
    ("C035 stride", IMAGE + "  conv: {block: conv2d, out_channels: 8, kernel_size: 3, stride: ‸0}", "NW512", ("at least 1",)),
    ("C035 repeat", FLAT + "  act: {block: relu, repeat: ‸-1}", "NW133", ("from 0", "-1")),
    ("C035 repeat text", FLAT + "  act: {block: relu, repeat: ‸three}", "NW133", ("integer", "'three'")),
    ("C037 same", IMAGE + "  conv: {block: conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: ‸same}", "NW302", ("same", "stride")),
    ("C037 repeat and for", FLAT + "  up: {block: linear, repeat: 2, ‸for: {out_features: [1, 2]}}", "NW191", ("not both",)),
    ("C038 missing", "‸inputs: {x: [batch, 8]}\nnodes: {act: relu}", "NW101", ("netwright: 1",)),
    ("C038 newer", "netwright: ‸2\ninputs: {x: [batch, 8]}\nnodes: {act: relu}", "NW101", ("version 2", "pip install --upgrade")),
    ("C038 text", "netwright: ‸'1'\ninputs: {x: [batch, 8]}\nnodes: {act: relu}", "NW101", ("'1'", "netwright: 1")),
    ("C038 float", "netwright: ‸1.0\ninputs: {x: [batch, 8]}\nnodes: {act: relu}", "NW101", ("1.0",)),
    ("C040 positional", IMAGE + "  conv: ‸[conv2d, 64, 3, 2]", "NW501", ("conv",)),
    ("C041 not of this block", FLAT + "  act: {block: relu, ‸negative_slope: 0.1}", "NW510", ("its settings are",)),
    # D: what reads what
    ("D043 inside a block", HEAD + "inputs: {x: [batch, 8]}\nblocks: {b: {nodes: {inner: relu}}}\nnodes: {b: b, end: {block: relu, from: ‸inner}}", "NW202", ("`b`", "expose")),
    ("D043 a block", HEAD + "inputs: {x: [batch, 8]}\nblocks: {unit: {nodes: {act: relu}}}\nnodes: {b: unit, end: {block: relu, from: ‸unit}}", "NW202", ("it is a block",)),
    ("D044 copy", FLAT + "  layers: {block: relu, repeat: 4}\n  end: {block: relu, from: ‸layers.4}", "NW205", ("copies 0 to 3", "not 4")),
    ("D044 negative", FLAT + "  act: relu\n  end: {block: relu, from: ‸-1}", "NW201", ("-1", "name a node")),
    ("D044 number", FLAT + "  act: relu\n  end: {block: relu, from: ‸0}", "NW201", ("0",)),
    ("D044 list", FLAT + "  act: relu\n  end: {block: add, from: [‸-1, x]}", "NW201", ("-1",)),
    ("D046 dead", FLAT + "  aux: {block: linear, out_features: 2}\n  act: {block: relu, from: x}".replace("aux", "‸aux"), "NW207", ("nothing reads aux",)),
    ("D047 outputs", FLAT + "  act: relu\noutputs: ‸[]", "NW208", ("no outputs", "act")),
    ("D047 nodes", HEAD + "inputs: {x: [batch, 8]}\nnodes: ‸{}", "NW208", ("no nodes",)),
    ("D049 port", FLAT + "  cut: {block: chunk, chunks: 2, dim: 1}\n  end: {block: relu, from: ‸cut.2}", "NW205", ("0, 1",)),
    ("D049 one output", FLAT + "  act: relu\n  end: {block: relu, from: ‸act.weights}", "NW205", ("one output", "`act`")),
    ("D049 of an input", FLAT + "  end: {block: relu, from: ‸x.0}", "NW205", ("`x`",)),
    ("D049 input name", SEQUENCE + "  end: {block: attention, num_heads: 8, from: {x: x, ‸maks: x}}", "NW204", ("`mask`",)),
    ("D050 twice", FLAT + "  a: relu\n  end: {block: relu, from: {x: x, ‸x: a}}", "NW010", ("stands twice",)),
    ("D052 input", HEAD + "inputs: {x: [batch, 8], ‸y: [batch, 8]}\nnodes: {act: relu}".replace("act: relu", "act: {block: relu, from: x}"), "NW207", ("input y",)),
    # E: what arrives
    ("E055 linear", HEAD + "inputs: {x: [batch, 3, height, width]}\nnodes:\n  fc: {block: ‸linear, out_features: 10}", "NW306", ("flatten", "width")),
    ("E056 groups", IMAGE + "  conv: {block: conv2d, out_channels: 8, kernel_size: 3, groups: ‸2}", "NW302", ("3", "groups")),
    ("E056 channels of a block", HEAD + "inputs: {x: [batch, 1, 8, 8]}\nblocks: {b: {inputs: {x: [n, 3, h, w]}, nodes: {act: relu}}}\nnodes:\n  b: ‸b", "NW301", ("expected 3", "got 1")),
    ("E058 cat", IMAGE + "  small: {block: max_pool2d, kernel_size: 2}\n  join: {block: cat, dim: 1, from: ‸[x, small]}", "NW301", ("32 and 16", "dim 2", "divisible")),
    ("E059 add", IMAGE + "  conv: {block: conv2d, out_channels: 64, kernel_size: 1}\n  sum: {block: add, from: ‸[x, conv]}", "NW301", ("3", "64", "project", "kernel_size: 1")),
    ("E061 kernel", HEAD + "inputs: {x: [batch, 1, 4, 4]}\nnodes:\n  conv: {block: conv2d, out_channels: 8, kernel_size: ‸5}", "NW302", ("5", "4")),
    ("E061 pools", IMAGE + "".join(f"  p{i}: {{block: max_pool2d, kernel_size: 2}}\n" for i in range(5)) + "  last: {block: max_pool2d, kernel_size: ‸2}", "NW302", ("[batch, 3, 1, 1]",)),
    ("E062 heads", SEQUENCE + "  att: {block: ‸attention, num_heads: 7}", "NW301", ("multiple of 7", "512", "8")),
    ("E062 shuffle", IMAGE + "  up: {block: pixel_shuffle, upscale_factor: ‸2}", "NW302", ("3", "4")),
    ("E064 batch", HEAD + "inputs: {x: [3, height, width]}\nnodes:\n  conv: {block: ‸conv2d, out_channels: 8, kernel_size: 1}", "NW302", ("batch dimension is missing", "unsqueeze")),
    ("E065 norm", IMAGE + "  norm: ‸batch_norm1d", "NW302", ("batch_norm2d",)),
    ("E067 embedding", FLAT + "  e: {block: ‸embedding, num_embeddings: 9, embedding_dim: 4}", "NW303", ("float", "int64")),
    ("E067 linear", HEAD + "inputs: {x: {shape: [batch, 8], dtype: int64, below: 5}}\nnodes:\n  up: {block: ‸linear, out_features: 4}", "NW303", ("int64", "to, dtype: float")),
    ("E067 softmax", HEAD + "inputs: {x: {shape: [batch, 8], dtype: int64, below: 5}}\nnodes:\n  s: {block: ‸softmax, dim: 1}", "NW303", ("int64",)),
    ("E068 vocabulary", TOKENS + "  e: {block: embedding, num_embeddings: ‸50, embedding_dim: 4}", "NW310", ("99", "50")),
    ("E071 cat", IMAGE + "  join: {block: cat, dim: ‸4, from: [x, x]}", "NW302", ("dim 4", "-4 to 3")),
    ("E071 softmax", FLAT + "  s: {block: softmax, dim: ‸-3}", "NW302", ("dim -3", "-2 to 1")),
    # G: hostile names and expressions
    ("G088 os", FLAT + "  act: ‸os.system", "NW501", ("'os.system'",)),
    ("G088 eval", FLAT + "  act: {block: ‸builtins.eval, x: 1}", "NW501", ("builtins.eval",)),
    ("G088 torch", FLAT + "  act: ‸torch.nn.ReLU", "NW501", ("torch.nn.ReLU",)),
    ("G088 plugin", FLAT + "  act: ‸evil/block", "NW501", ("evil",)),
    ("G089 attribute", FLAT + "  up: {block: linear, out_features: $(‸().__class__)}", "NW130", ()),
    ("G089 call", FLAT + "  up: {block: linear, out_features: $(‸open('x'))}", "NW130", ("open",)),
    ("G089 lambda", FLAT + "  up: {block: linear, out_features: '$(lambda: 1)'}", "NW130", ()),
    ("G089 walrus", FLAT + "  up: {block: linear, out_features: '$(a := 1)'}", "NW130", ()),
    ("G089 f", FLAT + "  up: {block: linear, out_features: '$(f\"{1}\")'}", "NW130", ()),
    ("G089 power", FLAT + "  up: {block: linear, out_features: $(9 ** 9 ** 9 ** 9)}", "NW131", ()),
    ("G089 zero", FLAT + "  up: {block: linear, out_features: $(1 // 0)}", "NW131", ("zero",)),
    ("G092 class", FLAT + "  ‸class: relu", "NW105", ("reserved word", "`class_`")),
    ("G092 lambda", FLAT + "  ‸lambda: relu", "NW105", ("reserved word",)),
    ("G092 None", FLAT + "  ‸None: relu", "NW105", ("reserved word",)),
    ("G092 train", FLAT + "  ‸train: relu", "NW105", ("reserved", "`train_`")),
    ("G094 dot", FLAT + "  ‸a.b: relu", "NW105", ("character 1", "'.'")),
    ("G094 slash", FLAT + "  ‸a/b: relu", "NW105", ("'/'",)),
    ("G094 space", FLAT + "  ‸a b: relu", "NW105", ("' '",)),
    ("G094 digit", FLAT + "  ‸1a: relu", "NW105", ("begins with",)),
    ("G094 empty", FLAT + "  ‸'': relu", "NW105", ("empty",)),
    ("G095 ligature", FLAT + "  ‸\ufb01: relu", "NW105", ("U+FB01", "`fi`")),
    ("G095 cyrillic", FLAT + "  ‸\u0430ct: relu", "NW105", ("U+0430", "`act`")),
    ("G095 zero width", FLAT + "  ‸a\u200bct: relu", "NW105", ("U+200B",)),
    ("G095 override", FLAT + "  ‸a\u202ect: relu", "NW105", ("U+202E",)),
    ("G101 escape", FLAT + '  ‸"a\\e[31m": relu', "NW105", ("\\x1b",)),
]  # fmt: skip


def problems_of(text: str) -> tuple[Problem, ...]:
    try:
        return elaborate(loads(text), CATALOGUE)[1]
    except SpecError as error:
        return error.problems


@pytest.mark.parametrize(
    ("text", "code", "parts"), [pytest.param(*rest, id=row) for row, *rest in CASES]
)
def test_it_is_refused_in_words_that_help(text: str, code: str, parts: tuple[str, ...]) -> None:
    before = text.partition("‸")[0] if "‸" in text else None
    start = time.process_time()
    problems = problems_of(text.replace("‸", ""))
    assert time.process_time() - start < 1
    said = render(problems)
    assert [each.code for each in problems] == [code], said
    place = problems[0].place
    assert place is not None
    if before is not None:
        assert (place.line, place.column) == (
            before.count("\n") + 1,
            len(before) - before.rfind("\n"),
        ), said
    missing = [part for part in parts if part not in said]
    assert not missing, said
    assert "\x1b" not in said
    assert "Traceback" not in said


def test_the_cases_are_many() -> None:
    assert len({row for row, *_ in CASES}) == len(CASES) >= 100


def test_yaml_1_1_does_not_surprise() -> None:
    text = FLAT + "  act: {block: leaky_relu, negative_slope: 1e-3, note: 2024-01-01}\n"
    assert problems_of(text) == ()


def test_a_node_may_be_used_before_it_is_written() -> None:
    text = FLAT + "  end: {block: relu, from: act}\n  act: {block: tanh, from: x}\noutputs: end\n"
    assert problems_of(text) == ()


@pytest.mark.parametrize(
    ("dims", "code"),
    [
        ("{height: {min: $(1 + nowhere)}, width: {min: 3}}", "NW132"),
        ("{height: {min: 0}, width: {min: 3}}", "NW133"),
        ("{height: {min: 9, max: 8}, width: {min: 3}}", "NW108"),
    ],
)
def test_where_a_fact_is_wrong_nothing_is_said_of_what_it_would_settle(
    dims: str, code: str
) -> None:
    text = (
        f"netwright: 1\ndims: {dims}\ninputs: {{x: [batch, 3, height, width]}}\n"
        "nodes:\n  conv: {block: conv2d, out_channels: 4, kernel_size: 3}\n"
    )
    assert [each.code for each in problems_of(text)] == [code]


def test_ten_thousand_mistakes_are_counted() -> None:
    text = FLAT + "".join(f"  n{i}: {{block: relu, from: nowhere}}\n" for i in range(10_000))
    start = time.process_time()
    with pytest.raises(SpecError) as caught:
        elaborate(loads(text), CATALOGUE)
    assert time.process_time() - start < 10
    assert "and 9,980 more" in str(caught.value)


@pytest.mark.parametrize("given", ["resnet", {"netwright": 1}])
def test_what_is_no_spec_is_told_to_be_loaded(given: object) -> None:
    with pytest.raises(
        TypeError, match=r"expected a spec, got \w+: load it, `specs\.load\(\.\.\.\)`"
    ):
        composer.check(given)  # type: ignore[arg-type]
