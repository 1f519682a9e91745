"""Normalisation of each channel, over the batch or within a sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from netwright.blocks.windows import pattern
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value, call
from netwright.plugins.settings import Positive, Probability
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor


class ChannelNorm(Block):
    """What batch and instance norms share; no block itself."""

    family = "norm"
    rank: ClassVar[int]

    eps: Positive = Field(default=1e-5, description="added to the variance")
    momentum: Probability | None = Field(
        default=0.1,
        description="weight of new statistics in the running ones; null averages them all",
    )
    affine: bool
    track_running_stats: bool

    def module(self, target: str, channels: Size) -> Module:
        """The torch module, with what it holds."""
        each = (channels,)
        return Module(
            f"torch.nn.{target}",
            channels,
            parameters={"weight": each, "bias": each} if self.affine else {},
            buffers={"running_mean": each, "running_var": each, "num_batches_tracked": ()}
            if self.track_running_stats
            else {},
            **self.changed("eps", "momentum", "affine", "track_running_stats"),
        )


class BatchNorm(ChannelNorm):
    """What the batch norms share; no block itself."""

    affine: bool = Field(default=True, description="learn a scale and a shift for each channel")
    track_running_stats: bool = Field(
        default=True,
        description="keep running statistics for evaluation; else always use the batch's",
    )

    def infer(self, x: Tensor) -> Tensor:
        self._fits(x)
        if not self.track_running_stats and not _values(x) >= 2:
            raise Refusal(
                f"one value for each channel has no variance: x is {x}",
                help="set track_running_stats: true, or feed more than one value for each channel",
                tensor=x,
            )
        return x

    def _fits(self, x: Tensor) -> None:
        x.of("float")
        if x.rank != self.rank + 2 and x.rank in (4, 5):
            raise Refusal(
                f"expected {pattern(self.rank)}, got {x}",
                help=f"write block: batch_norm{x.rank - 2}d",
                tensor=x,
            )
        x.match(pattern(self.rank))

    def cautions(self, x: Tensor) -> Iterator[str]:
        if self.track_running_stats and not _values(x) >= 2:
            yield f"training needs more than one value for each channel, x is {x}"

    def build(self, x: Input) -> Value:
        return self.module(f"BatchNorm{self.rank}d", x.sizes[1])(x)


def _values(x: Tensor) -> Size:
    """How many values each channel has."""
    return x.sizes[0] * product(x.sizes[2:])


class BatchNorm1d(BatchNorm):
    """Normalise each channel over the batch (and the length).

    Shapes: x [batch, channels] or [batch, channels, length] -> same
    Parameters: 2 * channels (affine)
    Reference: torch.nn.BatchNorm1d; Ioffe and Szegedy 2015, arXiv:1502.03167
    Examples:
        {block: batch_norm1d} on x [batch, 4] gives [batch, 4]
        {block: batch_norm1d, eps: 0.001, momentum: null} on x [batch, 4, length] gives [batch, 4, length]
        {block: batch_norm1d, affine: false, track_running_stats: false} on x [2, 4] gives [2, 4]
    """

    rank = 1

    def _fits(self, x: Tensor) -> None:
        x.match("[batch, channels]", "float") if x.rank == 2 else super()._fits(x)


class BatchNorm2d(BatchNorm):
    """Normalise each channel over the batch, the height and the width.

    Shapes: x [batch, channels, height, width] -> same
    Parameters: 2 * channels (affine)
    Reference: torch.nn.BatchNorm2d; Ioffe and Szegedy 2015, arXiv:1502.03167
    Examples:
        {block: batch_norm2d} on x [batch, 4, height, width] gives [batch, 4, height, width]
        {block: batch_norm2d, momentum: 0.01, affine: false} on x [batch, 4, 1, 1] gives [batch, 4, 1, 1]
        {block: batch_norm2d, eps: 0.001, track_running_stats: false} on x [batch, 4, 1, 2] gives [batch, 4, 1, 2]
    """

    rank = 2


class BatchNorm3d(BatchNorm):
    """Normalise each channel over the batch, the depth, the height and the width.

    Shapes: x [batch, channels, depth, height, width] -> same
    Parameters: 2 * channels (affine)
    Reference: torch.nn.BatchNorm3d; Ioffe and Szegedy 2015, arXiv:1502.03167
    Examples:
        {block: batch_norm3d} on x [batch, 4, depth, height, width] gives [batch, 4, depth, height, width]
        {block: batch_norm3d, eps: 0.001, momentum: 0, affine: false, track_running_stats: false} on x [batch, 4, 2, 1, 1] gives [batch, 4, 2, 1, 1]
    """

    rank = 3


class InstanceNorm(ChannelNorm):
    """What the instance norms share; no block itself."""

    affine: bool = Field(default=False, description="learn a scale and a shift for each channel")
    track_running_stats: bool = Field(
        default=False,
        description="keep running statistics for evaluation; else always use the sample's",
    )

    def infer(self, x: Tensor) -> Tensor:
        x.match(
            pattern(self.rank), "float" if self.affine or self.track_running_stats else "floating"
        )
        if not self.track_running_stats and not product(x.sizes[2:]) >= 2:
            raise Refusal(
                f"one value for each channel of a sample has no variance: x is {x}",
                help="normalise before the size falls to 1, or write block: layer_norm",
                tensor=x,
            )
        return x

    def cautions(self, x: Tensor) -> Iterator[str]:
        if self.track_running_stats and not product(x.sizes[2:]) >= 2:
            yield f"training needs more than one value for each channel of a sample, x is {x}"

    def build(self, x: Input) -> Value:
        if self.affine or self.track_running_stats:
            return self.module(f"InstanceNorm{self.rank}d", x.sizes[1])(x)
        return call("torch.nn.functional.instance_norm", x, **self.changed("eps"))


class InstanceNorm1d(InstanceNorm):
    """Normalise each channel of each sample over the length.

    Shapes: x [batch, channels, length] -> same
    Parameters: 2 * channels (affine)
    Reference: torch.nn.InstanceNorm1d; Ulyanov et al. 2016, arXiv:1607.08022
    Examples:
        {block: instance_norm1d} on x [batch, channels, 2] gives [batch, channels, 2]
        {block: instance_norm1d, eps: 0.001, momentum: null, affine: true, track_running_stats: true} on x [batch, 4, length] gives [batch, 4, length]
    """

    rank = 1


class InstanceNorm2d(InstanceNorm):
    """Normalise each channel of each sample over the height and the width.

    Shapes: x [batch, channels, height, width] -> same
    Parameters: 2 * channels (affine)
    Reference: torch.nn.InstanceNorm2d; Ulyanov et al. 2016, arXiv:1607.08022
    Examples:
        {block: instance_norm2d, eps: 0.001} on x [batch, channels, 1, 2] gives [batch, channels, 1, 2]
        {block: instance_norm2d, affine: true} on x [batch, 4, height, 2] gives [batch, 4, height, 2]
        {block: instance_norm2d, momentum: 0.5, track_running_stats: true} on x [batch, 4, height, width] gives [batch, 4, height, width]
    """

    rank = 2


class InstanceNorm3d(InstanceNorm):
    """Normalise each channel of each sample over the depth, the height and the width.

    Shapes: x [batch, channels, depth, height, width] -> same
    Parameters: 2 * channels (affine)
    Reference: torch.nn.InstanceNorm3d; Ulyanov et al. 2016, arXiv:1607.08022
    Examples:
        {block: instance_norm3d} on x [batch, channels, depth, height, 2] gives [batch, channels, depth, height, 2]
        {block: instance_norm3d, eps: 0.001, momentum: 0.5, affine: true, track_running_stats: true} on x [batch, 4, 1, 1, 3] gives [batch, 4, 1, 1, 3]
    """

    rank = 3
