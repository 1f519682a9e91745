"""Numbers to classes."""

from netwright.plugins import Block, Count, Field, Input, Tensor, Value, call, hookimpl


class Bucket(Block):
    """The number of the interval in which each value lies; the intervals part -1 to 1 equally.

    Shapes: x [...] -> same, int64
    Parameters: 0
    Reference: torch.bucketize
    Examples:
        {block: bucketing/bucket} on x [batch, 4] gives [batch, 4] int64 below 9
        {block: bucketing/bucket, borders: 2} on x [] gives [] int64 below 2
    """

    borders: Count = Field(default=9, description="borders of the intervals")

    def infer(self, x: Tensor) -> Tensor:
        x.of("float")
        return Tensor(x.sizes, "int64", self.borders)

    def build(self, x: Input) -> Value:
        borders = call("torch.linspace", -1.0, 1.0, self.borders, dtype=x.dtype, device=x.device)
        return call("torch.bucketize", x, borders)


@hookimpl
def register_blocks():
    return {"bucket": Bucket}
