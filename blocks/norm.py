"""Normalisation of each sample: over features, groups of channels, neighbouring channels."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from netwright.blocks.divisibility import demand_divisible
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value, call
from netwright.plugins.settings import Count, Integer, Number, Positive
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor

_FUNCTIONAL = "torch.nn.functional"


class LayerNorm(Block):
    """Normalise over the last dimension, or the last few; `features` is then their product.

    Shapes: x [..., features] -> same
    Parameters: features (elementwise_affine) + features (elementwise_affine, bias)
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
        return _normalized(x, self.normalized_dims, self.elementwise_affine)

    def build(self, x: Input) -> Value:
        if not self.elementwise_affine:
            shape = x.shape[-self.normalized_dims :]
            return call(f"{_FUNCTIONAL}.layer_norm", x, shape, **self.changed("eps"))
        sizes = x.sizes[-self.normalized_dims :]
        parameters = {"weight": sizes, "bias": sizes} if self.bias else {"weight": sizes}
        return _elementwise("torch.nn.LayerNorm", sizes, parameters, self.changed("eps", "bias"))(x)


class RmsNorm(Block):
    """Divide by the root mean square over the last dimension, or the last few (`features` together).

    Shapes: x [..., features] -> same
    Parameters: features (elementwise_affine)
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
        return _normalized(x, self.normalized_dims, self.elementwise_affine)

    def build(self, x: Input) -> Value:
        if not self.elementwise_affine:
            shape = x.shape[-self.normalized_dims :]
            return call(f"{_FUNCTIONAL}.rms_norm", x, shape, **self.changed("eps"))
        sizes = x.sizes[-self.normalized_dims :]
        return _elementwise("torch.nn.RMSNorm", sizes, {"weight": sizes}, self.changed("eps"))(x)


class Normalize(Block):
    """Divide by the norm over a dimension, so that each vector along it has length 1.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.functional.normalize
    Examples:
        {block: normalize} on x [batch, 8] gives [batch, 8]
        {block: normalize, p: 1, dim: -1, eps: 1.0e-6} on x [batch, seq, 3] gives [batch, seq, 3]
    """

    p: Positive = Field(default=2.0, description="of the norm: 2 is the Euclidean one")
    dim: Integer = Field(default=1, description="the dimension along which a vector lies")
    eps: Positive = Field(default=1e-12, description="the least that is divided by")

    def infer(self, x: Tensor) -> Tensor:
        x.of("floating")
        x.dim(self.dim)
        return x

    def build(self, x: Input) -> Value:
        return call(f"{_FUNCTIONAL}.normalize", x, **self.changed("p", "dim", "eps"))


def _normalized(x: Tensor, dims: int, learned: bool) -> Tensor:
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
    Parameters: 2 * channels (affine)
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
        if not x.sizes[0] * (x.sizes[1] // self.num_groups) * product(x.sizes[2:]) >= 2:
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
    """Divide by a power of the sum of squares of neighbouring channels.

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
        return x

    def build(self, x: Input) -> Value:
        target = f"{_FUNCTIONAL}.local_response_norm"
        options = self.changed("alpha", "beta", "k")
        if x.type.rank == 3:
            return call(target, x, self.size, **options)
        # flat, because torch has no half precision of it on a CPU over more than one dimension
        flat = call("torch.Tensor.flatten", x, 2)
        return call("torch.Tensor.view_as", call(target, flat, self.size, **options), x)
