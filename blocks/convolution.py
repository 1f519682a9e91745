"""Convolutions and transposed convolutions over one, two and three dimensions."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema

from netwright.blocks.divisibility import demand_divisible
from netwright.blocks.parametrization import Parametrized
from netwright.blocks.windows import AXES, pattern, places
from netwright.plugins.expression import Input, Module, Value
from netwright.plugins.settings import (
    LARGEST,
    Count,
    Pair,
    Single,
    Triple,
)
from netwright.plugins.symmetries import Symmetry, Translation
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor

Mode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]


def _padding(count: int) -> PlainValidator:
    def read(value: Any) -> Any:
        if isinstance(value, str) and value in ("same", "valid"):
            return value
        spread = (value,) * count if isinstance(value, int) else value
        if (
            isinstance(spread, (list, tuple))
            and len(spread) == count
            and all(type(each) is int and 0 <= each <= LARGEST for each in spread)
        ):
            return tuple(spread)
        several = f", a list of {count}" if count > 1 else ""
        raise ValueError(f"expected an integer of at least 0{several}, same, or valid")

    return PlainValidator(read)


_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "integer"}, {"type": "array"}, {"enum": ["same", "valid"]}]}
)
Padding: TypeAlias = tuple[int, ...] | str
Padding1: TypeAlias = Annotated[Padding, _padding(1), _SCHEMA]
Padding2: TypeAlias = Annotated[Padding, _padding(2), _SCHEMA]
Padding3: TypeAlias = Annotated[Padding, _padding(3), _SCHEMA]


class Convolution(Parametrized):
    """What the convolutions share; no block itself."""

    rank: ClassVar[int]

    out_channels: Count = Field(description="channels that come out")
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Padding
    dilation: tuple[int, ...]
    groups: Count = Field(
        default=1,
        description="groups of channels that do not mix; must divide the channels in and out",
    )
    bias: bool = Field(default=True, description="add a learned bias for each channel")
    padding_mode: Mode = Field(
        default="zeros", description="what the padding holds: zeros, reflect, replicate or circular"
    )

    def infer(self, x: Tensor) -> Tensor:
        x.match(pattern(self.rank), "float")
        demand_divisible(x.sizes[1], self.groups, what="channels of x", setting="groups", tensor=x)
        demand_divisible(self.out_channels, self.groups, what="out_channels", setting="groups")
        if self.padding == "same" and any(step != 1 for step in self.stride):
            raise Refusal(
                f"padding: same needs a stride of 1, got {list(self.stride)}",
                help="write the padding as a number, or leave stride out",
                setting="padding",
            )
        slid = [self._slide(x, axis) for axis in range(self.rank)]
        return x.with_sizes(x.sizes[0], self.out_channels, *slid)

    def _slide(self, x: Tensor, axis: int) -> Size:
        kernel_size, dilation = self.kernel_size[axis], self.dilation[axis]
        if self.padding == "same":
            reach = dilation * (kernel_size - 1)
            padding = (reach // 2, reach - reach // 2)
        else:
            one = 0 if isinstance(self.padding, str) else self.padding[axis]
            padding = (one, one)
        size, most = x.sizes[axis + 2], max(padding)
        mode = self.padding_mode
        if (mode == "reflect" and not size > most) or (mode == "circular" and not size >= most):
            raise Refusal(
                f"padding_mode {mode} cannot make {most} from {AXES[self.rank][axis]} {size}",
                help="write less padding, or padding_mode: replicate",
                tensor=x,
                setting="padding",
            )
        return places(
            x,
            axis + 2,
            kernel_size=kernel_size,
            stride=self.stride[axis],
            padding=padding,
            dilation=dilation,
        )

    def build(self, x: Input) -> Value:
        channels, kernel_size = x.sizes[1], self.kernel_size
        parameters: dict[str, tuple[Size, ...]] = {
            "weight": (self.out_channels, channels // self.groups, *kernel_size)
        }
        if self.bias:
            parameters["bias"] = (self.out_channels,)
        equal = len(set(kernel_size)) == 1
        module = Module(
            f"torch.nn.Conv{self.rank}d",
            channels,
            self.out_channels,
            kernel_size[0] if equal else kernel_size,
            parameters=parameters,
            **self.changed("stride", "padding", "dilation", "groups", "bias", "padding_mode"),
        )
        return self.parametrized(module)(x)

    def symmetries(self) -> tuple[Symmetry, ...]:
        return tuple(Translation("x", -1 - axis) for axis in range(self.rank))

    def flops(self, x: Tensor) -> Size:
        multiplied = product(self.infer(x).sizes) * (x.sizes[1] // self.groups)
        return 2 * multiplied * product(self.kernel_size)


class Conv1d(Convolution):
    """Convolution over one dimension, such as time.

    Shapes: x [batch, channels, length] -> [batch, out_channels, out_length]
    Parameters: out_channels * (channels // groups) * kernel_size[0] + out_channels (bias)
    Reference: torch.nn.Conv1d
    Examples:
        {block: conv1d, out_channels: 8, kernel_size: 3} on x [batch, 4, 3] gives [batch, 8, 1]
        {block: conv1d, out_channels: 6, kernel_size: 3, padding: 1, groups: 2, bias: false} on x [batch, 4, length] gives [batch, 6, length]
        {block: conv1d, out_channels: 4, kernel_size: 1, stride: 3} on x [batch, 4, 8] gives [batch, 4, 3]
        {block: conv1d, out_channels: 4, kernel_size: 4, dilation: 2, padding: same, padding_mode: replicate} on x [batch, 4, length] gives [batch, 4, length]
        {block: conv1d, out_channels: 4, kernel_size: [3], padding: [2], padding_mode: circular} on x [batch, 4, 2] gives [batch, 4, 4]
        {block: conv1d, out_channels: 4, kernel_size: 3, padding: 2, stride: 2, padding_mode: reflect} on x [batch, 4, 3] gives [batch, 4, 3]
        {block: conv1d, out_channels: 4, kernel_size: 3, parametrization: weight_norm} on x [batch, 2, 4] gives [batch, 4, 2]
    """

    rank = 1
    kernel_size: Single = Field(description="length of the window")
    stride: Single = Field(default=(1,), description="step of the window")
    padding: Padding1 = Field(
        default=(0,),
        description="added at each end; same keeps the length at stride 1, valid adds nothing",
    )
    dilation: Single = Field(default=(1,), description="distance of the elements of the window")


class Conv2d(Convolution):
    """Convolution over two dimensions, such as an image's.

    Shapes: x [batch, channels, height, width] -> [batch, out_channels, out_height, out_width]
    Parameters: out_channels * (channels // groups) * kernel_size[0] * kernel_size[1] + out_channels (bias)
    Reference: torch.nn.Conv2d
    Examples:
        {block: conv2d, out_channels: 8, kernel_size: 3} on x [batch, 3, 3, 5] gives [batch, 8, 1, 3]
        {block: conv2d, out_channels: 8, kernel_size: 7, stride: 2, padding: 3, bias: false} on x [batch, 3, height, width] gives [batch, 8, (height - 1) // 2 + 1, (width - 1) // 2 + 1]
        {block: conv2d, out_channels: 4, kernel_size: 2, stride: 3} on x [batch, 4, 8, 7] gives [batch, 4, 3, 2]
        {block: conv2d, out_channels: 8, kernel_size: [3, 1], padding: [1, 0], groups: 4} on x [batch, 4, height, width] gives [batch, 8, height, width]
        {block: conv2d, out_channels: 2, kernel_size: [2, 3], dilation: [1, 2], padding: same} on x [batch, 4, height, width] gives [batch, 2, height, width]
        {block: conv2d, out_channels: 2, kernel_size: 3, padding: 1, padding_mode: reflect} on x [batch, 4, 2, 6] gives [batch, 2, 2, 6]
        {block: conv2d, out_channels: 2, kernel_size: 1, padding: valid, padding_mode: circular} on x [batch, 4, height, width] gives [batch, 2, height, width]
        {block: conv2d, out_channels: 4, kernel_size: 2, parametrization: spectral_norm} on x [batch, 3, 3, 4] gives [batch, 4, 2, 3]
    """

    rank = 2
    kernel_size: Pair = Field(description="height and width of the window")
    stride: Pair = Field(default=(1, 1), description="step of the window")
    padding: Padding2 = Field(
        default=(0, 0),
        description="added at each side; same keeps the size at stride 1, valid adds nothing",
    )
    dilation: Pair = Field(default=(1, 1), description="distance of the elements of the window")


class Conv3d(Convolution):
    """Convolution over three dimensions, such as a video's or a volume's.

    Shapes: x [batch, channels, depth, height, width] -> [batch, out_channels, out_depth, out_height, out_width]
    Parameters: out_channels * (channels // groups) * kernel_size[0] * kernel_size[1] * kernel_size[2] + out_channels (bias)
    Reference: torch.nn.Conv3d
    Examples:
        {block: conv3d, out_channels: 8, kernel_size: 3} on x [batch, 3, 3, 4, 5] gives [batch, 8, 1, 2, 3]
        {block: conv3d, out_channels: 8, kernel_size: [1, 2, 2], stride: [1, 2, 2], groups: 2, bias: false} on x [batch, 4, 1, 6, 7] gives [batch, 8, 1, 3, 3]
        {block: conv3d, out_channels: 2, kernel_size: 3, padding: 2, dilation: 2} on x [batch, 4, depth, height, width] gives [batch, 2, depth, height, width]
        {block: conv3d, out_channels: 2, kernel_size: 2, padding: same, padding_mode: replicate} on x [batch, 4, depth, height, width] gives [batch, 2, depth, height, width]
        {block: conv3d, out_channels: 4, kernel_size: 1, bias: false, parametrization: spectral_norm} on x [batch, 3, 1, 2, 2] gives [batch, 4, 1, 2, 2]
    """

    rank = 3
    kernel_size: Triple = Field(description="depth, height and width of the window")
    stride: Triple = Field(default=(1, 1, 1), description="step of the window")
    padding: Padding3 = Field(
        default=(0, 0, 0),
        description="added at each side; same keeps the size at stride 1, valid adds nothing",
    )
    dilation: Triple = Field(
        default=(1, 1, 1), description="distance of the elements of the window"
    )
