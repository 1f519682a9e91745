"""Pools that halve a sequence."""

from netwright.plugins import Block, Input, Refusal, Tensor, Value, call, hookimpl


class MeanOfPairs(Block):
    """The mean of each two neighbours.

    Shapes: x [batch, channels, length] -> [batch, channels, (length + 1) // 2]
    Parameters: 0
    Reference: torch.nn.AvgPool1d
    Examples:
        {block: halving/mean_of_pairs} on x [batch, 3, 6] gives [batch, 3, 3]
        {block: halving/mean_of_pairs} on x [2, 1, 4] gives [2, 1, 2]
    """

    def infer(self, x: Tensor) -> Tensor:
        _, _, length = x.match("[batch, channels, length]", "float")
        if not length >= 2:
            raise Refusal(f"{x} has no two neighbours", tensor=x)
        return x.resized(2, (length + 1) // 2)

    def build(self, x: Input) -> Value:
        return call("torch.nn.functional.avg_pool1d", x, 2)


@hookimpl
def register_blocks():
    return {"mean_of_pairs": MeanOfPairs}
