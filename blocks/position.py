"""Where a token stands: learned and sinusoidal positions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value, call
from netwright.plugins.settings import Count, Number
from netwright.specs.tensors import Refusal, Tensor

_FUNCTIONS = "netwright.blocks.torch.position"

Base = Annotated[Number, Field(gt=1)]


class LearnedPosition(Block):
    """Add a learned vector for each position.

    Shapes: x [..., seq, dim] -> same
    Parameters: length * dim
    Reference: Gehring et al. 2017, arXiv:1705.03122
    Examples:
        {block: learned_position, length: 16} on x [batch, 16, 8] gives [batch, 16, 8]
        {block: learned_position, length: 4} on x [1, 1] gives [1, 1]
        {block: learned_position, length: 4} on x [batch, heads, 3, 2] gives [batch, heads, 3, 2]
    """

    length: Count = Field(description="number of positions in the table")

    def infer(self, x: Tensor) -> Tensor:
        seq, _ = x.match("[..., seq, dim]", "float")
        if not seq <= self.length:
            raise Refusal(
                f"the table has {self.length} positions, but x is {x}, which has {seq}",
                help=f"write length: {seq}, or shorten the sequence",
                tensor=x,
                setting="length",
            )
        return x

    def build(self, x: Input) -> Value:
        sizes = (self.length, x.sizes[-1])
        table = Module("torch.nn.Embedding", *sizes, parameters={"weight": sizes})
        return x + table(call("torch.arange", x.shape[-2], device=x.device))


class SinusoidalPosition(Block):
    """Add the sine and cosine of each position at dim / 2 wave lengths, from 2 pi to base * 2 pi.

    Shapes: x [..., seq, dim] -> same
    Parameters: 0
    Reference: Vaswani et al. 2017, arXiv:1706.03762, section 3.5
    Examples:
        {block: sinusoidal_position} on x [batch, seq, 8] gives [batch, seq, 8]
        {block: sinusoidal_position, base: 100, interleaved: false} on x [seq, 2] gives [seq, 2]
    """

    base: Base = Field(default=10000.0, description="the longest wave is 2 pi times it")
    interleaved: bool = Field(
        default=True, description="sine and cosine alternate; else all sines come first"
    )

    def infer(self, x: Tensor) -> Tensor:
        _, dim = x.match("[..., seq, dim]", "floating")
        if not dim % 2 == 0:
            raise Refusal(
                f"a sine and a cosine for each wave need an even number of features, x is {x}",
                tensor=x,
            )
        return x

    def build(self, x: Input) -> Value:
        return call(f"{_FUNCTIONS}.sinusoidal_position", x, **self.changed("base", "interleaved"))


class SinusoidalEmbedding(Block):
    """Each number (a time step, a noise level) as its sine and cosine at several wave lengths.

    Shapes: x [...] -> [..., embedding_dim] float32
    Parameters: 0
    Reference: Ho et al. 2020, arXiv:2006.11239
    Examples:
        {block: sinusoidal_embedding, embedding_dim: 8} on x [batch] int64 gives [batch, 8] float32
        {block: sinusoidal_embedding, embedding_dim: 4, max_period: 100, flip_sin_to_cos: true, downscale_freq_shift: 0} on x [] gives [4] float32
    """

    embedding_dim: Count = Field(description="size of the vector that comes out, even, at least 4")
    max_period: Base = Field(default=10000.0, description="the longest wave is 2 pi times it")
    flip_sin_to_cos: bool = Field(default=False, description="cosines come first")
    downscale_freq_shift: Annotated[Number, Field(ge=0, le=1)] = Field(
        default=1.0, description="1: the longest wave is 2 pi max_period; 0: one step shorter"
    )

    def infer(self, x: Tensor) -> Tensor:
        x.of("number")
        if self.embedding_dim % 2 or self.embedding_dim < 4:
            raise Refusal(
                f"embedding_dim is {self.embedding_dim}: it must be even, and at least 4",
                help=f"write embedding_dim: {max(4, self.embedding_dim + 1)}",
                setting="embedding_dim",
            )
        return Tensor((*x.sizes, self.embedding_dim), "float32")

    def build(self, x: Input) -> Value:
        options = self.changed("max_period", "flip_sin_to_cos", "downscale_freq_shift")
        target = f"{_FUNCTIONS}.sinusoidal_embedding"
        return call(target, x, self.embedding_dim, **options)


class RotaryEmbedding(Block):
    """Turn pairs of features by angles that grow with the position, each pair at its own pace.

    Products of two such vectors depend on how far apart they stand: for the queries and keys of heads.
    With `fraction`, the last features stay as they are.

    Shapes: x [..., seq, features] -> same
    Parameters: 0
    Reference: Su et al. 2021, arXiv:2104.09864
    Examples:
        {block: rotary_embedding} on x [batch, 4, seq, 8] gives [batch, 4, seq, 8]
        {block: rotary_embedding, base: 500000, fraction: 0.25, interleaved: true} on x [seq, 8] gives [seq, 8]
        {block: rotary_embedding, interleaved: true} on x [batch, seq, 2] gives [batch, seq, 2]
    """

    base: Base = Field(default=10000.0, description="the slowest pair turns once in 2 pi times it")
    fraction: Annotated[Number, Field(gt=0, le=1)] = Field(
        default=1.0, description="of the features that are turned, from the first"
    )
    interleaved: bool = Field(
        default=False,
        description="neighbours are a pair; else a feature of the first half and its like of the second",
    )

    def infer(self, x: Tensor) -> Tensor:
        _, features = x.match("[..., seq, features]", "floating")
        if not isinstance(features, int):
            raise Refusal(f"the number of features must be known, x is {x}", tensor=x)
        if self._rotated(features) % 2 or not self._rotated(features):
            raise Refusal(
                f"pairs need an even number of features, and of the {features} of {x} "
                f"{self._rotated(features)} are turned",
                tensor=x,
                setting="fraction",
            )
        return x

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        assert isinstance(features, int)
        options = self.changed("base", "interleaved")
        return call(f"{_FUNCTIONS}.rotary_embedding", x, self._rotated(features), **options)

    def _rotated(self, features: int) -> int:
        return int(features * self.fraction)
