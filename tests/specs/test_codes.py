"""Every code is explained, every explanation is of a code that is used, and the examples do what they say."""

from __future__ import annotations

import re

import pytest

import checkout
from netwright.composer.elaborate import elaborate
from netwright.plugins.catalogue import Catalogue
from netwright.specs.codes import CODES
from netwright.specs.load import loads
from netwright.specs.problems import SpecError

CODE = re.compile(r"\"(NW\d{3})\"")
EXAMPLE = re.compile(r"^```yaml wrong\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What a text alone cannot show: files, bytes, what is too large, plugins, pictures, weights.
NOT_SHOWN = {
    "NW000", "NW001", "NW002", "NW003", "NW017", "NW019", "NW110", "NW210",
    "NW305", "NW503", "NW505", "NW507", "NW508", "NW509",
    "NW401", "NW402", "NW403", "NW404", "NW408", "NW502", "NW513",
}  # fmt: skip


def used() -> set[str]:
    """Every code that stands in the source of the packages."""
    return {
        code
        for package in checkout.PACKAGES
        for path in (checkout.ROOT / package).rglob("*.py")
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }


def test_every_code_is_explained_and_no_other() -> None:
    # NW010 also bounds the codes of syntax, and so stands in the source whether it is used or not.
    assert set(CODES) == used()


def test_codes_stand_in_order() -> None:
    assert list(CODES) == sorted(CODES)


def test_an_unknown_code_is_none() -> None:
    assert "NW999" not in CODES
    with pytest.raises(KeyError):
        CODES["NW999"]


def test_almost_every_code_has_an_example() -> None:
    without = {code for code, entry in CODES.items() if not EXAMPLE.search(entry.explanation)}
    pictures = {code for code in CODES if code >= "NW600"}
    assert without - pictures == NOT_SHOWN


@pytest.mark.parametrize(
    ("code", "text"),
    [
        pytest.param(code, text, id=code)
        for code, entry in CODES.items()
        for text in EXAMPLE.findall(entry.explanation)
    ],
)
def test_an_example_gives_its_code(code: str, text: str) -> None:
    try:
        problems = elaborate(loads(text), Catalogue())[1]
    except SpecError as error:
        problems = error.problems
    assert {each.code for each in problems} == {code}
