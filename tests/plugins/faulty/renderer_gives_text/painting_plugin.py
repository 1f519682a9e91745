"""A format that gives a text where bytes are written."""

from netwright.plugins import Block, Count, Field, Input, Renderer, Tensor, Value, hookimpl


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


def draw(network):
    return str(network)


@hookimpl
def register_renderers():
    return {"plain": Renderer(draw)}
