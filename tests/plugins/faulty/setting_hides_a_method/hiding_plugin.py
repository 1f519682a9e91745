"""A setting bears the name of a method of the contract."""

from netwright.plugins import Block, Count, Field, Input, Tensor, Value, hookimpl


class Scaled(Block):
    """Every element times a number."""

    flops: Count = Field(default=2, description="the number")

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return x * self.flops


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
