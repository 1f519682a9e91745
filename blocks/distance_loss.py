"""Losses of pairs and triplets: what belongs together should be near, the rest at a distance."""

from __future__ import annotations

from pydantic import Field

from netwright.blocks.loss import FUNCTIONAL, Loss, alike
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Number, Positive
from netwright.specs.tensors import Refusal, Tensor


class CosineEmbeddingLoss(Loss):
    """1 - cos(x, y) where the target is 1; where it is -1, what cos(x, y) exceeds the margin by.

    Shapes: x [batch, features], y [batch, features], target [batch] -> [], or [batch] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.cosine_embedding_loss
    Examples:
        {block: cosine_embedding_loss} on x [batch, 4], y [batch, 4], target [batch] gives []
        {block: cosine_embedding_loss, margin: 0.5, reduction: none} on x [batch, 4], y [batch, 4], target [batch] gives [batch]
    """

    margin: Number = Field(default=0.0, ge=-1, le=1, description="likeness that is no fault")

    def infer(self, x: Tensor, y: Tensor, target: Tensor) -> Tensor:
        batch, _ = x.match("[batch, features]", "floating")
        alike(x, y)
        (rows,) = target.match("[batch]", x.dtype)
        if not rows == batch:
            raise Refusal(
                f"x {x} needs targets [{batch}], got {target}", code="NW301", tensor=target
            )
        return self.reduced(x, batch)

    def build(self, x: Input, y: Input, target: Input) -> Value:
        settings = self.changed("margin", "reduction")
        return call(f"{FUNCTIONAL}.cosine_embedding_loss", x, y, target, **settings)


class MarginRankingLoss(Loss):
    """What x lacks of being above y (target 1) or below it (target -1) by a margin.

    Shapes: x [...], y [...], target [...] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.margin_ranking_loss
    Examples:
        {block: margin_ranking_loss} on x [batch], y [batch], target [batch] gives []
        {block: margin_ranking_loss, margin: 0.5, reduction: none} on x [batch, 3], y [batch, 3], target [batch, 3] gives [batch, 3]
    """

    margin: Number = Field(default=0.0, description="how far apart they should be")

    def infer(self, x: Tensor, y: Tensor, target: Tensor) -> Tensor:
        alike(x.of("floating"), y, target)
        return self.reduced(x, *x.sizes)

    def build(self, x: Input, y: Input, target: Input) -> Value:
        settings = self.changed("margin", "reduction")
        return call(f"{FUNCTIONAL}.margin_ranking_loss", x, y, target, **settings)


class TripletMarginLoss(Loss):
    """What the negative lacks of being a margin farther from the anchor than the positive is.

    Shapes: anchor [..., features], positive [..., features], negative [..., features] -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.triplet_margin_loss; Balntas et al. 2016, BMVC
    Examples:
        {block: triplet_margin_loss} on anchor [batch, 4], positive [batch, 4], negative [batch, 4] gives []
        {block: triplet_margin_loss, margin: 0.5, p: 1, eps: 0.001, swap: true, reduction: none} on anchor [batch, 4], positive [batch, 4], negative [batch, 4] gives [batch]
    """

    margin: Positive = Field(default=1.0, description="how much farther the negative should be")
    p: Number = Field(default=2.0, ge=0, description="the distance is the p-norm of the difference")
    eps: Number = Field(default=1e-6, description="added to the difference")
    swap: bool = Field(
        default=False,
        description="take the positive for the anchor where it is nearer to the negative",
    )

    def infer(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        anchor.match("[..., features]", "floating")
        alike(anchor, positive, negative)
        return self.reduced(anchor, *anchor.sizes[:-1])

    def build(self, anchor: Input, positive: Input, negative: Input) -> Value:
        settings = self.changed("margin", "p", "eps", "swap", "reduction")
        return call(f"{FUNCTIONAL}.triplet_margin_loss", anchor, positive, negative, **settings)
