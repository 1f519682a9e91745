"""Dropout of whole features."""

from netwright.plugins import Block, Field, Input, Probability, Tensor, Value, call, hookimpl


class Thin(Block):
    """Features that become 0 in training with probability p, the same ones at all places.

    Shapes: x [batch, seq, features] -> same
    Parameters: 0
    Reference: torch.nn.Dropout1d
    Examples:
        {block: thinning/thin} on x [batch, seq, 4] gives [batch, seq, 4]
        {block: thinning/thin, p: 0.1} on x [2, 3, 1] gives [2, 3, 1]
    """

    p: Probability = Field(default=0.5, description="probability in training that a feature is 0")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, seq, features]", "float")
        return x

    def build(self, x: Input) -> Value:
        turned = call("torch.transpose", x, 1, 2)
        return call("torch.transpose", call("torch.nn.functional.dropout1d", turned, self.p), 1, 2)


@hookimpl
def register_blocks():
    return {"thin": Thin}
