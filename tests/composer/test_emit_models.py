"""The model as a torch module: loaded, moved, copied, pickled, tapped, exported."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from graphs import gpt

from netwright.composer.compiling import compile_graph
from netwright.composer.emission import emit_graph
from netwright.composer.graph import Graph
from netwright.specs.problems import SpecError


def tokens() -> torch.Tensor:
    return torch.arange(10).reshape(2, 5)


def run(graph: Graph, *inputs: torch.Tensor, taps: tuple[str, ...] = ()) -> object:
    return compile_graph(graph, taps, seed=0).eval()(*inputs)


def test_what_is_written_is_what_runs() -> None:
    model = compile_graph(gpt(), seed=0)
    names = {}
    exec(emit_graph(gpt()), names)
    torch.manual_seed(0)
    by_file = names["Gpt"]()
    assert list(by_file.state_dict()) == list(model.state_dict())
    by_file.load_state_dict(model.state_dict())
    assert torch.equal(by_file.eval()(tokens()), model.eval()(tokens()))


def tied(model: torch.nn.Module) -> bool:
    return model.logits.weight is model.embed.weight  # type: ignore[union-attr]


def test_ties_hold_when_moved_loaded_copied() -> None:
    import copy

    model = compile_graph(gpt(), seed=0)
    assert tied(model)
    assert sum(p.numel() for p in model.parameters()) == sum(
        p.numel() for n, p in model.named_parameters(remove_duplicate=False) if n != "logits.weight"
    )
    assert tied(model.to(torch.float64))
    assert tied(copy.deepcopy(model))
    assert tied(pickle.loads(pickle.dumps(model)))
    hollow = compile_graph(gpt(), device="meta")
    assert tied(hollow)
    assert hollow.embed.weight.is_meta
    hollow.to_empty(device="cpu")
    assert tied(hollow)
    hollow.load_state_dict(model.state_dict(), assign=True)
    assert tied(hollow)
    whole = torch.nn.Sequential(compile_graph(gpt(), device="meta"))
    whole.load_state_dict({f"0.{k}": v for k, v in model.state_dict().items()}, assign=True)
    assert tied(whole[0])


def test_a_pickle_loads_in_a_process_that_never_saw_the_graph(tmp_path: Path) -> None:
    model = compile_graph(gpt(), seed=0).eval()
    torch.save(model, tmp_path / "model.pt")
    torch.save(model(tokens()), tmp_path / "output.pt")
    script = """if True:
        import sys, torch
        model = torch.load(sys.argv[1] + "/model.pt", weights_only=False)
        expected = torch.load(sys.argv[1] + "/output.pt")
        assert model.logits.weight is model.embed.weight
        assert torch.equal(model(torch.arange(10).reshape(2, 5)), expected)
        model.load_state_dict(model.state_dict(), assign=True)
        assert model.logits.weight is model.embed.weight
    """
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)


def test_tracebacks_show_the_line() -> None:
    import traceback

    model = compile_graph(gpt())
    with pytest.raises(IndexError) as caught:
        model(torch.tensor([[1000]]))
    assert "x = self.embed(tokens)" in "".join(traceback.format_exception(caught.value))


def test_seed_and_state_of_the_generator() -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    one, two = compile_graph(gpt(), seed=3), compile_graph(gpt(), seed=3)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    other = compile_graph(gpt(), seed=4)
    assert not torch.equal(one.embed.weight, other.embed.weight)  # type: ignore[arg-type]


def test_dtype_and_device() -> None:
    model = compile_graph(gpt(), device="meta", dtype=torch.bfloat16)
    assert {(p.device.type, p.dtype) for p in model.parameters()} == {("meta", torch.bfloat16)}


# Taps


def test_taps_in_loops_and_below() -> None:
    plain = compile_graph(gpt(), seed=0).eval()
    paths = ("layers.1.attend.attention", "layers.*", "embed", "layers.2.feed", "logits")
    tapped = compile_graph(gpt(), paths, seed=0).eval()
    tapped.load_state_dict(plain.state_dict())
    found: dict[str, torch.Tensor] = {}

    def keep(name: str) -> object:
        return lambda *called: found.__setitem__(name, called[-1])

    names = [
        "layers.0",
        "layers.1",
        "layers.2",
        "layers.1.attend.attention",
        "embed",
        "layers.2.feed",
        "logits",
    ]
    for name in names:
        plain.get_submodule(name).register_forward_hook(keep(name))
    expected = plain(tokens())
    output, taps = tapped(tokens())
    assert torch.equal(output, expected)
    assert set(taps) == set(names)
    for name in names:
        assert torch.equal(taps[name], found[name]), name


def test_every_copy_below_a_tap_shares_one_class() -> None:
    source = emit_graph(gpt(), ["layers.*.feed.up"])
    assert "for index, layer in enumerate(self.layers):" in source
    assert source.count("class ") == emit_graph(gpt()).count("class ")
    _, taps = compile_graph(gpt(), ["layers.*.feed.up"])(tokens())
    assert sorted(taps) == [f"layers.{copy}.feed.up" for copy in range(3)]


@pytest.mark.parametrize(
    "path", ["nothing", "layers.3", "layers.x", "layer.0", "embed.weight", "", "layers..feed"]
)
def test_a_tap_that_leads_nowhere(path: str) -> None:
    with pytest.raises(SpecError, match="NW210"):
        emit_graph(gpt(), [path])


def test_a_tap_is_spelt_for_the_reader() -> None:
    with pytest.raises(SpecError, match="did you mean layers"):
        emit_graph(gpt(), ["layer.0"])


# torch's own machinery


def test_torch_compile_and_export_take_it_whole() -> None:
    model = compile_graph(gpt(), seed=0).eval()
    dims = {
        "tokens": {0: torch.export.Dim("batch", min=2), 1: torch.export.Dim("seq", min=2, max=64)}
    }
    exported = torch.export.export(model, (tokens(),), dynamic_shapes=dims).module()
    for shape in ((2, 5), (3, 7)):
        value = torch.randint(0, 100, shape)
        assert torch.allclose(exported(value), model(value), atol=1e-6)
    explained = torch._dynamo.explain(model)(tokens())
    assert explained.graph_break_count == 0
