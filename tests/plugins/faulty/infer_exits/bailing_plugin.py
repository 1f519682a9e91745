"""A rule that ends the program."""

import sys

from netwright.plugins import Block, Count, Field, Input, Tensor, Value, hookimpl


class Scaled(Block):
    """Every element times a number."""

    by: Count = Field(default=2, description="the number")

    def infer(self, x: Tensor) -> Tensor:
        if x.sizes[-1] % 16:
            sys.exit("features must be a multiple of 16")  # <- fault
        return x

    def build(self, x: Input) -> Value:
        return x * self.by


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
