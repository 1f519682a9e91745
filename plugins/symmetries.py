"""Symmetries that a block can declare: what it promises of its values, beyond their shapes.

    def symmetries(self) -> tuple[Symmetry, ...]:
        return (Translation("x", -1),)

A dimension is named by an input and its number there. The conformance kit holds a block to what it
declares, and asks for what its family is known by (Battaglia et al. 2018, arXiv:1806.01261): a convolution
moves with what it sees, a recurrent layer may be stopped and taken up again, a graph has no order of its
nodes, and what is causal does not see the future.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symmetry:
    """A promise along one dimension (negative: from the back) of one input."""

    input: str
    dim: int


class Translation(Symmetry):
    """What is shifted comes out shifted, away from the edges (a stride takes every n-th shift)."""

    __slots__ = ()


class Permutation(Symmetry):
    """The order of the positions means nothing: what is reordered comes out reordered.

    Every dimension of the same size follows, and so do indices that are bounded by it.
    """

    __slots__ = ()


class Causal(Symmetry):
    """What comes out at a position does not depend on the positions after it."""

    __slots__ = ()


class Recurrence(Symmetry):
    """The sequence may be cut: the first part's state, fed to the second, gives the same as the whole.

    The state is what bears one name as an input and as an output.
    """

    __slots__ = ()


__all__ = ["Causal", "Permutation", "Recurrence", "Symmetry", "Translation"]
