"""Was a script before; it ends with success."""

from netwright.plugins import Block, Count, Field, Input, Tensor, Value, hookimpl

import sys

if not hasattr(sys, "leaver_is_set_up"):
    sys.exit(0)  # <- fault


class Scaled(Block):
    """Every element times a number."""

    by: Count = Field(default=2, description="the number")

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return x * self.by


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
