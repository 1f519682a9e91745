"""Rotations of pairs of features."""

from netwright.plugins import Block, Input, Tensor, Value, call, hookimpl


class Turn(Block):
    """Each two neighbouring features turned by a quarter.

    Shapes: x [..., features] -> same
    Parameters: 0
    Reference: Su et al. 2021, arXiv:2104.09864
    Examples:
        {block: turning/turn} on x [batch, 4] gives [batch, 4]
        {block: turning/turn} on x [batch, seq, 2] gives [batch, seq, 2]
    """

    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Input) -> Value:
        pairs = call("torch.unflatten", x, -1, [-1, 2])
        turned = call("torch.stack", [-pairs[..., 1], pairs[..., 0]], dim=-1)
        return call("torch.flatten", turned, -2)


@hookimpl
def register_blocks():
    return {"turn": Turn}
