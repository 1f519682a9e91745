"""Einstein's notation: a letter for each size, and a sum over those that the result lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import Field

from netwright.blocks.broadcasting import shape_of
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor

_TERM = re.compile(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*")


class Einsum(Block):
    """The product of all inputs, summed over the letters that do not stand behind the arrow.

    Each input has a letter for each of its sizes; one letter is one size. `...` stands for any sizes, which
    broadcast. Without an arrow the result has the letters that stand once, in the order of the alphabet.

    Shapes: inputs.0 [...], inputs.1 [...], … -> as the letters behind the arrow say
    Parameters: 0
    Reference: torch.einsum
    Examples:
        {block: einsum, equation: "bhqd, bhkd -> bhqk"} on inputs.0 [batch, 2, q, 4], inputs.1 [batch, 2, k, 4] gives [batch, 2, q, k]
        {block: einsum, equation: "...i,ij"} on inputs.0 [batch, 3, 4], inputs.1 [4, 5] gives [batch, 3, 5]
        {block: einsum, equation: "nii -> n"} on inputs.0 [batch, 3, 3] gives [batch]
        {block: einsum, equation: "ni,nj,ij->n"} on inputs.0 [batch, 3], inputs.1 [batch, 4], inputs.2 [3, 4] gives [batch]
        {block: einsum, equation: "i,j->ij"} on inputs.0 [n] float64, inputs.1 [m] float64 gives [n, m] float64
        {block: einsum, equation: "...,...->..."} on inputs.0 [batch, 3], inputs.1 [3] gives [batch, 3]
    """

    family = "arithmetic"

    equation: str = Field(
        description="letters of each input, then of the result: `bij, bjk -> bik`"
    )

    def infer(self, *inputs: Tensor) -> Tensor:
        terms, _ = self._terms()
        if len(inputs) != len(terms):
            raise Refusal(
                f"`{self.equation}` has the letters of {_counted(len(terms), 'input')}, got {len(inputs)}",
                help="write a comma between the letters of two inputs",
                setting="equation",
            )
        for each in inputs:
            each.of("floating").of(inputs[0].dtype)
        sizes, (_, result) = self._sizes(inputs), self._labels(inputs)
        return Tensor(tuple(sizes[label] for label in result), inputs[0].dtype)

    def build(self, *inputs: Input) -> Value:
        return call("torch.einsum", self.equation, *inputs)

    def flops(self, *inputs: Tensor) -> Size:
        sizes, (terms, result) = self._sizes(inputs), self._labels(inputs)
        left = set(terms[0])
        total: Size = 0
        for place, term in enumerate(terms[1:], start=2):
            kept = set(result).union(*terms[place:])
            left, right = (
                {each for each in own if each in kept or each in other}
                for own, other in ((left, set(term)), (set(term), left))
            )
            summed = (left & right) - kept
            if summed:  # torch multiplies element by element otherwise, and counts nothing
                total = total + 2 * product(sizes[each] for each in left | right)
            left = (left | right) - summed
        return total

    def _terms(self) -> tuple[list[str], str]:
        """The letters of each input and of the result, without blanks. Raises Refusal."""
        written, arrow, result = "".join(self.equation.split()).partition("->")
        terms = written.split(",")
        for each in (*terms, result):
            if not _TERM.fullmatch(each):
                raise Refusal(
                    f"`{each}` in `{self.equation}` is not made of letters and at most one `...`",
                    help="write a letter for each size: bij, bjk -> bik",
                    setting="equation",
                )
        if not arrow:
            letters = sorted(written.replace(",", "").replace(".", ""))
            once = [each for each in letters if letters.count(each) == 1]
            result = ("..." if "..." in written else "") + "".join(once)
        for letter in result.replace(".", ""):
            if result.count(letter) > 1:
                raise Refusal(
                    f"{letter} stands twice behind the arrow of `{self.equation}`",
                    help="give each size of the result a letter of its own",
                    setting="equation",
                )
            if letter not in written:
                raise Refusal(
                    f"{letter} stands behind the arrow of `{self.equation}`, and no input has it",
                    help=f"leave it out, or give {letter} to an input",
                    setting="equation",
                )
        return terms, result

    def _labels(self, inputs: Sequence[Tensor]) -> tuple[list[list[str]], list[str]]:
        """A label for each size of each input and of the result: a letter, or `...1` counted from the last."""
        terms, result = self._terms()
        labels, most = [], 0
        for place, (term, tensor) in enumerate(zip(terms, inputs, strict=True)):
            letters = len(term.replace(".", ""))
            if letters > tensor.rank or ("..." not in term and letters != tensor.rank):
                least = " at least" if "..." in term else ""
                raise Refusal(
                    f"`{term}` stands for{least} {_counted(letters, 'size')}, and input {place} is {tensor}",
                    help="write a letter for each size, or `...` for those that do not matter",
                    code="NW301",
                    tensor=tensor,
                    setting="equation",
                )
            labels.append(_spread(term, tensor.rank - letters))
            if "..." in term:
                most = max(most, tensor.rank - letters)
        return labels, _spread(result, most)

    def _sizes(self, inputs: Sequence[Tensor]) -> Mapping[str, Size]:
        """The size of each label. Raises Refusal where a letter is two sizes."""
        found: dict[str, Size] = {}
        of: dict[str, int] = {}
        for place, (labels, tensor) in enumerate(zip(self._labels(inputs)[0], inputs, strict=True)):
            for label, size in zip(labels, tensor.sizes, strict=True):
                if label not in found:
                    found[label], of[label] = size, place
                elif label.startswith("."):
                    (found[label],) = shape_of(Tensor((found[label],)), Tensor((size,)))
                elif not found[label] == size:
                    raise Refusal(
                        f"{label} is {found[label]} in input {of[label]}, and {size} in input {place}, {tensor}",
                        help="give another letter to a size that is another",
                        code="NW301",
                        tensor=tensor,
                        setting="equation",
                    )
        return found


def _spread(term: str, count: int) -> list[str]:
    """The labels of a term whose `...` stands for this many sizes."""
    before, dots, after = term.partition("...")
    return [*before, *(f"...{number}" for number in range(count, 0, -1) if dots), *after]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
