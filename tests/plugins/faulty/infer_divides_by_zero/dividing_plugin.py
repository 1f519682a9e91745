"""A rule that nobody tried with the default."""

from netwright.plugins import Block, Count, Field, Input, Tensor, Value, hookimpl


class Scaled(Block):
    """Every element divided by a number."""

    by: Count = Field(default=1, description="the number")

    def infer(self, x: Tensor) -> Tensor:
        return x.resized(x.rank - 1, x.sizes[-1] // (self.by - 1))  # <- fault

    def build(self, x: Input) -> Value:
        return x / (self.by - 1)


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
