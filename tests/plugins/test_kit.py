"""The conformance kit finds what is wrong, says so in a program that shows it, and lets good blocks be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import cases as own
from netwright.composer.cli import main
from netwright.plugins.testing import Case, cases, parametrize_blocks
from netwright.plugins.testing.probing import probed
from planted.blocks import BUGS, GOOD, Bug

CAUGHT = {
    "wrong_for_odd_sizes": "edges",
    "dead_parameter": "gradients",
    "gradient_is_cut": "gradients",
    "hidden_state": "eval_state",
    "fixed_device": "meta",
    "batch_leak": "batch",
    "unpicklable": "copies",
    "changes_its_input": "inputs_kept",
    "weight_turned_round": "parameters",
    "never_refuses": "edges",
    "single_precision": "float64",
    "fixed_dtype": "bfloat16",
    "noise_in_evaluation": "deterministic",
    "not_seeded": "seeded",
    "updates_in_evaluation": "eval_state",
    "state_dict_loses_a_buffer": "state_dict",
    "contiguous_only": "strided",
    "values_while_it_is_made": "meta",
    "branch_on_data": "compile",
    "undocumented_setting": "described",
    "setting_without_effect": "settings",
    "untrue_example": "examples",
    "bound_too_low": "rule",
    "untold_index": "unbounded",
    "one_table_for_all": "separate",
    "wrong_flops": "flops",
    "not_causal": "symmetry",
    "not_shift_equivariant": "symmetry",
    "order_of_nodes": "symmetry",
}
"""Bug -> the check that is about it."""


def of(bug: Bug) -> list[Case]:
    return cases(bug.block.partition("/")[0], files=[bug.file])


def one(bug: Bug, check: str) -> Case:
    (found,) = (each for each in of(bug) if each.name == check)
    return found


def test_every_bug_has_its_check() -> None:
    assert CAUGHT.keys() == BUGS.keys()


@pytest.mark.parametrize(("name", "check"), CAUGHT.items(), ids=list(CAUGHT))
def test_a_bug_is_found_and_its_program_shows_it(name: str, check: str) -> None:
    outcome = one(BUGS[name], check).outcome()
    assert outcome.kind == "failed", outcome
    program = outcome.text.partition("To see it, in Python:\n\n")[2]
    assert program
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, the program shows it
        exec(compile(program, name, "exec"), {})


@pytest.mark.parametrize("name", GOOD)
def test_a_good_block_passes(name: str) -> None:
    outcomes = {each.name: each.outcome() for each in of(GOOD[name]) if each.check}
    assert {check: each for check, each in outcomes.items() if each.kind == "failed"} == {}
    assert sum(each.kind == "passed" for each in outcomes.values()) > 25


# -- what is expected ------------------------------------------------------------------------------------


def expecting(reasons: dict[str, object], bug: str = "wrong_flops") -> list[Case]:
    block = BUGS[bug].block
    namespace, _, name = block.partition("/")
    return cases(namespace, files=[BUGS[bug].file], expected_failures={name: reasons})  # type: ignore[dict-item]


def outcome_of(found: list[Case], check: str) -> tuple[str, str]:
    (case,) = (each for each in found if each.name == check)
    outcome = case.outcome()
    return outcome.kind, outcome.text


def test_a_failure_may_be_expected() -> None:
    assert outcome_of(expecting({"flops": "halved"}), "flops") == ("expected", "halved")


def test_what_is_expected_to_fail_and_passes_is_a_failure() -> None:
    kind, text = outcome_of(expecting({"rule": "a whim"}), "rule")
    assert kind == "failed"
    assert text == "it passes, though it is expected to fail (a whim): strike that out"


def test_some_examples_may_be_expected_to_fail() -> None:
    subject = expecting({})[0].specimen.subjects[0]
    kind, text = outcome_of(expecting({"rule": {subject.node: "a whim"}}), "rule")
    assert (kind, text) == (
        "failed",
        f"{subject.node} passes, though it is expected to fail: strike that out",
    )
    kind, text = outcome_of(expecting({"rule": {"{block: other}": "a whim"}}), "rule")
    assert (kind, text) == ("failed", "expected_failures: no example of it is {block: other}")


def test_what_is_vacuous_cannot_be_expected_to_fail() -> None:
    kind, text = outcome_of(expecting({"light": "a whim"}), "light")
    assert kind == "failed"
    assert "nothing to check" in text


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"scores": {"flops": "x"}}, "there is no block 'scores'; did you mean 'score'?"),
        ({"score": {"flop": "x"}}, "there is no check 'flop'; did you mean 'flops'?"),
        ({"score": {"flops": " "}}, "expected_failures: score, flops: say why it fails"),
        ({"score": {"flops": {}}}, "expected_failures: score, flops: say why it fails"),
    ],
)
def test_an_expectation_names_what_there_is_and_why(
    expected: dict[str, dict[str, str]], message: str
) -> None:
    with pytest.raises(ValueError, match="^" + message.replace("?", r"\?") + "$"):
        parametrize_blocks("costing", files=[BUGS["wrong_flops"].file], expected_failures=expected)


def test_without_blocks_there_is_nothing_to_check() -> None:
    with pytest.raises(ValueError, match="nothing to check"):
        cases("nobody")


# -- blocks that say little ------------------------------------------------------------------------------

BARE = '''
from netwright.plugins import Block, Tensor, Input, Value, call, hookimpl


class Half(Block):
    """The first half of the features."""

    def infer(self, x: Tensor) -> Tensor:
        *_, features = x.match("[..., features]", "float")
        return x.resized(x.rank - 1, {size})

    def build(self, x: Input) -> Value:
        return call("torch.narrow", x, -1, 0, x.shape[-1] // 2)


@hookimpl
def register_blocks():
    return {{"half": Half}}
'''


def bare(folder: Path, size: str) -> dict[str, tuple[str, str]]:
    file = folder / f"bare_{len(size)}.py"
    file.write_text(BARE.format(size=size))
    found = cases(file.stem, files=[file])
    return {each.name: (o.kind, o.text) for each in found if each.check for o in [each.outcome()]}


def test_uses_are_found_for_a_block_without_examples(tmp_path: Path) -> None:
    wrong = bare(tmp_path, "(features + 1) // 2")
    assert wrong["described"][0] == "failed"
    assert "no `Examples:`; such as" in wrong["examples"][1]
    assert "{block: bare_19/half} on x [" in wrong["examples"][1]
    assert wrong["edges"][0] == "failed"
    right = bare(tmp_path, "features // 2")
    assert right["edges"][0] == right["rule"][0] == right["compile"][0] == "passed"


@pytest.mark.parametrize("name", ["conv2d", "embedding", "attention", "gcn_conv", "lstm", "cat"])
def test_a_rule_is_asked_what_it_takes(name: str) -> None:
    found = probed(name, own.CATALOGUE.find(name), own.CATALOGUE)
    assert found
    assert all(each.outputs and each.inputs for each in found)
    assert any(each.symbols for each in found)


def test_a_block_that_cannot_be_loaded_is_one_failure(tmp_path: Path) -> None:
    file = tmp_path / "unbuilt.py"
    file.write_text(BARE.format(size="features // 2").replace("def build", "def built"))
    (case,) = cases("unbuilt", files=[file])
    assert case.outcome().kind == "failed"
    assert "Half has no method build" in case.outcome().text


# -- under pytest, and as a command ----------------------------------------------------------------------

SUITE = """
from netwright.plugins.testing import parametrize_blocks

@parametrize_blocks("costing", files=[{file!r}], expected_failures={{"score": {{"flops": "halved"}}}})
def test_block(case):
    case.run()
"""


def test_a_suite_of_five_lines_counts_what_it_ran(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["netwright.plugins.testing.summary"]')
    (tmp_path / "test_them.py").write_text(SUITE.format(file=str(BUGS["wrong_flops"].file)))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    lines = [line for line in done.stdout.splitlines() if line.endswith(": costing/score")]
    assert len(lines) == 1
    assert "1 expected" in lines[0]
    assert "skipped" in lines[0]


def test_the_command_says_what_fails(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(BUGS["undocumented_setting"].file)
    assert main(["plugins", "check", file, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    assert said["blocks"]["weighing/weigh"]["failed"] == 1
    (failed,) = (each for each in said["cases"] if each["outcome"] == "failed")
    assert (failed["check"], failed["block"]) == ("described", "weighing/weigh")


def test_the_command_passes_what_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(GOOD["plain"].file)
    assert main(["plugins", "check", "good_plain", "--plugin", file]) == 0
    out = capsys.readouterr().out
    assert "good_plain/highway: " in out
    assert "To see it" not in out
    assert main(["plugins", "check", "nobody"]) == 2
