"""Temperatures."""

from netwright.plugins import Block, Field, Input, Positive, Tensor, Value, call, hookimpl


class Soften(Block):
    """The softmax at a temperature.

    Shapes: x [..., classes] -> same
    Parameters: 0
    Reference: Hinton et al. 2015, arXiv:1503.02531
    Examples:
        {block: softening/soften} on x [batch, 4] gives [batch, 4]
        {block: softening/soften, temperature: 2.0} on x [batch, seq, 3] gives [batch, seq, 3]
    """

    temperature: Positive = Field(default=1.0, description="what the values are divided by")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., classes]", "float")
        return x

    def build(self, x: Input) -> Value:
        return call("torch.softmax", x, dim=-1)


@hookimpl
def register_blocks():
    return {"soften": Soften}
