"""Convolutions over images."""

from netwright.plugins import Block, Input, Size, Tensor, Value, Weight, call, hookimpl
from netwright.specs.sizes import product


class Slide(Block):
    """A convolution over an image, less at its left than at its right.

    Shapes: x [batch, channels, height, width] -> same
    Parameters: channels * 9
    Reference: torch.nn.Conv2d
    Examples:
        {block: sliding/slide} on x [batch, 3, 5, 5] gives [batch, 3, 5, 5]
        {block: sliding/slide} on x [2, 1, height, 4] gives [2, 1, height, 4]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, channels, height, width]", "float")
        return x

    def symmetries(self) -> tuple[object, ...]:
        from netwright.plugins.symmetries import Translation

        return (Translation("x", -1), Translation("x", -2))

    def build(self, x: Input) -> Value:
        channels = x.sizes[1]
        weight = Weight("weight", [channels, 1, 3, 3], ("normal", (("std", 0.3),)))
        moved = call("torch.nn.functional.conv2d", x, weight, padding=1, groups=channels)
        fade = call("torch.linspace", 0.5, 1.0, x.shape[3], dtype=x.dtype, device=x.device)
        return moved * fade

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * 9


@hookimpl
def register_blocks():
    return {"slide": Slide}
