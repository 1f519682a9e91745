"""Wrong rules of layers: windows, channels, recurrent layers, norms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from netwright.blocks import attention, channel_norm, convolution, embedding, pooling
from netwright.blocks.channel_norm import ChannelNorm
from netwright.blocks.recurrent import Recurrent
from netwright.blocks.transposed import TransposedConvolution
from netwright.blocks.windows import places
from netwright.plugins.settings import Probability
from netwright.specs.sizes import Size, ceil_div
from netwright.specs.tensors import Tensor
from planted.patching import replaced


@contextmanager
def stride_rounds_up() -> Iterator[None]:
    """A strided convolution counts a last window that does not fit: wrong for odd sizes only."""

    def wrong(x: Tensor, axis: int, **window: Any) -> Size:
        places(x, axis, **window)
        span = window["dilation"] * (window["kernel_size"] - 1) + 1
        padded = x.sizes[axis] + sum(window["padding"])
        return ceil_div(padded - span, window["stride"]) + 1

    with replaced(convolution, "places", wrong):
        yield


@contextmanager
def dilation_times_the_kernel() -> Iterator[None]:
    """A dilated convolution reaches over dilation * kernel_size, not dilation * (kernel_size - 1) + 1."""

    def wrong(x: Tensor, axis: int, **window: Any) -> Size:
        reach = window["dilation"] * window["kernel_size"]
        return places(x, axis, **{**window, "kernel_size": reach, "dilation": 1})

    with replaced(convolution, "places", wrong):
        yield


@contextmanager
def ceil_mode_keeps_every_window() -> Iterator[None]:
    """With ceil_mode a pool counts a last window also where it begins behind the input."""

    def wrong(x: Tensor, axis: int, **window: Any) -> Size:
        count = places(x, axis, **window)
        if not window["ceil_mode"]:
            return count
        span = window["dilation"] * (window["kernel_size"] - 1) + 1
        return ceil_div(x.sizes[axis] + sum(window["padding"]) - span, window["stride"]) + 1

    with replaced(pooling, "places", wrong):
        yield


@contextmanager
def padding_counted_once() -> Iterator[None]:
    """A pool adds its padding before the input only."""

    def wrong(x: Tensor, axis: int, **window: Any) -> Size:
        before, _ = window["padding"]
        return places(x, axis, **{**window, "padding": (before, 0)})

    with replaced(pooling, "places", wrong):
        yield


@contextmanager
def same_padding_is_even() -> Iterator[None]:
    """`padding: same` adds as much at both ends, so that an even kernel loses an element."""

    def wrong(x: Tensor, axis: int, **window: Any) -> Size:
        less = min(window["padding"])
        return places(x, axis, **{**window, "padding": (less, less)})

    with replaced(convolution, "places", wrong):
        yield


@contextmanager
def groups_of_channels_out_unchecked() -> Iterator[None]:
    """That groups divide the channels that come out is not asked; of those that go in it is."""
    right = convolution.demand_divisible

    def wrong(*args: Any, what: str, **kwargs: Any) -> None:
        if what != "out_channels":
            right(*args, what=what, **kwargs)

    with replaced(convolution, "demand_divisible", wrong):
        yield


@contextmanager
def output_padding_of_the_first_axis() -> Iterator[None]:
    """A transposed convolution adds the output padding of the height to the width as well."""
    right = TransposedConvolution._spread

    def wrong(self: TransposedConvolution, x: Tensor, axis: int) -> Size:
        return right(self, x, axis) - self.output_padding[axis] + self.output_padding[0]

    with replaced(TransposedConvolution, "_spread", wrong):
        yield


@contextmanager
def index_as_large_as_the_table() -> Iterator[None]:
    """An embedding takes indices up to the number of its vectors, one too many."""
    right = embedding.check_bound

    def wrong(index: Tensor, rows: int, setting: str) -> None:
        right(index, rows + 1, setting)

    with replaced(embedding, "check_bound", wrong):
        yield


@contextmanager
def layers_or_directions() -> Iterator[None]:
    """The last state has a row for each layer or direction, whichever are more: wrong for two of each."""

    def wrong(self: Recurrent, batch: Size, features: int) -> Tensor:
        return Tensor((max(self.num_layers, self.directions), batch, features))

    with replaced(Recurrent, "last", wrong):
        yield


@contextmanager
def second_layer_reads_the_hidden_state() -> Iterator[None]:
    """The second layer of an LSTM is said to read hidden_size features where they are projected."""
    right = Recurrent.parameters

    def wrong(self: Recurrent, features: Size) -> dict[str, tuple[Size, ...]]:
        inside = self.directions * self.hidden_size
        return {
            name: (sizes[0], inside)
            if name.startswith("weight_ih") and not name.startswith("weight_ih_l0")
            else sizes
            for name, sizes in right(self, features).items()
        }

    with replaced(Recurrent, "parameters", wrong):
        yield


@contextmanager
def momentum_of_another_library() -> Iterator[None]:
    """The default momentum of a batch norm is 0.01; as it is the default it is not written for torch."""
    field = Field(default=0.01, description="weight of new statistics in the running ones")
    with replaced(ChannelNorm, "momentum", field):
        yield


@contextmanager
def one_value_has_a_variance() -> Iterator[None]:
    """A batch norm without running statistics does not ask for a second value in each channel."""

    def wrong(x: Tensor) -> Size:
        return 2

    with replaced(channel_norm, "_values", wrong):
        yield


@contextmanager
def attention_drops_in_evaluation() -> Iterator[None]:
    """The dropout of attention is not turned off in evaluation."""

    def wrong(training: Probability, evaluation: Probability) -> Probability:
        return training

    with replaced(attention, "InTraining", wrong):
        yield


FAULTS = (
    stride_rounds_up,
    dilation_times_the_kernel,
    ceil_mode_keeps_every_window,
    padding_counted_once,
    same_padding_is_even,
    groups_of_channels_out_unchecked,
    output_padding_of_the_first_axis,
    index_as_large_as_the_table,
    layers_or_directions,
    second_layer_reads_the_hidden_state,
    momentum_of_another_library,
    one_value_has_a_variance,
    attention_drops_in_evaluation,
)
