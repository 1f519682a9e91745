import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.specs.mappings import from_mapping
from netwright.specs.problems import SpecError
from netwright.specs.tree import place_of


def test_a_mapping_of_python_gives_the_same_tree() -> None:
    given = {"a": [1, {"b": "\u2028\x7f\ufeff😀\x1b"}], "<<": (1.5, None, True), 1: "$$x"}
    tree = from_mapping(given)  # type: ignore[arg-type]
    assert tree.plain() == {
        "a": [1, {"b": "\u2028\x7f\ufeff😀\x1b"}],
        "<<": [1.5, None, True],
        "1": "$$x",
    }
    assert place_of(tree, ("a", 0)).line == 3
    assert tree.source.name == "<mapping>"


def test_what_a_mapping_of_python_may_not_contain() -> None:
    endless: list[object] = []
    endless.append(endless)
    doubling: list[object] = []
    for _ in range(40):
        doubling = [doubling, doubling]
    for value, code in [
        (endless, "NW402"),
        (doubling, "NW403"),
        (object(), "NW019"),
        (1j, "NW019"),
        ({1, 2}, "NW019"),
        (float("nan"), "NW018"),
        (2**63, "NW405"),
        (10**5000, "NW405"),
        ("x" * 100_001, "NW404"),
        ({"x" * 2000: 1}, "NW404"),
        ({1.5: 1}, "NW015"),
        ({1: 1, "1": 2}, "NW010"),
        ("\ud800", "NW003"),
    ]:
        with pytest.raises(SpecError) as raised:
            from_mapping({"a": value})
        assert raised.value.problems[0].code == code, value
    with pytest.raises(SpecError, match="not \\[1\\]"):
        from_mapping([1])  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63) + 1, 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=4
            )
        ),
        max_leaves=15,
    )
)
def test_a_mapping_of_python_is_what_it_was(value: object) -> None:
    assert from_mapping({"a": value}).plain() == {"a": value}
