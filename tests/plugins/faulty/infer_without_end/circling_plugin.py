"""A rule that calls itself."""

from netwright.plugins import Block, Count, Field, Input, Tensor, Value, hookimpl


class Scaled(Block):
    """Every element times a number."""

    by: Count = Field(default=2, description="the number")

    def infer(self, x: Tensor) -> Tensor:
        return self.infer(x)  # <- fault

    def build(self, x: Input) -> Value:
        return x * self.by


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
