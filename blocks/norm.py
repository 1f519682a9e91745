"""Normalisation: over the batch, over features, over groups of channels, over neighbouring channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from netwright.blocks.divisibility import demand_divisible
from netwright.blocks.windows import pattern
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value, call
from netwright.plugins.settings import Count, Number, Positive, Probability
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor

_FUNCTIONAL = "torch.nn.functional"


class ChannelNorm(Block):
    """What batch and instance norms share; no block itself."""

    rank: ClassVar[int]

    eps: Positive = Field(default=1e-5, description="added to the variance")
    momentum: Probability | None = Field(
        default=0.1, description="weight of new statistics in the running ones; null averages them all"
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
        default=True, description="keep running statistics for evaluation; else always use the batch's"
    )

    def infer(self, x: Tensor) -> Tensor:
        self._fits(x)
        if not self.track_running_stats and _values(x) < 2:
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
        if self.track_running_stats and _values(x) < 2:
            yield f"training needs more than one value for each channel, x is {x}"

    def build(self, x: Input) -> Value:
        return self.module(f"BatchNorm{self.rank}d", x.sizes[1])(x)


def _values(x: Tensor) -> Size:
    """How many values each channel has."""
    return x.sizes[0] * product(x.sizes[2:])


class BatchNorm1d(BatchNorm):
    """Normalise each channel over the batch (and the length).

    Shapes: x [batch, channels] or [batch, channels, length] -> same
    Parameters: channels + channels (affine)
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
    Parameters: channels + channels (affine)
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
    Parameters: channels + channels (affine)
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
        default=False, description="keep running statistics for evaluation; else always use the sample's"
    )

    def infer(self, x: Tensor) -> Tensor:
        x.match(pattern(self.rank), "float" if self.affine or self.track_running_stats else "floating")
        if not self.track_running_stats and product(x.sizes[2:]) < 2:
            raise Refusal(
                f"one value for each channel of a sample has no variance: x is {x}",
                help="normalise before the size falls to 1, or write block: layer_norm",
                tensor=x,
            )
        return x

    def cautions(self, x: Tensor) -> Iterator[str]:
        if self.track_running_stats and product(x.sizes[2:]) < 2:
            yield f"training needs more than one value for each channel of a sample, x is {x}"

    def build(self, x: Input) -> Value:
        if self.affine or self.track_running_stats:
            return self.module(f"InstanceNorm{self.rank}d", x.sizes[1])(x)
        return call(f"{_FUNCTIONAL}.instance_norm", x, **self.changed("eps"))


class InstanceNorm1d(InstanceNorm):
    """Normalise each channel of each sample over the length.

    Shapes: x [batch, channels, length] -> same
    Parameters: channels + channels (affine)
    Reference: torch.nn.InstanceNorm1d; Ulyanov et al. 2016, arXiv:1607.08022
    Examples:
        {block: instance_norm1d} on x [batch, channels, 2] gives [batch, channels, 2]
        {block: instance_norm1d, eps: 0.001, momentum: null, affine: true, track_running_stats: true} on x [batch, 4, length] gives [batch, 4, length]
    """

    rank = 1


class InstanceNorm2d(InstanceNorm):
    """Normalise each channel of each sample over the height and the width.

    Shapes: x [batch, channels, height, width] -> same
    Parameters: channels + channels (affine)
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
    Parameters: channels + channels (affine)
    Reference: torch.nn.InstanceNorm3d; Ulyanov et al. 2016, arXiv:1607.08022
    Examples:
        {block: instance_norm3d} on x [batch, channels, depth, height, 2] gives [batch, channels, depth, height, 2]
        {block: instance_norm3d, eps: 0.001, momentum: 0.5, affine: true, track_running_stats: true} on x [batch, 4, 1, 1, 3] gives [batch, 4, 1, 1, 3]
    """

    rank = 3


class LayerNorm(Block):
    """Normalise over the last dimension, or the last few.

    Shapes: x [..., features] -> same
    Parameters: features + features (bias)
    Reference: torch.nn.LayerNorm; Ba et al. 2016, arXiv:1607.06450
    Examples:
        {block: layer_norm} on x [batch, seq, 8] gives [batch, seq, 8]
        {block: layer_norm, eps: 1.0e-6, bias: false} on x [1] gives [1]
        {block: layer_norm, normalized_dims: 3} on x [batch, 3, 4, 5] gives [batch, 3, 4, 5]
        {block: layer_norm, elementwise_affine: false} on x [batch, seq] gives [batch, seq]
    """

    normalized_dims: Count = Field(
        default=1, description="how many of the last dimensions are normalised over together"
    )
    eps: Positive = Field(default=1e-5, description="added to the variance")
    elementwise_affine: bool = Field(
        default=True, description="learn a scale and a shift for each element"
    )
    bias: bool = Field(default=True, description="learn the shift as well as the scale")

    def infer(self, x: Tensor) -> Tensor:
        return _normalized(self, x, self.normalized_dims, self.elementwise_affine)

    def build(self, x: Input) -> Value:
        if not self.elementwise_affine:
            shape = x.shape[-self.normalized_dims :]
            return call(f"{_FUNCTIONAL}.layer_norm", x, shape, **self.changed("eps"))
        sizes = x.sizes[-self.normalized_dims :]
        parameters = {"weight": sizes, "bias": sizes} if self.bias else {"weight": sizes}
        return _elementwise("torch.nn.LayerNorm", sizes, parameters, self.changed("eps", "bias"))(x)


class RmsNorm(Block):
    """Divide by the root mean square over the last dimension, or the last few.

    Shapes: x [..., features] -> same
    Parameters: features
    Reference: torch.nn.RMSNorm; Zhang and Sennrich 2019, arXiv:1910.07467
    Examples:
        {block: rms_norm} on x [batch, seq, 8] gives [batch, seq, 8]
        {block: rms_norm, eps: 1.0e-6, normalized_dims: 2} on x [batch, 3, 1] gives [batch, 3, 1]
        {block: rms_norm, elementwise_affine: false} on x [seq] gives [seq]
    """

    normalized_dims: Count = Field(
        default=1, description="how many of the last dimensions are normalised over together"
    )
    eps: Positive | None = Field(
        default=None, description="added to the mean square; null is the smallest step of the dtype"
    )
    elementwise_affine: bool = Field(default=True, description="learn a scale for each element")

    def infer(self, x: Tensor) -> Tensor:
        return _normalized(self, x, self.normalized_dims, self.elementwise_affine)

    def build(self, x: Input) -> Value:
        if not self.elementwise_affine:
            shape = x.shape[-self.normalized_dims :]
            return call(f"{_FUNCTIONAL}.rms_norm", x, shape, **self.changed("eps"))
        sizes = x.sizes[-self.normalized_dims :]
        return _elementwise("torch.nn.RMSNorm", sizes, {"weight": sizes}, self.changed("eps"))(x)


def _normalized(block: Block, x: Tensor, dims: int, learned: bool) -> Tensor:
    x.of("float" if learned else "floating")
    if dims > x.rank:
        raise Refusal(
            f"normalized_dims is {dims}, but x is {x}, which has {x.rank}",
            help=f"write normalized_dims: {x.rank} or less" if x.rank else "",
            tensor=x,
            setting="normalized_dims",
        )
    return x


def _elementwise(
    target: str,
    sizes: tuple[Size, ...],
    parameters: dict[str, tuple[Size, ...]],
    changed: dict[str, Any],
) -> Module:
    return Module(target, sizes[0] if len(sizes) == 1 else sizes, parameters=parameters, **changed)


class GroupNorm(Block):
    """Normalise each sample over groups of channels.

    Shapes: x [batch, channels, ...] -> same
    Parameters: channels + channels (affine)
    Reference: torch.nn.GroupNorm; Wu and He 2018, arXiv:1803.08494
    Examples:
        {block: group_norm, num_groups: 4} on x [batch, 8, height, width] gives [batch, 8, height, width]
        {block: group_norm, num_groups: 1, eps: 1.0e-6} on x [batch, 2] gives [batch, 2]
        {block: group_norm, num_groups: 3, affine: false} on x [batch, 3, 2] gives [batch, 3, 2]
    """

    num_groups: Count = Field(description="groups of channels; must divide the channels")
    eps: Positive = Field(default=1e-5, description="added to the variance")
    affine: bool = Field(default=True, description="learn a scale and a shift for each channel")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, channels, ...]", "float" if self.affine else "floating")
        demand_divisible(
            x.sizes[1], self.num_groups, what="channels of x", setting="num_groups", tensor=x
        )
        # torch counts the batch in here, though it does not normalise over it
        if x.sizes[0] * (x.sizes[1] // self.num_groups) * product(x.sizes[2:]) < 2:
            raise Refusal(
                f"one value for each of {self.num_groups} groups has no variance: x is {x}",
                help="write a smaller num_groups",
                tensor=x,
                setting="num_groups",
            )
        return x

    def build(self, x: Input) -> Value:
        if not self.affine:
            target = f"{_FUNCTIONAL}.group_norm"
            return call(target, x, self.num_groups, **self.changed("eps"))
        channels = x.sizes[1]
        return Module(
            "torch.nn.GroupNorm",
            self.num_groups,
            channels,
            parameters={"weight": (channels,), "bias": (channels,)},
            **self.changed("eps"),
        )(x)


class LocalResponseNorm(Block):
    """Divide by a power of the sum of squares of neighbouring channels. torch has no half precision of it.

    Shapes: x [batch, channels, ...] -> same
    Parameters: 0
    Reference: torch.nn.LocalResponseNorm; Krizhevsky et al. 2012
    Examples:
        {block: local_response_norm, size: 5} on x [batch, channels, height, width] gives [batch, channels, height, width]
        {block: local_response_norm, size: 2, alpha: 0.001, beta: 0.5, k: 2} on x [batch, 1, length] gives [batch, 1, length]
    """

    size: Count = Field(description="how many neighbouring channels are summed")
    alpha: Number = Field(default=1e-4, description="factor of the mean of squares")
    beta: Number = Field(default=0.75, description="exponent of the divisor")
    k: Number = Field(default=1.0, description="added to the divisor before the exponent")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, channels, _, ...]", "floating")
        if x.dtype in ("float16", "bfloat16"):
            raise Refusal(f"there is no local_response_norm of {x.dtype}", code="NW303", tensor=x)
        return x

    def build(self, x: Input) -> Value:
        target = f"{_FUNCTIONAL}.local_response_norm"
        return call(target, x, self.size, **self.changed("alpha", "beta", "k"))
