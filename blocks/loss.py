"""Losses of equal tensors: how far a prediction is from its target, element by element."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Number, Positive
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor, broadcast, same_shape

FUNCTIONAL = "torch.nn.functional"


class Loss(Block):
    """What all losses share; no block itself."""

    family = "loss"
    function: ClassVar[str]

    reduction: Literal["mean", "sum", "none"] = Field(
        default="mean", description="one number, by mean or sum; none keeps one for each element"
    )

    def reduced(self, x: Tensor, *sizes: Size) -> Tensor:
        """The loss in the dtype of x: a number, or of these sizes without a reduction."""
        return Tensor(sizes if self.reduction == "none" else (), x.dtype)


class Elementwise(Loss):
    """A loss of two tensors of one shape; no block itself."""

    def infer(self, x: Tensor, target: Tensor) -> Tensor:
        alike(x.of("floating"), target)
        return self.reduced(x, *x.sizes)

    def build(self, x: Input, target: Input) -> Value:
        return call(f"{FUNCTIONAL}.{self.function}", x, target, **self.changed(*self.settings()))


def alike(x: Tensor, *others: Tensor) -> None:
    """Refuse tensors of another shape or dtype than x.

    torch broadcasts most of them: [batch, 1] against [batch] would silently compare all with all.
    """
    for other in others:
        other.of(x.dtype)
        if not same_shape(x, other) and not x.sizes == other.sizes:
            raise Refusal(
                f"a loss compares equal shapes, got {x} and {other}",
                help="bring them to one shape: squeeze, unsqueeze or reshape one of them",
                code="NW301",
                tensor=other,
            )


def constant(x: Input) -> Value:
    """An input of which torch knows no gradient: it fails where one is asked for."""
    return call("torch.Tensor.detach", x)


def weighs(x: Tensor, weight: Tensor | None, what: str = "weight") -> None:
    """Refuse a weight that does not broadcast to the shape of x."""
    if weight is not None:
        weight.of(x.dtype)
        if weight.rank > x.rank or not broadcast([x.sizes, weight.sizes]) == x.sizes:
            raise Refusal(
                f"{what} {weight} does not broadcast to {x}",
                help="give it the shape of x, or 1 where all share a weight",
                code="NW301",
                tensor=weight,
            )


class MseLoss(Elementwise):
    """The squared difference.

    Shapes: x [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.mse_loss
    Examples:
        {block: mse_loss} on x [batch, 3], target [batch, 3] gives []
        {block: mse_loss, reduction: none} on x [batch, 3], target [batch, 3] gives [batch, 3]
    """

    function = "mse_loss"


class L1Loss(Elementwise):
    """The absolute difference.

    Shapes: x [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.l1_loss
    Examples:
        {block: l1_loss} on x [batch, 3], target [batch, 3] gives []
        {block: l1_loss, reduction: sum} on x [batch] float64, target [batch] float64 gives [] float64
    """

    function = "l1_loss"


class SmoothL1Loss(Elementwise):
    """Squared while the difference is less than beta, absolute beyond: (d^2 / 2 beta) or |d| - beta / 2.

    Shapes: x [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.smooth_l1_loss; Girshick 2015, arXiv:1504.08083
    Examples:
        {block: smooth_l1_loss} on x [batch, 4], target [batch, 4] gives []
        {block: smooth_l1_loss, beta: 0.5, reduction: none} on x [batch, 4], target [batch, 4] gives [batch, 4]
    """

    function = "smooth_l1_loss"

    beta: Number = Field(default=1.0, ge=0, description="where squared turns absolute")


class HuberLoss(Elementwise):
    """Squared while the difference is less than delta, absolute beyond: d^2 / 2 or delta (|d| - delta / 2).

    Shapes: x [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.huber_loss; Huber 1964, Ann. Math. Statist. 35(1)
    Examples:
        {block: huber_loss} on x [batch, 4], target [batch, 4] gives []
        {block: huber_loss, delta: 0.5, reduction: none} on x [batch, 4], target [batch, 4] gives [batch, 4]
    """

    function = "huber_loss"

    delta: Positive = Field(default=1.0, description="where squared turns absolute")


class KlDiv(Loss):
    """The divergence of x, given as logarithms, from the target: target * (log target - x).

    `batchmean` divides the sum by the first size: the divergence of distributions, one a row. `mean`
    divides by all sizes, which no formula does.

    Shapes: x [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.kl_div; Kullback and Leibler 1951, Ann. Math. Statist. 22(1)
    Examples:
        {block: kl_div, reduction: batchmean} on x [batch, 3], target [batch, 3] gives []
        {block: kl_div, reduction: none, log_target: true} on x [batch, 3], target [batch, 3] gives [batch, 3]
    """

    reduction: Literal["mean", "sum", "none", "batchmean"] = Field(  # type: ignore[assignment]
        default="mean", description="batchmean: the sum over the first size"
    )
    log_target: bool = Field(default=False, description="the target is given as logarithms too")

    def infer(self, x: Tensor, target: Tensor) -> Tensor:
        alike(x.of("floating"), target)
        if self.reduction == "batchmean" and not x.rank:
            raise Refusal(f"batchmean needs a batch, x is {x}", tensor=x, setting="reduction")
        return self.reduced(x, *x.sizes)

    def build(self, x: Input, target: Input) -> Value:
        return call(f"{FUNCTIONAL}.kl_div", x, target, **self.changed("reduction", "log_target"))


class PoissonNllLoss(Elementwise):
    """The negative log likelihood of counts under Poisson rates, x or exp(x).

    Shapes: x [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.poisson_nll_loss
    Examples:
        {block: poisson_nll_loss} on x [batch, 3], target [batch, 3] gives []
        {block: poisson_nll_loss, log_input: false, full: true, eps: 1.0e-6, reduction: none} on x [batch], target [batch] gives [batch]
    """

    function = "poisson_nll_loss"

    log_input: bool = Field(default=True, description="x is the logarithm of the rate")
    full: bool = Field(default=False, description="add Stirling's approximation of log(target!)")
    eps: Positive = Field(default=1e-8, description="added to the rate if x is not a logarithm")


class SoftMarginLoss(Elementwise):
    """log(1 + exp(-target * x)) of targets -1 and 1.

    Shapes: x [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.soft_margin_loss
    Examples:
        {block: soft_margin_loss} on x [batch, 3], target [batch, 3] gives []
        {block: soft_margin_loss, reduction: none} on x [batch, 3], target [batch, 3] gives [batch, 3]
    """

    function = "soft_margin_loss"

    def build(self, x: Input, target: Input) -> Value:
        return call(
            f"{FUNCTIONAL}.{self.function}", x, constant(target), **self.changed("reduction")
        )


class HingeEmbeddingLoss(Elementwise):
    """A distance x where the target is 1, and what it lacks of the margin where the target is -1.

    Shapes: x [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.hinge_embedding_loss
    Examples:
        {block: hinge_embedding_loss} on x [batch], target [batch] gives []
        {block: hinge_embedding_loss, margin: 0.5, reduction: none} on x [batch], target [batch] gives [batch]
    """

    function = "hinge_embedding_loss"

    margin: Number = Field(
        default=1.0, description="distance at which other things no longer count"
    )


class BinaryCrossEntropy(Loss):
    """-target log x - (1 - target) log(1 - x) of probabilities x.

    What lies outside 0 to 1, in x or target, counts as the nearer of the two; torch itself would stop, as it still does at
    NaN. With scores instead of probabilities, binary_cross_entropy_with_logits is more precise.

    Shapes: x [...], target [...], weight (optional) broadcasts to x -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.binary_cross_entropy
    Examples:
        {block: binary_cross_entropy} on x [batch, 3], target [batch, 3] gives []
        {block: binary_cross_entropy, reduction: none} on x [batch, 3], target [batch, 3], weight [3] gives [batch, 3]
    """

    def infer(self, x: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        alike(x.of("floating"), target)
        weighs(x, weight)
        return self.reduced(x, *x.sizes)

    def build(self, x: Input, target: Input, weight: Input | None = None) -> Value:
        given = {} if weight is None else {"weight": constant(weight)}
        return call(
            f"{FUNCTIONAL}.binary_cross_entropy",
            call("torch.clamp", x, 0, 1),
            call("torch.clamp", target, 0, 1),
            **given,
            **self.changed("reduction"),
        )


class BinaryCrossEntropyWithLogits(Loss):
    """The binary cross-entropy of sigmoid(x), precise for large scores.

    Shapes: x [...], target [...], weight and pos_weight (optional) broadcast to x -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.binary_cross_entropy_with_logits
    Examples:
        {block: binary_cross_entropy_with_logits} on x [batch, 3], target [batch, 3] gives []
        {block: binary_cross_entropy_with_logits, reduction: none} on x [batch, 3], target [batch, 3], weight [batch, 1], pos_weight [3] gives [batch, 3]
    """

    def infer(
        self,
        x: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        pos_weight: Tensor | None = None,
    ) -> Tensor:
        alike(x.of("floating"), target)
        weighs(x, weight)
        weighs(x, pos_weight, "pos_weight")
        return self.reduced(x, *x.sizes)

    def build(
        self,
        x: Input,
        target: Input,
        weight: Input | None = None,
        pos_weight: Input | None = None,
    ) -> Value:
        given = {} if weight is None else {"weight": constant(weight)}
        if pos_weight is not None:
            given["pos_weight"] = constant(pos_weight)
        return call(
            f"{FUNCTIONAL}.binary_cross_entropy_with_logits",
            x,
            target,
            **given,
            **self.changed("reduction"),
        )
