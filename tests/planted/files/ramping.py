"""Position by a ramp."""

from netwright.plugins import Block, Field, Input, Number, Tensor, Value, call, hookimpl


class Ramp(Block):
    """The place in the sequence, from 0 to 1, added to every feature.

    Shapes: x [batch, seq, features] -> same
    Parameters: 0
    Reference: torch.linspace
    Examples:
        {block: ramping/ramp} on x [batch, seq, 4] gives [batch, seq, 4]
        {block: ramping/ramp, height: 2.0} on x [2, 5, 1] gives [2, 5, 1]
    """

    height: Number = Field(default=1.0, description="what is added at the end")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, seq, features]", "float")
        return x

    def build(self, x: Input) -> Value:
        steps = call("torch.linspace", 0.0, self.height, x.shape[1], dtype=x.dtype, device="cpu")
        return x + steps[:, None]


@hookimpl
def register_blocks():
    return {"ramp": Ramp}
