"""Names a module of its own that is not there."""

from netwright.plugins import Block, Count, Field, Input, Module, Tensor, Value, hookimpl


class Scaled(Block):
    """Every element times a number."""

    by: Count = Field(default=2, description="the number")

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return Module("losing_layers.Scale", self.by)(x)


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
