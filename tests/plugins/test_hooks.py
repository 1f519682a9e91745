"""The hooks: what each brings is used by the commands and in Python, and is checked when it is taken."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from netwright import composer, specs
from netwright.composer.cli import main
from netwright.composer.elaborate import elaborate
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.testing import check_weight_names
from netwright.specs.problems import PluginError, RenderError, SpecError

HOUSE = '''\
from pathlib import Path

from netwright.plugins import (
    Block, Finding, Initialiser, Input, Network, Renderer, Tensor, Value, hookimpl,
)


class Same(Block):
    """What comes in."""

    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Input) -> Value:
        return x * 1


def no_dropout(network: Network):
    """Dropout does not belong in what is exported."""
    for node in network.named("dropout"):
        if node.settings["p"] > 0:
            yield Finding(f"dropout of {node.settings['p']}", node, help="set p to 0")


def wide(network: Network):
    for node in network.nodes:
        if node.parameters > 1000:
            yield Finding(f"{node.path} has {node.parameters}", node, severity="warning")


def listing(network: Network) -> bytes:
    lines = [f"{node.path} {node.block} x{node.times} {dict(node.reads)}" for node in network.nodes]
    return "\\n".join(lines).encode()


def boxes(scene) -> bytes:
    return " ".join(box.id for box in scene.boxes).encode()


def levels(found):
    first, *inner = found.levels
    placed = all(box.y > 0 for box in first.scene.boxes)
    return f"{len(inner)} {sorted(first.opens)} {placed}".encode()


def fill_(tensor, value):
    return tensor.data.fill_(value)


@hookimpl
def register_blocks():
    return {"same": Same}


@hookimpl
def register_specs():
    return {"net": Path(__file__).with_name("net.yaml")}


@hookimpl
def register_weight_names():
    return {"old": Path(__file__).with_name("old.yaml")}


@hookimpl
def register_checks():
    return {"no_dropout": no_dropout, "wide": "house:wide"}


@hookimpl
def register_renderers():
    return {
        "txt": Renderer(listing),
        "boxes": Renderer(boxes, of="scene"),
        "levels": Renderer(levels, of="levels"),
    }


@hookimpl
def register_initialisers():
    return {"fill": Initialiser("house.fill_", {"value": ...})}
'''
NET = """\
netwright: 1
description: A net of the house.
params: {drop: 0.0, width: 8}
inputs: {x: [batch, 8]}
blocks: {part: {use: ./part.yaml}}
nodes:
  hidden: {block: linear, out_features: $width}
  parts: {block: part, repeat: 3}
  drop: {block: dropout, p: $drop}
  same: house/same
init: {"hidden.bias": {house/fill: {value: 2.5}}}
"""
OLD = """\
about: How the house called the tensors of its net.
specs: [house/net]
names: {hidden: body}
"""
PART = "netwright: 1\ninputs: {x: [batch, dim]}\nnodes:\n  act: relu\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "house.py").write_text(HOUSE)
    (tmp_path / "net.yaml").write_text(NET)
    (tmp_path / "part.yaml").write_text(PART)
    (tmp_path / "old.yaml").write_text(OLD)
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "house.py"
    sys.modules.pop("house", None)


def test_a_spec_of_a_plugin_is_named_like_a_block(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--plugin", str(house), "house/net"]) == 0
    assert capsys.readouterr().out == "house/net: ok, x [batch, 8] -> [batch, 8]\n"
    assert main(["specs", "--plugin", str(house), "--json"]) == 0
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert listed["house/net"]["description"] == "A net of the house."
    assert "resnet" in listed


def test_a_spec_of_a_plugin_in_python(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = specs.load("house/net", set={"width": 4}, catalogue=Catalogue([house]))
    assert str(composer.check(spec, catalogue=Catalogue([house])).outputs[""]) == "[batch, 4]"
    with pytest.raises(specs.NetwrightError, match="no plugin with the namespace house"):
        specs.load("house/net")
    monkeypatch.setenv("NETWRIGHT_PLUGINS", str(house))
    assert composer.check(specs.load("house/net")).name == "net"
    with pytest.raises(SpecError, match="did you mean house/net"):
        specs.load("house/nett")


def test_a_spec_of_a_plugin_is_brought_in_by_use(house: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    own = tmp_path / "elsewhere" / "own.yaml"
    own.write_text(
        "netwright: 1\ninputs: {x: [batch, 8]}\nblocks: {net: {use: house/net, set: {width: 2}}}\n"
        "nodes: {net: net}\n"
    )
    graph = composer.check(specs.load(own), catalogue=Catalogue([house]))
    assert str(graph.outputs[""]) == "[batch, 2]"
    own.write_text(own.read_text().replace("house/net", "house/nett"))
    with pytest.raises(SpecError) as caught:
        composer.check(specs.load(own), catalogue=Catalogue([house]))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place and problem.place.line) == ("NW111", 3)


def test_checks_are_run_over_the_network(house: Path) -> None:
    catalogue = Catalogue([house])
    _, warnings = elaborate(specs.load("house/net", catalogue=catalogue), catalogue)
    assert warnings == ()
    spec = specs.load("house/net", set={"drop": 0.5, "width": 200}, catalogue=catalogue)
    with pytest.raises(SpecError) as caught:
        elaborate(spec, catalogue)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path, problem.help) == ("house/no_dropout", "drop", "set p to 0")
    assert problem.place is not None
    assert problem.place.source.line(problem.place.line).startswith("  drop:")
    wide = specs.load("house/net", set={"width": 200}, catalogue=catalogue)
    assert [each.code for each in elaborate(wide, catalogue)[1]] == ["house/wide"]


def test_checks_of_a_plugin_that_has_nothing_to_do_with_a_spec_are_not_run(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWRIGHT_PLUGINS", str(house))
    net = {"netwright": 1, "inputs": {"x": ["batch", 8]}, "nodes": {"drop": "dropout"}}
    composer.check(specs.load(net))
    with pytest.raises(SpecError, match="house/no_dropout"):
        composer.check(specs.load(net | {"requires": {"house": ">=0"}}))
    with pytest.raises(SpecError, match="house/no_dropout"):
        composer.check(specs.load(net), catalogue=Catalogue(["house"]))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('node.settings["p"]', 'node.settings["q"]', r"no_dropout .*KeyError: 'q' \(.*house.py:\d+"),
        ('yield Finding(f"dropout', 'raise SystemExit(f"dropout', "no_dropout .*SystemExit"),
        ("yield Finding(f\"dropout of {node.settings['p']}\", node, help=\"set p to 0\")",
         "yield 'a text'", "gave 'a text' .str., not a Finding"),
        ('"house:wide"', '"house:widely"', "fails to load the check wide: AttributeError"),
    ],
)  # fmt: skip
def test_a_check_that_fails_is_blamed(house: Path, old: str, new: str, told: str) -> None:
    house.write_text(HOUSE.replace(old, new))
    catalogue = Catalogue([house])
    spec = specs.load("house/net", set={"drop": 0.5}, catalogue=catalogue)
    with pytest.raises(specs.NetwrightError, match=rf"plugin house \(.*house.py\) .*{told}"):
        elaborate(spec, catalogue)


def test_a_check_is_explained(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--plugin", str(house), "house/no_dropout"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("house/no_dropout: a check of ")
    assert "Dropout does not belong in what is exported." in shown
    assert main(["explain", "--plugin", str(house), "house/nothing"]) == 2


def test_a_renderer_sees_the_network(house: Path, tmp_path: Path) -> None:
    catalogue = Catalogue([house])
    spec = specs.load("house/net", catalogue=catalogue)
    composer.render(spec, tmp_path / "net.txt", catalogue=catalogue)
    assert (tmp_path / "net.txt").read_text().splitlines() == [
        "hidden linear x1 {'x': ('x',)}",
        "parts.0 part x3 {'x': ('hidden',)}",
        "drop dropout x1 {'x': ('parts',)}",
        "same house/same x1 {'x': ('drop',)}",
        "parts.0.act relu x3 {'x': ('parts.0.x',)}",
    ]


def test_a_renderer_sees_the_scene(house: Path, tmp_path: Path) -> None:
    assert main(["render", "--plugin", str(house), "house/net", "-o", "net.boxes"]) == 0
    assert "hidden" in (tmp_path / "net.boxes").read_text().split()


def test_a_renderer_sees_levels(house: Path, tmp_path: Path) -> None:
    catalogue = Catalogue([house])
    spec = specs.load("house/net", catalogue=catalogue)
    composer.render(spec, tmp_path / "net.levels", catalogue=catalogue)
    assert (tmp_path / "net.levels").read_text() == "2 ['parts.0-2'] True"


def test_a_format_that_nobody_writes(house: Path, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="is no picture"):
        composer.render(specs.load("mlp"), tmp_path / "net.nothing", catalogue=Catalogue([house]))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('return "\\n".join(lines).encode()', "return 5", r"gave int, not bytes \(.*house.py"),
        ('return "\\n".join(lines).encode()', "raise OSError('full')", "OSError: full"),
    ],
)
def test_a_renderer_that_fails_is_blamed(
    house: Path, tmp_path: Path, old: str, new: str, told: str
) -> None:
    house.write_text(HOUSE.replace(old, new))
    with pytest.raises(PluginError, match=rf"plugin house .* renderer txt .*{told}"):
        composer.render(specs.load("mlp"), tmp_path / "net.txt", catalogue=Catalogue([house]))
    assert not (tmp_path / "net.txt").exists()


def test_a_table_of_names_is_found_by_its_name(
    house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = Catalogue([house])
    model = composer.compile(specs.load("house/net", catalogue=catalogue), catalogue=catalogue)
    theirs = {"body.weight": torch.ones(8, 8), "body.bias": torch.zeros(8)}
    composer.load_weights(model, theirs, names="house/old", catalogue=catalogue)
    assert model.get_parameter("hidden.weight").sum() == 64
    assert set(composer.weights(model, names="house/old", catalogue=catalogue)) == set(theirs)
    torch.save(theirs, tmp_path / "old.pt")
    command = ["weights", "--plugin", str(house), "house/net", "old.pt"]
    assert main([*command, "--names", "house/old"]) == 0
    assert capsys.readouterr().out == "old.pt: fits net, 2 tensors, 72 numbers\n"
    assert main(command) == 1
    assert 'they are those of the table "house/old"' in capsys.readouterr().err
    assert main([*command, "--names", "house/odl"]) == 1
    assert "help: did you mean house/old?" in capsys.readouterr().err
    with pytest.raises(specs.WeightsError, match="there is no table of names `house/old`"):
        composer.load_weights(model, theirs, names="house/old")


def test_the_kit_holds_tables_to_their_specs(house: Path) -> None:
    assert check_weight_names("house", files=[house]) == ("house/old for house/net",)
    house.with_name("old.yaml").write_text(OLD.replace("hidden", "hiden"))
    with pytest.raises(AssertionError, match=r"house/net: .* does not say where hidden.weight"):
        check_weight_names("house", files=[house])
    house.with_name("old.yaml").write_text("names: {hidden: body}\n")
    with pytest.raises(AssertionError, match="house/old: it does not say what it is for"):
        check_weight_names("house", files=[house])
    with pytest.raises(ValueError, match="no plugin '' registers a table"):
        check_weight_names()


def test_an_initialiser_is_called_by_the_model(house: Path) -> None:
    catalogue = Catalogue([house])
    spec = specs.load("house/net", catalogue=catalogue)
    source = composer.emit(spec, catalogue=catalogue)
    assert "fill_(self.hidden.bias, value=2.5)" in source
    model = composer.compile(spec, catalogue=catalogue)
    assert model.state_dict()["hidden.bias"].tolist() == [2.5] * 8


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("house/fill", "house/fill needs value"),
        ("{house/fill: {value: [1]}}", r"house/fill.value: expected a number, got \[1\]"),
        ("{house/fill: {valu: 1}}", "house/fill has no argument 'valu'"),
        ("house/full", "there is no initialiser 'house/full'"),
        ("nowhere/fill", "no plugin with the namespace nowhere is installed"),
    ],
)
def test_what_is_wrong_with_an_initialiser_is_told(house: Path, written: str, told: str) -> None:
    net = house.with_name("net.yaml")
    net.write_text(NET.replace("{house/fill: {value: 2.5}}", written))
    catalogue = Catalogue([house])
    with pytest.raises(SpecError, match=told) as caught:
        composer.check(specs.load("house/net", catalogue=catalogue), catalogue=catalogue)
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert problem.place.line == 11


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('{"same": Same}', "[Same]", r"register_blocks returned list, not a mapping \(.*house.py:51\)"),
        ('{"same": Same}', "None", r"register_blocks returned None, not a mapping"),
        ('{"same": Same}', '{"if": Same}', "a block called 'if': it is a reserved word of Python"),
        ('{"same": Same}', "{1: Same}", "a block called 1: a name is a text"),
        ('{"same": Same}', '{"same": "house.Same"}', "block same: 'house.Same' is no Block class"),
        ('"old.yaml")', '"odl.yaml")', "table of names old: there is no file .*odl.yaml"),
        ('"net.yaml")', '"nit.yaml")', r"spec net: there is no file .*nit.yaml \(.*house.py:56\)"),
        ('Path(__file__).with_name("net.yaml")', '"net.yaml"', "spec net: 'net.yaml' is no path"),
        ('"house:wide"', '"wide"', "check wide: 'wide' is no function"),
        ("Renderer(listing)", "listing", "renderer txt: <function listing .* is no Renderer"),
        ('"txt"', '"svg"', "renderer svg: the format of this name is netwright's own"),
        ('of="scene"', 'of="picture"', "of is 'picture', not one of network, scene, layout, levels"),
        ('"house.fill_"', '"fill_"', "initialiser fill: 'fill_' is no import path"),
        ('"value": ...', '"value": {}', "the default of value is {}"),
        ("def register_blocks():", "def register_blocks(config):", "register_blocks takes config"),
        ('return {"same": Same}', 'yield {"same": Same}', "register_blocks is a generator"),
        ("@hookimpl\ndef register_specs", "def register_specs", "register_specs is not marked"),
        ('return {"same": Same}', "return {}['same']", r"KeyError: 'same' \(.*house.py:52\)"),
        ("@hookimpl\ndef register_blocks", "@hookimpl(hookwrapper=True)\ndef register_blocks",
         "register_blocks is a generator"),
    ],
)  # fmt: skip
def test_what_a_hook_may_not_return(house: Path, old: str, new: str, told: str) -> None:
    assert old in HOUSE
    house.write_text(HOUSE.replace(old, new, 1))
    with pytest.raises(PluginError, match=rf"plugin house \(.*house.py\) .*{told}"):
        Catalogue([house])
