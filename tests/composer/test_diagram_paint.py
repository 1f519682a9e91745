"""Pictures as files: SVG, PNG and DOT, from any names, whole or not at all."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from graphs import Build, Linear, Relu

from netwright.composer.diagram import engines, render_graph, scene
from netwright.composer.diagram.dot import quoted, to_dot
from netwright.composer.diagram.layout import layout
from netwright.composer.diagram.measure import covered, legible, shorten, width, wrap
from netwright.composer.diagram.painting import paint
from netwright.composer.diagram.png import to_png
from netwright.composer.diagram.svg import to_svg
from netwright.composer.diagram.view import View
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph, Node
from netwright.specs.load import load, loads
from netwright.specs.problems import RenderError
from netwright.specs.sizes import symbol
from netwright.specs.tensors import Tensor

SVG = "{http://www.w3.org/2000/svg}"

CHAIN = """
netwright: 1
name: chain
inputs: {x: [batch, 8]}
nodes:
  one: {block: linear, out_features: 16}
  two: relu
"""

RED = 'fillcolor="#fbe9e6" color="#b4604f"'
AMBER = 'fillcolor="#fbf1dc" color="#a5771f"'

HOSTILE = [
    "</svg><script>alert(1)</script>",
    '" onload="alert(1)',
    "&#106;avascript:",
    "<table><tr>",
    "it's",
    "ends in a backslash\\",
    '\\N"]; injected -> node; "',
    "שלום עולם",
    "\u202eevil",
    "日本語",
    "😀",
    "\x00\x07\x1b[31m",
    "two\nlines",
    "\ud800",
    "node",
    "a" * 400,
]


def graph(text: str = CHAIN) -> Graph:
    return elaborate(loads(text))[0]


def hostile() -> Graph:
    built = Build("<&>'\"\\", {"x": Tensor((symbol("batch"), 8))}, description="\\ ]]> <b>\n\x00")
    for name in HOSTILE:
        built.node(name, Relu())
    nodes: dict[str, Node] = {
        name: replace(node, note=name, block=f"{name} block") for name, node in built.nodes.items()
    }
    return replace(built.graph(), nodes=nodes)


def picture(drawn: Graph, form: str, **options: Any) -> bytes:
    made = render_graph(drawn, form, **options)
    assert made is not None
    return made


def texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_svg_has_the_texts() -> None:
    told = texts(picture(graph(), "svg"))
    assert told[:2] == ["chain", "144 parameters"]
    assert {"x", "one", "144", "linear", "out_features 16", "two", "relu", "output"} <= set(told)
    assert told.count("[batch, 16]") == 3  # two edges, and the output itself


def test_the_same_graph_gives_the_same_bytes() -> None:
    for form in ("svg", "png", "dot"):
        assert picture(graph(), form) == picture(graph(), form)


def test_the_svg_can_neither_run_nor_load_anything() -> None:
    for drawn in (hostile(), elaborate(load("gpt"))[0]):
        root = ET.fromstring(picture(drawn, "svg"))
        for element in root.iter():
            assert element.tag.removeprefix(SVG) in {
                *("svg", "title", "desc", "style", "g", "rect", "path", "text"),
            }
            for name in element.attrib:
                assert not name.lower().startswith("on")
                assert "href" not in name.lower()


def test_hostile_names_stay_text() -> None:
    svg = picture(hostile(), "svg")
    told = "\n".join(texts(svg))
    assert "</svg><script>" in told
    assert '" onload="alert(1)' in told
    assert "ends in a backslash\\" in told
    assert "U+202Eevil" in told
    assert "U+0000U+0007U+001B[31m" in told
    assert "U+D800" in told
    assert "two lines" in told
    assert "\u202e".encode() not in svg


def test_every_text_has_its_measured_length() -> None:
    root = ET.fromstring(picture(elaborate(load("gpt"))[0], "svg"))
    for element in root.iter(f"{SVG}text"):
        weight = "semibold" if element.get("font-weight") else "regular"
        size = float(element.attrib["font-size"])
        measured = width(element.text or "", size, weight)
        assert float(element.attrib["textLength"]) == pytest.approx(measured, abs=0.01)


def test_dot_text_in_full() -> None:
    white, edge = 'fillcolor="#ffffff" color="#1b1f24"', 'color="#57606a" weight=8'
    size = r"\n[batch, 16]"
    linear = "one: linear\\nout_features 16\\n144 parameters\\n256·batch FLOPs"
    assert to_dot(scene(graph())).splitlines()[5:-1] == [
        rf'  "x" [label="x\n[batch, 8]" tooltip="input x\n[batch, 8]" shape=oval {white}]',
        rf'  "one" [label="one 144\nlinear\nout_features 16" tooltip="{linear}" {RED}]',
        rf'  "two" [label="two\nrelu" tooltip="two: relu" {AMBER}]',
        rf'  "output output" [label="output{size}" tooltip="output output{size}" shape=oval {white}]',
        f'  "x" -> "one" [label="[batch, 8]" {edge}]',
        f'  "one" -> "two" [label="[batch, 16]" {edge}]',
        f'  "two" -> "output output" [label="[batch, 16]" {edge}]',
    ]


def test_dot_of_hostile_names_is_read_back() -> None:
    found = engines.lay_out(picture(hostile(), "dot").decode(), 10)
    assert len(found["objects"]) == len(HOSTILE) + 2
    assert len(found["edges"]) == len(HOSTILE) + 1
    names = {item["name"].replace("\\\\", "\\") for item in found["objects"]}
    assert {"ends in a backslash\\", "</svg><script>alert(1)</script>", "node"} <= names


def test_dot_of_nested_clusters_is_read_back() -> None:
    drawn = scene(elaborate(load("gpt"))[0])
    found = engines.lay_out(to_dot(drawn), 10)
    clusters = [item for item in found["objects"] if item["name"].startswith("cluster ")]
    assert {item["name"].removeprefix("cluster ") for item in clusters} == {
        cluster.id for cluster in drawn.clusters
    }
    assert len(found["objects"]) == len(drawn.boxes) + len(drawn.clusters)


def test_quoting() -> None:
    assert quoted('a"b') == '"a\\"b"'
    assert quoted("a\\") == '"a\\\\"'
    assert quoted("<b>") == '"<b>"'
    assert quoted("a\nb\0") == '"a\\nbU+0000"'


def test_the_png_is_as_large_as_its_scale_says() -> None:
    svg = ET.fromstring(picture(graph(), "svg"))
    size = [float(number) for number in svg.attrib["viewBox"].split()[2:]]
    for scale in (1, 2, 3):
        png = picture(graph(), "png", scale=scale)
        assert png.startswith(b"\x89PNG")
        assert struct.unpack(">II", png[16:24]) == tuple(scale * number for number in size)


def ink(svg: str) -> tuple[int, int]:
    """First and last column of a picture, 10 pixels for a point, that is not white."""
    png = to_png(svg, 10)
    columns, rows = struct.unpack(">II", png[16:24])
    assert png[24:26] == b"\x08\x06"  # eight bits each of red, green, blue and opacity
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw = zlib.decompress(data)
    before = bytearray(columns * 4)
    dark: set[int] = set()
    for row in range(rows):
        start = row * (columns * 4 + 1)
        line = bytearray(raw[start + 1 : start + 1 + columns * 4])
        for index in range(len(line)):
            line[index] = (line[index] + _predicted(raw[start], line, before, index)) & 255
        dark |= {index // 4 for index in range(0, len(line), 4) if line[index] < 200}
        before = line
    return min(dark), max(dark)


def _predicted(kind: int, line: bytearray, before: bytearray, index: int) -> int:
    left = line[index - 4] if index >= 4 else 0
    above = before[index]
    corner = before[index - 4] if index >= 4 else 0
    if kind == 4:
        guess = left + above - corner
        return min((left, above, corner), key=lambda each: abs(guess - each))
    return (0, left, above, (left + above) // 2)[kind]


@pytest.mark.parametrize("weight", ["regular", "semibold"])
@pytest.mark.parametrize("text", ["H[batch, 64, ⌈height/2⌉]H", "HWiilm ×12 …αΩH"])
def test_the_font_is_as_wide_as_the_table_says(text: str, weight: Any) -> None:
    """Between the stems of the first and the last letter, both of whose side bearings are equal."""
    bold = "600" if weight == "semibold" else "400"
    measured = width(text, 10, weight)

    def drawn(shown: str) -> tuple[int, int]:
        return ink(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 14" width="200pt" height="14pt">'
            '<rect width="200" height="14" fill="#ffffff"/>'
            f'<text x="10" y="10" font-family="Inter" font-size="10" font-weight="{bold}">{shown}</text>'
            "</svg>"
        )

    letter = drawn("H")
    bearing = letter[0] - 100
    first, last = drawn(text)
    assert first - 100 == bearing
    assert last + 1 + bearing == pytest.approx(100 + 10 * measured, abs=3)


def test_covered() -> None:
    assert covered("[batch, ⌈h/2⌉] × 12 … α → ⌊x⌋ ≤")
    assert not covered("日本語")


def test_width_is_never_nothing_for_what_is_seen() -> None:
    assert width("日", 10) >= 10
    assert width("e\u0301", 10) == width("e", 10)


def test_shorten() -> None:
    assert shorten("short", 100, 10) == "short"
    cut = shorten("a long text, that goes on and on", 60, 10)
    assert cut.endswith("…")
    assert 40 < width(cut, 10) <= 60
    assert shorten("wide", 1, 10) == "…"


def test_wrap() -> None:
    parts = ["kernel_size 3", "stride 2", "padding 1", "bias false"]
    assert wrap(parts, 1000, 10, 2) == ["kernel_size 3, stride 2, padding 1, bias false"]
    two = wrap(parts, width("kernel_size 3, stride 2,", 10), 10, 2)
    assert two == ["kernel_size 3, stride 2,", "padding 1, bias false"]
    one = wrap(parts, width("kernel_size 3, stride 2,", 10), 10, 1)
    assert one == ["kernel_size 3, …"]
    assert wrap([], 100, 10, 2) == []


def test_legible() -> None:
    assert legible("as it is: ⌈h/2⌉") == "as it is: ⌈h/2⌉"
    assert legible("a\tb\u202ec\x7f") == "a bU+202EcU+007F"


def test_an_ending_that_is_no_picture(tmp_path: Path) -> None:
    for name in ("picture.gif", "picture", "svgz"):
        with pytest.raises(RenderError, match="is no picture") as caught:
            render_graph(graph(), tmp_path / name)
        assert caught.value.problems[0].code == "NW604"


@pytest.mark.parametrize("options", [{"direction": "up"}, {"depth": 0}])
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(RenderError):
        render_graph(graph(), "dot", **options)


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf"), 1000])
def test_scales_that_cannot_be(scale: float) -> None:
    with pytest.raises(RenderError, match="cannot be scaled") as caught:
        render_graph(graph(), "png", scale=scale)
    assert caught.value.problems[0].code == "NW605"


def test_files_are_written_whole(tmp_path: Path) -> None:
    for form in ("svg", "png", "dot"):
        path = tmp_path / f"picture.{form.upper()}"
        path.write_text("old")
        assert render_graph(graph(), path) is None
        assert path.read_bytes() == picture(graph(), form)
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.raises(RenderError):
        render_graph(graph(), tmp_path / "missing" / "picture.svg")


def test_a_picture_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "picture.svg"
    path.write_text("old")
    monkeypatch.setattr(engines, "ENGINES", ())
    with pytest.raises(RenderError):
        render_graph(graph(), path)
    assert path.read_text() == "old"


def test_the_notice_and_the_numbers_are_painted() -> None:
    drawn = replace(
        layout(scene(graph(), View(shapes={"batch": 2}))), notice="Opened to depth 1 of 2."
    )
    told = texts(to_svg(paint(drawn)).encode())
    assert "144 parameters · batch=2" in told
    assert "Opened to depth 1 of 2." in told
    assert "[2, 16]" in told


def test_long_texts_are_cut_and_kept_in_the_tooltip() -> None:
    name = "n" * 60
    built = Build("long", {"x": Tensor((symbol("batch"), 8))})
    built.node(name, Linear(out_features=3))
    svg = picture(built.graph(), "svg")
    assert name not in texts(svg)
    assert any(text.startswith("nnn") and text.endswith("…") for text in texts(svg))
    titles = [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}title")]
    assert any(title.startswith(f"{name}: ") for title in titles)
