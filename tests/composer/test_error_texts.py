"""The text of representative errors, to the letter; NETWRIGHT_GOLDEN=write writes the files anew."""

from __future__ import annotations

import os

import pytest
from seeded import SEEDED, sown, text_of

import checkout
from netwright.composer.elaborate import elaborate
from netwright.specs.load import loads
from netwright.specs.problems import SpecError

FOLDER = checkout.ROOT / "tests" / "golden" / "errors"
CHOSEN = [
    ("resnet", "misspelt setting"),
    ("resnet", "misspelt key"),
    ("resnet", "unknown block"),
    ("resnet", "cycle"),
    ("resnet", "size mismatch"),
    ("resnet", "wrong dtype"),
    ("resnet", "wrong type"),
    ("resnet", "missing setting"),
    ("resnet", "does not divide"),
    ("resnet", "bad expression"),
    ("gpt", "unknown reference"),
    ("gpt", "size mismatch"),
    ("gpt", "value out of range"),
    ("gpt", "duplicate key"),
    ("gpt", "rank mismatch"),
    ("gpt", "does not divide"),
    ("gpt", "tie to nothing"),
]


@pytest.mark.parametrize(("spec", "name"), CHOSEN)
def test_an_error_reads_so(spec: str, name: str) -> None:
    mistake = next(each for each in SEEDED[spec] if each.name == name)
    text, _ = sown(text_of(spec), mistake)
    with pytest.raises(SpecError) as caught:
        elaborate(loads(text, f"{spec}.yaml"))
    file = FOLDER / f"{spec}_{name.replace(' ', '_')}.txt"
    if os.environ.get("NETWRIGHT_GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{caught.value}\n", encoding="utf-8")
    assert f"{caught.value}\n" == file.read_text(encoding="utf-8")
