"""Losses against classes: scores or probabilities of each class, and which it was."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from netwright.blocks.loss import FUNCTIONAL, Loss, alike, constant
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import Count, Integer, Number, Probability
from netwright.specs.sizes import Size
from netwright.specs.tensors import FLOATING, Refusal, Tensor, same_shape


def _classes(x: Tensor) -> tuple[Size, tuple[Size, ...]]:
    """How many classes x scores, and the sizes of the targets."""
    if not x.rank:
        raise Refusal(f"expected [batch, classes, ...], got {x}", tensor=x)
    dim = 0 if x.rank == 1 else 1
    return x.sizes[dim], (*x.sizes[:dim], *x.sizes[dim + 1 :])


def _weight(x: Tensor, classes: Size, weight: Tensor | None) -> None:
    """Refuse a weight that has not one value for each class."""
    if weight is not None:
        weight.of(x.dtype)
        if weight.rank != 1 or not weight.sizes[0] == classes:
            raise Refusal(
                f"weight has one value for each of {classes} classes, got {weight}",
                code="NW301",
                tensor=weight,
            )


def are_classes(target: Tensor, classes: Size) -> None:
    """Refuse targets that may be the number of no class."""
    if target.below is not None and not target.below <= classes:
        raise Refusal(
            f"targets go up to {target.below - 1}, but there are {classes} classes",
            help=f"bound the input: below: {classes}",
            code="NW310",
            tensor=target,
        )


def may_be_none(target: Tensor, classes: Size) -> Iterator[str]:
    """The caution that nothing is known of how far targets go."""
    if target.below is None:
        yield (
            f"nothing says that targets stay below {classes}: a target of {classes} or more will fail "
            f"(write below: {classes} at the input)"
        )


class Indexed(Loss):
    """A loss whose target is the number of a class; no block itself."""

    ignore_index: Integer = Field(default=-100, description="target that does not count")

    def indexed(self, x: Tensor, target: Tensor) -> Tensor:
        """The loss of x against the number of a class at each place; Refusal if they do not fit."""
        classes, places = _classes(x.of("floating"))
        target.of("int64")
        if not same_shape(Tensor(places), Tensor(target.sizes)) and not places == target.sizes:
            raise Refusal(
                f"x {x} needs targets {Tensor(places, 'int64')}, got {target}",
                help="the classes are dim 1 of x; permute or transpose brings them there",
                code="NW301",
                tensor=target,
            )
        if not self._ignored(classes):
            are_classes(target, classes)
        return self.reduced(x, *places)

    def unbounded(self, x: Tensor, target: Tensor) -> Iterator[str]:
        """The caution about targets that may be no class."""
        classes, _ = _classes(x)
        if self._ignored(classes):
            yield f"targets from {classes} on will fail, but for ignore_index {self.ignore_index}"
        else:
            yield from may_be_none(target, classes)

    def _ignored(self, classes: Size) -> bool:
        """Whether targets mark what does not count by a number behind the classes."""
        return self.ignore_index >= 0 and not self.ignore_index < classes


class CrossEntropy(Indexed):
    """The negative logarithm of the softmax of the scores, at the class that is right.

    The target is the number of a class, or a probability of each class.

    Shapes: x [batch, classes, ...], target [batch, ...] int64 or as x, weight [classes] (optional) -> [], or [batch, ...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.cross_entropy; Szegedy et al. 2016, arXiv:1512.00567
    Examples:
        {block: cross_entropy} on x [batch, 10], target [batch] int64 below 10 gives []
        {block: cross_entropy, label_smoothing: 0.1} on x [batch, 5], target [batch, 5] gives []
        {block: cross_entropy, ignore_index: 0, reduction: none} on x [batch, 5, seq], target [batch, seq] int64 below 5, weight [5] gives [batch, seq]
    """

    label_smoothing: Probability = Field(
        default=0.0, description="share of the target that is spread over all classes"
    )

    def infer(self, x: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        classes, places = _classes(x.of("floating"))
        _weight(x, classes, weight)
        if target.dtype not in FLOATING:
            return self.indexed(x, target)
        alike(x, target)
        if self.ignore_index >= 0:
            raise Refusal(
                "ignore_index means nothing to a target of probabilities",
                help="leave it out",
                setting="ignore_index",
            )
        return self.reduced(x, *places)

    def cautions(self, x: Tensor, target: Tensor, weight: Tensor | None = None) -> Iterator[str]:
        if target.dtype not in FLOATING:
            yield from self.unbounded(x, target)

    def build(self, x: Input, target: Input, weight: Input | None = None) -> Value:
        given = {} if weight is None else {"weight": constant(weight)}
        settings = self.changed("ignore_index", "reduction", "label_smoothing")
        return call(f"{FUNCTIONAL}.cross_entropy", x, target, **given, **settings)


class NllLoss(Indexed):
    """The negative of x, given as log probabilities, at the class that is right.

    Shapes: x [batch, classes, ...], target [batch, ...] int64, weight [classes] (optional) -> [], or [batch, ...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.nll_loss
    Examples:
        {block: nll_loss} on x [batch, 10], target [batch] int64 below 10 gives []
        {block: nll_loss, ignore_index: 0, reduction: none} on x [batch, 5, seq], target [batch, seq] int64 below 5, weight [5] gives [batch, seq]
    """

    def infer(self, x: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        _weight(x, _classes(x.of("floating"))[0], weight)
        return self.indexed(x, target)

    def cautions(self, x: Tensor, target: Tensor, weight: Tensor | None = None) -> Iterator[str]:
        yield from self.unbounded(x, target)

    def build(self, x: Input, target: Input, weight: Input | None = None) -> Value:
        given = {} if weight is None else {"weight": constant(weight)}
        settings = self.changed("ignore_index", "reduction")
        return call(f"{FUNCTIONAL}.nll_loss", x, target, **given, **settings)


class MultiMarginLoss(Loss):
    """What other classes lack of staying a margin behind the class that is right, averaged over classes.

    Shapes: x [batch, classes], target [batch] int64, weight [classes] (optional) -> [], or [batch] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.multi_margin_loss
    Examples:
        {block: multi_margin_loss} on x [batch, 4], target [batch] int64 below 4 gives []
        {block: multi_margin_loss, p: 2, margin: 0.5, reduction: none} on x [batch, 4], target [batch] int64 below 3, weight [4] gives [batch]
    """

    p: Count = Field(default=1, le=2, description="power of what lacks, 1 or 2")
    margin: Number = Field(default=1.0, description="how far the others should stay behind")

    def infer(self, x: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        batch, classes = x.match("[batch, classes]", "float")
        _weight(x, classes, weight)
        (rows,) = target.match("[batch]", "int64")
        if not rows == batch:
            raise Refusal(
                f"x {x} needs targets [{batch}] int64, got {target}", code="NW301", tensor=target
            )
        are_classes(target, classes)
        return self.reduced(x, batch)

    def cautions(self, x: Tensor, target: Tensor, weight: Tensor | None = None) -> Iterator[str]:
        yield from may_be_none(target, x.sizes[1])

    def build(self, x: Input, target: Input, weight: Input | None = None) -> Value:
        given = {} if weight is None else {"weight": constant(weight)}
        settings = self.changed("p", "margin", "reduction")
        return call(f"{FUNCTIONAL}.multi_margin_loss", x, target, **given, **settings)


class MultilabelMarginLoss(Loss):
    """What other classes lack of staying 1 behind each class that is right.

    A target lists the classes that are right; at its first negative number the list ends.

    Shapes: x [batch, classes], target [batch, classes] int64 -> [], or [batch] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.multilabel_margin_loss
    Examples:
        {block: multilabel_margin_loss} on x [batch, 4], target [batch, 4] int64 below 4 gives []
        {block: multilabel_margin_loss, reduction: none} on x [batch, 4], target [batch, 4] int64 below 2 gives [batch]
    """

    def infer(self, x: Tensor, target: Tensor) -> Tensor:
        batch, classes = x.match("[batch, classes]", "float")
        if not same_shape(x, target.of("int64")) and not x.sizes == target.sizes:
            raise Refusal(
                f"x {x} needs targets of its shape, got {target}", code="NW301", tensor=target
            )
        are_classes(target, classes)
        return self.reduced(x, batch)

    def cautions(self, x: Tensor, target: Tensor) -> Iterator[str]:
        yield from may_be_none(target, x.sizes[1])

    def build(self, x: Input, target: Input) -> Value:
        return call(f"{FUNCTIONAL}.multilabel_margin_loss", x, target, **self.changed("reduction"))


class MultilabelSoftMarginLoss(Loss):
    """The binary cross-entropy of sigmoid(x), averaged over the classes.

    Shapes: x [..., classes], target [..., classes], weight [classes] (optional) -> [], or [...] without a reduction
    Parameters: 0
    Reference: torch.nn.functional.multilabel_soft_margin_loss
    Examples:
        {block: multilabel_soft_margin_loss} on x [batch, 4], target [batch, 4] gives []
        {block: multilabel_soft_margin_loss, reduction: none} on x [batch, 4], target [batch, 4], weight [4] gives [batch]
    """

    def infer(self, x: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        (classes,) = x.match("[..., classes]", "floating")
        alike(x, target)
        _weight(x, classes, weight)
        return self.reduced(x, *x.sizes[:-1])

    def build(self, x: Input, target: Input, weight: Input | None = None) -> Value:
        given = {} if weight is None else {"weight": weight}
        return call(
            f"{FUNCTIONAL}.multilabel_soft_margin_loss",
            x,
            target,
            **given,
            **self.changed("reduction"),
        )
