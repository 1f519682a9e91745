"""A softmax over very many classes, of which the rare ones cost little."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pydantic import Field

from netwright.blocks.class_loss import are_classes, may_be_none
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Unpack
from netwright.plugins.settings import Count, Positive
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor


class AdaptiveLogSoftmaxWithLoss(Block):
    """The logarithm of the probability of the right class, and minus its mean: scores and loss in one.

    Classes are numbered by how often they occur. The frequent ones, below the first of the cutoffs, have weights
    of full size; each cluster behind a cutoff has smaller ones, and is only computed where a target lies in it.

    Shapes: x [batch, in_features], target [batch] int64 -> output [batch], loss []
    Parameters: in_features * (cutoffs[0] + len(cutoffs)) + (cutoffs[0] + len(cutoffs)) (head_bias) + for each cluster size * (in_features + its classes)
    Reference: torch.nn.AdaptiveLogSoftmaxWithLoss; Grave et al. 2017, arXiv:1609.04309
    Examples:
        {block: adaptive_log_softmax_with_loss, n_classes: 10, cutoffs: [3]} on x [batch, 8], target [batch] int64 below 10 gives output [batch] and loss []
        {block: adaptive_log_softmax_with_loss, n_classes: 9, cutoffs: [2, 5], div_value: 2, head_bias: true} on x [batch, 8], target [batch] int64 below 9 gives output [batch] and loss []
    """

    family = "loss"

    n_classes: Count = Field(description="number of classes; targets stay below it")
    cutoffs: list[Count] = Field(
        description="the first class of each cluster of rarer ones, ascending: [1000, 10000]"
    )
    div_value: Positive = Field(
        default=4.0, description="cluster i computes with in_features / div_value ** i features"
    )
    head_bias: bool = Field(default=False, description="add a bias for the frequent classes")

    def infer(self, x: Tensor, target: Tensor) -> dict[str, Tensor]:
        batch, features = x.match("[batch, in_features]", "float")
        (rows,) = target.match("[batch]", "int64")
        if not rows == batch:
            raise Refusal(
                f"x {x} needs targets [{batch}], got {target}", code="NW301", tensor=target
            )
        are_classes(target, self.n_classes)
        ends = [0, *self.cutoffs, self.n_classes]
        if len(ends) < 3 or any(not one < other for one, other in pairwise(ends)):
            raise Refusal(
                f"cutoffs are {self.cutoffs}: they ascend, and stay below n_classes {self.n_classes}",
                help="write the first class of each cluster, such as [1000, 10000]",
                setting="cutoffs",
            )
        if isinstance(features, int) and not self._clusters(features)[-1][0] >= 1:
            raise Refusal(
                f"div_value {self.div_value:g} leaves the last of {len(self.cutoffs)} clusters no feature "
                f"of {features}",
                help="write a smaller div_value, or fewer cutoffs",
                tensor=x,
                setting="div_value",
            )
        return {"output": Tensor((batch,)), "loss": Tensor(())}

    def _clusters(self, features: int) -> list[tuple[int, int]]:
        """Of each cluster with how many features it computes, and how many classes it has."""
        ends = [*self.cutoffs, self.n_classes]
        return [
            (int(features // self.div_value**number), ends[number] - ends[number - 1])
            for number in range(1, len(ends))
        ]

    def cautions(self, x: Tensor, target: Tensor) -> Iterator[str]:
        return may_be_none(target, self.n_classes)

    def build(self, x: Input, target: Input) -> Unpack:
        features = x.sizes[-1]
        head = self.cutoffs[0] + len(self.cutoffs)
        parameters: dict[str, tuple[Size, ...]] = {"head.weight": (head, features)}
        if self.head_bias:
            parameters["head.bias"] = (head,)
        for number, (size, classes) in enumerate(
            self._clusters(features) if isinstance(features, int) else ()
        ):
            parameters[f"tail.{number}.0.weight"] = (size, features)
            parameters[f"tail.{number}.1.weight"] = (classes, size)
        module = Module(
            "torch.nn.AdaptiveLogSoftmaxWithLoss",
            features,
            self.n_classes,
            self.cutoffs,
            parameters=parameters,
            **self.changed("div_value", "head_bias"),
        )
        return Unpack(module(x, target), ("output", "loss"))
