"""Who sees whom in attention, and by how much more: masks and biases for the scores of heads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value, Weight, call
from netwright.plugins.settings import Count, Natural, Pair
from netwright.specs.sizes import Size
from netwright.specs.tensors import Refusal, Tensor, broadcast

_FUNCTIONS = "netwright.blocks.torch.masks"
_LEARNED = ("trunc_normal", (("std", 0.02),))


def _positions(x: Tensor, key: Tensor | None) -> tuple[Size, Size]:
    """How many positions ask, and how many are asked: those of x, unless there is a key."""
    (queries, _) = x.match("[..., seq, features]", "any")
    if key is None:
        return queries, queries
    (keys, _) = key.match("[..., seq, features]", "any")
    return queries, keys


class WindowMask(Block):
    """Who is seen by where it stands: true for the positions near enough to each query.

    `after: 0` is the causal mask. `before` and `after` together are a sliding window.

    Shapes: x [..., queries, features], key [..., keys, features] -> [queries, keys] bool
    Parameters: 0
    Reference: Beltagy et al. 2020, arXiv:2004.05150
    Examples:
        {block: window_mask, after: 0} on x [batch, seq, 8] gives [seq, seq] bool
        {block: window_mask, before: 2, after: 1} on x [seq, 1], key [batch, past, 3] gives [seq, past] bool
    """

    before: Natural | None = Field(
        default=None, description="how far back a position sees; null is all the way"
    )
    after: Natural | None = Field(
        default=None, description="how far ahead a position sees; null is all the way"
    )

    def infer(self, x: Tensor, key: Tensor | None = None) -> Tensor:
        return Tensor(_positions(x, key), "bool")

    def build(self, x: Input, key: Input | None = None) -> Value:
        sizes = (x.shape[-2], (x if key is None else key).shape[-2])
        options = self.changed("before", "after")
        return call(f"{_FUNCTIONS}.window_mask", *sizes, **options, device=x.device)


class MergeMasks(Block):
    """Two masks of attention in one; if one is left out, the other.

    Of two masks of booleans, who is seen by both; of two of floats, their sum; of one each, the floats
    where the other is true, and minus infinity elsewhere.

    Shapes: mask [...], other [...] -> their common shape
    Parameters: 0
    Reference: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.3
    Examples:
        {block: merge_masks} on mask [batch, 1, 1, seq] bool, other [seq, seq] bool gives [batch, 1, seq, seq] bool
        {block: merge_masks} on mask [batch, 1, 1, seq] bool, other [4, seq, seq] gives [batch, 4, seq, seq]
        {block: merge_masks} on mask [4, seq, seq], other [seq, seq] bool gives [4, seq, seq]
        {block: merge_masks} on mask [4, seq, seq], other [seq, seq] gives [4, seq, seq]
        {block: merge_masks} on other [seq, seq] bool gives [seq, seq] bool
    """

    def infer(self, mask: Tensor | None = None, other: Tensor | None = None) -> Tensor:
        given = [each for each in (mask, other) if each is not None]
        if not given:
            raise Refusal("there is no mask to merge", help="feed mask, or other, or both")
        floats = [each for each in given if each.dtype != "bool"]
        for each in floats:
            each.of("floating")
            each.of(floats[0].dtype)
        sizes = broadcast([each.sizes for each in given])
        return Tensor(tuple(sizes), floats[0].dtype if floats else "bool")

    def build(self, mask: Input | None = None, other: Input | None = None) -> Value:
        if mask is None or other is None:
            (one,) = (each for each in (mask, other) if each is not None)
            return one
        if mask.type.dtype != "bool" and other.type.dtype != "bool":
            return mask + other
        if mask.type.dtype == other.type.dtype:
            return call("torch.logical_and", mask, other)
        seen, scores = (mask, other) if mask.type.dtype == "bool" else (other, mask)
        return call(f"{_FUNCTIONS}.hide_unseen", scores, seen)


class Alibi(Block):
    """The distance of each key from each query, times a slope for each head: minus slope * |distance|.

    The slopes are 2 ** (-8 i / heads), i from 1; where the number of heads is no power of 2, those of
    the power below it, and then every other one of the power above it.

    Shapes: x [..., heads, queries, features], key [..., keys, features] -> [heads, queries, keys]
    Parameters: 0
    Reference: Press, Smith, Lewis 2022, arXiv:2108.12409
    Examples:
        {block: alibi} on x [batch, 4, seq, 8] gives [4, seq, seq]
        {block: alibi} on x [3, seq, 8], key [batch, past, 1] gives [3, seq, past]
    """

    def infer(self, x: Tensor, key: Tensor | None = None) -> Tensor:
        heads, _, _ = x.match("[..., heads, seq, features]", "floating")
        if not isinstance(heads, int):
            raise Refusal(
                f"the slopes depend on the number of heads, which is {heads} in {x}",
                help="split the features into heads first: [batch, heads, seq, features]",
                tensor=x,
            )
        return x.with_sizes(heads, *_positions(x, key))

    def build(self, x: Input, key: Input | None = None) -> Value:
        return call(f"{_FUNCTIONS}.alibi", x, x if key is None else key)


class RelativePositionBias(Block):
    """A learned number for each head and each distance from query to key.

    Near distances have a bucket each; far ones share buckets whose width grows with the distance, and
    from max_distance on there is one. With `bidirectional`, half of the buckets are for keys that come
    after the query; else these share the bucket of distance 0.

    Shapes: x [..., queries, features], key [..., keys, features] -> [num_heads, queries, keys]
    Parameters: num_buckets * num_heads
    Reference: Raffel et al. 2020, arXiv:1910.10683
    Examples:
        {block: relative_position_bias, num_heads: 4} on x [batch, seq, 8] gives [4, seq, seq]
        {block: relative_position_bias, num_heads: 2, num_buckets: 8, max_distance: 20, bidirectional: false} on x [batch, 3, seq, 8], key [past, 1] gives [2, seq, past]
    """

    num_heads: Count = Field(description="heads that each have a number")
    num_buckets: Annotated[Count, Field(ge=4)] = Field(
        default=32, description="buckets of distances; even if bidirectional"
    )
    max_distance: Count = Field(default=128, description="from here on, all share a bucket")
    bidirectional: bool = Field(default=True, description="tell before from after")

    def infer(self, x: Tensor, key: Tensor | None = None) -> Tensor:
        if self.bidirectional and self.num_buckets % 2:
            raise Refusal(
                f"num_buckets is {self.num_buckets}: one half is for before, one for after",
                help=f"write num_buckets: {self.num_buckets + 1}, or bidirectional: false",
                setting="num_buckets",
            )
        exact = self.num_buckets // (4 if self.bidirectional else 2)
        if self.max_distance <= exact:
            raise Refusal(
                f"max_distance is {self.max_distance}, but distances below {exact} have a bucket each",
                help=f"write max_distance: {exact + 1} or more, or fewer num_buckets",
                setting="max_distance",
            )
        return Tensor((self.num_heads, *_positions(x, key)))

    def build(self, x: Input, key: Input | None = None) -> Value:
        sizes = (self.num_buckets, self.num_heads)
        table = Module("torch.nn.Embedding", *sizes, parameters={"weight": sizes})
        buckets = call(
            f"{_FUNCTIONS}.relative_position_buckets",
            x.shape[-2],
            (x if key is None else key).shape[-2],
            **self.changed("num_buckets", "max_distance", "bidirectional"),
            device=x.device,
        )
        return call("torch.permute", table(buckets), [2, 0, 1])


class RelativePositionBias2d(Block):
    """A learned number for each head and each offset between two places of a window of an image.

    The places are flattened row by row, and all see all.

    Shapes: x [..., height * width, features] -> [num_heads, height * width, height * width]
    Parameters: (2 * height - 1) * (2 * width - 1) * num_heads
    Reference: Liu et al. 2021, arXiv:2103.14030
    Examples:
        {block: relative_position_bias2d, num_heads: 2, window_size: 2} on x [windows, 4, 8] gives [2, 4, 4]
        {block: relative_position_bias2d, num_heads: 1, window_size: [1, 4]} on x [windows, 3, 4, 8] gives [1, 4, 4]
    """

    num_heads: Count = Field(description="heads that each have a number")
    window_size: Pair = Field(description="height and width of the window")

    def infer(self, x: Tensor) -> Tensor:
        places = _places(x, self.window_size)
        return Tensor((self.num_heads, places, places))

    def build(self, x: Input) -> Value:
        height, width = self.window_size
        shape = ((2 * height - 1) * (2 * width - 1), self.num_heads)
        offsets = call(f"{_FUNCTIONS}.offsets_in_window", height, width, device=x.device)
        return call("torch.permute", Weight("table", shape, _LEARNED)[offsets], [2, 0, 1])


class RelativePositionIndex2d(Block):
    """The number of the offset between any two places of a window of an image: a row of a table of offsets.

    The places are flattened row by row, and so is the table: of a window of height by width it has
    (2 * height - 1) * (2 * width - 1) rows.

    Shapes: x [..., height * width, features] -> [height * width, height * width], int64
    Parameters: 0
    Reference: Liu et al. 2021, arXiv:2103.14030
    Examples:
        {block: relative_position_index2d, window_size: 2} on x [windows, 4, 8] gives [4, 4] int64 below 9
        {block: relative_position_index2d, window_size: [1, 4]} on x [windows, 3, 4, 8] gives [4, 4] int64 below 7
    """

    window_size: Pair = Field(description="height and width of the window")

    def infer(self, x: Tensor) -> Tensor:
        height, width = self.window_size
        places = _places(x, self.window_size)
        return Tensor((places, places), "int64", (2 * height - 1) * (2 * width - 1))

    def build(self, x: Input) -> Value:
        return call(f"{_FUNCTIONS}.offsets_in_window", *self.window_size, device=x.device)


def _places(x: Tensor, window_size: tuple[int, int]) -> int:
    """How many places a window has; Refusal if x [..., places, features] has others."""
    height, width = window_size
    places, _ = x.match("[..., places, features]", "any")
    if not places == height * width:
        raise Refusal(
            f"a window of {height} by {width} has {height * width} places, but x is {x}",
            code="NW301",
            tensor=x,
            setting="window_size",
        )
    return height * width
