"""Sliding windows cut out of an image, and put back."""

from __future__ import annotations

from pydantic import Field

from netwright.blocks.windows import places
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import NaturalPair, Pair, ShapeSetting
from netwright.specs.sizes import Size, Symbolic, product
from netwright.specs.tensors import Refusal, Tensor


class Windows(Block):
    """What both share; no block itself."""

    kernel_size: Pair = Field(description="height and width of the window")
    dilation: Pair = Field(default=(1, 1), description="distance of the elements of the window")
    padding: NaturalPair = Field(default=(0, 0), description="zeros added at each side")
    stride: Pair = Field(default=(1, 1), description="step of the window")

    def windows(self, image: Tensor) -> Size:
        """How many windows an image has. Raises Refusal if none fits."""
        return product(
            places(
                image,
                axis + 2,
                kernel_size=self.kernel_size[axis],
                stride=self.stride[axis],
                padding=(self.padding[axis], self.padding[axis]),
                dilation=self.dilation[axis],
            )
            for axis in range(2)
        )


class Unfold(Windows):
    """Every window of an image as a column: its channels, and within each its places row by row.

    Shapes: x [batch, channels, height, width] -> [batch, channels * kernel_size[0] * kernel_size[1], windows]
    Parameters: 0
    Reference: torch.nn.functional.unfold
    Examples:
        {block: unfold, kernel_size: 3, padding: 1} on x [batch, 2, height, width] gives [batch, 18, height * width]
        {block: unfold, kernel_size: [2, 1], stride: [2, 3], dilation: [3, 1]} on x [batch, channels, 6, 4] gives [batch, 2 * channels, 4]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, channels, height, width]", "floating")
        return x.with_sizes(x.sizes[0], x.sizes[1] * product(self.kernel_size), self.windows(x))

    def build(self, x: Input) -> Value:
        options = self.changed("dilation", "padding", "stride")
        return call("torch.nn.functional.unfold", x, _one(self.kernel_size), **options)


class Fold(Windows):
    """The windows that unfold cut, put back in their places; where they overlap, they are added.

    Shapes: x [batch, channels * kernel_size[0] * kernel_size[1], windows] -> [batch, channels, output_size[0], output_size[1]]
    Parameters: 0
    Reference: torch.nn.functional.fold
    Examples:
        {block: fold, output_size: [4, 5], kernel_size: 2} on x [batch, 12, 12] gives [batch, 3, 4, 5]
        {block: fold, output_size: [height, 2], kernel_size: [1, 2]} on x [batch, 4, height] gives [batch, 2, height, 2]
        {block: fold, output_size: [3, 4], kernel_size: [2, 3], stride: [1, 2], dilation: [2, 1], padding: 1} on x [batch, 6, 6] gives [batch, 1, 3, 4]
    """

    output_size: ShapeSetting = Field(description="height and width that come out")

    def infer(self, x: Tensor) -> Tensor:
        batch, columns, windows = x.match("[batch, columns, windows]", "floating")
        window = product(self.kernel_size)
        if not columns % window == 0:
            raise Refusal(
                f"each channel has {window} columns, one for each place of the window, but x is {x}",
                help="write the kernel_size that it was unfolded with",
                tensor=x,
                setting="kernel_size",
            )
        image = Tensor((batch, columns // window, *self._sides()), x.dtype)
        if not windows == self.windows(image):
            raise Refusal(
                f"an image {image} has {self.windows(image)} windows, but x is {x}",
                help="give output_size the size that the image had when it was unfolded",
                code="NW301",
                tensor=x,
                setting="output_size",
            )
        return image

    def _sides(self) -> tuple[Size, Size]:
        sides = self.output_size
        if len(sides) != 2 or not all(isinstance(each, int | Symbolic) for each in sides):
            raise Refusal(
                f"output_size is a height and a width, got [{', '.join(map(str, sides))}]",
                help="write two sizes: output_size: [height, width]",
                setting="output_size",
            )
        for each in sides:
            if not each >= 1:
                raise Refusal(f"a side of output_size is {each}", setting="output_size")
        return sides[0], sides[1]

    def build(self, x: Input) -> Value:
        sides, kernel_size = tuple(self.output_size), _one(self.kernel_size)
        options = self.changed("dilation", "padding", "stride")
        return call("torch.nn.functional.fold", x, sides, kernel_size, **options)


def _one(pair: tuple[int, int]) -> int | tuple[int, int]:
    """A pair of equal numbers as one, as torch takes it."""
    return pair[0] if pair[0] == pair[1] else pair
