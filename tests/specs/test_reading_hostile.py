import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netwright.specs.problems import SpecError, apply
from netwright.specs.reading import read_text

SPEC = """\
netwright: 1
nodes:
  conv: {block: conv2d, out_channels: 64}
  sum:
    block: add
    from: [conv, "x y"]
"""

FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
PIECES = st.sampled_from(
    [
        *"[]{}:,-?#&*!|>'\"%@`$()\n \t\\~=<0aé\u2028\x85\ufeff\x00\x7f",
        *("\n  ", ": ", "- ", "$(", "\n---\n", "<<: ", "\\ud800", "1e9", "\r\n", "...\n", "? "),
    ]
)


def only_spec_errors(text: str | bytes, name: str) -> None:
    try:
        tree = read_text(text, name)
    except SpecError as error:
        assert error.problems  # noqa: PT017 - it need not raise
        assert all(p.code.startswith("NW") for p in error.problems)  # noqa: PT017 - it need not raise
        assert all(line.isprintable() for line in str(error).split("\n"))  # noqa: PT017 - it need not raise
        for problem in error.problems:
            if problem.fix is not None:
                whole = problem.fix.place.source.text
                assert apply(problem.fix, whole) != whole
    else:
        assert isinstance(tree.plain(), dict)


@FUZZ
@given(st.binary(max_size=200), st.sampled_from(["s.yaml", "s.json"]))
def test_whatever_the_bytes(data: bytes, name: str) -> None:
    only_spec_errors(data, name)


@FUZZ
@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["s.yaml", "s.json"]))
def test_whatever_the_text(text: str, name: str) -> None:
    only_spec_errors(text, name)


@FUZZ
@given(st.integers(0, 2**32), PIECES, st.integers(0, 5))
def test_whatever_is_done_to_a_spec(seed: int, piece: str, cut: int) -> None:
    at_ = random.Random(seed).randrange(len(SPEC))
    only_spec_errors(SPEC[:at_] + piece + SPEC[at_ + cut :], "s.yaml")
