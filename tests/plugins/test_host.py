"""The host: what is imported, and when; who is harmed by what is broken; what the commands tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import checkout
import documents
from installing import Installed
from netwright.composer.cli import main
from netwright.plugins import hook_reference
from netwright.plugins.catalogue import Catalogue, UnknownBlock
from netwright.plugins.host import load_file
from netwright.plugins.installed import claims
from netwright.specs.problems import NetwrightError, PluginError

GOOD = '''\
from netwright.plugins import Block, Input, Tensor, Value, hookimpl


class Same(Block):
    """What comes in."""

    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Input) -> Value:
        return x * 1


@hookimpl
def register_blocks():
    return {"same": Same}
'''
PLAIN = "netwright: 1\ninputs: {x: [batch, 8]}\nnodes: {act: relu}\n"


class Site:
    """A folder of installed plugins, the working directory too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, namespace: str, source: str = GOOD, **more: str) -> None:
        installed = Installed(namespace, f"{namespace}_plugin", **more)  # type: ignore[arg-type]
        installed.write(self.folder)
        self.write(f"{namespace}_plugin.py", source)

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return f"./{name}"

    def net(self, block: str) -> str:
        """A spec that needs a block."""
        return self.write("net.yaml", PLAIN.replace("relu", block))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    yield Site(tmp_path)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(arguments) == status
    return "".join(capsys.readouterr())


def test_listing_fifty_plugins_imports_none(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(50):
        site.install(f"mine{number}", "raise SystemExit('imported')")
    listed = json.loads(printed(capsys, "plugins", "--json"))
    assert [each["namespace"] for each in listed] == sorted(f"mine{n}" for n in range(50))
    assert {each["state"] for each in listed} == {"not loaded"}
    assert listed[0]["origin"] == "netwright-mine0 1.4"
    assert not [name for name in sys.modules if name.startswith("mine")]


def test_only_the_plugin_that_is_used_is_imported(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.install("good")
    site.install("bad", "1 / 0")
    text = printed(capsys, "check", "--trace-plugins", site.net("good/same"))
    assert "imported good from good_plugin (netwright-good 1.4)" in text
    assert "loaded the block good/same" in text
    assert "bad" not in text
    assert "bad_plugin" not in sys.modules


def test_a_broken_plugin_is_blamed_by_name_version_file_and_line(site: Site) -> None:
    site.install("bad", "\n\n1 / 0")
    with pytest.raises(
        PluginError,
        match=r"plugin bad \(netwright-bad 1.4\) .*ZeroDivisionError.*bad_plugin.py:3\)",
    ):
        Catalogue().find("bad/same")


def test_a_broken_plugin_is_tried_once(site: Site) -> None:
    site.install("bad", "with open('tried', 'a') as file:\n    file.write('x')\n1 / 0")
    catalogue = Catalogue()
    for _ in range(3):
        with pytest.raises(PluginError):
            catalogue.find("bad/same")
    assert (site.folder / "tried").read_text() == "x"


def test_two_owners_of_a_namespace_hurt_only_who_uses_it(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.install("twice", distribution="one-blocks")
    Installed("twice", "twice_plugin", distribution="two-blocks").write(site.folder)
    site.install("good")
    catalogue = Catalogue()
    assert catalogue.find("good/same")
    with pytest.raises(PluginError, match=r"NW505.*one-blocks 1.4 and two-blocks 1.4"):
        catalogue.find("twice/same")
    listed = json.loads(printed(capsys, "plugins", "--json"))
    assert [each["state"] for each in listed] == ["not loaded", "clashing", "clashing"]


def test_a_file_and_an_installed_plugin_of_one_name(site: Site) -> None:
    site.install("mine")
    own = site.write("mine.py", GOOD)
    with pytest.raises(PluginError, match=r"./mine.py and netwright-mine 1.4.* same namespace"):
        Catalogue([own])
    site.write("pyproject.toml", '[tool.netwright]\ndisable = ["mine"]\n')
    assert Catalogue([own]).find("mine/same")


def test_a_disabled_plugin_is_not_imported(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("bad", "raise SystemExit('imported')")
    (site.folder / "inner").mkdir()
    site.write("inner/pyproject.toml", "[project]\nname = 'inner'\n")
    site.write("pyproject.toml", '[tool.netwright]\ndisable = ["bad"]\n')
    text = printed(capsys, "check", site.net("bad/same"), status=1)
    assert "NW507: plugin bad is disabled in " in text
    assert "pyproject.toml" in text
    assert "disabled" in printed(capsys, "plugins")
    assert "bad_plugin" not in sys.modules


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.netwright]\nplugins = ['x']\n", "tool.netwright has no key 'plugins'"),
        ("[tool.netwright]\ndisabled = ['x']\n", "did you mean `disable`"),
        ("[tool.netwright]\ndisable = 'x'\n", "disable is 'x'"),
        ("[tool]\nnetwright = 1\n[tool.netwright-not]\n", "is no table"),
        ("[tool.netwright\n", "cannot be read: "),
    ],
)
def test_what_a_project_cannot_say(site: Site, text: str, told: str) -> None:
    site.write("pyproject.toml", text)
    with pytest.raises(PluginError, match=told):
        Catalogue().find("mine/same")
    assert Catalogue().find("relu")


def test_files_of_the_environment_are_loaded_on_use(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = site.write("good.py", GOOD), site.write("bad.py", "1 / 0")
    monkeypatch.setenv("NETWRIGHT_PLUGINS", f"{good}:{bad}:./nowhere.py")
    printed(capsys, "check", site.net("good/same"))
    assert "ZeroDivisionError" in printed(capsys, "check", site.net("bad/same"), status=1)
    assert "no file" in printed(capsys, "check", site.net("nowhere/same"), status=1)
    states = {
        each["namespace"]: each["state"]
        for each in json.loads(printed(capsys, "plugins", "--load", "--json"))
    }
    assert states == {"good": "ok", "bad": "broken", "nowhere": "broken"}


def test_a_file_that_has_not_changed_is_not_run_again(site: Site) -> None:
    own = site.write("mine.py", f"with open('ran', 'a') as file:\n    file.write('x')\n{GOOD}")
    first, second = load_file(own), load_file(own)
    assert first.blocks["same"] is second.blocks["same"]
    site.write("mine.py", f"with open('ran', 'a') as file:\n    file.write('y')\n{GOOD}")
    assert load_file(own).blocks["same"] is not first.blocks["same"]
    assert (site.folder / "ran").read_text() == "xy"
    assert not (site.folder / "__pycache__").exists()


def test_what_a_plugin_prints_does_not_spoil_json(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.install("loud", f"print('hello')\n{GOOD}")
    assert main(["check", "--json", site.net("loud/same")]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["ok"] is True
    assert shown.err == "hello\n"


def test_warnings_of_a_plugin_fail_a_strict_check(site: Site) -> None:
    site.install("old", f"import warnings\nwarnings.warn('too old', UserWarning)\n{GOOD}")
    net = site.net("old/same")
    command = [sys.executable, "-m", "netwright.composer.cli", "check", net]
    for strict, status in (((), 0), (("--strict",), 1)):
        environment = {"PYTHONPATH": str(site.folder), "PATH": ""}
        done = subprocess.run(
            [*command, *strict], check=False, capture_output=True, text=True, env=environment
        )
        assert done.returncode == status, done.stderr
        assert "NW509: plugin old (netwright-old 1.4) warns: UserWarning: too old" in done.stderr
        assert "old_plugin.py:2" in done.stderr


def test_metadata_that_cannot_be_read_harms_nobody_else(site: Site) -> None:
    site.install("good")
    broken = site.folder / "odd_blocks-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-blocks\nVersion: 1.0\n")
    (broken / "entry_points.txt").write_text("[netwright.plugins]\nno equals sign\n")
    assert Catalogue().find("good/same")
    (odd,) = [each for each in claims() if each.distribution == "odd-blocks"]
    assert "its metadata cannot be read" in odd.fault


def test_the_one_who_serves_a_name_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("good")
    text = printed(capsys, "plugins", "why", "good/same")
    assert text.startswith("good/same: served by good_plugin:Same (netwright-good 1.4)\n")
    assert "good is claimed by netwright-good 1.4 (good_plugin), ok" in text
    missing = json.loads(printed(capsys, "plugins", "why", "nope/same", "--json", status=1))
    assert (missing["served_by"], missing["claims"]) == (None, [])
    assert "netwright.blocks.linear:Linear" in printed(capsys, "plugins", "why", "linear")


def test_a_plugin_is_looked_at_in_a_process_of_its_own(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("good")
    site.install("deadly", "import os\nos._exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(site.folder))
    (good,) = json.loads(printed(capsys, "plugins", "info", "good", "--json"))
    assert (good["state"], good["blocks"]) == ("ok", ["same"])
    assert good["seconds"] > 0
    text = printed(capsys, "plugins", "info", "deadly", status=1)
    assert "ends the process with status 3" in text
    assert not {"good_plugin", "deadly_plugin"} & set(sys.modules)
    assert "no plugin with the namespace goood" in printed(
        capsys, "plugins", "info", "goood", status=2
    )


def test_a_block_says_where_it_comes_from(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("good")
    assert "good_plugin:Same (netwright-good 1.4)" in printed(capsys, "blocks", "good/same")
    found = json.loads(printed(capsys, "blocks", "good/same", "--json"))["provenance"]
    assert found == {
        "namespace": "good",
        "origin": "netwright-good 1.4",
        "target": "good_plugin:Same",
    }
    assert printed(capsys, "blocks", "good/") == "good/same\n"


def test_a_plugin_may_be_named_by_its_namespace(site: Site) -> None:
    site.install("good")
    assert list(Catalogue(["good"]).names("good")) == ["good/same"]
    with pytest.raises(PluginError, match="no plugin with the namespace god is installed"):
        Catalogue(["god"])


@pytest.mark.parametrize(
    ("namespace", "told"),
    [("god", "did you mean `good`"), ("other", "there is a file ./other.py"), ("x", "./x.py")],
)
def test_a_missing_plugin_is_named_with_what_was_asked(
    site: Site, namespace: str, told: str
) -> None:
    site.install("good")
    site.write("other.py", GOOD)
    with pytest.raises(UnknownBlock) as caught:
        Catalogue().find(f"{namespace}/same")
    assert f"namespace {namespace} is installed" in caught.value.message
    assert f"the block {namespace}/same needs" in caught.value.message
    assert told in caught.value.help


def test_built_in_blocks_cannot_be_taken_away(site: Site) -> None:
    site.install("thief", f"from netwright.blocks import BLOCKS\nBLOCKS.clear()\n{GOOD}")
    with pytest.raises(NetwrightError, match=r"plugin thief .* AttributeError"):
        Catalogue().find("thief/same")
    assert Catalogue().find("relu")


def test_an_installed_plugin_that_imports_torch_is_warned_of(site: Site) -> None:
    site.install("heavy", f"import torch\n{GOOD}")
    code = (
        "from netwright.plugins.host import load_namespace\n"
        "print([each.code for each in load_namespace('heavy').warnings])"
    )
    environment = {"PYTHONPATH": str(site.folder), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout == "['NW508']\n"


def test_the_reference_of_the_hooks_is_up_to_date() -> None:
    written = (checkout.ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    assert written == hook_reference.page(), (
        "run: python -m netwright.plugins.hook_reference > docs/hooks.md"
    )


def test_what_an_author_writes_has_types(tmp_path: Path) -> None:
    """The plugins of the documents pass mypy as strict as it can be, with nothing but public names."""
    document = (checkout.ROOT / "docs" / "blocks-of-your-own.md").read_text(encoding="utf-8")
    wanted = {"my_blocks.py", "scaling.py", "conv_blocks.py", "house.py"}
    written = [each for each in documents.blocks(document) if each.title in wanted]
    assert {each.title for each in written} == wanted
    for each in written:
        (tmp_path / str(each.title)).write_text(each.text)
    # The installed package, as mypy sees it: the editable one is a tree of links for it.
    environment = {**os.environ, "MYPYPATH": str(checkout.ROOT / ".typing")}
    command = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases"]
    command += ["--namespace-packages", "--cache-dir", str(tmp_path / "cache")]
    command += ["--follow-imports", "silent", *(str(each.title) for each in written)]
    done = subprocess.run(
        command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


RENDERERS = """\
from netwright.plugins import Renderer, hookimpl


@hookimpl
def register_renderers():
    return {"words": Renderer(lambda network: network.name.encode())}
"""


def test_a_format_of_an_installed_plugin_is_found(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.install("bad", "1 / 0")
    site.install("words", RENDERERS)
    printed(capsys, "render", site.write("net.yaml", PLAIN), "-o", "net.words")
    assert (site.folder / "net.words").read_bytes() == b"net"
    site.install("more", RENDERERS)
    text = printed(capsys, "render", "net.yaml", "-o", "net.words", status=1)
    assert "NW505" in text
    assert "netwright-more 1.4 and netwright-words 1.4" in text


def test_a_broken_plugin_does_not_spoil_a_list_of_specs(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.install("bad", "1 / 0")
    assert main(["specs", "--json"]) == 0
    shown = capsys.readouterr()
    assert "resnet" in {each["name"] for each in json.loads(shown.out)}
    assert "warning NW502: plugin bad" in shown.err
