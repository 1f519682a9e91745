"""Dropout in its forms: in training some values are left out at random, in evaluation none."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, InTraining, Module, Value, call
from netwright.plugins.settings import Probability
from netwright.specs.tensors import Tensor


class Noise(Block):
    """What the dropouts share; no block itself."""

    shape: ClassVar[str] = "[...]"

    p: Probability = Field(default=0.5, description="probability of being left out, from 0 to 1")

    def infer(self, x: Tensor) -> Tensor:
        x.match(self.shape, "floating")
        return x

    def build(self, x: Input) -> Value:
        return Module(f"torch.nn.{type(self).__name__}", self.p)(x)


class Dropout(Noise):
    """Values become 0 with probability p, the others are scaled by 1 / (1 - p).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Dropout; Hinton et al. 2012, arXiv:1207.0580
    Examples:
        {block: dropout} on x [batch, 4] gives [batch, 4]
        {block: dropout, p: 1} on x [] gives []
        {block: dropout, p: 0.1} on x [batch, seq, 4] bfloat16 gives [batch, seq, 4] bfloat16
    """


class Dropout1d(Noise):
    """Whole channels of a sequence become 0.

    Shapes: x [batch, channels, length] -> same
    Parameters: 0
    Reference: torch.nn.Dropout1d
    Examples:
        {block: dropout1d, p: 0.2} on x [batch, channels, length] gives [batch, channels, length]
    """

    shape = "[batch, channels, length]"


class Dropout2d(Noise):
    """Whole channels of an image become 0.

    Shapes: x [batch, channels, height, width] -> same
    Parameters: 0
    Reference: torch.nn.Dropout2d; Tompson et al. 2014, arXiv:1411.4280
    Examples:
        {block: dropout2d, p: 0.2} on x [batch, channels, height, width] gives [batch, channels, height, width]
    """

    shape = "[batch, channels, height, width]"


class Dropout3d(Noise):
    """Whole channels of a volume become 0.

    Shapes: x [batch, channels, depth, height, width] -> same
    Parameters: 0
    Reference: torch.nn.Dropout3d; Tompson et al. 2014, arXiv:1411.4280
    Examples:
        {block: dropout3d, p: 0.2} on x [batch, channels, 1, height, width] gives [batch, channels, 1, height, width]
    """

    shape = "[batch, channels, depth, height, width]"


class AlphaDropout(Noise):
    """Dropout that keeps mean and variance after selu: values become selu's lowest.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.AlphaDropout; Klambauer et al. 2017, arXiv:1706.02515
    Examples:
        {block: alpha_dropout, p: 0.2} on x [batch, 4] gives [batch, 4]
        {block: alpha_dropout, p: 1} on x [] gives []
    """


class FeatureAlphaDropout(Noise):
    """alpha_dropout of whole channels.

    Shapes: x [batch, channels, ...] -> same
    Parameters: 0
    Reference: torch.nn.FeatureAlphaDropout; Klambauer et al. 2017, arXiv:1706.02515
    Examples:
        {block: feature_alpha_dropout, p: 0.2} on x [batch, channels, height, width] gives [batch, channels, height, width]
        {block: feature_alpha_dropout, p: 0} on x [batch, channels] gives [batch, channels]
    """

    shape = "[batch, channels, ...]"


class StochasticDepth(Block):
    """Whole samples become 0 with probability p, the others are scaled by 1 / (1 - p).

    Shapes: x [batch, ...] -> same
    Parameters: 0
    Reference: torchvision.ops.StochasticDepth; Huang et al. 2016, arXiv:1603.09382
    Examples:
        {block: stochastic_depth, p: 0.2} on x [batch, seq, 4] gives [batch, seq, 4]
        {block: stochastic_depth, p: 1, mode: batch} on x [batch] gives [batch]
    """

    p: Probability = Field(description="probability of being left out, from 0 to 1")
    mode: Literal["row", "batch"] = Field(
        default="row", description="row: each sample by itself; batch: all together"
    )

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, ...]", "floating")
        return x

    def build(self, x: Input) -> Value:
        options = self.changed("mode")
        target = "netwright.blocks.torch.dropout.stochastic_depth"
        return call(target, x, InTraining(self.p, 0.0), **options)
