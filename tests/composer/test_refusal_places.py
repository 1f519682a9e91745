"""A rule that refuses a tensor is shown where that tensor is named, or else at the block."""

from __future__ import annotations

import pytest

from netwright import composer, specs
from netwright.specs.problems import SpecError

REFUSED = """\
netwright: 1
inputs: {tokens: [batch, seq]}
nodes:
  embed: {block: embedding, num_embeddings: 9, embedding_dim: 4%s}
"""


@pytest.mark.parametrize(("written", "column"), [("", 18), (", from: tokens", 72)])
def test_the_input_is_shown_where_it_is_named(written: str, column: int) -> None:
    text = REFUSED % written
    with pytest.raises(SpecError) as caught:
        composer.check(specs.loads(text))
    (problem,) = caught.value.problems
    assert problem.code == "NW303"
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (4, column)
