"""A bilinear score."""

from netwright.plugins import Block, Input, Size, Tensor, Value, Weight, call, hookimpl


class Score(Block):
    """How much each place has to do with each other: x W x^T.

    Shapes: x [batch, seq, features] -> [batch, seq, seq]
    Parameters: features * features
    Reference: Luong et al. 2015, arXiv:1508.04025
    Examples:
        {block: costing/score} on x [batch, seq, 4] gives [batch, seq, seq]
        {block: costing/score} on x [2, 3, 1] gives [2, 3, 3]
    """

    def infer(self, x: Tensor) -> Tensor:
        batch, seq, _ = x.match("[batch, seq, features]", "float")
        return x.with_sizes(batch, seq, seq)

    def build(self, x: Input) -> Value:
        features = x.sizes[2]
        weight = Weight("weight", [features, features], ("normal", (("std", 0.02),)))
        return (x @ weight) @ call("torch.transpose", x, 1, 2)

    def flops(self, x: Tensor) -> Size:
        batch, seq, features = x.sizes
        return batch * seq * features * features + batch * seq * seq * features


@hookimpl
def register_blocks():
    return {"score": Score}
