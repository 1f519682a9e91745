"""What holds for every compiled model: it is an ordinary torch module, and stays one wherever it goes."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from architectures import ARCHITECTURES, REFERENCED, graph, inputs, model, outputs
from netwright import composer
from references import assert_same, reference

TIED = (
    "gpt",
    "language_modelling",
    "llama",
    "masked_language_modelling",
    "moe_gpt",
    "t5",
    "transformer",
    "whisper",
)

# For each folder below the working one: a model out of it, run on the inputs beside it.
ALONE = """
import sys
from pathlib import Path
sys.modules["netwright"] = None  # importing it now fails
import torch

for folder in sorted(each for each in Path(".").iterdir() if each.is_dir()):
    module = {"__name__": folder.name}
    exec(compile((folder / "model.py").read_text(), folder / "model.py", "exec"), module)
    model = list(module.values())[-1]().eval()
    model.load_state_dict(torch.load(folder / "state.pt"))
    with torch.no_grad():
        torch.save(model(*torch.load(folder / "inputs.pt")), folder / "output.pt")
"""
UNPICKLED = """
import pickle
from pathlib import Path
import torch

for folder in sorted(each for each in Path(".").iterdir() if each.is_dir()):
    model = pickle.loads((folder / "model.pickle").read_bytes())
    assert not model.training
    with torch.no_grad():
        torch.save(model(*torch.load(folder / "inputs.pt")), folder / "output.pt")
"""


def _fed(name: str) -> list[torch.Tensor]:
    """The inputs of the reference, or made-up ones."""
    architecture = ARCHITECTURES[name]
    if not architecture.reference:
        return inputs(name)
    known = reference(architecture.reference)
    return [known.inputs[theirs] for theirs in architecture.inputs.values()]


def _run(made: nn.Module, fed: list[torch.Tensor]) -> list[torch.Tensor]:
    with torch.no_grad():
        return outputs(made(*fed))


def _equal(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(map(torch.equal, one, other))


def _assert_outputs(folder: Path) -> None:
    """What another process wrote is the reference's output, or this process's."""
    for name in ARCHITECTURES:
        found = outputs(torch.load(folder / name / "output.pt"))
        torch.testing.assert_close(found, _run(model(name), _fed(name)))
        if name in REFERENCED:
            known = reference(ARCHITECTURES[name].reference).outputs
            for output, expected in zip(found, known, strict=True):
                assert_same(output, expected)


def _process(script: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr


def test_emitted_files_run_without_netwright(tmp_path: Path) -> None:
    for name in ARCHITECTURES:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.py").write_text(composer.emit(graph(name)))
        torch.save(model(name).state_dict(), folder / "state.pt")
        torch.save(_fed(name), folder / "inputs.pt")
    _process(ALONE, tmp_path)
    _assert_outputs(tmp_path)


def test_pickled_models_load_in_a_process_that_never_saw_the_spec(tmp_path: Path) -> None:
    for name in ARCHITECTURES:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.pickle").write_bytes(pickle.dumps(model(name)))
        torch.save(_fed(name), folder / "inputs.pt")
    _process(UNPICKLED, tmp_path)
    _assert_outputs(tmp_path)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_state_dicts_are_saved_and_loaded(name: str, tmp_path: Path) -> None:
    made = model(name)
    torch.save(made.state_dict(), tmp_path / "state.pt")
    other = composer.compile(graph(name), seed=1).eval()
    alike = _equal(_run(other, _fed(name)), _run(made, _fed(name)))
    assert alike == ARCHITECTURES[name].alike
    other.load_state_dict(torch.load(tmp_path / "state.pt"))
    assert _equal(_run(other, _fed(name)), _run(made, _fed(name)))


def _ties(made: nn.Module) -> set[frozenset[str]]:
    """The names under which each shared parameter stands."""
    names: dict[int, set[str]] = {}
    for name, parameter in made.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), set()).add(name)
    return {frozenset(each) for each in names.values() if len(each) > 1}


def _emptied(made: nn.Module) -> nn.Module:
    state = {name: value.clone() for name, value in made.state_dict().items()}
    made = made.to("meta").to_empty(device="cpu")
    made.load_state_dict(state)
    return made


def _assigned(made: nn.Module) -> nn.Module:
    # Each tensor on its own, as a file may bring them.
    state = {name: value.clone() for name, value in made.state_dict().items()}
    made = made.to("meta")
    made.load_state_dict(state, assign=True)
    return made


def _there_and_back(made: nn.Module) -> nn.Module:
    return made.to(torch.float64).to(torch.float32)


def _pickled(made: nn.Module) -> nn.Module:
    loaded: nn.Module = pickle.loads(pickle.dumps(made))
    return loaded


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("moved", [_emptied, _assigned, _there_and_back, _pickled, copy.deepcopy])
def test_models_keep_their_ties_and_outputs_wherever_they_go(name: str, moved: Any) -> None:
    made = model(name)
    ties, expected = _ties(made), _run(made, _fed(name))
    assert bool(ties) is (name in TIED)
    after = moved(made)
    assert _ties(after) == ties
    assert _equal(_run(after, _fed(name)), expected)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_models_compute_in_other_dtypes(name: str) -> None:
    made = model(name).to(torch.float64)
    fed = [each.double() if each.is_floating_point() else each for each in _fed(name)]
    found = _run(made, fed)
    assert {each.dtype for each in found} == {torch.float64}
    expected = _run(model(name), _fed(name))
    torch.testing.assert_close([each.float() for each in found], expected, rtol=1e-4, atol=1e-4)
    fed = [each.bfloat16() if each.is_floating_point() else each for each in _fed(name)]
    found = _run(made.to(torch.bfloat16), fed)
    assert {each.dtype for each in found} == {torch.bfloat16}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_are_finite_and_reach_every_parameter(name: str) -> None:
    made = composer.compile(graph(name), seed=0).train()
    found = outputs(made(*inputs(name)))
    parameters = dict(made.named_parameters())
    if not parameters:
        return
    sum(each.square().mean() for each in found).backward()
    for own, parameter in parameters.items():
        if own.partition(".")[0] == ARCHITECTURES[name].untrained:
            assert parameter.grad is None, own
            continue
        assert parameter.grad is not None, own
        assert parameter.grad.isfinite().all(), own


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_taps_are_what_forward_hooks_see(name: str) -> None:
    """Every module that is a node: inside of repeats, too."""
    made = model(name)
    # The module of learned positions, or distances, is the table alone: its node does more. That of a
    # recurrent layer gives packed sequences. The steps of a scan, and of a shared copy, have no single value.
    tables = ("position", "distance", "distance_target")
    others = (nn.ModuleList, nn.ModuleDict, nn.LSTM)
    scans = [node.name for node in graph(name).nodes.values() if node.scan or node.share]
    paths = [
        path
        for path, module in made.named_modules()
        if path and path.partition(".")[0] not in scans
        if path.rpartition(".")[2] not in tables
        if not isinstance(module, others)
    ]
    seen: dict[str, torch.Tensor] = {}

    def hook(path: str) -> Any:
        def keep(_: nn.Module, __: Any, output: Any) -> None:
            # A module that is shared bears the name of the node that runs first.
            seen.setdefault(path, output)

        return keep

    handles = [made.get_submodule(path).register_forward_hook(hook(path)) for path in paths]
    expected = _run(made, inputs(name))
    for each in handles:
        each.remove()
    tapped = composer.compile(graph(name), taps=paths).eval()
    tapped.load_state_dict(made.state_dict())
    with torch.no_grad():
        output, tensors = tapped(*inputs(name))
    assert _equal(outputs(output), expected)
    assert set(tensors) == set(paths)
    # Of several outputs, the first is what the name alone means.
    assert all(torch.equal(tensors[path], outputs(seen[path])[0]) for path in paths)
