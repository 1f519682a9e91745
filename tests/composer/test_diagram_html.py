"""The page: that it is one file that loads nothing, and what it does in a browser."""

from __future__ import annotations

import html.parser
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser import CHROMIUM, Page
from netwright.composer.diagram import render_graph
from netwright.composer.diagram.levels import levels_of
from netwright.composer.diagram.themes import HEATS
from netwright.composer.diagram.view import View
from netwright.composer.elaborate import elaborate
from netwright.specs.load import load, loads, zoo

HOSTILE = "</script><script>alert(1)</script> <img src=x onerror=alert(2)> & \" ' ` {data} {script}"
STRANGE = "\u202eltr\u0007 \u2028 javascript:alert(3) ]]> <!-- \ud7ff"
HOSTILE_SPEC = f"""
netwright: 1
name: hostile
description: {json.dumps(HOSTILE + STRANGE)}
inputs: {{x: [batch, 8]}}
nodes:
  up: {{block: linear, out_features: 8, note: {json.dumps(HOSTILE + STRANGE)}}}
"""


def page(source: str, **view: Any) -> str:
    found = render_graph(elaborate(load(source))[0], "html", **view)
    assert found is not None
    return found.decode()


class Read(html.parser.HTMLParser):
    """What stands in a page: its tags with attributes, and the text of the scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


def data(text: str) -> dict[str, Any]:
    found = json.loads(Read(text).scripts[0])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", ["gpt", "resnet", "ddpm", "swin"])
def test_a_page_is_small_and_well_formed(name: str) -> None:
    text = page(name)
    read = Read(text)
    assert read.open == []
    assert len(read.scripts) == 2
    graph = len(json.dumps(data(text), ensure_ascii=False).encode())
    assert len(text.encode()) - graph < 60_000
    assert len(text.encode()) < 700_000


def test_a_page_refers_to_nothing_outside() -> None:
    text = page("gpt")
    for _, attributes in Read(text).tags:
        assert not {"src", "href", "action", "srcset", "onload", "onclick"} & set(attributes)
    urls = set(re.findall(r"https?://[^\s\"'<>]+", text))
    assert urls == {"http://www.w3.org/2000/svg"}  # the name of a language, not a place
    assert "url(" not in text
    assert "@import" not in text
    policy = next(
        each["content"]
        for tag, each in Read(text).tags
        if tag == "meta" and each.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_nothing_from_a_spec_becomes_part_of_the_page() -> None:
    found = render_graph(elaborate(loads(HOSTILE_SPEC))[0], "html")
    assert found is not None
    plain, hostile = Read(page("mlp")), Read(found.decode())
    assert len(hostile.scripts) == 2
    assert plain.scripts[1] == hostile.scripts[1]
    counts = [
        sorted(tag for tag, _ in each.tags if tag in ("script", "img", "style", "svg"))
        for each in (plain, hostile)
    ]
    assert counts[0] == counts[1]
    tip = next(
        box["tip"] for box in data(found.decode())["levels"][0]["boxes"] if box["id"] == "up"
    )
    assert "</script><script>alert(1)</script>" in tip
    assert "U+202E" in tip
    assert "\u0007" not in found.decode()
    assert "\u2028" not in found.decode()


def test_every_level_is_reached_and_every_number_names_one() -> None:
    for name in ("gpt", "resnet", "unet", "seq2seq_bahdanau", "moe_gpt"):
        found = levels_of(elaborate(load(name))[0], View())
        reached = {0} | {
            number
            for level in found.levels
            for number in (*level.opens.values(), *level.copies.values())
        }
        assert reached == set(range(len(found.levels)))
        for level in found.levels:
            ids = {box.id for box in level.scene.boxes}
            assert set(level.opens) | set(level.copies) <= ids
            assert {end for edge in level.scene.edges for end in (edge.source, edge.target)} <= ids


def test_equal_composites_are_one_level() -> None:
    graph = elaborate(load("gpt", set={"layers": 48}))[0]
    few, more = (len(levels_of(each, View()).levels) for each in (elaborate(load("gpt"))[0], graph))
    assert few == more


def test_what_is_asked_for_is_open_at_first() -> None:
    text = page("gpt", depth=1, expand=("layers.3.attend",), highlight=("layers.feed",))
    found = data(text)
    assert "layers.0-11.attend" in found["opened"]
    assert "layers.0-11.feed" in found["lit"]
    assert data(page("gpt", unfold=("layers",)))["unfolded"] == ["layers.0-11"]


def test_the_copies_of_a_part_of_a_row_bear_their_own_numbers() -> None:
    text = (
        "netwright: 1\nname: row\ninputs: {x: [b, 8]}\nnodes:\n"
        "  up: {block: linear, for: {out_features: [16, 64, 32, 16]}}\n"
    )
    found = levels_of(elaborate(loads(text))[0], View())
    first = found.levels[0]
    assert set(first.copies) == {"up.0-1", "up.2-3"}
    inside = found.levels[first.copies["up.2-3"]]
    assert {box.id for box in inside.scene.boxes if box.kind == "leaf"} == {"up.2", "up.3"}


# -- in a browser ---------------------------------------------------------------------------------

browsed = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
FOCUSED = "document.activeElement.getAttribute('data-path')"
SHOWN = "[...document.querySelectorAll('[data-path]')].map(e => e.dataset.path)"
# Boxes of one level that overlap, and texts of boxes that stick out of them.
WRONG = """(() => {
  const wrong = [];
  for (const into of document.querySelectorAll("#picture > g, g[role=group]")) {
    const items = [...into.children].filter(e => e.dataset.path !== undefined)
      .map(e => [e.dataset.path, e.querySelector(".mark").getBoundingClientRect()]);
    items.forEach(([path, a], i) => items.slice(i + 1).forEach(([other, b]) => {
      if (a.left + 1 < b.right && b.left + 1 < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom)
        wrong.push(path + " meets " + other);
    }));
    const around = into.closest("[data-path]")?.querySelector(".mark").getBoundingClientRect();
    if (around) for (const [path, a] of items)
      if (a.left < around.left || a.right > around.right || a.top < around.top || a.bottom > around.bottom)
        wrong.push(path + " sticks out");
  }
  return wrong;
})()"""


@pytest.fixture
def gpt(tmp_path: Path) -> Iterator[Page]:
    file = tmp_path / "gpt.html"
    file.write_text(page("gpt"), encoding="utf-8")
    with Page(file, tmp_path) as shown:
        yield shown
        assert shown.errors == []
        assert [each for each in shown.requests if each != file.as_uri()] == []


@browsed
def test_a_click_opens_and_closes_a_composite(gpt: Page) -> None:
    attention = "layers.0-11.attend.attention"
    assert f"{attention}.query" not in gpt.ask(SHOWN)
    gpt.click(f"[data-path='{attention}']")
    assert f"{attention}.query" in gpt.ask(SHOWN)
    assert gpt.ask(f"document.querySelector(\"[data-path='{attention}']\").ariaExpanded") == "true"
    gpt.click(f"[data-path='{attention}']")
    assert f"{attention}.query" not in gpt.ask(SHOWN)
    gpt.click("#close")
    assert "layers.0-11.attend" not in gpt.ask(SHOWN)
    gpt.click("#open")
    assert "layers.0-11.attend" in gpt.ask(SHOWN)
    assert gpt.ask(WRONG) == []


@browsed
def test_a_shifted_click_draws_each_copy(gpt: Page) -> None:
    gpt.click("#close")
    gpt.click("[data-path='layers.0-11']", modifiers=8)
    shown = gpt.ask(SHOWN)
    assert {f"layers.{number}" for number in range(12)} <= set(shown)
    assert gpt.ask(WRONG) == []


@browsed
def test_what_is_looked_for_is_found_in_closed_composites(gpt: Page) -> None:
    gpt.press("/")
    assert gpt.ask("document.activeElement.id") == "search"
    gpt.send("Input.insertText", text="attention query")
    assert gpt.ask("document.querySelector('#found li').firstChild.data").endswith(".query")
    gpt.press("Enter")
    assert gpt.ask(FOCUSED) == "layers.0-11.attend.attention.query"
    assert "out_features 768" in gpt.ask("document.getElementById('tip').textContent")
    assert "attention.yaml:" in gpt.ask("document.getElementById('tip').textContent")
    gpt.press("/", "Escape")
    assert gpt.ask("document.getElementById('search').value") == ""
    assert gpt.ask(FOCUSED) == "layers.0-11.attend.attention.query"


@browsed
def test_the_keyboard_goes_everywhere(gpt: Page) -> None:
    gpt.ask("document.querySelector('[data-path=tokens]').focus()")
    gpt.press("ArrowDown")
    assert gpt.ask(FOCUSED) == "embed"
    gpt.press("ArrowDown", "ArrowDown", "ArrowDown")
    assert gpt.ask(FOCUSED) == "layers.0-11"
    gpt.press("ArrowRight", "ArrowDown")
    assert gpt.ask(FOCUSED) == "layers.0-11.attend"
    gpt.press("Enter")
    assert "layers.0-11.attend.norm" not in gpt.ask(SHOWN)
    gpt.press("Enter")
    assert "layers.0-11.attend.norm" in gpt.ask(SHOWN)
    gpt.press("ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert gpt.ask(FOCUSED) == "layers.0-11"
    gpt.press("u")
    assert "layers.11" in gpt.ask(SHOWN)
    assert gpt.ask("document.querySelectorAll('[data-path][tabindex=\"0\"]').length") == 1
    before = gpt.ask("document.querySelector('#picture > g').getAttribute('transform')")
    gpt.press("+")
    assert gpt.ask("document.querySelector('#picture > g').getAttribute('transform')") != before


@browsed
def test_every_item_has_a_role_and_says_what_it_is(gpt: Page) -> None:
    unsaid = """[...document.querySelectorAll('[data-path]')].filter(e =>
        e.getAttribute('role') !== 'treeitem' || !e.ariaLabel || !e.ariaLevel).length"""
    assert gpt.ask(unsaid) == 0
    assert gpt.ask("document.querySelector('svg').getAttribute('role')") == "tree"


@browsed
@pytest.mark.parametrize("name", ["resnet", "ddpm", "moe_gpt", "seq2seq_bahdanau"])
def test_opened_frames_push_the_rest_aside(tmp_path: Path, name: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(name), encoding="utf-8")
    with Page(file, tmp_path, dark=True) as shown:
        for _ in range(4):
            assert shown.ask(WRONG) == []
            shown.click("#open")
        paper = shown.ask("getComputedStyle(document.body).backgroundColor")
        assert (shown.errors, paper) == ([], "rgb(13, 17, 23)")


@browsed
def test_what_is_hostile_stays_text(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    found = render_graph(elaborate(loads(HOSTILE_SPEC))[0], "html")
    assert found is not None
    file.write_bytes(found)
    with Page(file, tmp_path) as shown:
        assert shown.ask(SHOWN) == ["x", "up", "output output"]
        assert "alert(1)" in shown.ask("document.querySelector('[data-path=up]').ariaLabel")
        assert shown.ask("document.querySelectorAll('img').length") == 0
        assert shown.errors == []


@pytest.mark.parametrize("name", zoo()[::6])
def test_architectures_have_pages(name: str) -> None:
    assert data(page(name))["levels"]


def test_heat_compares_boxes_over_the_whole_network() -> None:
    found = levels_of(elaborate(load("gpt"))[0], View(heat="parameters"))
    root = found.levels[0]
    layers = found.levels[root.opens["layers.0-11"]]
    feed = found.levels[layers.opens["feed"]]
    most = 12 * 7_087_872  # all layers: of the boxes that one can come to see, the largest
    counts = {
        "layers.0-11": (root, most),
        "embed": (root, 50257 * 768),
        "feed": (layers, 12 * 4_723_968),
        "up": (feed, 12 * 2_362_368),
        "norm": (feed, 12 * 1536),
    }
    for name, (level, count) in counts.items():
        box = next(each for each in level.scene.boxes if each.id == name)
        assert box.heat == min(count * HEATS // most, HEATS - 1), name
    copy = found.levels[root.copies["layers.0-11"]].scene.boxes
    assert {box.heat for box in copy if box.kind == "composite"} == {HEATS // 12}
    (told,) = (entry for entry in found.legend if entry.sample == "heat")
    assert told.key == "0 85.1M"


def test_heat_tells_apart_what_is_there_more_often() -> None:
    text = """
netwright: 1
name: twice
inputs: {x: [batch, 8]}
blocks:
  pair: {nodes: {one: {block: linear, out_features: 8}, two: relu}}
nodes:
  single: pair
  many: {block: pair, repeat: 9}
"""
    graph = elaborate(loads(text))[0]
    warm = levels_of(graph, View(heat="parameters"))
    root = warm.levels[0]
    heats = [warm.levels[root.opens[name]].scene.boxes[1].heat for name in ("single", "many.0-8")]
    assert heats == [HEATS // 9, HEATS - 1]
    plain = levels_of(graph, View()).levels[0]
    assert plain.opens["single"] == plain.opens["many.0-8"]


BEFORE = """
netwright: 1
name: before
inputs: {x: [batch, 8]}
blocks:
  pair: {nodes: {one: {block: linear, out_features: 8}, two: relu}}
  trio: {nodes: {first: pair, gone: tanh, last: pair}}
nodes:
  kept: pair
  inner: trio
  lost: pair
"""
AFTER = (
    BEFORE.replace("gone: tanh", "more: gelu")
    .replace("  lost: pair\n", "")
    .replace("trio: {nodes: {first: pair", "trio: {nodes: {first: {block: wide}")
    .replace(
        "  trio:",
        "  wide: {nodes: {one: {block: linear, out_features: 8, bias: false}, two: relu}}\n  trio:",
    )
)


def test_a_page_of_differences_goes_level_by_level() -> None:
    before, after = (elaborate(loads(text))[0] for text in (BEFORE, AFTER))
    found = levels_of(after, View(), since=before)

    def marks(number: int) -> dict[str, str]:
        return {box.id: box.mark for box in found.levels[number].scene.boxes if box.mark}

    root = found.levels[0]
    assert marks(0) == {"inner": "changed", "lost": "removed"}
    inner = root.opens["inner"]
    assert marks(inner) == {"first": "changed", "more": "added", "gone": "removed"}
    assert marks(found.levels[inner].opens["first"])["one"] == "changed"
    # What is the same, or is gone as a whole, is shown as it is.
    assert marks(root.opens["kept"]) == marks(root.opens["lost"]) == {}
    assert root.opens["kept"] == found.levels[inner].opens["last"]
    assert {entry.key for entry in found.legend if entry.sample == "mark"} == {
        "added",
        "removed",
        "changed",
    }


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_page_of_differences_in_a_browser(tmp_path: Path) -> None:
    before, after = (elaborate(loads(text))[0] for text in (BEFORE, AFTER))
    file = tmp_path / "diff.html"
    text = render_graph(after, "html", since=before)
    assert text is not None
    file.write_bytes(text)
    with Page(file, tmp_path) as shown:
        assert shown.errors == []
        paths = shown.ask("[...document.querySelectorAll('[data-path]')].map(e => e.dataset.path)")
        assert {"inner.more", "inner.gone", "inner.first.one"} <= set(paths)
        stroke = "document.querySelector('[data-path=\"inner\"] > rect').style.stroke"
        assert shown.ask(stroke) == "var(--nw-changed)"
