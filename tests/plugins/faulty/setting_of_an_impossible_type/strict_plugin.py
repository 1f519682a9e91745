"""A text cannot be at least 1."""

from typing import Annotated

from netwright.plugins import Block, Field, Input, Tensor, Value, hookimpl


class Scaled(Block):
    """Every element times a number."""

    by: Annotated[list[str], Field(gt=1, pattern=3)] = Field(default=2, description="the number")

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return x * self.by


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
