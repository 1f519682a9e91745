"""What the reader may choose: what is opened, pointed out, coloured, and in which colours."""

from __future__ import annotations

import re
import zlib
from typing import Any

import pytest

import checkout
from netwright.composer.diagram import render_graph, scene
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.themes import THEMES
from netwright.composer.diagram.view import View, leads, matches
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.specs.load import load, loads
from netwright.specs.problems import RenderError

KEPT = checkout.ROOT / "tests" / "golden" / "diagrams"


def zoo(name: str) -> Graph:
    """An architecture; a copy of it where what is drawn is compared word by word."""
    kept = KEPT / f"{name}.yaml"
    return elaborate(load(kept if kept.exists() else name))[0]


def drawn(name: str, **view: Any) -> Scene:
    return scene(zoo(name), View(**view))


def ids(found: Scene) -> set[str]:
    return {box.id for box in found.boxes}


FOR = """
netwright: 1
name: growing
inputs: {x: [batch, 8]}
nodes:
  up: {block: linear, for: {out_features: [16, 32, 64]}}
  mixed: {block: linear, for: {out_features: [16, 64, 32]}}
  biased: {block: linear, out_features: 8, for: {bias: [true, false]}}
"""


@pytest.mark.parametrize(
    ("pattern", "path", "is_meant"),
    [
        ("layers", "layers.0-11", True),
        ("layers.3", "layers.0-11", True),
        ("layers.12", "layers.0-11", False),
        ("layers.3.norm", "layers.0-11.norm", True),
        ("layers.norm", "layers.0-11.norm", True),
        ("*.norm", "layers.0-11.norm", True),
        ("*", "layers.0-11.norm", True),
        ("norm", "layers.0-11.norm", False),
        ("layers.0-11.norm", "layers.0-11.norm", True),
        ("stages.1.blocks.0.conv", "stages.1-3.blocks.0.conv", True),
        ("stages.0.blocks.0.conv", "stages.1-3.blocks.0.conv", False),
        ("[", "layers", False),
    ],
)
def test_patterns(pattern: str, path: str, is_meant: bool) -> None:
    assert matches([pattern], path) is is_meant


def test_what_leads_to_a_pattern() -> None:
    assert leads(["layers.3.attend.norm"], "layers.0-11.attend")
    assert leads(["layers.3.attend.norm"], "layers.0-11")
    assert not leads(["layers.3.attend.norm"], "layers.0-11.feed")
    assert not leads(["*.norm"], "layers.0-11")


def test_by_default_composites_of_blocks_stay_closed_and_that_is_said() -> None:
    found = drawn("gpt")
    assert {box.id for box in found.boxes if box.kind == "composite"} == {
        "layers.0-11.attend.attention"
    }
    assert re.fullmatch(r"Not opened: attention\. All of it would be \d\d boxes\.", found.notice)
    assert ("composite", "composite, not opened") in {
        (entry.sample, entry.text) for entry in found.legend
    }


def test_a_composite_with_a_body_of_the_network_is_opened() -> None:
    assert "layers.0-11.feed.up" in ids(drawn("gpt"))  # `residual` is a block, its body is not


def test_a_deep_network_is_opened_as_far_as_a_page_holds() -> None:
    found = drawn("ddpm")
    assert 10 < len([box for box in found.boxes if box.kind in ("leaf", "composite")]) <= 48
    assert found.notice.startswith("Not opened: ")
    assert re.search(r"All of it would be \d{3} boxes", found.notice)


def test_expanding_opens_what_is_meant_and_what_leads_there() -> None:
    found = drawn("gpt", depth=1, expand=("layers.3.attend.attention",))
    assert "layers.0-11.attend.attention.query" in ids(found)
    assert "layers.0-11.feed" in ids(found)
    assert not drawn("gpt", expand=("*.attention",)).notice


def test_unfolding_draws_each_copy() -> None:
    found = drawn("gpt", depth=1, unfold=("layers",))
    assert {f"layers.{number}" for number in range(12)} <= ids(found)
    flow = {(edge.source, edge.target) for edge in found.edges}
    assert {("layers.3", "layers.4"), ("drop", "layers.0"), ("layers.11", "norm")} <= flow


def test_unfolding_stops_where_nobody_could_look_at_it() -> None:
    text = (
        "netwright: 1\nname: long\ninputs: {x: [b]}\nnodes:\n  a: {block: relu, repeat: 1000000}\n"
    )
    found = scene(elaborate(loads(text))[0], View(unfold=("a",)))
    assert "a.0-999999" in ids(found)
    assert found.notice.startswith("Not all that was asked for is opened")


def test_copies_that_go_one_way_are_folded_as_a_range() -> None:
    graph = elaborate(loads(FOR))[0]
    found = {box.id: box for box in scene(graph).boxes}
    assert {"up.0-2", "mixed.0-1", "mixed.2", "biased.0", "biased.1"} <= set(found)
    box = found["up.0-2"]
    assert [line.text for line in box.lines] == ["up ×3", "linear", "out_features 16 … 64"]
    assert (box.lines[0].right, box.differs) == ("144 … 2,112", True)
    assert "up.1" in ids(scene(graph, View(unfold=("up",))))


def test_stages_of_a_resnet_are_one_frame_with_ranges() -> None:
    found = drawn("resnet", shapes={"height": 224, "width": 224})
    frame = next(each for each in found.clusters if each.id == "stages.1-3")
    assert frame.title.text == "stages.1 … 3 ×3"
    assert frame.title.right == "stage · width 128 … 512 · 526K … 8.39M"
    label = next(edge.label for edge in found.edges if edge.target == "stages.1-3.blocks.1.act1")
    assert label == "[batch, 128 … 512, 28 … 7, 28 … 7]"


def test_pointing_out() -> None:
    found = drawn("gpt", highlight=("layers.3.attend", "*.up"))
    assert [each.id for each in found.clusters if each.lit] == ["layers.0-11.attend"]
    assert [each.id for each in found.boxes if each.lit] == ["layers.0-11.feed.up"]
    inside = drawn("gpt", depth=1, highlight=("layers.0.feed.up",))
    assert [each.id for each in inside.boxes if each.lit] == ["layers.0-11"]


@pytest.mark.parametrize(
    ("view", "message", "help"),
    [
        ({"highlight": ("logit",)}, "nothing that is drawn is called", "did you mean `logits`?"),
        ({"expand": ("nothing",)}, "is no composite or repeated node", "there are "),
        ({"unfold": ("embed",)}, "is no composite or repeated node", "there are "),
        ({"heat": "flops"}, "depend on batch, seq", "--shapes batch=…,seq=…"),
        ({"heat": "activations"}, "depend on batch, seq", "--shapes"),
    ],
)
def test_what_means_nothing_is_refused(view: dict[str, Any], message: str, help: str) -> None:
    with pytest.raises(RenderError, match=re.escape(message)) as caught:
        drawn("gpt", **view)
    assert caught.value.problems[0].code == "NW606"
    assert help in caught.value.problems[0].help


@pytest.mark.parametrize("view", [{"direction": "up"}, {"depth": 0}, {"heat": "cold"}])
def test_views_that_make_no_sense(view: dict[str, Any]) -> None:
    with pytest.raises(RenderError) as caught:
        View(**view)
    assert caught.value.problems[0].code == "NW604"


def test_heat_counts_all_copies() -> None:
    found = {box.id: box for box in drawn("gpt", heat="parameters").boxes}
    up = found["layers.0-11.feed.up"]
    assert (up.lines[0].right, up.heat) == ("28.3M", 3)  # 12 × 2.36M, of at most 38.6M
    assert (found["embed"].heat, found["drop"].heat) == (4, 0)
    assert found["tokens"].heat is None


def test_heat_of_operations_and_activations() -> None:
    shapes = {"batch": 1, "seq": 10}
    flops = {box.id: box for box in drawn("gpt", heat="flops", shapes=shapes).boxes}
    assert flops["logits"].lines[0].right == "772M"  # 2 · 10 · 768 · 50257
    values = {box.id: box for box in drawn("gpt", heat="activations", shapes=shapes).boxes}
    assert values["logits"].lines[0].right == "503K"  # 10 · 50257
    assert values["layers.0-11.feed.up"].lines[0].right == "369K"  # 12 · 10 · 3072


def test_operations_are_told() -> None:
    found = drawn("gpt", flops=True, shapes={"batch": 1, "seq": 1024})
    (box,) = [box for box in found.boxes if box.id == "logits"]
    assert box.lines[-1].text == "79B FLOPs"
    assert "292B FLOPs" in found.subtitles[-1]


def test_the_legend_names_only_what_occurs() -> None:
    plain = {(entry.sample, entry.key) for entry in drawn("lenet5").legend}
    assert plain == {("hue", each) for each in ("blue", "red", "amber", "teal", "slate")}
    rich = {(entry.sample, entry.key) for entry in drawn("gpt").legend}
    assert {("edge", "skip"), ("edge", "tie"), ("edge", "side"), ("copies", "")} <= rich
    assert ("edge", "optional") not in rich


MASKED = """
netwright: 1
name: masked
inputs: {x: [batch, seq, 16], mask: {shape: [seq, seq], dtype: bool, optional: true}}
nodes:
  attention: {block: attention, from: {x: x, mask: mask}, num_heads: 4}
  more: {block: linear, out_features: 16, when: $(given(mask))}
  last: relu
"""


def test_an_input_that_may_be_left_out_is_dotted() -> None:
    for depth in (1, 2):
        found = scene(elaborate(loads(MASKED))[0], View(depth=depth))
        assert {edge.kind for edge in found.edges if edge.source == "mask"} == {"optional"}
    (terminal,) = [box for box in found.boxes if box.id == "mask"]
    assert terminal.lines[-1].text == "optional"


def test_a_node_that_does_not_always_run_has_a_way_round_it() -> None:
    found = scene(elaborate(loads(MASKED))[0], View(depth=1))
    assert [box.id for box in found.boxes if box.sometimes] == ["more"]
    kinds = {(edge.source, edge.target): edge.kind for edge in found.edges}
    assert kinds["attention", "last"] == "optional"
    assert kinds["attention", "more"] == kinds["more", "last"] == "flow"  # the box is dotted
    assert ("sometimes", "") in {(entry.sample, entry.key) for entry in found.legend}


def test_themes_have_the_same_roles() -> None:
    roles = {frozenset(theme) for theme in THEMES.values()}
    assert len(roles) == 1
    assert all(re.fullmatch("#[0-9a-f]{6}", each) for t in THEMES.values() for each in t.values())


def contrast(one: str, other: str) -> float:
    """By WCAG 2: from 1 to 21."""

    def light(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_texts_can_be_read(name: str) -> None:
    theme = THEMES[name]
    grounds = [color for role, color in theme.items() if role.startswith(("fill-", "paper"))]
    for tone in ("ink", "text", "soft"):
        for ground in grounds:
            assert contrast(theme[tone], ground) >= 4.5
    for role, color in theme.items():
        if role.startswith("heat-"):
            assert contrast(theme["ink"], color) >= 4.5


def test_the_theme_of_a_picture() -> None:
    graph = zoo("mlp")
    dark = render_graph(graph, "svg", theme="dark")
    auto = render_graph(graph, "svg")
    assert dark is not None
    assert auto is not None
    assert f'fill="{THEMES["dark"]["paper"]}"'.encode() in dark
    assert b"prefers-color-scheme" not in dark
    assert f'fill="{THEMES["light"]["paper"]}"'.encode() in auto
    assert b"prefers-color-scheme:dark" in auto
    assert f"var(--nw-paper,{THEMES['dark']['paper']})".encode() in auto
    with pytest.raises(RenderError, match="there is no theme"):
        render_graph(graph, "svg", theme="sepia")


def content(pdf: bytes) -> str:
    """What is painted on the page of a PDF."""
    start = pdf.index(b"stream\n", pdf.index(b"4 0 obj")) + len(b"stream\n")
    return zlib.decompressobj().decompress(pdf[start:]).decode("ascii")


def test_a_pdf_is_whole_and_has_its_fonts() -> None:
    pdf = render_graph(zoo("gpt"), "pdf")
    assert pdf is not None
    assert pdf == render_graph(zoo("gpt"), "pdf")
    assert pdf.count(b"/FontFile3") == 2
    start = int(pdf.rstrip().rsplit(b"\n", 2)[1])
    assert pdf[start:].startswith(b"xref")
    places = re.findall(rb"^(\d{10}) 00000 n", pdf[start:], re.MULTILINE)
    for number, place in enumerate(places, 1):
        assert pdf[int(place) :].startswith(b"%d 0 obj" % number)
    painted = content(pdf)
    assert painted.count("q\n") == painted.count("Q\n") + (not painted.endswith("Q\n"))
    assert "(tokens)" not in painted  # glyphs of the embedded font, not codes of another


def test_the_glyphs_of_a_pdf_are_those_of_the_font() -> None:
    from netwright.composer.diagram.measure import covered
    from netwright.composer.diagram.pdf import _glyphs

    for weight in ("regular", "semibold"):
        glyphs = _glyphs(weight)  # type: ignore[arg-type]
        assert len(glyphs) > 300
        assert all(covered(chr(code)) for code in glyphs)
        assert len({glyphs[ord(each)] for each in "⌈⌉⌊⌋×…→"}) == 7


@pytest.mark.parametrize("name", ["日本", "שלום", "a\\)(b", "<b>", "javascript:x"])
def test_a_pdf_of_any_name(name: str) -> None:
    from dataclasses import replace

    pdf = render_graph(replace(zoo("mlp"), name=name, description=name), "pdf")
    assert pdf is not None
    assert f"<FEFF{name.encode('utf-16-be').hex().upper()}>".encode() in pdf
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf
