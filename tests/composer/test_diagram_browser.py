"""Pictures in a real browser, with the bundled font and without it: texts stay where they belong.

Runs where a Chromium is; the same is checked from measured texts, without one, in
`test_diagram_overlaps.py`.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import checkout
from netwright.composer.diagram import render_graph
from netwright.composer.diagram.themes import THEMES
from netwright.composer.elaborate import elaborate
from netwright.specs.load import load, zoo

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FONTS = checkout.ROOT / "composer" / "diagram" / "font"

# What is measured in the browser: texts outside their boxes, on one another, and under lines.
SCRIPT = """
const wrong = [];
for (const svg of document.querySelectorAll("svg")) {
  const name = svg.parentNode.id + ": ";
  const inner = (a, b, s) => a.x >= b.x - s && a.y >= b.y - s &&
    a.x + a.width <= b.x + b.width + s && a.y + a.height <= b.y + b.height + s;
  const meet = (a, b) => a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width &&
    a.y + 2 < b.y + b.height && b.y + 2 < a.y + a.height;
  const boxes = [];
  for (const node of svg.querySelectorAll("g[data-node]")) {
    const rect = [...node.querySelectorAll("rect")].map(r => r.getBBox());
    const whole = rect.find(r => r.width >= Math.max(...rect.map(r => r.width)));
    boxes.push([node.dataset.node, whole]);
    const texts = [...node.querySelectorAll("text")];
    for (const text of texts)
      if (!rect.some(r => inner(text.getBBox(), r, 0.6)))
        wrong.push(name + text.textContent + " is outside " + node.dataset.node);
    for (const one of texts) for (const other of texts)
      if (one !== other && meet(one.getBBox(), other.getBBox()))
        wrong.push(name + one.textContent + " meets " + other.textContent);
  }
  const free = [...svg.children].filter(e => e.tagName === "text").map(e => [e.textContent, e.getBBox()]);
  const view = {x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height};
  free.forEach(([text, at], index) => {
    if (!inner(at, view, 0)) wrong.push(name + text + " is outside the picture");
    for (const [node, box] of boxes)
      if (meet(at, box)) wrong.push(name + text + " meets box " + node);
    for (const [other, there] of free.slice(index + 1))
      if (meet(at, there)) wrong.push(name + text + " meets " + other);
  });
  for (const edge of svg.querySelectorAll("g[data-edge]")) {
    const path = edge.querySelector("path");
    const length = path.getTotalLength();
    for (let at = 0; at <= length; at += 3) {
      const point = path.getPointAtLength(at);
      for (const [text, box] of free)
        if (point.x > box.x + 1 && point.x < box.x + box.width - 1 &&
            point.y > box.y + 2 && point.y < box.y + box.height - 2)
          wrong.push(name + edge.dataset.edge + " runs through " + text);
    }
  }
}
document.body.innerHTML = "";
const out = document.createElement("pre");
out.textContent = JSON.stringify({wrong: [...new Set(wrong)], done: true});
document.body.append(out);
"""


def measured(pictures: dict[str, bytes], folder: Path, is_bundled: bool) -> list[str]:
    """What the browser finds wrong."""
    faces = "".join(
        f"@font-face{{font-family:Inter;font-weight:{weight};src:url({(FONTS / name).as_uri()})}}"
        for weight, name in ((400, "Inter-Regular.otf"), (600, "Inter-SemiBold.otf"))
    )
    body = "".join(f'<div id="{name}">{svg.decode()}</div>' for name, svg in pictures.items())
    page = folder / "page.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><style>{faces if is_bundled else ''}</style>"
        f"<body>{body}<script>document.fonts.ready.then(() => {{{SCRIPT}}})</script>",
        encoding="utf-8",
    )
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *(f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=20000"),
            *("--allow-file-access-from-files", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found = re.search(r"<pre>(.*)</pre>", done.stdout, re.DOTALL)
    assert found, done.stderr
    told = json.loads(html.unescape(found[1]))
    assert told["done"]
    return list(told["wrong"])


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("is_bundled", [True, False], ids=["bundled font", "another font"])
def test_texts_stay_in_their_places(tmp_path: Path, is_bundled: bool) -> None:
    pictures = {}
    for name in zoo():
        drawn = elaborate(load(name))[0]
        for theme in THEMES:
            svg = render_graph(drawn, "svg", theme=theme)
            assert svg is not None
            pictures[f"{name}-{theme}"] = svg
    assert measured(pictures, tmp_path, is_bundled) == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_the_browser_finds_what_is_wrong(tmp_path: Path) -> None:
    svg = render_graph(elaborate(load("mlp"))[0], "svg")
    assert svg is not None
    moved = re.sub(rb'(<text x=")[\d.]+(" y=")[\d.]+', rb"\g<1>60\g<2>60", svg)
    found = measured({"moved": moved}, tmp_path, is_bundled=True)
    assert any("is outside" in each for each in found)
    assert any("meets" in each for each in found)
