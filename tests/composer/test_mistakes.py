"""Twenty mistakes in each of two specs of the zoo, alone and in pairs: each is found, and nothing else is."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from seeded import SEEDED, Mistake, sown, text_of

from netwright.composer import cli
from netwright.composer.elaborate import elaborate
from netwright.plugins.catalogue import Catalogue
from netwright.specs.load import loads
from netwright.specs.problems import Problem, SpecError, apply

CATALOGUE = Catalogue()

# The second mistake of these cannot be known before the first is mended: the block `layer` declares an input
# of another rank than it gets, and whether the declaration or the use is wrong decides what is in it.
HIDDEN = {
    ("gpt", "rank mismatch", "size mismatch"),
    ("gpt", "rank mismatch", "does not divide"),
}

Reported = list[tuple[str, int, int]]


def problems_of(text: str, name: str = "spec.yaml") -> tuple[Problem, ...]:
    """What a check says; warnings where there are no errors."""
    try:
        return elaborate(loads(text, name), CATALOGUE)[1]
    except SpecError as error:
        return error.problems


def reported(problems: tuple[Problem, ...]) -> Reported:
    return [
        (each.code, each.place.line, each.place.column) if each.place else (each.code, 0, 0)
        for each in problems
    ]


ALONE = [
    pytest.param(spec, mistake, id=f"{spec}-{mistake.name}")
    for spec, mistakes in SEEDED.items()
    for mistake in mistakes
]


def test_there_are_twenty_in_each_and_the_specs_are_sound_without_them() -> None:
    assert {spec: len({each.name for each in mistakes}) for spec, mistakes in SEEDED.items()} == {
        "resnet": 20,
        "gpt": 20,
    }
    assert [problems_of(text_of(spec)) for spec in SEEDED] == [(), ()]


@pytest.mark.parametrize(("spec", "mistake"), ALONE)
def test_a_mistake_is_found_where_it_stands(spec: str, mistake: Mistake) -> None:
    text, expected = sown(text_of(spec), mistake)
    assert reported(problems_of(text)) == expected


@pytest.mark.parametrize(("spec", "mistake"), ALONE)
def test_a_fix_mends_it(spec: str, mistake: Mistake) -> None:
    text, _ = sown(text_of(spec), mistake)
    fixes = [each.fix for each in problems_of(text) if each.fix is not None]
    assert len(fixes) >= mistake.fixed
    for fix in fixes:
        assert problems_of(apply(fix, text)) == ()


@pytest.mark.parametrize("spec", SEEDED)
def test_two_mistakes_are_found_in_one_run(spec: str) -> None:
    wrong: dict[tuple[str, str], tuple[Reported, Reported]] = {}
    for one, two in combinations(SEEDED[spec], 2):
        text, expected = sown(text_of(spec), one, two)
        got = reported(problems_of(text))
        if sorted(got) != sorted(expected):
            wrong[one.name, two.name] = got, expected
    hidden = {frozenset(names) for where, *names in HIDDEN if where == spec}
    assert {pair: each for pair, each in wrong.items() if frozenset(pair) not in hidden} == {}
    assert {frozenset(pair) for pair in wrong} == hidden, "some are found by now"


def test_of_a_hidden_pair_the_first_is_found_and_nothing_is_made_up() -> None:
    for spec, *names in HIDDEN:
        pair = [each for each in SEEDED[spec] if each.name in names]
        text, expected = sown(text_of(spec), *pair)
        got = reported(problems_of(text))
        assert got and set(got) < set(expected)


@pytest.mark.parametrize("spec", SEEDED)
def test_all_twenty_at_once_are_refused_in_order(spec: str) -> None:
    text, expected = sown(text_of(spec), *SEEDED[spec])
    got = reported(problems_of(text))
    assert got == sorted(got, key=lambda each: each[1:])
    assert len(set(got) & set(expected)) >= 14


@pytest.mark.parametrize(("spec", "mistake"), ALONE)
def test_the_command_says_the_same_as_text_and_as_json(
    spec: str, mistake: Mistake, tmp_path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text, [(code, line, column)] = sown(text_of(spec), mistake)
    (tmp_path / "wrong.yaml").write_text(text, encoding="utf-8")
    assert cli.main(["check", "wrong.yaml"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert cli.main(["check", "wrong.yaml", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert not answer["ok"]
    assert "Traceback" not in said.err
    for problem in answer["problems"]:
        assert (problem["code"], problem["line"], problem["column"]) == (code, line, column)
        for text in (
            f"error {code}: {problem['message']}",
            f"wrong.yaml:{line}:{column}",
            problem["path"],
            problem["label"],
            problem["help"],
            *problem["notes"],
        ):
            assert text in said.err
