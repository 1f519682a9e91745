"""Weights under the names of other libraries: read, compared, written."""

from __future__ import annotations

import json
import pickle
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from netwright import composer, specs
from netwright.composer.checkpoints.files import Stored, described, tensors
from netwright.composer.cli import main

SMALL = {"vocab": 97, "context": 32, "width": 32, "layers": 2, "heads": 4}
GPT2 = "huggingface/gpt2"


def gpt(seed: int = 0, **set: int) -> nn.Module:
    return composer.compile(specs.load("gpt", set={**SMALL, **set}), seed=seed)


def public(**set: int) -> dict[str, torch.Tensor]:
    """A file as it is published: without what is tied."""
    found = composer.weights(gpt(**set), names=GPT2)
    del found["lm_head.weight"]
    return found


def safetensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> Path:
    save_file({name: each.detach().contiguous() for name, each in tensors.items()}, path)
    return path


def written(path: Path, header: bytes, body: bytes = b"") -> Path:
    path.write_bytes(len(header).to_bytes(8, "little") + header + body)
    return path


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def refused(call: Callable[[], object]) -> tuple[specs.Problem, ...]:
    with pytest.raises(specs.WeightsError) as raised:
        call()
    return raised.value.problems


def saved(path: Path, tensors: Any) -> Path:
    torch.save(tensors, path)
    return path


@pytest.mark.parametrize(
    "form", ["safetensors", "pt", "state_dict", "dict", "no beginning", "half"]
)
def test_what_is_written_under_public_names_is_read_back(form: str, tmp_path: Path) -> None:
    tensors: Any = public()
    if form == "safetensors":
        source: Any = safetensors(tmp_path / "model.safetensors", tensors)
    elif form == "pt":
        source = saved(tmp_path / "model.pt", tensors)
    elif form == "state_dict":
        source = saved(tmp_path / "model.pth", {"state_dict": tensors, "epoch": 3})
    elif form == "no beginning":
        source = {name.removeprefix("transformer."): each for name, each in tensors.items()}
    else:
        source = (
            {name: each.bfloat16() for name, each in tensors.items()} if form == "half" else tensors
        )
    made = gpt(1)
    composer.load_weights(made, source, names=GPT2)
    assert callable(composer.weights)  # no module of this name hides the function
    expected = gpt(0)
    if form == "half":
        expected = expected.bfloat16().float()
    assert same(made, expected)
    assert made.get_parameter("logits.weight") is made.get_parameter("embed.weight")


def test_without_a_table_names_are_the_model_s_own(tmp_path: Path) -> None:
    made, other = gpt(0), gpt(1)
    composer.load_weights(other, saved(tmp_path / "own.pt", made.state_dict()))
    assert same(made, other)


def test_matrices_that_are_stored_the_other_way_round_are_turned() -> None:
    made = gpt()
    found = composer.weights(made, names=GPT2)
    fused = found["transformer.h.1.attn.c_attn.weight"]
    assert fused.shape == (32, 96)
    for number, part in enumerate(("query", "key", "value")):
        own = made.get_parameter(f"layers.1.attend.attention.{part}.weight")
        assert torch.equal(fused[:, 32 * number : 32 * number + 32], own.T)


def test_everything_that_does_not_fit_is_told_at_once_and_nothing_is_changed() -> None:
    tensors = public()
    tensors["transformer.wte.weight"] = torch.zeros(98, 32)
    tensors["transformer.h.0.attn.c_proj.weight"] = tensors.pop(
        "transformer.h.0.attn.c_proj.weights", torch.zeros(32, 31)
    )
    tensors["transformer.h.0.ln_3.weight"] = tensors.pop("transformer.h.0.ln_2.weight")
    tensors["transformer.ln_f.bias"] = torch.zeros(32, dtype=torch.int8)
    made = gpt(1)
    problems = refused(lambda: composer.load_weights(made, tensors, names=GPT2))
    assert [each.code for each in problems] == ["NW703", "NW704", "NW705", "NW705", "NW706"]
    missing, extra, vocab, shape, packed = problems
    assert missing.message == (
        "the file lacks layers.0.feed.norm.weight, there transformer.h.0.ln_2.weight"
    )
    assert missing.help == "the file has transformer.h.0.ln_3.weight"
    assert extra.message == "the model has no place for transformer.h.0.ln_3.weight"
    assert vocab.help == "98 and not 97"
    assert "[32, 31] in the file, and must be [32, 32]" in shape.message
    assert "int8 in the file" in packed.message
    assert "packed" in packed.help
    assert same(made, gpt(1))


def test_names_that_differ_in_numbers_are_one_line() -> None:
    (problem,) = refused(lambda: composer.load_weights(gpt(layers=4), public(), names=GPT2))
    assert problem.message == "the file lacks 32 tensors"
    assert problem.notes[0] == (
        "layers.2.attend.norm.weight, there transformer.h.2.ln_1.weight, and 1 with other numbers"
    )
    assert len(problem.notes) == 16


def test_a_transposed_matrix_is_called_that() -> None:
    tensors = public()
    name = "transformer.h.0.mlp.c_fc.weight"
    tensors[name] = tensors[name].T
    (problem,) = refused(lambda: composer.load_weights(gpt(), tensors, names=GPT2))
    assert problem.code == "NW705"
    assert "transposed" in problem.help


def test_names_of_another_library_are_recognised() -> None:
    for names in (None, "timm/vit"):
        (problem,) = refused(
            lambda names=names: composer.load_weights(gpt(), public(), names=names)
        )
        assert problem.code == "NW702"
        assert problem.help == f'they are those of the table "{GPT2}"'


def test_tied_weights_must_agree() -> None:
    tensors = {**public(), "lm_head.weight": torch.zeros(97, 32)}
    (problem,) = refused(lambda: composer.load_weights(gpt(), tensors, names=GPT2))
    assert problem.code == "NW707"
    assert "transformer.wte.weight and lm_head.weight" in problem.message


def test_second_names_buffers_and_old_names_are_no_matter() -> None:
    tensors = {**public(), "transformer.h.0.attn.bias": torch.ones(1, 1, 32, 32)}
    composer.load_weights(gpt(), tensors, names=GPT2)
    dense = composer.compile(specs.load("densenet", set={"depths": [1, 1]}), seed=0)
    found = composer.weights(dense, names="torchvision/densenet")
    old = {
        name.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2."): each
        for name, each in found.items()
        if not name.endswith("num_batches_tracked")
    }
    assert old.keys() != found.keys()
    composer.load_weights(dense, old, names="torchvision/densenet")


class _Program:
    def __reduce__(self) -> Any:
        return print, ("run",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "header too small"),
        (b"\xff" * 8 + b"{}", "header too large"),
        (b"\x02" + b"\0" * 7 + b"{]", "invalid JSON"),
        (b"\x02" + b"\0" * 7 + b"[]", "invalid JSON"),
        (b"\x02" + b"\0" * 7 + b"{}abc", "file not fully covered"),
    ],
)
def test_a_broken_safetensors_file_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    (problem,) = refused(lambda: composer.load_weights(gpt(), path))
    assert problem.code == "NW701"
    assert problem.message.startswith(f"{path} cannot be read: it is no safetensors file, or not a")
    assert said in problem.message
    assert problem.help == "load it again from where it came"


def test_half_a_safetensors_file_is_refused_and_one_that_is_a_folder(tmp_path: Path) -> None:
    path = safetensors(tmp_path / "model.safetensors", public())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    (problem,) = refused(lambda: composer.load_weights(gpt(), path, names=GPT2))
    assert "not a whole one" in problem.message
    path.unlink()
    (problem,) = refused(lambda: composer.load_weights(gpt(), path, names=GPT2))
    assert problem.message == f"{path} is not there"
    path.mkdir()
    (problem,) = refused(lambda: composer.load_weights(gpt(), path, names=GPT2))
    assert problem.message == f"{path} cannot be read: Is a directory"


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]},
        {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [1]},
        "text",
    ],
)
def test_a_header_that_lies_is_refused(entry: Any, tmp_path: Path) -> None:
    header = json.dumps({"weight": entry}).encode()
    path = written(tmp_path / "model.safetensors", header, b"\0" * 4)
    (problem,) = refused(lambda: composer.load_weights(gpt(), path))
    assert problem.code == "NW701"


def test_of_a_large_safetensors_file_nothing_is_read_but_what_is_used(tmp_path: Path) -> None:
    """4 GB that are nowhere: the file has a hole, and this machine may have less memory than that."""
    count = 2**30
    entries = {
        "small": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "large": {"dtype": "BF16", "shape": [2 * count], "data_offsets": [8, 8 + 4 * count]},
    }
    path = written(tmp_path / "model.safetensors", json.dumps(entries).encode(), b"\0" * 8)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + 4 * count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = tensors(path)
    assert described(found) == {
        "small": Stored("float32", (2,)),
        "large": Stored("bfloat16", (2 * count,)),
    }
    assert found["small"].tolist() == [0, 0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20  # KB, or bytes


def test_programs_in_a_file_are_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(pickle.dumps({"weight": _Program()}, protocol=2))
    (problem,) = refused(lambda: composer.load_weights(gpt(), path))
    assert problem.code == "NW701"
    assert "run" not in capsys.readouterr().out
    (problem,) = refused(lambda: composer.load_weights(gpt(), saved(path, [1, 2])))
    assert "no dict of tensors" in problem.message
    (problem,) = refused(lambda: composer.load_weights(gpt(), tmp_path / "absent.pt"))
    assert "is not there" in problem.message


def test_a_table_of_your_own_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("names: {logits: head, hidden.*: 'body.*'}\n")
    spec = {
        "netwright": 1,
        "inputs": {"x": ["batch", 3]},
        "nodes": {"logits": {"block": "linear", "out_features": 2}},
    }
    made = composer.compile(specs.load(spec), seed=0)
    found = composer.weights(made, names=str(path))
    assert set(found) == {"head.weight", "head.bias"}
    composer.load_weights(made, found, names=str(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("names: {a: b}\nnmaes: {}\n", "no key `nmaes`"),
        ("names: {}\n", "has `names`"),
        ("about: nothing\n", "has `names`"),
        ("names: {a: {name: b, parts: two}}\n", "theirs is a name"),
        ("names: {a: {part: 1}}\n", "theirs is a name"),
        ("names: {a: b}\nignored: text\n", "`ignored` is a list"),
        ("names: {logits: 'head.{n}'}\n", "cannot be computed"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    problems = refused(lambda: composer.load_weights(gpt(), public(), names=str(path)))
    assert any(said in each.message for each in problems)
    assert all(each.code == "NW702" and each.place for each in problems)


def test_a_table_that_is_not_there_has_a_near_one() -> None:
    (problem,) = refused(lambda: composer.load_weights(gpt(), {}, names="torchvision/resnt"))
    assert problem.help == "did you mean torchvision/resnet?"


COMMAND = ["weights", "gpt", *(f"--set={name}={value}" for name, value in SMALL.items())]


def test_the_command_says_whether_a_file_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(safetensors(tmp_path / "model.safetensors", public()))
    assert main([*COMMAND, path, "--names", GPT2]) == 0
    assert capsys.readouterr().out == f"{path}: fits gpt, 37 tensors, 29,600 numbers\n"
    assert main([*COMMAND, path, "--names", GPT2, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main([*COMMAND, "--set=vocab=98", path, "--names", GPT2]) == 1
    assert "help: set vocab=97" in capsys.readouterr().err
