"""Features and their negatives."""

from netwright.plugins import Block, Input, Tensor, Value, call, hookimpl


class Double(Block):
    """The positive parts of x and of -x, side by side.

    Shapes: x [..., features] -> [..., 2 * features]
    Parameters: 0
    Reference: Shang et al. 2016, arXiv:1603.05201
    Examples:
        {block: doubling/double} on x [batch, 4] gives [batch, 8]
        {block: doubling/double} on x [batch, seq, 3] gives [batch, seq, 3]
    """

    def infer(self, x: Tensor) -> Tensor:
        (features,) = x.match("[..., features]", "float")
        return x.resized(x.rank - 1, 2 * features)

    def build(self, x: Input) -> Value:
        return call("torch.relu", call("torch.cat", [x, -x], dim=-1))


@hookimpl
def register_blocks():
    return {"double": Double}
