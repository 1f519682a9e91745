"""A plugin in a single file: what works, and what its author is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netwright import composer, specs
from netwright.composer.trial import attempt
from netwright.plugins.catalogue import Catalogue, UnknownBlock
from netwright.specs.problems import NetwrightError, PluginError

GOOD = """\
import torch
from netwright.plugins import Block, Count, Field, Input, Module, Tensor, Value, call, hookimpl


class Scale(torch.nn.Module):
    def __init__(self, features):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.full((features,), 3.0))

    def forward(self, x):
        return x * self.weight


class Scaled(Block):
    power: Count = Field(default=1, description="an exponent")

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        scale = Module(f"{__name__}.Scale", features, parameters={"weight": [features]})
        return scale(x) ** self.power


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
"""
NET = {"netwright": 1, "inputs": {"x": ["batch", 4]}, "nodes": {"a": {"block": "NAME/scaled"}}}

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a plugin; what it leaves among the modules is taken away afterwards."""
    import sys

    def written(text: str, name: str = "own_blocks.py") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, path.stem, raising=False)
        return path

    yield written
    sys.modules.pop("own_blocks", None)


def network() -> specs.Spec:
    return specs.load({**NET, "nodes": {"a": {"block": "own_blocks/scaled", "power": 2}}})


def test_a_module_of_the_file_runs_in_the_model(write: Write) -> None:
    import torch

    catalogue = Catalogue([write(GOOD)])
    model = composer.compile(network(), catalogue=catalogue)
    assert model(torch.ones(2, 4)).tolist() == [[9.0] * 4] * 2
    assert list(model.state_dict()) == ["a.weight"]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ('{"weight": [features - 1]}', "weight a.weight is [4], and [3] was said"),
        ("{}", "the model has a weight a.weight of [4], and none was said"),
        (
            '{"weight": [features], "bias": [features]}',
            "the model has no weight a.bias, and one of [4] was said",
        ),
    ],
)
def test_a_trial_tells_of_weights_that_are_not_as_declared(
    write: Write, declared: str, told: str
) -> None:
    catalogue = Catalogue([write(GOOD.replace('{"weight": [features]}', declared))])
    with pytest.raises(PluginError) as error:
        attempt(composer.check(network(), catalogue=catalogue))
    assert told in str(error.value)
    assert "its blocks of plugins are own_blocks/scaled" in str(error.value)


WEIGHED = """\
import torch
from netwright.plugins import Block, Input, Tensor, Value, Weight, hookimpl


@torch.no_grad()
def rising_(tensor, start=0.0):
    return tensor.copy_(tensor.new_tensor(range(len(tensor))) + start)


class Weighed(Block):
    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return x * Weight("weight", [x.sizes[-1]], ("own_blocks.rising_", {"start": 2.0}))


@hookimpl
def register_blocks():
    return {"scaled": Weighed}
"""


@pytest.mark.parametrize("copies", [1, 2])
def test_a_weight_begins_by_a_function_of_the_file(write: Write, copies: int) -> None:
    node = {"block": "own_blocks/scaled", "repeat": copies}
    spec = specs.load({**NET, "nodes": {"a": node}})
    model = composer.compile(spec, catalogue=Catalogue([write(WEIGHED)]))
    assert [each.tolist() for each in model.parameters()] == [[2, 3, 4, 5]] * copies


def test_a_weight_that_begins_as_nothing_known_is_blamed(write: Write) -> None:
    catalogue = Catalogue([write(WEIGHED.replace("own_blocks.rising_", "normals"))])
    spec = specs.load({**NET, "nodes": {"a": "own_blocks/scaled"}})
    told = "begins as 'normals', no initialiser; did you mean normal?"
    with pytest.raises(NetwrightError) as error:
        composer.check(spec, catalogue=catalogue)
    assert told in str(error.value)
    assert "plugin own_blocks" in str(error.value)


def test_a_file_can_be_loaded_again_when_it_has_changed(write: Write) -> None:
    Catalogue([write(GOOD)])
    changed = Catalogue([write(GOOD.replace("default=1", "default=5"))])
    found = changed.find("own_blocks/scaled")
    assert isinstance(found, type)
    assert found().settings() == {"power": 5}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nothing_here", r"No module named 'nothing_here' \(.*own_blocks.py:1\)"),
        ("x = 1\ny = (", r"SyntaxError: '\(' was never closed \(.*own_blocks.py:2\)"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("x = 1", "registers nothing: write a function register_blocks and mark it with @hookimpl"),
        (GOOD.replace("@hookimpl", ""), "registers nothing"),
        (
            GOOD.replace("register_blocks", "register_block"),
            "unknown hook register_block; did you mean register_blocks",
        ),
        (GOOD.replace("return {", "return 1 or {"), "register_blocks returned int, not a mapping"),
        (GOOD.replace('"scaled":', '"a b":'), "a block called 'a b'"),
        (GOOD.replace(": Scaled}", ": 3}"), "block scaled: 3 is no Block class"),
    ],
)
def test_a_file_that_cannot_be_a_plugin(write: Write, text: str, told: str) -> None:
    with pytest.raises(PluginError, match=told):
        Catalogue([write(text)])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("json.py", r"has the name of a module \(.*json.*\); rename the file"),
        ("netwright.py", "has the name of a module"),
        ("my-blocks.py", "needs a name like my_blocks.py"),
        ("class.py", "needs a name like my_blocks.py"),
        ("my_blocks.txt", "needs a name like my_blocks.py"),
    ],
)
def test_a_file_whose_name_cannot_be_a_namespace(tmp_path: Path, name: str, told: str) -> None:
    path = tmp_path / name
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(PluginError, match=told):
        Catalogue([path])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"is not there: no file .*nothing\.py"):
        Catalogue([tmp_path / "nothing.py"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("def infer", "def infr", "Scaled has no method infer"),
        ("def build", "def bild", "Scaled has no method build"),
        (
            "def build(self, x:",
            "def build(self, y:",
            r"infer and build take different inputs, \(x\)",
        ),
        ("infer(self, x: Tensor)", "infer(self, **x: Tensor)", "x is no input"),
        ("power: Count =", "power =", "Scaled.power has no type"),
        ("power:", "note:", "`note` is a key of nodes"),
        ("power:", "settings:", "Scaled.settings hides what every block has"),
        ("power: Count", "power: 'Count | Nothing'", "NameError: name 'Nothing' is not defined"),
    ],
)
def test_a_class_that_breaks_the_contract(write: Write, old: str, new: str, told: str) -> None:
    catalogue = Catalogue([write(GOOD.replace(old, new))])
    with pytest.raises(PluginError, match=told):
        catalogue.find("own_blocks/scaled")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'return x.of("float")',
            "return None",
            r"own_blocks.py\): infer of own_blocks/scaled gave None, not a Tensor",
        ),
        (
            'return x.of("float")',
            "return x.nothing",
            r"no attribute 'nothing' \(.*own_blocks.py:18\)",
        ),
    ],
)
def test_a_rule_that_fails_is_blamed(write: Write, old: str, new: str, told: str) -> None:
    catalogue = Catalogue([write(GOOD.replace(old, new))])
    with pytest.raises(NetwrightError, match=told):
        composer.check(network(), catalogue=catalogue)


COMPOSITE = """\
from pathlib import Path
from netwright.plugins import hookimpl


@hookimpl
def register_blocks():
    return {"scaled": Path(__file__).with_name("scaled.yaml")}
"""


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("return 1 // 0", r"failed with ZeroDivisionError.*own_blocks.py:\d+"),
        ("return 'many'", "gave 'many'"),
    ],
)
def test_operations_that_cannot_be_counted_are_blamed(
    write: Write, written: str, told: str
) -> None:
    text = GOOD.replace(
        "\n\n@hookimpl",
        f"\n\n    def flops(self, x: Tensor) -> int:\n        {written}\n\n\n@hookimpl",
    )
    graph = composer.check(network(), catalogue=Catalogue([write(text)]))
    with pytest.raises(PluginError, match=f"flops of the block own_blocks/scaled {told}"):
        str(composer.summary(graph))


def test_a_composite_needs_no_python(write: Write, tmp_path: Path) -> None:
    (tmp_path / "scaled.yaml").write_text(
        "netwright: 1\nparams: {power: 1}\nnodes:\n  a: {block: pow, exponent: $power}\n"
    )
    graph = composer.check(network(), catalogue=Catalogue([write(COMPOSITE)]))
    assert "torch.pow" in composer.emit(graph) or "** 2" in composer.emit(graph)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("netwright: 1\nnodes: [\n", r"faulty block scaled: .* \(.*scaled.yaml:2\)"),
        ("netwright: 1\nnods: {a: relu}\n", r"faulty block scaled: .* \(.*scaled.yaml:2\)"),
        (None, "block scaled: there is no file .*scaled.yaml"),
    ],
)
def test_a_composite_that_cannot_be_read(
    write: Write, tmp_path: Path, text: str | None, told: str
) -> None:
    if text is not None:
        (tmp_path / "scaled.yaml").write_text(text)
    with pytest.raises(PluginError, match=told):
        Catalogue([write(COMPOSITE)]).find("own_blocks/scaled")


def test_a_block_that_the_file_has_not(write: Write) -> None:
    catalogue = Catalogue([write(GOOD)])
    with pytest.raises(UnknownBlock) as caught:
        catalogue.find("own_blocks/scald")
    assert caught.value.help == "did you mean `own_blocks/scaled`?"
