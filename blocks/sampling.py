"""Images read at places that are computed: spatial transformers, warping by a flow."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Value, call
from netwright.plugins.settings import ShapeSetting
from netwright.specs.sizes import Symbolic
from netwright.specs.tensors import Refusal, Tensor

_FUNCTIONAL = "torch.nn.functional"


class GridSample(Block):
    """An image (or volume) read at the places of a grid, from -1 (its left and top end) to 1; x comes first.

    Shapes: x [batch, channels, height, width], grid [batch, out_height, out_width, 2] -> [batch, channels, out_height, out_width]
    Parameters: 0
    Reference: torch.nn.functional.grid_sample; Jaderberg et al. 2015, arXiv:1506.02025
    Examples:
        {block: grid_sample} on x [batch, 3, height, width], grid [batch, h, w, 2] gives [batch, 3, h, w]
        {block: grid_sample, mode: bicubic, padding_mode: reflection, align_corners: true} on x [batch, 3, 5, 4], grid [batch, 2, 1, 2] gives [batch, 3, 2, 1]
        {block: grid_sample, padding_mode: border} on x [batch, 3, d, h, w], grid [batch, 2, 3, 4, 3] gives [batch, 3, 2, 3, 4]
    """

    mode: Literal["bilinear", "nearest", "bicubic"] = Field(
        default="bilinear", description="how values between pixels are found"
    )
    padding_mode: Literal["zeros", "border", "reflection"] = Field(
        default="zeros", description="what is read beyond the ends"
    )
    align_corners: bool = Field(
        default=False,
        description="-1 and 1 are the middles of the outermost pixels, not their edges",
    )

    def infer(self, x: Tensor, grid: Tensor) -> Tensor:
        if x.rank == 5:
            batch, channels, *_ = x.match("[batch, channels, depth, height, width]", "floating")
            rows, *places = grid.match("[batch, depth, height, width, 3]", x.dtype)
            if self.mode == "bicubic":
                raise Refusal(
                    f"mode: bicubic is for images, x is {x}",
                    help="write mode: bilinear, which is linear in all three dimensions",
                    tensor=x,
                    setting="mode",
                )
        else:
            batch, channels, *_ = x.match("[batch, channels, height, width]", "floating")
            rows, *places = grid.match("[batch, height, width, 2]", x.dtype)
        if not rows == batch:
            raise Refusal(
                f"each of {batch} images needs a grid of its own, grid is {grid}",
                help="expand the grid over the batch, if it is the same for all",
                code="NW301",
                tensor=grid,
            )
        return x.with_sizes(batch, channels, *places)

    def build(self, x: Input, grid: Input) -> Value:
        # torch warns of its default unless align_corners is written
        options = {**self.changed("mode", "padding_mode"), "align_corners": self.align_corners}
        return call(f"{_FUNCTIONAL}.grid_sample", x, grid, **options)


class AffineGrid(Block):
    """The grid that reads an image as an affine map bends it: for grid_sample.

    Shapes: theta [batch, 2, 3] -> [batch, height, width, 2] of the setting `size`
    Parameters: 0
    Reference: torch.nn.functional.affine_grid; Jaderberg et al. 2015, arXiv:1506.02025
    Examples:
        {block: affine_grid, size: [batch, 3, 4, 5]} on theta [batch, 2, 3] gives [batch, 4, 5, 2]
        {block: affine_grid, size: [2, 1, 3, 4, 5], align_corners: true} on theta [2, 3, 4] gives [2, 3, 4, 5, 3]
    """

    size: ShapeSetting = Field(
        description="of the image that comes out: [batch, channels, height, width]"
    )
    align_corners: bool = Field(
        default=False,
        description="-1 and 1 are the middles of the outermost pixels, not their edges",
    )

    def infer(self, theta: Tensor) -> Tensor:
        sizes = [each for each in self.size if isinstance(each, int | Symbolic)]
        if len(sizes) != len(self.size) or len(sizes) not in (4, 5):
            raise Refusal(
                f"size is that of images or volumes, got [{', '.join(map(str, self.size))}]",
                help="write size: [batch, channels, height, width]",
                setting="size",
            )
        for each in sizes:
            if not each >= 1:
                raise Refusal(f"a size in [{', '.join(map(str, sizes))}] is {each}", setting="size")
        (batch,) = theta.match("[batch, 2, 3]" if len(sizes) == 4 else "[batch, 3, 4]", "floating")
        if not batch == sizes[0]:
            raise Refusal(
                f"theta {theta} bends {batch} images, size has {sizes[0]}",
                code="NW301",
                tensor=theta,
                setting="size",
            )
        return theta.with_sizes(batch, *sizes[2:], len(sizes) - 2)

    def build(self, theta: Input) -> Value:
        target = f"{_FUNCTIONAL}.affine_grid"
        return call(target, theta, list(self.size), align_corners=self.align_corners)
