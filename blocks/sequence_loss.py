"""Losses of whole sequences."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from netwright.blocks.class_loss import are_classes, may_be_none
from netwright.blocks.loss import FUNCTIONAL, Loss
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Natural
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor


class CtcLoss(Loss):
    """The negative log likelihood of a sequence of labels under all ways to stretch it over the steps.

    Between labels, steps may be blank. A sequence that is longer than its steps has an infinite loss.

    Shapes: log_probs [steps, batch, classes], targets [batch, length] int64, input_lengths [batch] int64, target_lengths [batch] int64 -> [], or [batch] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.ctc_loss; Graves et al. 2006, ICML
    Examples:
        {block: ctc_loss} on log_probs [8, batch, 5], targets [batch, 3] int64 below 5, input_lengths [batch] int64 below 9, target_lengths [batch] int64 below 4 gives []
        {block: ctc_loss, blank: 4, zero_infinity: true, reduction: none} on log_probs [6, batch, 5], targets [batch, 3] int64 below 4, input_lengths [batch] int64 below 7, target_lengths [batch] int64 below 4 gives [batch]
    """

    blank: Natural = Field(default=0, description="the class that stands for no label")
    zero_infinity: bool = Field(
        default=False, description="infinite losses, and their gradients, count as 0"
    )

    def infer(
        self, log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor
    ) -> Tensor:
        steps, batch, classes = log_probs.match("[steps, batch, classes]", "float")
        rows, length = targets.match("[batch, length]", "int64")
        for lengths, longest in ((input_lengths, steps), (target_lengths, length)):
            (count,) = lengths.match("[batch]", "int64")
            if not count == batch or not rows == batch:
                raise Refusal(
                    f"log_probs {log_probs} is of {batch} sequences, targets {targets}, lengths {lengths}",
                    help="log_probs has its steps first, then the batch; transpose brings them there",
                    code="NW301",
                    tensor=lengths,
                )
            if lengths.below is not None and not lengths.below <= longest + 1:
                raise Refusal(
                    f"lengths go up to {lengths.below - 1}, there are only {longest}",
                    help=f"bound the input: below: $({longest} + 1)",
                    code="NW310",
                    tensor=lengths,
                )
        are_classes(targets, classes)
        if not self.blank < classes:
            raise Refusal(f"blank is {self.blank}, of {classes} classes", setting="blank")
        return self.reduced(log_probs, batch)

    def cautions(
        self, log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor
    ) -> Iterator[str]:
        most: dict[str, tuple[Tensor, Size]] = {
            "input_lengths": (input_lengths, log_probs.sizes[0] + 1),
            "target_lengths": (target_lengths, targets.sizes[1] + 1),
        }
        for name, (tensor, end) in most.items():
            if tensor.below is None:
                yield f"nothing says that {name} stay below {end}: others will fail"
        yield from may_be_none(targets, log_probs.sizes[2])

    def build(
        self, log_probs: Input, targets: Input, input_lengths: Input, target_lengths: Input
    ) -> Value:
        settings = self.changed("blank", "reduction", "zero_infinity")
        return call(
            f"{FUNCTIONAL}.ctc_loss", log_probs, targets, input_lengths, target_lengths, **settings
        )
